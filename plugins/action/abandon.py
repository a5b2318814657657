# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module saga.ops.abandon, on the controller; plugins/modules/abandon.py documents it."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible_collections.saga.ops.plugins.plugin_utils._bridge.consulting import REASON, Asked, Consulting
from ansible_collections.saga.ops.plugins.plugin_utils._engine.begin import Means, find_run
from ansible_collections.saga.ops.plugins.plugin_utils._engine.facts import of_step
from ansible_collections.saga.ops.plugins.plugin_utils._engine.operator import abandon
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import RunState


class ActionModule(Consulting):
    """Gives a run up."""

    ARGUMENTS: ClassVar = {"run": {"type": "str", "required": True}, "why": REASON}

    def consult(self, means: Means, asked: Asked) -> dict[str, Any]:
        """Give the run up; one that was given up stays so."""
        run, why = find_run(means.journal, asked.given["run"]), asked.given["why"].strip()
        if run.state is RunState.ABANDONED:
            return {"changed": False, "run": run.id, "freed": [], "msg": f"run {run.id} is abandoned already"}
        given_up = abandon(means, run, why=why, by=asked.by, may_write=asked.may_write)
        is_given_up = "is abandoned" if asked.may_write else "would be abandoned"
        return {
            "changed": True,
            "run": run.id,
            "freed": list(given_up.freed),
            "standing": [of_step(step) for step in given_up.standing],
            "msg": f"run {run.id} of {run.workflow} {is_given_up}",
        }
