# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a case ended as the contracts promise, and if not, what is wrong."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from .. import points
from ..records import RunState
from ..slotted import dataclass, field
from .cases import Case, Moment, Part

State = Mapping[str, tuple[str, ...]]
"""What the user's commands have said on each host, in their order."""


class Word(StrEnum):
    """How a case ended, in one word."""

    RESUMED = "resumed"  # no step was done again
    REPEATED = "repeated"  # the step was done again, as its contract says it may be
    LOOKED = "looked"  # it was in doubt, and its verify handler said
    ASKED = "asked"  # it was in doubt, and an operator is asked
    UNDONE = "undone"  # it failed, and all is as before the run
    FORWARD = "forward"  # it failed after the pivot: tried again, all was done
    HANDLED = "handled"  # it failed, and the playbook has an answer of its own to that
    WRONG = "WRONG"


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What an uninterrupted run led to."""

    parts: tuple[Part, ...]
    before: State
    after: State
    effects: State
    begun: Mapping[points.Place, int]  # how often work on a step has begun


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a case led to."""

    is_struck: bool  # the moment was reached
    run_state: RunState | None = None  # None: there was no run
    reason: str = ""
    state: State = field(default_factory=dict)
    effects: State = field(default_factory=dict)
    objection: str = ""  # of the verify playbook
    begun: Mapping[points.Place, int] = field(default_factory=dict)
    in_hand: frozenset[points.Place] = frozenset()  # what had begun, and had no outcome, when the controller was dead
    looked: str = ""  # what the verify handler of the step said: there, not there
    answer: str = ""  # what an operator had to say of it: done, retry
    undone: tuple[str, ...] = ()  # the steps whose compensations have run
    standing: tuple[str, ...] = ()  # steps with an effect that nothing undoes
    not_undone: tuple[str, ...] = ()  # steps whose compensations have failed
    is_past_pivot: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that is not as promised; `steps`: one of them has the contract that is wrong, as far as is known."""

    what: str
    steps: tuple[str, ...]
    difference: str = ""  # as a unified diff; empty: none


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A case, how it ended, and what is wrong."""

    case: Case
    word: Word
    how: str = ""  # which answer
    faults: tuple[Fault, ...] = ()
    undone: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def is_right(self) -> bool:
        return self.word is not Word.WRONG


def judge(case: Case, seen: Seen, baseline: Baseline) -> Verdict:
    """Judge a case by what it led to."""
    if not seen.is_struck:
        what = "the moment was not reached: the playbook does not do the same each time"
        faults = [Fault(what=what, steps=(case.part.name,))]
    elif case.moment.is_kill:
        faults = [*_of_a_resume(case, seen, baseline)]
    else:
        faults = [*_of_a_failure(case, seen, baseline)]
    word = Word.WRONG if faults else _word(case, seen, baseline)
    how = seen.answer or (seen.looked if word is Word.LOOKED else "")
    return Verdict(case=case, word=word, how=how, faults=tuple(faults), undone=seen.undone)


def difference(expected: State, found: State) -> str:
    """Return what differs between two states, host by host, as a diff; empty: nothing."""
    told: list[str] = []
    for host in dict.fromkeys([*expected, *found]):
        wanted, there = _lines(expected.get(host, ())), _lines(found.get(host, ()))
        told += difflib.unified_diff(wanted, there, f"{host}, expected", f"{host}, found", n=1, lineterm="")
    return "\n".join(told)


def _word(case: Case, seen: Seen, baseline: Baseline) -> Word:
    if not case.moment.is_kill:
        is_handled = seen.run_state is RunState.COMPLETED and not seen.is_past_pivot
        return Word.HANDLED if is_handled else Word.FORWARD if seen.is_past_pivot else Word.UNDONE
    if seen.answer:
        return Word.ASKED
    if seen.looked:
        return Word.LOOKED
    place = case.part.place
    return Word.REPEATED if seen.begun.get(place, 0) > baseline.begun[place] else Word.RESUMED


# After a kill


def _of_a_resume(case: Case, seen: Seen, baseline: Baseline) -> Iterator[Fault]:
    name = case.part.name
    if seen.run_state is not RunState.COMPLETED:
        how = f"the resumed run is {seen.run_state or 'not there'}" + (f": {seen.reason}" if seen.reason else "")
        yield Fault(what=f"{_blamed_for(case, seen)}; {how}", steps=(name,))
    told = difference(baseline.after, seen.state)
    lie = _lie(case, seen)
    if lie:
        yield Fault(what=lie, steps=(name,), difference=told)
    may_repeat = _may_repeat(case, seen, baseline)
    yield from _miscounted(seen, baseline, may_repeat)
    if lie:  # the rest follows from it
        return
    if told:
        yield Fault(what=f"{_blamed_for(case, seen)}; the state then differs", steps=(name,), difference=told)
    if seen.objection:
        yield Fault(what=f"{_blamed_for(case, seen)}; the verify playbook then fails: {seen.objection}", steps=(name,))
    is_loose = any(part.place in may_repeat and part.contract.has_effect for part in baseline.parts)
    if told := _effects_differ(baseline.effects, seen.effects, is_loose=is_loose):
        yield Fault(what=f"{_blamed_for(case, seen)}; its effects are other ones", steps=(name,), difference=told)


def _lie(case: Case, seen: Seen) -> str:
    """Return what the verify handler says of a step of which a drill knows better; empty: it is right, or not asked."""
    handlers = ", ".join(map(repr, case.part.contract.verify))
    if case.moment is Moment.UNSAID and seen.looked == "not there":
        return f"its verify {handlers} says that it is not there, and it is"
    if case.moment is Moment.BEFORE and seen.looked == "there":
        return f"its verify {handlers} says that it is there, and it is not"
    return ""


def _blamed_for(case: Case, seen: Seen) -> str:
    contract = case.part.contract
    if seen.answer:
        return f"it is in doubt, an operator is asked, and {seen.answer!r} is not the answer"
    if seen.looked:
        return f"its verify {', '.join(map(repr, contract.verify))} says that it is {seen.looked}"
    if case.moment in {Moment.TORN, Moment.UNSAID} and contract.is_repeatable:
        return "it says idempotent, and was done a second time" if contract.has_effect else "it says that it only reads"
    return f"interrupted ({case.moment}) and resumed"


def _may_repeat(case: Case, seen: Seen, baseline: Baseline) -> frozenset[points.Place]:
    """Return what may have been done again: what nobody had heard of; a worker that lives on is heard of later."""
    if case.moment not in {Moment.DURING, Moment.AFTER}:
        return seen.in_hand
    return seen.in_hand - {part.place for part in baseline.parts if part.contract.has_effect}


def _miscounted(seen: Seen, baseline: Baseline, may_repeat: frozenset[points.Place]) -> Iterator[Fault]:
    for part in baseline.parts:
        once, count = baseline.begun.get(part.place, 0), seen.begun.get(part.place, 0)
        is_too_often = count > once and part.place not in may_repeat
        is_left_out = count < once and seen.answer != "done" and seen.run_state is RunState.COMPLETED
        if is_too_often or is_left_out:
            yield Fault(what=f"{part.title} was done {count} times, not {once}", steps=(part.name,))


def _effects_differ(expected: State, found: State, *, is_loose: bool) -> str:
    """Return what differs in the effects; each may be there more than once if that `is_loose`."""
    if is_loose and all(_is_once_or_twice(expected[host], found.get(host, ())) for host in expected):
        return ""
    return difference({host: _sorted(texts) for host, texts in expected.items()}, _all_sorted(found))


def _is_once_or_twice(expected: Sequence[str], found: Sequence[str]) -> bool:
    wanted, counted = Counter(_lines(expected)), Counter(_lines(found))
    return counted.keys() == wanted.keys() and all(counted[line] >= count for line, count in wanted.items())


def _all_sorted(state: State) -> State:
    return {host: _sorted(texts) for host, texts in state.items()}


def _sorted(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple("\n".join(sorted(text.splitlines())) for text in texts)


def _lines(texts: Sequence[str]) -> list[str]:
    return [line for text in texts for line in text.splitlines()]


# After a failure


def _of_a_failure(case: Case, seen: Seen, baseline: Baseline) -> Iterator[Fault]:
    name, suspects = case.part.name, tuple(dict.fromkeys((*seen.undone, *seen.standing)))
    if seen.is_past_pivot:
        if seen.run_state is not RunState.COMPLETED:
            yield Fault(what=f"it failed after the pivot, and the run cannot go on: {seen.reason}", steps=(name,))
        elif told := difference(baseline.after, seen.state):
            yield Fault(what="it failed after the pivot; gone on, the state differs", steps=(name,), difference=told)
        return
    if seen.run_state is RunState.COMPLETED:  # the playbook's own answer to a failure; what is right then, it knows
        return
    told = difference(baseline.before, seen.state)
    for step in seen.not_undone:
        yield Fault(what="its compensation failed", steps=(step,), difference=told)
    if seen.not_undone:  # what differs may be what that has left: it tells nothing of the others
        return
    if told and seen.standing:
        yield Fault(what="it has an effect, and nothing undoes it", steps=seen.standing, difference=told)
    elif told:
        yield Fault(what="undone, the state is not what it was", steps=suspects or (name,), difference=told)
