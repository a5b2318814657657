# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first link of a chain that does not hold: which event, and what was done to it, as far as hashes can tell.

A hash covers an event's content and the hash before it. Where one does not fit, its neighbours tell more: if the next
event goes on from the hash that is there, the content is what was changed; if it goes on from the hash that the content
makes, the hash is. An event that fits with another number stood somewhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .. import clock
from ..errors import JournalCorruptError
from ..records import Event
from ..slotted import dataclass
from .chain import End, Fault, Finding, follows, link
from .lines import LineError

_FURTHEST = 100  # events that may be missing before one whose number was made to fit


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """A run's events as they are read, and why no more of them can be."""

    run: str
    events: Sequence[Event]
    trouble: str = ""

    @classmethod
    def of(cls, run: str, events: Iterable[Event]) -> Chain:
        """Read events up to the first that cannot be read."""
        found: list[Event] = []
        try:
            for event in events:
                found.append(event)  # noqa: PERF402  those before one that cannot be read are kept
        except JournalCorruptError as error:
            return cls(run=run, events=found, trouble=error.why)
        except LineError as error:
            return cls(run=run, events=found, trouble=str(error))
        return cls(run=run, events=found)

    @property
    def end(self) -> End:
        """Where it ends as it is read."""
        return End(count=len(self.events), head=self.before(len(self.events) + 1))

    def before(self, seq: int) -> str:
        """Return the hash that the event with this number has to follow."""
        return self.events[seq - 2].hash if seq > 1 else ""

    def first_break(self, end: End | None = None) -> Finding | None:
        """Return the first thing that does not hold; `end` is what the run's record says; None: there is none."""
        for seq, event in enumerate(self.events, 1):
            if (event.seq, event.run) != (seq, self.run) or not follows(event, self.before(seq)):
                fault, words = self._judged(seq, event, end)
                return Finding(seq=seq, what=words, fault=fault, sound=seq - 1)
        count = len(self.events)
        if self.trouble:
            after = f"the event after event {count}" if count else "the first event"
            what = f"{after} cannot be read: {self.trouble}"
            return Finding(seq=count + 1, what=what, fault=Fault.UNREADABLE, sound=count)
        return None if end is None else self._judged_end(end)

    def _judged(self, seq: int, event: Event, end: End | None) -> tuple[Fault, str]:
        if event.run != self.run:
            return Fault.FOREIGN, f"{told(event)} is of run {event.run}"
        if event.seq < 1:
            return Fault.LINK, f"{told(event)} stands where event {seq} belongs: it has no number that an event has"
        if event.seq < seq:
            return Fault.ADDED, f"{told(event)} stands once more after event {seq - 1}"
        if event.seq > seq:
            return self._judged_gap(seq, event)
        return self._judged_order(seq, event) or self._judged_link(seq, event, end)

    def _judged_gap(self, seq: int, event: Event) -> tuple[Fault, str]:
        if any(later.seq == seq for later in self.events[seq:]):
            return Fault.ORDER, f"event {seq} stands after {told(event)}: the order was changed"
        last = event.seq - 1
        missing = f"event {seq} is missing" if seq == last else f"events {seq} to {last} are missing"
        between = f"between {seq - 1} and {event.seq}" if seq > 1 else f"before {event.seq}"
        return Fault.MISSING, f"{missing}, {between}: the next one there is {told(event)}"

    def _judged_order(self, seq: int, event: Event) -> tuple[Fault, str] | None:
        """Say what was done if another event fits here: it stood here before numbers were made to fit."""
        before = self.before(seq)
        for later in self.events[seq:]:
            if not follows(later, before, seq=seq):
                continue
            after = later.hash if later.seq == seq + 1 else self.before(later.seq)
            if follows(event, after, seq=later.seq):
                return Fault.ORDER, f"{told(event)} and event {later.seq} have changed places"
            count = later.seq - seq
            more = "was added" if count == 1 else f"and {count - 1} after it were added"
            return Fault.ADDED, f"{told(event)} {more}: what followed event {seq - 1} is number {later.seq} now"
        return None

    def _judged_link(self, seq: int, event: Event, end: End | None) -> tuple[Fault, str]:
        later = self.events[seq] if seq < len(self.events) else None
        here, made = event.hash, link(event, self.before(seq))
        if self._continues(later, made, end):
            return Fault.HASH, f"{told(event)}: its hash was changed, its content was not"
        if self._continues(later, here, end):
            rewritten = f", or event {seq - 1} was rewritten with its hash" if seq > 1 else ""
            return Fault.CONTENT, f"{told(event)}: its content was changed, its hash was not{rewritten}"
        if later is not None and (count := self._missing(later, here, end)):
            what = "an event is" if count == 1 else f"{count} events are"
            return Fault.MISSING, f"{what} missing before {told(event)}: those after were numbered anew"
        words = f"{told(event)} does not follow from event {seq - 1}" if seq > 1 else f"{told(event)} is not the first"
        return Fault.LINK, f"{words}: it was changed, and so was what comes after it"

    def _continues(self, later: Event | None, head: str, end: End | None) -> bool:
        """Tell whether the chain goes on from this hash, or ends with it."""
        return follows(later, head) if later is not None else end is not None and end.head == head

    def _missing(self, later: Event, head: str, end: End | None) -> int:
        """Return how many events were taken out if `later` had a larger number once; 0: it had not."""
        gone = end.count - len(self.events) if end is not None else 0
        counts = (gone, *range(1, _FURTHEST + 1)) if gone > 0 else range(1, _FURTHEST + 1)
        return next((count for count in counts if follows(later, head, seq=later.seq + count)), 0)

    def _judged_end(self, end: End) -> Finding | None:
        count = len(self.events)
        if end == self.end:
            return None
        if count < end.count:
            after = f"after {told(self.events[-1])}" if count else "before its first event"
            what, fault = f"the chain was cut {after}: the run's record says that it has {end.count}", Fault.CUT
            return Finding(seq=count + 1, what=what, fault=fault, sound=count)
        if count > end.count:
            added = self.events[end.count]
            if self.before(end.count + 1) == end.head:
                what = f"{told(added)} was added: the run's record says that the chain ends with event {end.count}"
                return Finding(seq=end.count + 1, what=what, fault=Fault.ADDED, sound=end.count)
        what = (
            f"the chain ends with {told(self.events[-1])}, and the run's record with another hash, of event "
            f"{end.count}: the record was changed, or the whole chain was made anew"
        )
        return Finding(seq=0, what=what, fault=Fault.RECORD, sound=count)


def told(event: Event) -> str:
    """Return an event in words."""
    about = f", {event.step} on {event.host}" if event.step else ""
    return f"event {event.seq} ({event.type}, {moment(event.time)}{about})"


def moment(time: Any) -> str:
    """Return a time in seconds as people read it, also where somebody has made something else of it."""
    try:
        return clock.text(time)
    except (TypeError, OverflowError, ValueError, OSError):
        return f"time {time}"
