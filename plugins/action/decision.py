# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module saga.ops.decision, on the controller; plugins/modules/decision.py documents it."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible_collections.saga.ops.plugins.plugin_utils._bridge import naming
from ansible_collections.saga.ops.plugins.plugin_utils._bridge.consulting import Asked, Consulting
from ansible_collections.saga.ops.plugins.plugin_utils._engine.begin import Means, find_run
from ansible_collections.saga.ops.plugins.plugin_utils._engine.operator import Answer, Word, decide, outcome


class ActionModule(Consulting):
    """Decides about what a durable run waits for."""

    ARGUMENTS: ClassVar = {
        "run": {"type": "str", "required": True},
        "answer": {"type": "str", "required": True, "choices": [str(answer) for answer in Answer]},
        "step": {"type": "str", "default": ""},
        "host": {"type": "str", "default": ""},
        "why": {"type": "str", "default": ""},
        "variables": {"type": "dict", "default": {}},
    }

    def consult(self, means: Means, asked: Asked) -> dict[str, Any]:
        """Make the decision."""
        given = asked.given
        word = Word(
            answer=Answer(given["answer"]),
            host=given["host"],
            step=given["step"],
            why=given["why"],
            variables=naming.plain(given["variables"]),
            by=asked.by,
        )
        decided = decide(means, find_run(means.journal, given["run"]), word, may_write=asked.may_write)
        said = outcome(decided, whose=f"{word.by}'s")
        return {
            "changed": True,
            "msg": said if asked.may_write else f"it would be decided: {said}",
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
