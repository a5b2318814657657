# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which steps a decision is about, and whether it may be made: pure functions over what is known of a run."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from .. import clock
from ..errors import RunOverError
from ..policy import gate
from ..records import Answer, Decision, Run, Step
from ..refusals import (
    AnswerUnfitError,
    NotAllowedError,
    NothingWaitsError,
    NotWaitingError,
    ReasonMissingError,
    StepUnknownError,
    TooLateError,
)
from ..report import About, Left, describe
from ..report.questions import FITTING, about_of, waits
from ..slotted import dataclass, field

_ASKED = {
    About.APPROVAL: "it waits for an approval",
    About.FAILURE: "it failed",
    About.DOUBT: "it is in doubt",
    About.COMPENSATION: "what undoes it has failed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What somebody says: an answer, about which step on which host (empty: what waits, all that wait), and why."""

    answer: Answer
    host: str = ""
    step: str = ""  # its name, path or key
    why: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)  # that a step is tried again with
    by: str = ""  # empty: the account behind this process


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All that a decision about steps is judged by; `now` in seconds."""

    run: Run
    steps: Sequence[Step]
    left: Left
    launchers: Collection[str]
    now: float

    def about(self, step: Step) -> About | None:
        """Return what may be decided about a step."""
        return about_of(self.run, step, self.left)

    def waits(self, step: Step) -> bool:
        """Tell whether a resume would stop at a step to ask."""
        about = self.about(step)
        return about is not None and waits(step, about, self.left)


def chosen(case: Case, word: Word) -> list[tuple[Step, About]]:
    """Return the steps that a word is about: one task, on the host it names or on all where it may be decided about.

    Raise RunOverError or a DecisionError when that is none, or more than one.
    """
    there = [step for step in case.steps if not word.host or word.host in {step.host, step.doer}]
    open_ = [(step, about) for step in there if (about := case.about(step)) is not None]
    if not word.step:
        return _only_one(case, word, open_)
    found = [(step, about) for step, about in open_ if _goes_by(step, word.step)]
    if len({step.key for step, _about in found}) > 1:
        raise _unknown(case, word, [step for step, _about in found], is_ambiguous=True)
    if not found:
        raise _not_waiting(case, word, [step for step in there if step.is_forward and _goes_by(step, word.step)])
    return found


def must_be_allowed(case: Case, word: Word, steps: Iterable[tuple[Step, About]]) -> None:
    """Raise a DecisionError unless this answer, by this person, at this moment, may be given about all these steps."""
    for step, about in steps:
        _must_fit(case, word, step, about)
        if about is About.APPROVAL and word.answer in gate.ANSWERS:
            _must_pass_the_gate(case, word, step)


def told(decision: Decision | None) -> str:
    """Return who decided what, and when, in words."""
    if decision is None:
        return ""
    why = f": {decision.why}" if decision.why else ""
    return f"{decision.by} decided {str(decision.answer)!r} at {clock.text(decision.at)}{why}"


def _only_one(case: Case, word: Word, open_: list[tuple[Step, About]]) -> list[tuple[Step, About]]:
    if word.answer in {Answer.APPROVE, Answer.DENY}:  # whatever else waits, only a gate can be meant
        open_ = [(step, about) for step, about in open_ if about is About.APPROVAL]
    found = [(step, about) for step, about in open_ if case.waits(step)] or open_
    if not found:
        at = f" on {word.host}" if word.host else ""
        way_out = f"look with 'saga status {case.run.id}'"
        raise NothingWaitsError(f"run {case.run.id}{at}", answer=str(word.answer), way_out=way_out)
    if len({step.key for step, _about in found}) > 1:
        raise _unknown(case, word, [step for step, _about in found], is_ambiguous=True)
    return found


def _not_waiting(case: Case, word: Word, meant: Sequence[Step]) -> Exception:
    if not meant:
        waiting = [step for step in case.steps if case.waits(step)]
        return _unknown(case, word, waiting, is_ambiguous=False)
    run = case.run
    if run.is_going_back:
        why = "it goes back, and steps in doubt are undone with the rest"
        return RunOverError(run.id, state=str(run.state), why=why)
    step = meant[-1]
    word_for_it = describe(step, is_live=False, left=case.left.get((step.host, step.key)))
    hosts = ", ".join(dict.fromkeys(other.doer for other in meant if other.key == step.key))
    return NotWaitingError(
        run.id, step=word.step, host=hosts, known=f"it is {word_for_it}", decided=told(step.decision)
    )


def _unknown(case: Case, word: Word, steps: Sequence[Step], *, is_ambiguous: bool) -> StepUnknownError:
    candidates = [f"{step.name!r} on {step.doer}, key {step.key!r}" for step in steps]
    return StepUnknownError(
        case.run.id, step=word.step, host=word.host, candidates=candidates, is_ambiguous=is_ambiguous
    )


def _must_fit(case: Case, word: Word, step: Step, about: About) -> None:
    asked = _ASKED[about]
    if word.answer in FITTING[about]:
        if not word.variables or (word.answer is Answer.RETRY and about is not About.COMPENSATION):
            return
        asked = f"{asked}, and variables are for a step that is tried again"
    raise AnswerUnfitError(
        case.run.id,
        step=step.name,
        host=step.doer,
        answer=f"{word.answer} with variables" if word.variables else str(word.answer),
        asked=asked,
        fitting=[str(answer) for answer in (*FITTING[about], Answer.COMPENSATE, Answer.ABORT)],
    )


def _must_pass_the_gate(case: Case, word: Word, step: Step) -> None:
    run, answer, approval = case.run, str(word.answer), step.contract.approval
    end = gate.expires(step)
    if approval is None:
        return
    if end is not None and gate.is_expired(step, now=case.now):
        raise TooLateError(
            run.id, step=step.name, host=step.doer, expired=end, default=approval.default, workflow=run.workflow
        )
    if gate.is_stranger(step, word.by):
        who = " or ".join(approval.approvers)
        why = "its gate names who decides"
        raise NotAllowedError(run.id, step=step.name, answer=answer, by=word.by, why=why, who=who)
    if word.answer in gate.OPENING and word.by in gate.barred(step, case.launchers):
        who = " or ".join(name for name in approval.approvers if name != word.by) or "Anybody who did not launch it"
        why = "it wants two persons, and they have launched the run"
        raise NotAllowedError(run.id, step=step.name, answer=answer, by=word.by, why=why, who=who)
    if approval.is_reason_required and not word.why.strip():
        raise ReasonMissingError(run.id, answer=answer, step=step.name)


def _goes_by(step: Step, name: str) -> bool:
    return name in {step.name, step.path, step.key}
