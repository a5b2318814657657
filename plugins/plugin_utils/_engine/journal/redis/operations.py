# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What entries put, as operations of the script that commits: names, counts and arguments, in one row."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

from ...records import (
    Control,
    Dropping,
    Event,
    Fence,
    Fencing,
    Freeing,
    Plan,
    Put,
    Result,
    Run,
    Slice,
    Step,
    Taking,
)
from .. import rows
from . import keys as names
from .keys import Keys

Told = tuple[Event, str]
"""An event, and the text of its data."""

_BEFORE = '{"name": "'  # how the record of a lease begins
_PART = 1000  # names in one operation: Lua passes on some thousands of words at most


class Operations:
    """Operations on keys that are named by their numbers; `types` has a letter for the type of each key."""

    def __init__(self, keys: Keys) -> None:
        self._names = keys
        self.keys: list[str] = []
        self.types = ""
        self.words: list[Any] = []
        self._numbers: dict[str, int] = {}
        self._number(keys.leases, "h")
        self._number(keys.beats, "h")
        self._number(keys.feed, "x")
        self._of: dict[type, Callable[[Any], None]] = {
            Run: self._run,
            Slice: self._slice,
            Step: self._step,
            Result: self._result,
            Plan: lambda put: self._add("mend", self._run_key(put.run), "plan", rows.of_plan(put.steps)),
            Control: lambda put: self._add("mend", self._run_key(put.run), "control", rows.of_control(put)),
            Taking: self._taking,
            Fencing: lambda put: self._add("fencing", self._slices_key(put.run), put.token, put.of),
            Dropping: lambda put: self._add("forget", self._slices_key(put.run), put.attempt),
        }

    def fence(self, fence: Fence) -> None:
        """Refuse everything unless the fence holds."""
        told = ["" if part is None else part for part in (fence.token, fence.version)]
        self._add("fence", self._run_key(fence.run), self._slices_key(fence.run), *told)

    def puts(self, puts: Iterable[Put]) -> None:
        """Write what entries put, in order."""
        for kind, some in groupby(puts, key=type):
            if kind is Taking:
                self._takings(some)
            elif kind is Freeing:
                self._freeings(some)
            else:
                for put in some:
                    self._of[kind](put)

    def chain(self, end: tuple[int, str], events: Sequence[Told], *, is_new: bool) -> None:
        """Add a run's events, if its chain ends where it is thought to."""
        last, _data = events[-1]
        run = last.run
        stream = self._number(self._names.events(run), "x")
        new = "new" if is_new else ""
        self._add("chain", self._run_key(run), stream, *end, last.seq, last.hash, new, run)
        for event, data in events:
            seq, *fields = of_event(event, data)
            self._add("event", stream, seq, *fields)

    def _run(self, put: Run) -> None:
        key = self._run_key(put.id)
        self._add("put", key, "record", json.dumps(rows.of_run(put)), "version", put.version)
        self._add("list", self._number(self._names.runs, "z"), put.id)
        self._add("join", self._number(self._names.workflow(put.workflow), "s"), put.id)

    def _slice(self, put: Slice) -> None:
        self._add("put", self._slices_key(put.run), *of_slice(put))

    def _step(self, put: Step) -> None:
        self._add("put", self._number(self._names.steps(put.run), "h"), *of_step(put))

    def _result(self, put: Result) -> None:
        self._add("result", self._number(self._names.results(put.run), "h"), *of_result(put))

    def _takings(self, puts: Iterable[Any]) -> None:
        """Take leases: those that nobody holds, and that are alike but for their names, many at once."""
        for shared, some in groupby(puts, key=_shared):
            if shared is None:
                for put in some:
                    self._taking(put)
                continue
            leases = [put.lease for put in some]
            first = leases[0]
            record, mark = json.dumps(rows.of_lease(first)), names.mark(first.run, first.token)
            rest = record[len(_BEFORE) + len(first.name) :]
            for part in _parts([lease.name for lease in leases]):
                self._add("hold", first.token, _expiry(first.expires), mark, _BEFORE, rest, *part)

    def _freeings(self, puts: Iterable[Any]) -> None:
        for token, some in groupby(puts, key=attrgetter("token")):
            for part in _parts([put.name for put in some]):
                self._add("free", token, *part)

    def _taking(self, put: Taking) -> None:
        lease, expect = put.lease, put.expect
        seen = ["", ""] if expect is None else [expect.token, _expiry(expect.expires)]
        record = json.dumps(rows.of_lease(lease))
        mark = names.mark(lease.run, lease.token)
        self._add("take", lease.name, lease.token, _expiry(lease.expires), mark, record, *seen)

    def _run_key(self, run: str) -> int:
        return self._number(self._names.run(run), "h")

    def _slices_key(self, run: str) -> int:
        return self._number(self._names.slices(run), "h")

    def _number(self, key: str, kind: str) -> int:
        if key not in self._numbers:
            self.keys.append(key)
            self.types += kind
            self._numbers[key] = len(self.keys)
        return self._numbers[key]

    def _add(self, name: str, *arguments: Any) -> None:
        self.words += [name, len(arguments), *arguments]


def of_slice(part: Slice) -> tuple[Any, str]:
    """Return the field and the value of a slice; its token stands before the record, where a script can raise it."""
    return part.attempt, f"{part.token}\n{json.dumps(rows.of_slice(part))}"


def of_step(step: Step) -> tuple[str, str]:
    """Return the field and the value of a step."""
    return names.step(step.host, step.key), json.dumps(rows.of_step(step))


def of_result(result: Result) -> tuple[str, str, str, str]:
    """Return a result's step, its item, its field and its value."""
    step, item = names.step(result.host, result.key), json.dumps(result.item)
    return step, item, f"{step[:-1]}, {item}]", result.payload


def of_event(event: Event, data: str | None = None) -> Iterable[Any]:
    """Return an event's number, then its fields and their values in turn; `data`: see rows."""
    row = rows.of_event(event, data)
    return [row.pop("seq"), *(word for pair in row.items() for word in pair)]


def _shared(taking: Taking) -> tuple[Any, ...] | None:
    """Return what a lease shares with others that can be taken with it; None: it is taken by itself."""
    lease = taking.lease
    if taking.expect is not None or not _is_plain(lease.name):
        return None
    return (lease.run, lease.token, lease.owner, lease.acquired, lease.expires)


def _is_plain(text: str) -> bool:
    """Tell whether JSON writes a text as it is, between its quotes."""
    return text.isascii() and text.isprintable() and '"' not in text and "\\" not in text


def _parts(words: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(words), _PART):
        yield words[start : start + _PART]


def _expiry(expires: float | None) -> str:
    return "-" if expires is None else repr(expires)
