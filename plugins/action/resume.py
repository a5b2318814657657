# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module saga.ops.resume, on the controller; plugins/modules/resume.py documents it."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible_collections.saga.ops.plugins.plugin_utils._bridge.consulting import (
    WHICH_RUN,
    Asked,
    Consulting,
    consulted,
    run_meant,
)
from ansible_collections.saga.ops.plugins.plugin_utils._cli.calling import called


class ActionModule(Consulting):
    """Goes on with a run, as ``saga resume`` does."""

    ARGUMENTS: ClassVar = {**WHICH_RUN, "arguments": {"type": "list", "elements": "str", "default": []}}

    def answer(self, asked: Asked) -> dict[str, Any]:
        """Start ansible-playbook on it, show what that prints, and return how the run stands then."""
        given = asked.given
        if not given["run"] and not given["workflow"]:
            return {"failed": True, "changed": False, "msg": "say which run is to be resumed, or of which workflow"}
        with consulted(asked.place) as means:
            run = run_meant(means, named=given["run"], workflow=given["workflow"])
        words = ["resume", run.id] if asked.may_write else ["plan", "--resume", run.id]
        done = called([*words, *given["arguments"]], environment=asked.place.environment, tell=self._display.display)
        with consulted(asked.place) as means:
            after = run_meant(means, named=run.id, workflow="")
        ending = f"run {run.id} is {after.state}: {after.reason}" if after != run else done.reason
        failure = {"failed": True, "msg": ending} if done.code else {}
        stands = {"run": run.id, "state": str(after.state), "attempt": after.attempt, "rc": done.code}
        return {"changed": after != run, **stands, **failure}
