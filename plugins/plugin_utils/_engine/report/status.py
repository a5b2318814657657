# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a run stands: a line per step, a word per host, and what a resume will do with each [I9]."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from ..policy import gate
from ..promises import Effect, OnDoubt
from ..records import EVERY_HOST, Answer, Asks, PlannedStep, Run, RunState, Slice, Step, StepState, Undo
from ..saga import is_there, remaining
from ..slotted import dataclass, field
from ..spool import Leavings, Verdict
from .advice import Advice, advise
from .questions import Left, Question, in_doubt, questions

_DOUBTFUL = {
    OnDoubt.RERUN: "run again",
    OnDoubt.VERIFY: "verify",
    OnDoubt.ESCALATE: "ask",
    OnDoubt.COMPENSATE: "go back",
}
_OVER = frozenset({RunState.COMPLETED, RunState.COMPENSATED, RunState.ABANDONED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One step over all hosts: a state and a forecast per host; without any, it is still to come."""

    name: str
    where: str
    play: int
    key: str
    undoes: str = ""  # of a compensation: the key of the step it undoes
    verifies: str = ""  # of a verify handler: the key of the step it looks for
    is_handler: bool = False
    is_for_all: bool = False  # run_once: the one host in it did it for all
    states: dict[str, str] = field(default_factory=dict)
    forecasts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A run as people see it; `is_live` is None when that cannot be known from here."""

    run: Run
    hosts: tuple[str, ...]
    lines: tuple[Line, ...]
    in_doubt: tuple[Step, ...]
    owed: tuple[Step, ...]
    standing: tuple[Step, ...]  # of a run that goes back or was given up: done, and nothing will undo it
    is_live: bool | None
    next: Advice
    questions: tuple[Question, ...] = ()  # what it waits for


def view(  # noqa: PLR0913  all that a picture is made of
    run: Run,
    steps: Sequence[Step],
    plan: Iterable[PlannedStep],
    *,
    is_live: bool | None,
    left: Left | None = None,
    gone: Iterable[str] = (),
    launchers: Collection[str] = (),
    parts: Sequence[Slice] = (),
    now: float = 0.0,
) -> View:
    """Return the whole picture; `is_live` says whether a process or a worker is (or may be) at work on the run.

    `gone` are hosts that the run goes on without, `launchers` those who began or resumed it, `parts` its slices;
    `now` is in seconds.
    """
    without = frozenset() if run.is_going_back else frozenset(gone)
    is_busy = is_live is not False
    found = left or {}
    is_settled = is_busy or run.state in _OVER
    lines: dict[str, Line] = {}
    for step in steps:
        line = lines.get(step.key)
        if line is None:
            line = lines[step.key] = _line(step)
        doer = step.doer
        leavings = found.get((step.host, step.key)) if found else None
        line.states[doer] = describe(step, is_live=is_busy, left=leavings)
        if is_settled or doer in without:
            line.forecasts[doer] = "nothing"
        else:
            answered = gate.defaulted(step, now=now) or step  # by the default, where a gate has expired
            line.forecasts[doer] = forecast(run, answered, is_live=is_busy, left=leavings)
    met = {step.path for step in steps}
    is_open = run.state not in _OVER and not run.is_going_back
    to_come = [_line_to_come(planned) for planned in plan if is_open and planned.path not in met]
    listed = (step for step in steps if step.doer not in without)
    doubts = () if is_busy else _not_to_be_found(in_doubt(listed, found), found)
    owed = tuple(remaining(steps, run.back)) if run.is_going_back and run.state not in _OVER else ()
    is_left = run.is_going_back or run.state is RunState.ABANDONED
    due = {(step.host, step.key) for step in owed}
    asked = () if is_busy else questions(run, steps, found, launchers=launchers, now=now, gone=without)
    return View(
        run=run,
        hosts=_hosts(run, lines.values()),
        lines=(*lines.values(), *to_come),
        in_doubt=doubts,
        owed=owed,
        standing=tuple(step for step in standing(steps) if (step.host, step.key) not in due) if is_left else (),
        is_live=is_live,
        next=advise(run, asked, is_live=is_live, parts=parts),
        questions=asked,
    )


def _not_to_be_found(doubts: Iterable[Step], left: Left) -> tuple[Step, ...]:
    """Return the doubts that no job at a target can end: of the others nobody need ask before a resume has looked."""
    found = ((step, left.get((step.host, step.key))) for step in doubts)
    return tuple(step for step, leavings in found if leavings is None or not leavings.has_job)


def standing(steps: Iterable[Step]) -> list[Step]:
    """Return the steps whose effect is there, or may be, and was not undone; of a block that has begun, the block."""
    return [
        step
        for step in steps
        if step.contract.has_effect and step.is_forward and step.undo is not Undo.COMPENSATED and is_there(step)
        # What a block undoes as a whole is the block's matter, unless it wants more, or bears no undoing.
        if step.is_unit or not step.unit or step.contract.compensate or step.contract.effect is Effect.IRREVERSIBLE
    ]


def counted(steps: Iterable[Step], *, is_live: bool) -> dict[str, int]:
    """Return how many of the playbook's steps, on how many hosts, stand where: by the words of :func:`describe`.

    They are one word each, for whoever takes them for names: compensation_failed.
    """
    words = Counter(describe(step, is_live=is_live) for step in steps if step.is_forward)
    return {word.replace(", ", "_").replace(" ", "_"): count for word, count in words.items()}


def describe(step: Step, *, is_live: bool, left: Leavings | None = None) -> str:
    """Return the one word for where a step stands on its host."""
    if step.undo is not Undo.NONE:
        return step.undo
    if step.is_unit and step.state is StepState.OK:
        return "begun"
    if step.state is StepState.STARTED:
        return "at work" if is_live else _left_by_its_worker(left)
    if step.state is StepState.FAILED and step.is_handled:
        return "failed, handled"
    return step.state


def forecast(run: Run, step: Step, *, is_live: bool, left: Leavings | None = None) -> str:
    """Return what a resume will do with a step on its host."""
    if run.state in _OVER or is_live:
        return "nothing"
    if step.verifies:
        return "nothing"
    if step.undoes:
        return "replay" if step.state in {StepState.OK, StepState.SKIPPED} else "run"
    if run.is_going_back:
        return "compensate" if remaining([step], run.back) else "nothing"
    if step.is_unit:
        return "nothing"
    return _open(step, left)


def is_denied(step: Step) -> bool:
    """Tell whether a step's approval was denied, and nothing has come of it since but its failure."""
    is_at_gate = step.contract.approval is not None and not step.executions and step.is_forward
    if step.state.is_failure:
        return is_at_gate and step.is_handled is False
    denied = step.decision is not None and step.decision.answer is Answer.DENY
    return is_at_gate and denied and step.state in {StepState.PENDING, StepState.VOID, StepState.WAITING}


def _hosts(run: Run, lines: Iterable[Line]) -> tuple[str, ...]:
    met = dict.fromkeys(host for line in lines for host in line.states)
    # Targets are names of leases. Where those are the hosts' own names, a host that has done nothing yet shows too.
    is_named_alike = not met or any(target in met for target in run.targets)
    return tuple(dict.fromkeys([*run.targets, *met])) if is_named_alike else tuple(met)


def _line(step: Step) -> Line:
    return Line(
        name=step.name,
        where=step.where,
        play=step.play,
        key=step.key,
        undoes=step.undoes,
        verifies=step.verifies,
        is_handler=_is_handler(step.path),
        is_for_all=step.host == EVERY_HOST,
    )


def _line_to_come(planned: PlannedStep) -> Line:
    return Line(
        name=planned.path.rpartition("/")[2],
        where=planned.where,
        play=planned.play,
        key=planned.path,
        is_handler=_is_handler(planned.path),
    )


def _is_handler(path: str) -> bool:
    return path.split("/")[1:2] == ["handlers"]


def _left_by_its_worker(left: Leavings | None) -> str:
    match _verdict(left):
        case Verdict.ENDED if left is not None:
            return f"{left.state}, not taken in"
        case Verdict.NOT_STARTED:
            return "not begun"
        case Verdict.BETWEEN:
            return "done in part"
        case _:
            return "in doubt"


def _open(step: Step, left: Leavings | None) -> str:  # noqa: PLR0911  a line for each way on
    if step.asks is not Asks.NOTHING and not _is_looked_for(step):
        return "ask"
    if is_denied(step):
        return "ask" if step.state.is_failure else "refuse"  # what failed is the approval: it is asked for once more
    if step.state in {StepState.PENDING, StepState.VOID, StepState.WAITING}:
        return "run"
    if step.state is StepState.RETRYING:
        return "verify" if step.contract.wants_verifying else "run again"
    # What came after the failure that ended the run is void as soon as it goes on.
    if step.is_aftermath:
        return "run again"
    if step.state.is_failure and step.is_handled is False:
        return _failed(step)
    if step.state is StepState.STARTED:
        return _open_intent(step, left)
    # A failure that Ansible has not judged (None) is played out as news.
    return _without_result(step) if step.is_withheld else "replay"


def _is_looked_for(step: Step) -> bool:
    """Tell whether a step waits only because its target did not answer: a resume asks that once more."""
    if step.state is StepState.RETRYING:
        return step.contract.wants_verifying
    return step.asks is Asks.DOUBT and step.is_in_doubt and step.contract.doubt is OnDoubt.VERIFY


def _failed(step: Step) -> str:
    if step.was_cut_off:
        return _DOUBTFUL[step.contract.doubt]
    is_looked_for = step.state is StepState.UNREACHABLE and step.contract.wants_verifying
    return "verify" if is_looked_for else "run again"


def _open_intent(step: Step, left: Leavings | None) -> str:
    match _verdict(left):
        case Verdict.ENDED if left is not None:
            return _without_result(step) if left.result is None else "take in"
        case Verdict.NOT_STARTED:
            return "run"
        case Verdict.BETWEEN:
            return "run the rest"
        case _ if left is not None and left.has_job:
            return "look for its job"
        case _:
            return _DOUBTFUL[step.contract.doubt]


def _without_result(step: Step) -> str:
    return f"{'run again' if step.contract.is_repeatable else 'stop'} (result not stored)"


def _verdict(left: Leavings | None) -> Verdict:
    return Verdict.IN_DOUBT if left is None else left.verdict
