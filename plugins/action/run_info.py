# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module saga.ops.run_info, on the controller; plugins/modules/run_info.py documents it."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible_collections.saga.ops.plugins.plugin_utils._bridge.consulting import Asked, Consulting
from ansible_collections.saga.ops.plugins.plugin_utils._engine.begin import Means, find_run
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import RunUnknownError
from ansible_collections.saga.ops.plugins.plugin_utils._engine.facts import of_run, of_sight
from ansible_collections.saga.ops.plugins.plugin_utils._engine.inspection import look, who_works
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import Run, RunState

_OPEN = "open"


class ActionModule(Consulting):
    """Says which runs there are, and where one of them stands."""

    ARGUMENTS: ClassVar = {
        "run": {"type": "str", "default": ""},
        "workflow": {"type": "str", "default": ""},
        "state": {
            "type": "list",
            "elements": "str",
            "default": [],
            "choices": [*(str(state) for state in RunState), _OPEN],
        },
        "newest": {"type": "bool", "default": False},
    }

    def consult(self, means: Means, asked: Asked) -> dict[str, Any]:
        """Return the facts that ``saga runs --json`` and ``saga status --json`` print."""
        given = asked.given
        known = [find_run(means.journal, given["run"])] if given["run"] else means.journal.runs()
        runs = [run for run in known if _is_meant(run, given["workflow"], given["state"])]
        if given["newest"]:
            runs = runs[:1]
        if not runs and (given["run"] or given["newest"]):
            raise RunUnknownError(given["run"], "there is none that is of this workflow and in one of these states")
        found = {"changed": False, "runs": [of_run(run, who_works(means, run)) for run in runs]}
        if not given["run"] and not given["newest"]:
            return found
        sight = look(means, runs[0].id)
        return {**found, "status": of_sight(sight)}


def _is_meant(run: Run, workflow: str, states: list[str]) -> bool:
    is_in_state = not states or run.state in states or (_OPEN in states and run.state.is_resumable)
    return is_in_state and workflow in {"", run.workflow}
