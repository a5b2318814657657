# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When each step was at work on each host: a bar per try, folded from a run's events."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter

from ..records import Answer, Event, Step, StepState
from ..slotted import dataclass

AT_WORK = "at work"
IN_DOUBT = "in doubt"
BROKEN_OFF = "broken off"
RETRYING = "retrying"

_STATES = frozenset({str(state) for state in StepState})
_UNENDED = frozenset({AT_WORK, IN_DOUBT})

Place = tuple[str, str]
"""A step's host, as the journal has it, and its key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One try of a step on a host; times in seconds.

    `began` is None when an older saga.ops recorded it, `ended` when it is at work or nobody was there to see the end.
    """

    host: str  # that did it: of a step that is the run's, the one host that did it for all
    key: str
    began: float | None
    ended: float | None
    attempt: int
    word: str  # how it ended: a state, retrying, broken off, in doubt (with what was found or decided behind it)
    actor: str

    @property
    def is_open(self) -> bool:
        """True when nothing tells of its end: at work, or in doubt when nobody is left working on it."""
        return self.word == AT_WORK


def bars(steps: Iterable[Step], events: Iterable[Event]) -> tuple[Bar, ...]:
    """Return a bar for each try of each step on each host, in the order of their begins.

    Compensations and verify handlers are steps like others. What was replayed or never executed has no bar.
    """
    fold = _Fold(steps)
    for event in events:
        fold.take(event)
    return fold.bars()


@dataclass(slots=True)
class _Drawn:
    """A bar that is not at its end yet; `moment` is its begin, or the first one that is known of it."""

    moment: float
    host: str
    key: str
    began: float | None
    attempt: int
    actor: str
    word: str = AT_WORK
    ended: float | None = None

    def as_it_stands(self) -> Bar:
        return Bar(
            host=self.host,
            key=self.key,
            began=self.began,
            ended=self.ended,
            attempt=self.attempt,
            word=self.word,
            actor=self.actor,
        )

    @property
    def is_found(self) -> bool:
        """True when a worker had ended it and nobody was there, so that what comes next only acts on that."""
        return self.ended is None and self.word in _STATES


class _Fold:
    """The bars as far as the events have been told."""

    def __init__(self, steps: Iterable[Step]) -> None:
        self._steps = steps
        self._bars: list[_Drawn] = []
        self._last: dict[Place, _Drawn] = {}  # each step's last bar
        self._denied: set[Place] = set()  # what was denied fails, and has never begun

    def take(self, event: Event) -> None:
        """Let an event begin or end a bar, if it tells of that."""
        place = event.host, event.step
        match event.type:
            case "step.intent":
                self._begin(place, event, event.time)
            case "step.outcome" | "step.retrying" if place not in self._denied:
                self._finish(place, event)
            case "step.found_ended":
                self._end(place, str(event.data["state"]))
            case "step.found_not_at_work":
                self._end(place, BROKEN_OFF)
            case "step.in_doubt":
                self._end(place, IN_DOUBT)
            case "step.resolved":
                self._resolve(place, event)

    def bars(self) -> tuple[Bar, ...]:
        """Return all of them; those of steps at work without an intent, too, where the records tell of such."""
        silent = [
            _silent(step)
            for step in self._steps
            if step.is_in_doubt and step.executions and not step.is_unit and not self._is_unended(step)
        ]
        return tuple(drawn.as_it_stands() for drawn in sorted([*self._bars, *silent], key=attrgetter("moment")))

    def _is_unended(self, step: Step) -> bool:
        drawn = self._last.get((step.host, step.key))
        return drawn is not None and drawn.word in _UNENDED

    def _begin(self, place: Place, event: Event, began: float | None) -> _Drawn:
        drawn = _Drawn(
            moment=event.time if began is None else began,
            host=str(event.data.get("on") or event.host),
            key=event.step,
            began=began,
            attempt=event.attempt,
            actor=event.actor,
        )
        self._last[place] = drawn
        self._bars.append(drawn)
        return drawn

    def _finish(self, place: Place, event: Event) -> None:
        word = RETRYING if event.type == "step.retrying" else str(event.data["state"])
        drawn = self._last.get(place)
        if drawn is not None and drawn.is_found:
            drawn.word, drawn.ended = word, None
            return
        if drawn is None or drawn.word != AT_WORK:
            drawn = self._begin(place, event, event.data.get("began"))
        drawn.word, drawn.ended = word, event.time

    def _resolve(self, place: Place, event: Event) -> None:
        answer = str(event.data.get("answer", ""))
        if answer == Answer.DENY:
            self._denied.add(place)
        else:
            self._denied.discard(place)
        drawn = self._last.get(place)
        if drawn is not None and drawn.word in _UNENDED:
            drawn.word, drawn.ended = f"{IN_DOUBT}, {answer}", None

    def _end(self, place: Place, word: str) -> None:
        drawn = self._last.get(place)
        if drawn is not None:
            drawn.word, drawn.ended = word, None


def _silent(step: Step) -> _Drawn:
    return _Drawn(moment=step.updated, host=step.doer, key=step.key, began=step.updated, attempt=step.attempt, actor="")
