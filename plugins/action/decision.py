# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module saga.ops.decision, on the controller; plugins/modules/decision.py documents it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.saga.ops.plugins.plugin_utils._bridge import naming, settings
from ansible_collections.saga.ops.plugins.plugin_utils._bridge.launcher import launcher
from ansible_collections.saga.ops.plugins.plugin_utils._engine.begin import Means, find_run
from ansible_collections.saga.ops.plugins.plugin_utils._engine.clock import SystemClock
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import EngineError
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.access import Access
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.opening import (
    existing_journal,
    spool_path,
    without_password,
)
from ansible_collections.saga.ops.plugins.plugin_utils._engine.operator import Answer, Decided, Word, decide, outcome
from ansible_collections.saga.ops.plugins.plugin_utils._engine.spool import Spool

_ARGUMENTS = {
    "run": {"type": "str", "required": True},
    "answer": {"type": "str", "required": True, "choices": [str(answer) for answer in Answer]},
    "step": {"type": "str", "default": ""},
    "host": {"type": "str", "default": ""},
    "why": {"type": "str", "default": ""},
    "variables": {"type": "dict", "default": {}},
    "journal": {"type": "str", "default": ""},
}


class ActionModule(ActionBase):
    """Decides about what a durable run waits for."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Make the decision; a refusal is a failed result with its sentence."""
        super().run(tmp, task_vars)
        variables = dict(task_vars or {})
        _validated, given = self.validate_argument_spec(argument_spec=_ARGUMENTS)
        word = Word(
            answer=Answer(given["answer"]),
            host=given["host"],
            step=given["step"],
            why=given["why"],
            variables=naming.plain(given["variables"]),
            by=launcher(variables),
        )
        chosen = settings.read(variables, self._loader)
        url, password = without_password(given["journal"]) if given["journal"] else (chosen.journal, "")
        access = replace(chosen.access, password=password or chosen.access.password)
        may_write = not self._task.check_mode
        try:
            decided = _decided(url, access, given["run"], word, may_write=may_write)
        except EngineError as error:
            return {"failed": True, "changed": False, "msg": str(error)}
        said = outcome(decided, whose=f"{word.by}'s")
        return {
            "changed": True,
            "msg": said if may_write else f"it would be decided: {said}",
            "run": decided.run.id,
            "state": str(decided.run.state),
            "step": decided.steps[0].name if decided.steps else "",
            "hosts": [step.doer for step in decided.steps],
            "waiting": [
                {
                    "step": question.step.name,
                    "hosts": list(question.hosts),
                    "about": str(question.about),
                    "command": list(question.command),
                }
                for question in decided.waiting
            ],
        }


def _decided(url: str, access: Access, run: str, word: Word, *, may_write: bool) -> Decided:
    clock = SystemClock()
    with closing(existing_journal(url, clock=clock, access=access)) as journal:
        means = Means(journal=journal, spool=Spool(spool_path(url)), clock=clock, tell=lambda _text: None)
        return decide(means, find_run(journal, run), word, may_write=may_write)
