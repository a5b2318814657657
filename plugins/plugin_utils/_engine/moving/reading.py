# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading an export: lines of whoever wrote them into runs that hold, or an error that says where and why not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Any, BinaryIO, TypeVar

from .. import codec
from ..finding import may_be_id
from ..records import Bundle, Event, PlannedStep, Result, Run, Slice, Step
from ..slotted import dataclass, field
from . import shape
from .checking import faults
from .refusals import ExportTooNewError, ExportUnreadableError
from .writing import FORMAT, LONGEST, SCHEMA

_ORDER = ("plan", "slice", "step", "result", "event")
_CUT = "the file ends in the middle: it was cut off"

Read = TypeVar("Read")


class How(StrEnum):
    """How a run was found when it was exported."""

    STILL = "still"  # nobody was at work on it
    MOVED = "moved"  # likewise, and it was given up where it came from
    LIVE = "live"  # somebody was at work on it, and went on


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Where an export comes from, and when it was made."""

    version: str
    journal: str
    time: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A run in an export, with all that holds of it."""

    bundle: Bundle
    how: How


@dataclass(slots=True)
class _Parts:
    """What has been read of a run."""

    plan: list[tuple[PlannedStep, ...]] = field(default_factory=list)
    slice: list[Slice] = field(default_factory=list)
    step: list[Step] = field(default_factory=list)
    result: list[Result] = field(default_factory=list)
    event: list[Event] = field(default_factory=list)

    def bundle(self, run: Run) -> Bundle:
        return Bundle(
            run=run,
            plan=self.plan[0] if self.plan else (),
            slices=tuple(self.slice),
            steps=tuple(self.step),
            results=tuple(self.result),
            events=tuple(self.event),
        )


class _Lines:
    """The lines of a file, one at a time; `number` is that of the last one."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.number = 0
        self.raw = b""

    def next(self) -> tuple[str, dict[str, Any]]:
        """Return what kind of line the next one is, and what is in it."""
        self.number += 1
        self.raw = self._stream.readline(LONGEST + 1)
        if len(self.raw) > LONGEST:
            raise self.fault(f"it is longer than {LONGEST} bytes")
        if not self.raw.endswith(b"\n"):
            raise self.fault(_CUT)
        try:
            content = json.loads(self.raw.decode("utf-8"))
        except (ValueError, RecursionError) as error:
            raise self.fault("it is no JSON") from error
        if not isinstance(content, dict) or not isinstance(content.get("line"), str):
            raise self.fault("it is no line of an export")
        return content.pop("line"), content

    def fault(self, what: str) -> ExportUnreadableError:
        return ExportUnreadableError(self.number, what)

    def must_have_ended(self) -> None:
        if self._stream.read(1):
            self.number += 1
            raise self.fault("the export has ended, and the file goes on")

    def made(self, make: Callable[[], Read]) -> Read:
        """Return what is made of the line."""
        try:
            return make()
        except shape.ShapeError as error:
            raise self.fault(str(error)) from error
        except RecursionError as error:
            raise self.fault("it is nested too deeply") from error


def read(stream: BinaryIO) -> tuple[Header, Iterator[Found]]:
    """Return where an export comes from, and its runs one by one.

    Raise ExportUnreadableError or ExportTooNewError; only when the iterator has ended, the export is known to be whole.
    """
    lines = _Lines(stream)
    kind, content = lines.next()
    if kind != "header" or content.pop("format", None) != FORMAT:
        raise lines.fault("it is no header of an export")
    schema = lines.made(lambda: shape.whole(content.pop("schema", None), "'schema'"))
    if schema > SCHEMA:
        raise ExportTooNewError(schema, SCHEMA, by=str(content.get("version"))[:20])
    return lines.made(lambda: shape.to(Header, content)), _runs(lines)


def _runs(lines: _Lines) -> Iterator[Found]:
    seen: set[str] = set()
    kind, content = lines.next()
    while kind == "run":
        found = _run(lines, content)
        run = found.bundle.run.id
        if run in seen:
            raise lines.fault(f"run {run} is there twice")
        seen.add(run)
        yield found
        kind, content = lines.next()
    if kind != "end":
        raise lines.fault(f"a line {kind[:20]!r} cannot stand here")
    if content != {"runs": len(seen)}:
        raise lines.fault(f"it does not close an export with {len(seen)} runs")
    lines.must_have_ended()


def _run(lines: _Lines, content: dict[str, Any]) -> Found:
    digest = hashlib.sha256(lines.raw)
    how = lines.made(lambda: _how(content.pop("taken", None)))
    run = lines.made(lambda: shape.to(Run, content))
    if not may_be_id(run.id):
        raise lines.fault("'id' is no id of a run")
    parts, place = _Parts(), 0
    kind, content = lines.next()
    while kind in _ORDER:
        if _ORDER.index(kind) < place or (kind == "plan" and parts.plan):
            raise lines.fault(f"a line {kind!r} cannot stand here")
        place = _ORDER.index(kind)
        digest.update(lines.raw)
        getattr(parts, kind).append(lines.made(lambda: _MAKE[kind](run.id, content)))  # noqa: B023  called at once
        kind, content = lines.next()
    if kind != "end of run":
        raise lines.fault(f"a line {kind[:20]!r} cannot stand here")
    bundle = parts.bundle(run)
    if what := lines.made(lambda: next(faults(bundle, content, digest.hexdigest()), "")):
        raise lines.fault(f"run {run.id}: {what}")
    return Found(bundle=bundle, how=how)


def _how(word: Any) -> How:
    try:
        return How(word)
    except ValueError as error:
        raise shape.ShapeError(f"'taken' must be one of {', '.join(map(repr, How))}") from error


def _plan(_run: str, content: dict[str, Any]) -> tuple[PlannedStep, ...]:
    steps = content.pop("steps", None)
    if content or not isinstance(steps, list):
        raise shape.ShapeError("a plan has a list of 'steps', and nothing else")
    return tuple(shape.to(PlannedStep, step) for step in steps)


def _event(run: str, content: dict[str, Any]) -> Event:
    try:
        data = codec.unpack(content.pop("data", None))
    except (ValueError, TypeError, AttributeError) as error:  # marks of types, with something else in them
        raise shape.ShapeError("'data' cannot be read") from error
    if not isinstance(data, dict):
        raise shape.ShapeError("'data' must be a dictionary")
    return shape.to(Event, content, run=run, data=data)


_MAKE: dict[str, Callable[[str, dict[str, Any]], Any]] = {
    "plan": _plan,
    "slice": lambda run, content: shape.to(Slice, content, run=run),
    "step": lambda run, content: shape.to(Step, content, run=run),
    "result": lambda run, content: shape.to(Result, content, run=run),
    "event": _event,
}
