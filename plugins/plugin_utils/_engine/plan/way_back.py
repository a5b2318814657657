# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a failure at each step leads to: what is undone, in which order, where a pivot stops it, what stays behind.

A pure forecast. The order is that of :mod:`saga`: latest started first; of one step its own compensation before those
of the units around it, inner ones first. A unit is due from the first of its steps that starts with an effect, so it is
undone after all of them. The answer for each step is a tail of one list, so the whole is as long as the plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from ..promises import Then, Unit
from ..slotted import dataclass
from .forward import forward, is_certain
from .outline import Outline, PlannedPlay, PlannedTask


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """A compensation that a failure may call for: of a step, or of the unit that begins to have an effect there."""

    number: int  # of the step
    play: int
    name: str  # the step's or the unit's
    where: str
    handlers: tuple[str, ...]
    is_unit: bool = False
    is_certain: bool = True  # False: its step may be skipped, or run only after a failure or a notification


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """What follows if one of the steps `first` to `last` fails and nothing handles it.

    `outcome`: goes back, parks, stops, goes on, not recorded; "goes back or parks" where it depends on whether a pivot
    was done. `count` reversals at most are due, the last ones of the way back's order; `pivot` is the one that decides.
    """

    first: int
    last: int
    outcome: str
    count: int = 0
    pivot: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterBatch:
    """What follows a failure in the second or a later batch of a play: earlier batches have done all of the play."""

    play: int
    batches: int
    outcome: str
    count: int  # reversals of a whole batch
    pivot: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class WayBack:
    """The way back of a whole workflow; `order` is latest first."""

    order: tuple[Reversal, ...]
    failing: tuple[Failing, ...]
    later_batches: tuple[LaterBatch, ...]
    pivots: tuple[int, ...]  # that the journal hears of
    standing: tuple[int, ...]  # steps with an effect that nothing undoes, besides the pivots

    def due(self, failing: Failing) -> tuple[Reversal, ...]:
        """Return what a failure calls for, at most, in order."""
        return self.order[len(self.order) - failing.count :]

    def first(self, failing: Failing) -> Reversal | None:
        """Return what a failure undoes first; None if nothing is due."""
        return self.order[-failing.count] if failing.count else None


OUTCOMES = {
    "goes back": "What the steps before it did is undone, latest first; of a step over several hosts also where it was "
    "done before another host failed. Skipped steps need nothing undone; with nothing to undo the run stops.",
    "parks": "The run ends with everything kept and its targets locked, and says what to do; the same command goes on.",
    "goes back or parks": "It depends on whether a pivot was done by then, on any host: if not it goes back, else it "
    "parks.",
    "stops": "Nothing is undone; what is done is kept. Mend the cause; the same command goes on.",
    "goes on": "The failure is handled (rescue, ignore_errors, on_failure: continue): the run goes on.",
    "not recorded": "Its play runs under another strategy: a failure ends the playbook, and nothing is undone.",
}


def way_back(outline: Outline) -> WayBack:
    """Return the forecast for every step."""
    steps = list(forward(outline))
    started = list(_reversals(steps))
    answers = list(_answers(steps, started))
    effects = [(play.is_durable, task) for play, task in steps if task.contract.has_effect]
    return WayBack(
        order=_latest_first(started),
        failing=tuple(_ranges(answers)),
        later_batches=tuple(_later_batches(outline, steps, started)),
        pivots=tuple(task.number for is_durable, task in effects if is_durable and task.is_pivot),
        standing=tuple(
            task.number for is_durable, task in effects if not is_durable or not (task.is_pivot or task.is_undone)
        ),
    )


def _reversals(steps: Iterable[tuple[PlannedPlay, PlannedTask]]) -> Iterator[Reversal]:
    """Yield what may become due, step by step in the order of starts; of one step in the order of undoing."""
    met: set[tuple[int, str]] = set()
    for play, task in steps:
        if not play.is_durable or not task.contract.has_effect:
            continue
        if task.contract.compensate:
            yield _reversal(task)
        for unit in task.units:
            if unit.contract.compensate and (task.play, unit.path) not in met:
                met.add((task.play, unit.path))
                yield _reversal(task, unit)


def _reversal(task: PlannedTask, unit: Unit | None = None) -> Reversal:
    return Reversal(
        number=task.number,
        play=task.play,
        name=unit.name if unit else task.name,
        where=unit.where if unit else task.where,
        handlers=(unit or task).contract.compensate,
        is_unit=unit is not None,
        is_certain=is_certain(task),
    )


def _latest_first(started: Iterable[Reversal]) -> tuple[Reversal, ...]:
    groups = [list(group) for _number, group in groupby(started, key=lambda reversal: reversal.number)]
    return tuple(reversal for group in reversed(groups) for reversal in group)


@dataclass(slots=True)
class _Pivots:
    """The pivots that may be done when a step fails: the first certain one, else any."""

    certain: int = 0
    possible: int = 0

    def note(self, task: PlannedTask) -> None:
        if is_certain(task):
            self.certain = self.certain or task.number
        else:
            self.possible = self.possible or task.number


def _answers(steps: list[tuple[PlannedPlay, PlannedTask]], started: list[Reversal]) -> Iterator[Failing]:
    own = {reversal.number for reversal in started if not reversal.is_unit}
    counts: dict[int, int] = {}
    for reversal in started:
        counts[reversal.number] = counts.get(reversal.number, 0) + 1
    ahead = dict(_own_pace(steps))
    done, pivots = 0, _Pivots()
    for play, task in steps:
        is_partly = task.hosts != 1 or task.is_loop
        here = counts.get(task.number, 0)
        due = done + here - (1 if task.number in own and not is_partly else 0)
        elsewhere = ahead.get(play.number, 0) or (task.number if task.is_pivot and is_partly else 0)
        yield _answer(play, task, pivots, due=due, elsewhere=elsewhere)
        done += here
        if task.is_pivot and play.is_durable:
            pivots.note(task)


def _answer(play: PlannedPlay, task: PlannedTask, pivots: _Pivots, *, due: int, elsewhere: int) -> Failing:
    number, then = task.number, task.contract.then
    if not play.is_durable:
        return Failing(first=number, last=number, outcome="not recorded")
    if task.ignores_errors or task.is_rescued or then is Then.CONTINUE:
        return Failing(first=number, last=number, outcome="goes on")
    if then in {Then.STOP, Then.ESCALATE}:
        return Failing(first=number, last=number, outcome="stops" if then is Then.STOP else "parks")
    if not due:
        return Failing(first=number, last=number, outcome="stops")
    if pivots.certain:
        return Failing(first=number, last=number, outcome="parks", pivot=pivots.certain)
    possible = pivots.possible or elsewhere
    outcome = "goes back or parks" if possible else "goes back"
    return Failing(first=number, last=number, outcome=outcome, count=due, pivot=possible)


def _own_pace(steps: Iterable[tuple[PlannedPlay, PlannedTask]]) -> Iterator[tuple[int, int]]:
    """Yield the plays whose hosts don't go in lockstep, with a pivot that one of them may have done before the rest."""
    for play, task in steps:
        is_alone = len(play.hosts) == 1 and play.are_hosts_known
        if task.is_pivot and play.strategy.rpartition(".")[2] in {"free", "host_pinned"} and not is_alone:
            yield play.number, task.number


def _ranges(answers: Iterable[Failing]) -> Iterator[Failing]:
    """Join neighbours with the same answer."""
    for _key, group in groupby(answers, key=lambda each: (each.outcome, each.count, each.pivot)):
        alike = list(group)
        yield Failing(
            first=alike[0].first,
            last=alike[-1].last,
            outcome=alike[0].outcome,
            count=alike[0].count,
            pivot=alike[0].pivot,
        )


def _later_batches(
    outline: Outline, steps: list[tuple[PlannedPlay, PlannedTask]], started: list[Reversal]
) -> Iterator[LaterBatch]:
    for play in outline.plays:
        if not play.is_durable or len(play.batches) < 2:  # noqa: PLR2004  one batch has no later one
            continue
        pivots = _Pivots()
        for _play, task in steps:
            if task.is_pivot and task.play <= play.number and outline.play_of(task).is_durable:
                pivots.note(task)
        outcome = "goes back"
        if not any(reversal.play <= play.number for reversal in started):
            outcome = "stops"
        elif pivots.certain or pivots.possible:
            outcome = "parks" if pivots.certain else "goes back or parks"
        yield LaterBatch(
            play=play.number,
            batches=len(play.batches),
            outcome=outcome,
            count=sum(reversal.play == play.number for reversal in started),
            pivot=0 if outcome == "stops" else pivots.certain or pivots.possible,
        )
