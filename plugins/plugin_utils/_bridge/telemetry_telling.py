# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run's events become as telemetry, for the attempt that tells of them: spans and measurements, pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile

from .._engine.records import Event
from .telemetry_metrics import dead, measured
from .telemetry_records import Link, Measurement, Place, Places, Span
from .telemetry_spans import BEGINNINGS, ENDS, IN_DOUBT, AttemptSpans, Shared, StepOf

_MOST_LINKS = 32  # to earlier attempts, the newest ones: a run that is resumed every night has hundreds
_PERHAPS_UNSENT = 15.0  # seconds before an attempt's last event: what ended then may not have been sent when it died
_WORK = frozenset({"step.intent", "step.outcome", "step.retrying", *ENDS})
_FOUND = frozenset({"step.found_ended", "step.found_not_at_work", "step.in_doubt"})

Told = Span | Measurement


class Telling:
    """What one attempt tells: of itself, of what was decided before it began, and of one that died before it.

    An attempt that died could not send its last spans, nor any that had not ended then. Who takes over from it sends
    them; as identities are derived, what had been sent after all is there once.
    """

    def __init__(self, run: str, workflow: str, attempt: int, step_of: StepOf, *, parent: Place | None) -> None:
        self._workflow = workflow
        self._number = attempt
        self._parent = parent
        self._shared = Shared(run=run, workflow=workflow, places=Places(run), step_of=step_of)
        self._attempts: dict[int, AttemptSpans] = {}
        self._taken_over: set[int] = set()
        self._kept: dict[int, list[Span]] = {}  # spans of attempts that may turn out to have died
        self._waiting: dict[tuple[str, str], Event] = {}
        self._between: list[Told] = []  # what operators did since an attempt last began

    def take(self, events: Sequence[Event]) -> Iterator[Told]:
        """Yield what is to be told of the run's next events; the first call has all that an attempt began with."""
        for place, event in enumerate(events):
            if event.seq == 1:
                # Drawn at random: a run's own id may be a word that is used elsewhere, too.
                self._shared.places = Places(event.id)
            if event.type in BEGINNINGS:
                yield from self._begun(event, events[place + 1 :])
            if self._number not in self._attempts:
                self._other(event)
            elif event.attempt == self._number:  # what other slices do beside, they tell themselves
                yield from self._own(event)

    # Inside

    def _own(self, event: Event) -> Iterator[Told]:
        attempt = self._attempts[self._number]
        yield from self._waited(event)
        yield from measured(event, self._workflow, began=attempt.began)
        yield from attempt.take(event)
        if event is attempt.end and self._parent is not None:
            yield attempt.stand_in(self._parent)

    def _other(self, event: Event) -> None:
        """Take in an event of another attempt, which tells of it itself, unless it dies."""
        self._between += self._waited(event)
        if event.type == "decision.made":
            self._between += measured(event, self._workflow, began=event.time)
        attempt = self._attempts.get(event.attempt)
        if attempt is not None and attempt.end is None:
            kept = self._kept.setdefault(event.attempt, [])
            kept += attempt.take(event)
            if attempt.end is not None:
                kept.clear()

    def _begun(self, event: Event, following: Sequence[Event]) -> Iterator[Told]:
        """Yield what an attempt tells that begins: nothing, unless it is our own."""
        is_own = event.attempt == self._number
        attempt = AttemptSpans(event, self._shared, tuple(self._links()) if is_own else ())
        for before in self._attempts.values():
            if before.end is None and before.number not in self._taken_over and _is_after(attempt, before):
                self._taken_over.add(before.number)
                unsent = before.last_seen - _PERHAPS_UNSENT
                left = [span for span in self._kept.pop(before.number, ()) if span.end >= unsent]
                left += before.broken_off(_found(event, following))
                if is_own:
                    yield from left
                    yield dead(self._workflow)
        if is_own:
            yield from self._between
        self._between.clear()
        self._attempts[event.attempt] = attempt

    def _links(self) -> Iterator[Link]:
        for before in list(self._attempts.values())[-_MOST_LINKS:]:
            yield Link(to=before.place, facts={"saga.link": "earlier attempt", "saga.attempt": before.number})
        if self._parent is not None:
            yield Link(to=self._parent, facts={"saga.link": "started by"})

    def _waited(self, event: Event) -> Iterator[Span]:
        """Yield a wait for an operator that ends with an event."""
        where = (event.host, event.step)
        if event.type == "step.waiting":
            self._waiting.setdefault(where, event)
        elif event.type == "step.resolved" and (since := self._waiting.pop(where, None)):
            shared = self._shared
            links = [Link(to=shared.places.attempt(since.attempt), facts={"saga.link": "attempt"})]
            if step := shared.last.get(where):
                links.append(Link(to=step, facts={"saga.link": "step"}))
            facts = shared.facts(since.attempt, **{"saga.step.host": event.host, "saga.step.key": event.step})
            facts |= {"saga.asks": str(since.data["asks"]), "saga.answer": str(event.data.get("answer", ""))}
            yield Span(
                name="saga wait",
                place=shared.places.wait(since.seq),
                start=since.time,
                end=max(event.time, since.time),
                facts=facts,
                links=tuple(links),
            )


def _is_after(attempt: AttemptSpans, before: AttemptSpans) -> bool:
    """Tell whether an attempt took over from one before it: slices of a run that share no target go on beside."""
    return not (attempt.targets and before.targets) or bool(attempt.targets & before.targets)


def _found(begin: Event, following: Sequence[Event]) -> dict[tuple[str, str], str]:
    """Return the states that an attempt found steps in when it began; they stand behind its first event."""
    own = takewhile(
        lambda event: event.type not in _WORK, (each for each in following if each.attempt == begin.attempt)
    )
    return {
        (event.host, event.step): IN_DOUBT if event.type == "step.in_doubt" else str(event.data["state"])
        for event in own
        if event.type in _FOUND
    }
