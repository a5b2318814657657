# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module saga.ops.status, on the controller; plugins/modules/status.py documents it."""

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
    """Shows where a run stands, as ``saga status`` draws it."""

    ARGUMENTS: ClassVar = WHICH_RUN

    def answer(self, asked: Asked) -> dict[str, Any]:
        """Show it, and return the lines."""
        with consulted(asked.place) as means:
            run = run_meant(means, named=asked.given["run"], workflow=asked.given["workflow"])
        done = called(["status", run.id], environment=asked.place.environment, tell=self._display.display)
        failure = {"failed": True, "msg": done.reason} if done.code else {}
        return {"changed": False, "run": run.id, "lines": list(done.lines), **failure}
