# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module saga.ops.prune, on the controller; plugins/modules/prune.py documents it."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible_collections.saga.ops.plugins.plugin_utils._bridge.consulting import Asked, Consulting
from ansible_collections.saga.ops.plugins.plugin_utils._engine import clock
from ansible_collections.saga.ops.plugins.plugin_utils._engine.begin import Means
from ansible_collections.saga.ops.plugins.plugin_utils._engine.contracts.values import duration
from ansible_collections.saga.ops.plugins.plugin_utils._engine.pruning import due, forget, leftovers


class ActionModule(Consulting):
    """Forgets ended runs that nobody needs any more."""

    ARGUMENTS: ClassVar = {
        "older_than": {"type": "str", "required": True},
        "keep": {"type": "int", "default": 1},
        "workflow": {"type": "str", "default": ""},
    }

    def consult(self, means: Means, asked: Asked) -> dict[str, Any]:
        """Forget the runs that are due; in check mode say which they are."""
        given = asked.given
        if given["older_than"].strip().isdigit():
            return {"failed": True, "changed": False, "msg": "older_than needs a unit, like 12h or 30d"}
        if given["keep"] < 0:
            return {"failed": True, "changed": False, "msg": f"keep must be a number of runs, not {given['keep']}"}
        age = duration(given["older_than"], "older_than", "")
        runs = due(means, older_than=age, keep=given["keep"], workflow=given["workflow"])
        forgotten = [run for run in runs if not asked.may_write or forget(means, run)]
        pages = leftovers(means)
        if asked.may_write:
            for run in pages:
                means.spool.drop_run(run)
            if forgotten:
                means.journal.reclaim()
        would = "are" if asked.may_write else "would be"
        return {
            "changed": bool(forgotten or pages),
            "runs": [
                {"id": run.id, "workflow": run.workflow, "state": str(run.state), "updated": clock.text(run.updated)}
                for run in forgotten
            ],
            "msg": f"{len(forgotten)} of {len(runs)} runs that are due {would} forgotten",
        }
