# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module saga.ops.plan, on the controller; plugins/modules/plan.py documents it."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible_collections.saga.ops.plugins.plugin_utils._bridge.consulting import Asked, Consulting
from ansible_collections.saga.ops.plugins.plugin_utils._cli.calling import called


class ActionModule(Consulting):
    """Shows what a playbook would do, or what a resume would."""

    ARGUMENTS: ClassVar = {
        "playbook": {"type": "path", "default": ""},
        "arguments": {"type": "list", "elements": "str", "default": []},
        "resume": {"type": "str", "default": ""},
        "format": {"type": "str", "default": "text", "choices": ["text", "markdown", "html", "json"]},
        "dest": {"type": "path", "default": ""},
    }

    def answer(self, asked: Asked) -> dict[str, Any]:
        """Show the plan, or write it to a file."""
        given = asked.given
        if not given["playbook"] and not given["resume"]:
            return {"failed": True, "changed": False, "msg": "say which playbook is to be planned, or which resume"}
        words = ["plan", "--format", given["format"]]
        is_written = bool(given["dest"]) and asked.may_write
        words += ["--output", given["dest"]] if is_written else []
        words += ["--resume", given["resume"]] if given["resume"] else []
        words += [given["playbook"]] if given["playbook"] else []
        is_shown = not given["dest"]
        tell = self._display.display if is_shown else self._display.vv
        done = called([*words, *given["arguments"]], environment=asked.place.environment, tell=tell)
        if done.code:
            return {"failed": True, "changed": False, "msg": done.reason}
        return {"changed": bool(given["dest"]), "lines": list(done.lines) if is_shown else [], "dest": given["dest"]}
