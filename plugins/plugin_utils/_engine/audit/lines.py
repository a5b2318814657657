# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Events as lines of JSON, as ``saga audit --json`` prints them and ``saga.ops.jsonl`` writes them, and back.

docs/event.schema.json describes a line. The hash covers the other fields, and the hash of the event before: the chain
can be verified from the lines alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from .. import codec
from ..records import Event
from .refusals import EventsUnreadableError

SCHEMA = 1
BEGINNING = b'{"schema": '
"""How each line begins."""

_FIELDS = tuple(item.name for item in fields(Event))
_TYPES: dict[str, type | tuple[type, ...]] = {"seq": int, "attempt": int, "time": (int, float), "data": dict}


class LineError(ValueError):
    """A line is no event."""


def line(event: Event) -> str:
    """Return an event as a line, without the line's end."""
    return json.dumps({"schema": SCHEMA, **{name: codec.pack(getattr(event, name)) for name in _FIELDS}})


def event_of(text: str | bytes) -> Event:
    """Return the event of a line; raise LineError."""
    try:
        content: dict[str, Any] = json.loads(text)
        schema = content.pop("schema")
        event = Event(**{**content, "data": codec.unpack(content["data"])})
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        raise LineError("it is no event") from error
    if schema != SCHEMA or not all(_fits(name, getattr(event, name)) for name in _FIELDS):
        raise LineError("it is no event that this saga.ops knows")
    return event


def _fits(name: str, value: object) -> bool:
    return isinstance(value, _TYPES.get(name, str)) and not isinstance(value, bool)


def runs_in(path: str) -> dict[str, Iterator[Event]]:
    """Return the events of a file by their runs, in the order in which the runs begin; raise EventsUnreadableError.

    A run's events end with a LineError at its first line that cannot be read. A line that names no run counts as one of
    the run of the line before.
    """
    try:
        *lines, rest = Path(path).read_bytes().split(b"\n")
    except OSError as error:
        raise EventsUnreadableError(path, error.strerror or str(error)) from error
    read = [_read(number, text) for number, text in enumerate(lines, 1)]
    if rest:
        lines.append(rest)
        read.append(LineError(f"line {len(lines)} ends in the middle: it was cut off"))
    runs = list(dict.fromkeys(event.run for event in read if isinstance(event, Event)))
    if not runs:
        raise EventsUnreadableError(path, str(read[0]) if read else "it is empty")
    found: dict[str, list[Event | LineError]] = {run: [] for run in runs}
    latest = runs[0]
    for text, event in zip(lines, read, strict=True):
        named = event.run if isinstance(event, Event) else next((run for run in runs if run.encode() in text), "")
        latest = named or latest
        found[latest].append(event)
    return {run: _told(events) for run, events in found.items()}


def _read(number: int, text: bytes) -> Event | LineError:
    try:
        return event_of(text)
    except LineError as error:
        return LineError(f"line {number}: {error}")


def _told(events: Iterable[Event | LineError]) -> Iterator[Event]:
    for event in events:
        if isinstance(event, LineError):
            raise event
        yield event
