# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of an export: what is said of a run, in which order.

JSON Lines in ASCII. ``line`` says what a line is:

``header``      once: ``format``, ``schema``, ``version`` of saga.ops, ``journal`` (no password in it), ``time``
``run``         a run begins: its record, and ``taken``: how it was found, see :class:`~.reading.How`
``plan``        the steps that the playbook foresaw
``slice``       each slice, in the order of attempts
``step``        each step, in the order of starts
``result``      each result, as the journal has it: encoded text
``event``       each event, in order, as ``saga audit --json`` prints it
``end of run``  how many of these there were, the hash of the last event, and SHA-256 over the run's lines
``end``         once: how many runs there were
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from .. import clock, codec
from ..journal.opening import without_password
from ..records import Bundle, Event
from . import shape

FORMAT = "saga.ops export"
SCHEMA = 2  # 1 knew no seals
_ENCODER = json.JSONEncoder(separators=(",", ":"))

LONGEST = 256 * 1024 * 1024  # bytes of a line


def opening(*, version: str, journal: str, moment: float) -> str:
    """Return the line that an export begins with."""
    return _line(
        "header",
        format=FORMAT,
        schema=SCHEMA,
        version=version,
        journal=without_password(journal)[0],
        time=clock.text(moment),
    )


def lines(bundle: Bundle, *, taken: str) -> Iterator[str]:
    """Yield the lines of a run."""
    digest = hashlib.sha256()
    for line in _content(bundle, taken):
        digest.update(line.encode("ascii"))
        yield line
    yield _line(
        "end of run",
        run=bundle.run.id,
        slices=len(bundle.slices),
        steps=len(bundle.steps),
        results=len(bundle.results),
        events=len(bundle.events),
        head=bundle.events[-1].hash if bundle.events else "",
        digest=digest.hexdigest(),
    )


def closing(runs: int) -> str:
    """Return the line that an export ends with."""
    return _line("end", runs=runs)


def _content(bundle: Bundle, taken: str) -> Iterator[str]:
    yield _line("run", taken=taken, **shape.of(bundle.run))
    yield _line("plan", steps=[shape.of(step) for step in bundle.plan])
    for part in bundle.slices:
        yield _line("slice", **shape.of(part, without=("run",)))
    for step in bundle.steps:
        yield _line("step", **shape.of(step, without=("run",)))
    for result in bundle.results:
        yield _line("result", **shape.of(result, without=("run",)))
    for event in bundle.events:
        yield _line("event", **_told(event))


def _told(event: Event) -> dict[str, Any]:
    return {name: codec.pack(getattr(event, name)) for name in shape.names(Event) if name != "run"}


def _line(kind: str, **content: Any) -> str:
    return _ENCODER.encode({"line": kind, **content}) + "\n"
