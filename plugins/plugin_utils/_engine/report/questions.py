# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run waits for somebody to decide: who may, until when, which answers fit, and the command to type."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from .. import clock
from ..policy import gate
from ..promises import OnDoubt
from ..records import Answer, Asks, Event, Run, Step, Undo
from ..saga import is_there, owed
from ..slotted import dataclass
from ..spool import Leavings, Verdict

Left = Mapping[tuple[str, str], Leavings]
"""What workers left of the steps without an outcome, by host and key."""


class About(StrEnum):
    """What a decision about a step is about."""

    APPROVAL = "approval"
    FAILURE = "failure"
    DOUBT = "doubt"
    COMPENSATION = "compensation"


_OF_THE_RUN = (Answer.COMPENSATE, Answer.ABORT)
FITTING = {
    About.APPROVAL: (Answer.APPROVE, Answer.DENY, Answer.SKIP),
    About.FAILURE: (Answer.RETRY, Answer.SKIP, Answer.DONE),
    About.DOUBT: (Answer.DONE, Answer.RETRY, Answer.SKIP),
    About.COMPENSATION: (Answer.RETRY, Answer.DONE, Answer.SKIP),
}
"""The answers about a step; the first is the one that is proposed. A run may be compensated or aborted besides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One step that waits, on all hosts on which it does."""

    run: Run
    about: About
    steps: tuple[Step, ...]
    known: str  # in words
    answers: tuple[Answer, ...]  # that fit, the proposed one first
    command: tuple[str, ...]
    prompt: str = ""
    approvers: tuple[str, ...] = ()  # who may answer; none: anybody who can write the journal
    barred: tuple[str, ...] = ()  # who may not approve or skip: they have launched it
    is_reason_required: bool = False
    expires: float | None = None
    default: str = ""  # what holds after that
    is_expired: bool = False

    @property
    def step(self) -> Step:
        """The step on the first host."""
        return self.steps[0]

    @property
    def hosts(self) -> tuple[str, ...]:
        return tuple(step.doer for step in self.steps)

    @property
    def since(self) -> float:
        """Since when it waits, in seconds."""
        return min(step.updated for step in self.steps)


def questions(
    run: Run,
    steps: Sequence[Step],
    left: Left,
    *,
    launchers: Collection[str] = (),
    now: float = 0.0,
    gone: Collection[str] = (),
) -> tuple[Question, ...]:
    """Return what a run that nobody works on waits for, in the order of the steps' starts.

    `launchers` are those who began or resumed it, `gone` the hosts that it goes on without.
    """
    if not run.state.is_resumable:
        return ()
    groups: dict[tuple[About, str], list[Step]] = {}
    for step in steps:
        about = about_of(run, step, left)
        if about is not None and waits(step, about, left) and step.doer not in gone:
            groups.setdefault((about, step.key), []).append(step)
    may_go_back = has_way_back(run, steps)
    return tuple(
        Question(
            run=run,
            about=about,
            steps=tuple(found),
            known=_known(about, found),
            answers=tuple(
                answer for answer in (*_fitting(about, found), *_OF_THE_RUN) if may_go_back or answer != "compensate"
            ),
            command=_command(run, about, found, groups),
            **_gated(found, launchers, now=now),
        )
        for (about, _key), found in groups.items()
    )


def launched_by(events: Iterable[Event]) -> frozenset[str]:
    """Return who began or resumed a run, by its events: a gate for two persons takes none of them."""
    return frozenset(event.actor for event in events if event.type in {"run.started", "run.resumed"})


def as_data(question: Question) -> dict[str, Any]:
    """Return a question as JSON, and a notice, have it."""
    return {
        "run": question.run.id,
        "workflow": question.run.workflow,
        "about": str(question.about),
        "step": question.step.name,
        "key": question.step.key,
        "where": question.step.where,
        "hosts": list(question.hosts),
        "since": clock.text(question.since),
        "known": question.known,
        "prompt": question.prompt,
        "approvers": list(question.approvers),
        "barred": list(question.barred),
        "is_reason_required": question.is_reason_required,
        "expires": "" if question.expires is None else clock.text(question.expires),
        "default": question.default,
        "is_expired": question.is_expired,
        "answers": [str(answer) for answer in question.answers],
        "command": list(question.command),
    }


def about_of(run: Run, step: Step, left: Left) -> About | None:
    """Return what may be decided about a step of a run that nobody works on; None: nothing."""
    if not step.is_forward:
        return None
    if run.is_going_back:
        return About.COMPENSATION if step.undo is Undo.FAILED else None
    if step.asks is Asks.APPROVAL:
        return About.APPROVAL
    if step.asks is Asks.FAILURE or _ended_the_run(step):
        return About.FAILURE
    return About.DOUBT if step.asks is Asks.DOUBT or _is_doubtful(step, left) else None


def waits(step: Step, about: About, left: Left) -> bool:
    """Tell whether a resume would stop at a step to ask; other decisions may be made, and need not."""
    if step.asks is not Asks.NOTHING or about is About.COMPENSATION:
        return True
    leavings = left.get((step.host, step.key))
    has_job = leavings is not None and leavings.has_job  # nobody need ask before a resume has looked for it
    is_open = about is About.DOUBT and not step.is_aftermath and not has_job
    return is_open and step.contract.doubt is OnDoubt.ESCALATE


def in_doubt(steps: Iterable[Step], left: Left) -> tuple[Step, ...]:
    """Return the steps that may or may not have happened, once nobody works on them and no worker left word."""
    return tuple(step for step in steps if step.is_forward and _is_doubtful(step, left))


def has_way_back(run: Run, steps: Iterable[Step]) -> bool:
    """Tell whether a run can turn back: there is something to undo, and no pivot was done."""
    if run.is_going_back:
        return False
    debt = owed(steps)
    return bool(debt.undoings) and debt.pivot is None


def decision(step: Step, answer: str, others: Iterable[Step]) -> tuple[str, ...]:
    """Return the command that decides about a step on its host; the reason is left to whoever types it."""
    alike = [other for other in others if (other.doer, other.name) == (step.doer, step.name)]
    name = step.name if len(alike) < 2 else step.key  # noqa: PLR2004  one of a name needs no key
    return ("saga", "decide", step.run, "--host", step.doer, "--step", name, answer, "--why", "...")


def _ended_the_run(step: Step) -> bool:
    return step.state.is_failure and step.is_handled is False and step.executions > 0 and not step.is_aftermath


def _is_doubtful(step: Step, left: Left) -> bool:
    if not step.is_in_doubt:
        return False
    leavings = left.get((step.host, step.key))
    return leavings is None or leavings.verdict is Verdict.IN_DOUBT


def _known(about: About, steps: Sequence[Step]) -> str:
    match about:
        case About.APPROVAL:
            return "it has not begun"
        case About.DOUBT:
            return "it was started, and nobody knows whether it happened"
        case About.COMPENSATION:
            by = ", ".join(repr(handler) for handler in steps[0].contract.compensate)
            return f"what undoes it has failed: {by}"
        case _:
            return ", ".join(dict.fromkeys(_failed(step) for step in steps))


def _failed(step: Step) -> str:
    said = "it failed" if str(step.state) == "failed" else "its host could not be reached"
    times = f", {step.tries} times" if step.tries > 1 else ""
    return f"{said}{times}" + ("; its effect may be there" if _may_be_there(step) else "")


def _fitting(about: About, steps: Iterable[Step]) -> tuple[Answer, ...]:
    """Return the answers about steps; a failure that may have had its effect is looked at first, as a doubt is."""
    is_doubtful = about is About.FAILURE and any(_may_be_there(step) for step in steps)
    return FITTING[About.DOUBT if is_doubtful else about]


def _may_be_there(step: Step) -> bool:
    return step.state.is_failure and is_there(step) and not step.contract.is_repeatable


def _command(
    run: Run, about: About, steps: Sequence[Step], groups: Mapping[tuple[About, str], Sequence[Step]]
) -> tuple[str, ...]:
    step, proposed = steps[0], _fitting(about, steps)[0]
    if proposed is Answer.DONE and about is not About.COMPENSATION:  # each host is to be looked at
        return decision(step, proposed, (other for found in groups.values() for other in found))
    alike = [key for _about, key in groups if groups[_about, key][0].name == step.name]
    which = ("--step", step.name if len(alike) == 1 else step.key)
    if about is About.APPROVAL:
        approval = step.contract.approval
        why = ("--why", "...") if approval is not None and approval.is_reason_required else ()
        return ("saga", "approve", run.id, *(() if len(groups) == 1 else which), *why)
    return ("saga", "decide", run.id, *which, proposed, "--why", "...")


def _gated(steps: Sequence[Step], launchers: Collection[str], *, now: float) -> dict[str, Any]:
    step, approval = steps[0], steps[0].contract.approval
    if approval is None or step.asks is not Asks.APPROVAL:
        return {}
    ends = [end for step in steps if (end := gate.expires(step)) is not None]
    return {
        "prompt": approval.prompt,
        "approvers": approval.approvers,
        "barred": gate.barred(step, launchers),
        "is_reason_required": approval.is_reason_required,
        "expires": min(ends, default=None),
        "default": approval.default if ends else "",
        "is_expired": all(gate.is_expired(step, now=now) for step in steps),
    }
