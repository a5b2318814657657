# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What entries put, as operations of the script that commits: names, counts and arguments, in one row."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
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
            Freeing: lambda put: self._add("free", put.name, put.token),
            Fencing: lambda put: self._add("fencing", self._slices_key(put.run), put.token, put.of),
            Dropping: lambda put: self._add("forget", self._slices_key(put.run), put.attempt),
        }

    def fence(self, fence: Fence) -> None:
        """Refuse everything unless the fence holds."""
        told = ["" if part is None else part for part in (fence.token, fence.version)]
        self._add("fence", self._run_key(fence.run), self._slices_key(fence.run), *told)

    def put(self, put: Put) -> None:
        """Write what an entry puts."""
        self._of[type(put)](put)

    def chain(self, end: tuple[int, str], events: list[Event], *, is_new: bool) -> None:
        """Add a run's events, if its chain ends where it is thought to."""
        run, last = events[-1].run, events[-1]
        stream = self._number(self._names.events(run), "x")
        new = "new" if is_new else ""
        self._add("chain", self._run_key(run), stream, *end, last.seq, last.hash, new, run)
        for event in events:
            seq, *fields = of_event(event)
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


def of_event(event: Event) -> Iterable[Any]:
    """Return an event's number, then its fields and their values in turn."""
    row = rows.of_event(event)
    return [row.pop("seq"), *(word for pair in row.items() for word in pair)]


def _expiry(expires: float | None) -> str:
    return "-" if expires is None else repr(expires)
