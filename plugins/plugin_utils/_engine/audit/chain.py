# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hash chain over a run's events.

Each event's hash is SHA-256 over the hash before it and the event's own content in canonical JSON, the construction of
Haber and Stornetta (1991). The run's record keeps the number of events and the last hash, so that a cut tail shows too.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from json.encoder import encode_basestring_ascii as _quoted

from .. import codec, ids
from ..records import Entry, Event
from ..slotted import dataclass
from .digests import of_entry


class Fault(StrEnum):
    """What is wrong with a record that does not hold."""

    CONTENT = "content"  # of an event was changed
    HASH = "hash"  # of an event was changed, and its content was not
    LINK = "link"  # an event does not follow from the one before; more than one thing was changed
    MISSING = "missing"  # events that were there once
    ADDED = "added"  # events that were not there
    ORDER = "order"  # events stand in another one
    FOREIGN = "foreign"  # an event is of another run
    UNREADABLE = "unreadable"
    CUT = "cut"  # the chain ends before its end
    RECORD = "record"  # the run's record has another end
    ANCHOR = "anchor"  # the chain is another one than was anchored
    KEPT = "kept"  # a result, or the recorded command or targets, are not those that events tell of
    STATE = "state"  # the journal has a state that no event tells, or not the one that the last event tells


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that the audit cannot account for.

    `seq` is the event's number, 0 when it is about the whole run; the events up to `sound` follow from one another.
    """

    seq: int
    what: str
    fault: Fault
    sound: int


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """Where a chain ends: how many events it has, and the hash of the last one."""

    count: int
    head: str


def seal(entry: Entry, *, seq: int, before: str, identity: str, moment: float) -> Event:
    """Make the entry's event, linked to the hash `before` it (empty for the first of a run).

    It has the digests of what is written with it, as it is written: see :mod:`digests`.
    """
    return sealed(entry, seq=seq, before=before, identity=identity, moment=moment)[0]


def sealed(entry: Entry, *, seq: int, before: str, identity: str, moment: float) -> tuple[Event, str]:
    """Make the entry's event; return it and the text of its data, as a journal stores it."""
    told = of_entry(entry)
    data = {**entry.data, "digests": told} if told else entry.data
    text, canonical = codec.both(data)
    # The canonical JSON of all but the hash: see `link`. Most of what a commit costs would be to come to it again.
    content = (
        f'{{"actor":{_quoted(entry.actor)},"attempt":{entry.attempt!r},"data":{canonical},"host":{_quoted(entry.host)},'
        f'"id":{_quoted(identity)},"run":{_quoted(entry.run)},"seq":{seq!r},"step":{_quoted(entry.step)},'
        f'"time":{moment!r},"type":{_quoted(entry.type)}}}'
    )
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
        data=data,
        hash=ids.digest(before, content),
    )
    return event, text


def link(event: Event, before: str) -> str:
    """Return the hash that an event has after this one; the hash that it says it has does not count."""
    content = {name: getattr(event, name) for name in Event.__slots__ if name != "hash"}
    return ids.digest(before, codec.canonical(content))


def follows(event: Event, before: str, *, seq: int = 0) -> bool:
    """Tell whether an event's hash is that of its content after this one; `seq` tries it with another number."""
    return event.hash == link(replace(event, seq=seq) if seq else event, before)
