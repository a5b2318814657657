# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When each step was at work on each host: a bar per try, folded from a run's events."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

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


class _Fold:
    """The bars as far as the events have been told."""

    def __init__(self, steps: Iterable[Step]) -> None:
        self._steps: dict[Place, Step] = {(step.host, step.key): step for step in steps}
        self._bars: list[tuple[float, Bar]] = []  # each with its begin, or the first moment that is known of it
        self._last: dict[Place, int] = {}  # where each step's last bar is
        self._denied: set[Place] = set()  # what was denied fails, and has never begun

    def take(self, event: Event) -> None:
        """Let an event begin or end a bar, if it tells of that."""
        match event.type:
            case "step.intent":
                self._begin(event, event.time)
            case "step.outcome" | "step.retrying" if _place(event) not in self._denied:
                self._finish(event)
            case "step.found_ended":
                self._end(event, str(event.data["state"]))
            case "step.found_not_at_work":
                self._end(event, BROKEN_OFF)
            case "step.in_doubt":
                self._end(event, IN_DOUBT)
            case "step.resolved":
                self._resolve(event)

    def bars(self) -> tuple[Bar, ...]:
        """Return all of them; those of steps at work without an intent, too, where the records tell of such."""
        silent = [
            (step.updated, _silent(step))
            for place, step in self._steps.items()
            if step.is_in_doubt and step.executions and not step.is_unit and self._word(place) not in _UNENDED
        ]
        return tuple(drawn for _moment, drawn in sorted([*self._bars, *silent], key=lambda found: found[0]))

    def _begin(self, event: Event, began: float | None) -> None:
        drawn = Bar(
            host=str(event.data.get("on") or event.host),
            key=event.step,
            began=began,
            ended=None,
            attempt=event.attempt,
            word=AT_WORK,
            actor=event.actor,
        )
        self._last[_place(event)] = len(self._bars)
        self._bars.append((event.time if began is None else began, drawn))

    def _finish(self, event: Event) -> None:
        word = RETRYING if event.type == "step.retrying" else str(event.data["state"])
        if self._is_found(_place(event)):
            self._end(event, word)
            return
        if self._word(_place(event)) != AT_WORK:
            self._begin(event, event.data.get("began"))
        self._end(event, word, ended=event.time)

    def _resolve(self, event: Event) -> None:
        place, answer = _place(event), str(event.data.get("answer", ""))
        if answer == Answer.DENY:
            self._denied.add(place)
        else:
            self._denied.discard(place)
        if self._word(place) in _UNENDED:
            self._end(event, f"{IN_DOUBT}, {answer}")

    def _is_found(self, place: Place) -> bool:
        """Tell whether a worker had ended a try when nobody was there, so that what comes next only acts on that."""
        number = self._last.get(place)
        drawn = None if number is None else self._bars[number][1]
        return drawn is not None and drawn.ended is None and drawn.word in _STATES

    def _end(self, event: Event, word: str, ended: float | None = None) -> None:
        number = self._last.get(_place(event))
        if number is not None:
            moment, drawn = self._bars[number]
            self._bars[number] = (moment, replace(drawn, word=word, ended=ended))

    def _word(self, place: Place) -> str:
        number = self._last.get(place)
        return "" if number is None else self._bars[number][1].word


def _place(event: Event) -> Place:
    return event.host, event.step


def _silent(step: Step) -> Bar:
    return Bar(
        host=step.doer,
        key=step.key,
        began=step.updated,
        ended=None,
        attempt=step.attempt,
        word=AT_WORK,
        actor="",
    )
