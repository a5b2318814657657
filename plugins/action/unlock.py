# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module saga.ops.unlock, on the controller; plugins/modules/unlock.py documents it."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible_collections.saga.ops.plugins.plugin_utils._bridge.consulting import REASON, Asked, Consulting
from ansible_collections.saga.ops.plugins.plugin_utils._engine.begin import Means
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import TargetFreeError
from ansible_collections.saga.ops.plugins.plugin_utils._engine.operator import holder, unlock


class ActionModule(Consulting):
    """Frees a target, whoever holds it."""

    ARGUMENTS: ClassVar = {"target": {"type": "str", "required": True}, "why": REASON}

    def consult(self, means: Means, asked: Asked) -> dict[str, Any]:
        """Free the target; one that nobody holds is free already."""
        target, why = asked.given["target"], asked.given["why"].strip()
        try:
            freed = unlock(means, target, why=why, by=asked.by) if asked.may_write else holder(means, target)
        except TargetFreeError as error:
            return {"changed": False, "target": target, "msg": str(error)}
        is_free = "is free" if asked.may_write else "would be free"
        return {
            "changed": True,
            "target": target,
            "run": freed.run.id,
            "state": str(freed.run.state),
            "owner": str(freed.lease.owner),
            "was_at_work": freed.at_work.is_live,
            "msg": f"{target} {is_free}; run {freed.run.id} of {freed.run.workflow} held it ({freed.lease.owner})",
        }
