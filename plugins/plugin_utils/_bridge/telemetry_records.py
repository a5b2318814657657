# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What telemetry tells of a run, as records: spans, and what is counted. Times are seconds since the epoch.

Identities are derived from what a span is about. So whoever knows the run can link to a span, in another process and
days later; and one that is sent twice is the same span.
"""

from __future__ import annotations

from collections.abc import Mapping

from .._engine import ids
from .._engine.slotted import dataclass, field

Value = str | int | float | bool
Facts = Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a span is: its trace, 16 bytes, and itself, 8 bytes; both as numbers."""

    trace: int
    span: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """That a span has to do with another one, and what."""

    to: Place
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that happened at one moment of a span."""

    name: str
    time: float
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Something that took time, and has ended."""

    name: str
    place: Place
    start: float
    end: float
    facts: Facts
    parent: Place | None = None
    trouble: str = ""  # why its status is an error; empty: it is none
    links: tuple[Link, ...] = ()
    happenings: tuple[Happening, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One value for an instrument: added to a counter, or put into a histogram."""

    instrument: str
    value: float = 1
    facts: Facts = field(default_factory=dict)


class Places:
    """The places of a run's spans; `seed` is a text that no other run has."""

    def __init__(self, seed: str) -> None:
        self._seed = seed

    def attempt(self, number: int) -> Place:
        """Return the place of an attempt: the root of a trace."""
        return self._place(("attempt", str(number)), ())

    def play(self, number: int, play: str) -> Place:
        """Return the place of a play in an attempt."""
        return self._place(("attempt", str(number)), ("play", play))

    def step(self, number: int, host: str, key: str, execution: int) -> Place:
        """Return the place of a step in an attempt: of its first execution there, its second, ..."""
        return self._place(("attempt", str(number)), ("step", host, key, str(execution)))

    def wait(self, seq: int) -> Place:
        """Return the place of a wait for an operator, by the event that it began with: a trace of its own."""
        return self._place(("wait", str(seq)), ())

    def within(self, trace: int, number: int) -> Place:
        """Return the place that stands for an attempt in somebody else's trace."""
        return Place(trace=trace, span=self._number(("within", f"{trace:032x}", str(number)), 16))

    def _place(self, trace: tuple[str, ...], span: tuple[str, ...]) -> Place:
        return Place(trace=self._number(("trace", *trace), 32), span=self._number(("span", *trace, *span), 16))

    def _number(self, parts: tuple[str, ...], digits: int) -> int:
        return int(ids.digest("telemetry", self._seed, *parts, length=digits), 16) or 1  # all zeros is no identity
