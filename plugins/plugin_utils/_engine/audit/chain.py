# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hash chain over a run's events.

Each event's hash is SHA-256 over the hash before it and the event's own content in canonical JSON, the construction of
Haber and Stornetta (1991). The run's record keeps the number of events and the last hash, so that a cut tail shows too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from .. import codec, ids
from ..records import Entry, Event, Run, Step, Undo


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that the audit cannot account for; `seq` is the event's number, 0 when it is about the whole run."""

    seq: int
    what: str


def seal(entry: Entry, *, seq: int, before: str, identity: str, moment: float) -> Event:
    """Make the entry's event, linked to the hash `before` it (empty for the first of a run)."""
    event = Event(
        seq=seq,
        id=identity,
        time=moment,
        run=entry.run,
        attempt=entry.attempt,
        type=entry.type,
        host=entry.host,
        step=entry.step,
        actor=entry.actor,
        data=entry.data,
        hash="",
    )
    return replace(event, hash=_hash(event, before))


def verify(run: Run, steps: Iterable[Step], events: Iterable[Event], *, count: int, head: str) -> Iterator[Finding]:
    """Yield what does not hold: a broken link, a cut tail, a state that no event tells of, a state that is gone."""
    before, seen = "", 0
    told: dict[tuple[str, str], str] = {}
    ended = ""
    for event in events:
        seen += 1
        if event.seq != seen:
            yield Finding(seq=event.seq, what=f"event {seen} is missing: the next one there is number {event.seq}")
            seen = event.seq
        elif event.hash != _hash(event, before):
            yield Finding(seq=event.seq, what=f"event {event.seq} ({event.type}) or one before it was changed")
        before = event.hash
        if event.step:
            told[event.host, event.step] = str(event.data.get("state", "")) or told.get((event.host, event.step), "")
        elif "state" in event.data:
            ended = str(event.data["state"])
    if (seen, before) != (count, head):
        yield Finding(seq=0, what=f"the chain ends at event {seen}; the run's record says that it has {count}")
    if ended != run.state:
        yield Finding(seq=0, what=f"the run is {run.state}, but its events say {ended or 'nothing'}")
    yield from _unaccounted(steps, told)


def _unaccounted(steps: Iterable[Step], told: Mapping[tuple[str, str], str]) -> Iterator[Finding]:
    """Yield steps that stand otherwise than their events say, and those that events tell of and that are not there."""
    known = {(step.host, step.key): state_told(step) for step in steps}
    for host, key in dict.fromkeys((*known, *told)):
        stands, said = known.get((host, key), ""), told.get((host, key), "")
        if (host, key) in known and stands != said:
            what = f"{key} on {host} is {stands}, but its events say {said or 'nothing'}"
            yield Finding(seq=0, what=what)
        elif said and not stands:
            what = f"{key} on {host} is {said}, as its events say, but there is no record of it"
            yield Finding(seq=0, what=what)


def state_told(step: Step) -> str:
    """Return the one word that events use for where a step stands."""
    return step.undo if step.undo is not Undo.NONE else step.state


def _hash(event: Event, before: str) -> str:
    content = {name: value for name, value in _fields(event).items() if name != "hash"}
    return ids.digest(before, codec.canonical(content))


def _fields(event: Event) -> dict[str, object]:
    return {name: getattr(event, name) for name in Event.__slots__}
