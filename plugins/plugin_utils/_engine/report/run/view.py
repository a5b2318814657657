# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run as its report shows it: what stands where, when it was done, and who decided what."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from ...audit import Finding
from ...promises import Contract, Effect
from ...records import Event, Lease, Run, Slice, Step
from ...slotted import dataclass, field
from ..questions import Question
from ..status import Line, View
from ..timeline import Bar, Place, bars
from .history import Attempt, Choice, Drift, attempts, choices, drifts
from .tones import Tone, tone

_EFFECTS = {Effect.NONE: "no effect", Effect.SIDE_EFFECT: "side effect", Effect.IRREVERSIBLE: "irreversible"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """All that a report is made of, as it was at one moment; `now` in seconds."""

    view: View
    who: str  # works on it, in words
    steps: Sequence[Step]
    events: Sequence[Event]
    leases: Sequence[Lease]
    findings: Sequence[Finding] | None  # None: the audit could not be verified, for it was being written
    now: float
    slices: Sequence[Slice] = ()
    messages: Mapping[Place, str] = field(default_factory=dict)  # of steps that have failed: what they said
    typed: Callable[[Sequence[str], str], str] = lambda words, _directory: " ".join(words)  # a command, as it is typed


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One step over all hosts; without states it is still to come."""

    number: int
    name: str
    where: str
    play: int
    key: str
    kind: str  # step, block, handler, undo, verify
    contract: str  # in words
    is_for_all: bool
    of: int  # of what undoes or verifies a step: that step's number; 0: none
    states: Mapping[str, str]
    forecasts: Mapping[str, str]

    @property
    def counts(self) -> dict[Tone, int]:
        """Return on how many hosts it stands how, in the order of the tones."""
        found: Counter[Tone] = Counter()
        for word, count in Counter(self.states.values()).items():
            found[tone(word)] += count
        return {each: found[each] for each in Tone if found[each]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the run waits for, with the command that answers it."""

    title: str
    known: str
    hosts: tuple[str, ...]
    since: float
    answers: tuple[str, ...]
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A run, at one moment; times in seconds."""

    run: Run
    who: str
    is_live: bool | None
    made: float
    hosts: tuple[str, ...]
    rows: tuple[Row, ...]
    bars: tuple[Bar, ...]
    attempts: tuple[Attempt, ...]
    choices: tuple[Choice, ...]
    drifts: tuple[Drift, ...]
    leases: tuple[Lease, ...]
    slices: tuple[Slice, ...]
    events: tuple[Event, ...]
    findings: tuple[Finding, ...] | None
    messages: Mapping[Place, str]
    asked: tuple[Asked, ...]
    in_doubt: tuple[Step, ...]
    owed: tuple[Step, ...]
    standing: tuple[Step, ...]
    next: str  # what to do, in words
    command: str  # what to type for it; empty: nothing
    began_by: str  # the command that began it

    @property
    def changed(self) -> float:
        """When something happened to it last."""
        return max([self.run.updated, *(event.time for event in self.events[-1:])])

    @property
    def verified(self) -> str:
        """Say whether the record of all this holds."""
        if self.findings is None:
            return "not verified: the run was being written to"
        if self.findings:
            return f"does not hold: {len(self.findings)} finding{'s' if len(self.findings) > 1 else ''}"
        return f"holds: {len(self.events)} events verified, and they account for every state"

    @property
    def counts(self) -> dict[Tone, int]:
        """Return how many steps on hosts stand how; those that undo or verify others are not counted."""
        found: Counter[Tone] = Counter()
        for row in self.rows:
            if row.kind in {"step", "handler"}:
                found.update(row.counts)
        return {each: found[each] for each in Tone if found[each]}


def report(sources: Sources) -> Report:
    """Return a run as it is to be shown."""
    view = sources.view
    rows = _rows(view.lines, {step.key: step for step in sources.steps})
    words = {(host, row.key): word for row in rows for host, word in row.states.items()}
    return Report(
        run=view.run,
        who=sources.who,
        is_live=view.is_live,
        made=sources.now,
        hosts=view.hosts,
        rows=rows,
        bars=tuple(_known(each, words) for each in bars(sources.steps, sources.events)),
        attempts=attempts(sources.events),
        choices=choices(sources.events),
        drifts=drifts(sources.events),
        leases=tuple(sources.leases),
        slices=tuple(sources.slices),
        events=tuple(sources.events),
        findings=None if sources.findings is None else tuple(sources.findings),
        messages=sources.messages,
        asked=tuple(_asked(question, sources.typed) for question in view.questions),
        in_doubt=view.in_doubt,
        owed=view.owed,
        standing=view.standing,
        next=f"{view.next.say[:1].upper()}{view.next.say[1:]}",
        command=sources.typed(view.next.command, view.next.directory) if view.next.command else "",
        began_by=sources.typed(view.run.command, view.run.directory) if view.run.command else "",
    )


def by_name(steps: Iterable[Step]) -> list[tuple[str, list[Step]]]:
    """Return steps that follow one another and have one name, together."""
    return [(name, list(group)) for name, group in itertools.groupby(steps, key=lambda step: step.name)]


def contract(promised: Contract) -> str:
    """Return a contract in words."""
    again = "may be repeated" if promised.is_idempotent else "once only"
    words = [_EFFECTS[promised.effect], *([again] if promised.has_effect else ())]
    for said, names in (("undone by", promised.compensate), ("verified by", promised.verify)):
        words += [f"{said} {', '.join(names)}"] if names else []
    words += ["wants an approval"] if promised.approval else []
    words += [f"tried up to {promised.retry.attempts} times"] if promised.retry else []
    words += [f"after a failure: {promised.then}"] if promised.then else []
    return ", ".join(words)


def _rows(lines: Iterable[Line], steps: Mapping[str, Step]) -> tuple[Row, ...]:
    listed = [line for line in lines if line.states or not line.is_handler]  # nothing has notified the others
    numbers = {line.key: number for number, line in enumerate(listed, 1)}
    return tuple(
        Row(
            number=numbers[line.key],
            name=line.name,
            where=line.where,
            play=line.play,
            key=line.key,
            kind=_kind(line, steps.get(line.key)),
            contract=contract(steps[line.key].contract) if line.key in steps else "",
            is_for_all=line.is_for_all,
            of=numbers.get(line.undoes or line.verifies, 0),
            states=line.states,
            forecasts=line.forecasts,
        )
        for line in listed
    )


def _kind(line: Line, step: Step | None) -> str:
    if line.undoes:
        return "undo"
    if line.verifies:
        return "verify"
    if step is not None and step.is_unit:
        return "block"
    return "handler" if line.is_handler else "step"


def _known(found: Bar, words: Mapping[Place, str]) -> Bar:
    """Return a bar whose end no event tells of with the word for where its step stands: in doubt, or at work."""
    return replace(found, word=words.get((found.host, found.key), found.word)) if found.is_open else found


def _asked(question: Question, typed: Callable[[Sequence[str], str], str]) -> Asked:
    return Asked(
        title=f"{question.step.name}: {question.about}",
        known=question.prompt or question.known,
        hosts=question.hosts,
        since=question.since,
        answers=tuple(str(answer) for answer in question.answers),
        command=typed(question.command, ""),
    )
