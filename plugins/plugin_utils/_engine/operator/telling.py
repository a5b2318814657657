# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was decided, in a sentence for whoever decided it or watches."""

from __future__ import annotations

from ..plan import listed
from ..records import Answer, RunState, Step
from ..report import About
from .deciding import Decided

_MEANING = {
    Answer.APPROVE: "a resume does it",
    Answer.DENY: "a resume lets it fail before it begins, and what its contract says of a failure follows",
    Answer.DONE: "a resume goes on after it",
    Answer.RETRY: "a resume does it again",
    Answer.SKIP: "a resume goes on without it",
}
_MEANING_OF_UNDOING = {
    Answer.DONE: "it counts as undone",
    Answer.RETRY: "a resume undoes it once more",
    Answer.SKIP: "it stays as it is, and nothing is owed for it",
}


def outcome(decided: Decided, *, whose: str = "your") -> str:
    """Return what was decided, by whose word, and what follows."""
    run, answer = decided.run, decided.answer
    freed = f"; free again: {listed(decided.freed)}" if decided.freed else ""
    word = f"by {whose} word"
    if answer is Answer.ABORT:
        return f"run {run.id} of {run.workflow} is abandoned {word}{freed}"
    if answer is Answer.COMPENSATE:
        count = len(decided.owed)
        steps = "1 step" if count == 1 else f"{count} steps, latest first"
        return f"run {run.id} of {run.workflow} turns back {word}: a resume undoes {steps}"
    meaning = (_MEANING_OF_UNDOING if decided.about is About.COMPENSATION else _MEANING)[answer]
    states = " and ".join(dict.fromkeys(_state(step, answer) for step in decided.steps))
    hosts = listed([step.doer for step in decided.steps])
    said = f"{decided.steps[0].name!r} on {hosts} is {states} {word}: {meaning}"
    if run.state is RunState.COMPENSATED:
        said += f"; all is undone, and run {run.id} is compensated{freed}"
    return said


def _state(step: Step, answer: Answer) -> str:
    if answer is Answer.APPROVE:
        return "approved"
    return "denied" if answer is Answer.DENY else str(step.undo or step.state)
