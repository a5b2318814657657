# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records to columns and back; the columns of a table are the fields of its record."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, fields
from functools import lru_cache
from operator import attrgetter
from typing import Any, Protocol, TypeVar

from .. import codec
from ..errors import JournalCorruptError
from ..promises import Contract
from ..records import (
    Answer,
    Asks,
    Control,
    Decision,
    Event,
    Inputs,
    Lease,
    Owner,
    PlannedStep,
    Result,
    Run,
    RunState,
    Slice,
    Step,
    StepState,
    Surroundings,
    Undo,
    Waiter,
    WayBack,
    Wish,
)


class Row(Protocol):
    """A row by the names of its columns, as sqlite3.Row has them."""

    def __getitem__(self, name: str, /) -> Any: ...


RUN = tuple(item.name for item in fields(Run))
SLICE = tuple(item.name for item in fields(Slice))
STEP = tuple(item.name for item in fields(Step))
LEASE = tuple(item.name for item in fields(Lease))
WAITER = tuple(item.name for item in fields(Waiter))
EVENT = tuple(item.name for item in fields(Event))
RESULT = tuple(item.name for item in fields(Result))

UNREADABLE = (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError)
"""What is raised by a record that somebody else has written."""

Found = TypeVar("Found")
Record = TypeVar("Record")

_STATES = {str(state): state for state in StepState}
_UNDOS = {str(undo): undo for undo in Undo}
_ASKS = {str(asks): asks for asks in Asks}
_SURROUNDINGS = tuple(item.name for item in fields(Surroundings))


# All fields of a record at once: many of these are written with each commit.
_of_step, _of_event, _of_result = (attrgetter(*names) for names in (STEP, EVENT, RESULT))


def made(make: Callable[[Found], Record], found: Iterable[Found], journal: str) -> Iterator[Record]:
    """Yield the records that are made of what was found; raise JournalCorruptError at the first that cannot be."""
    for each in found:
        try:
            record = make(each)
        except UNREADABLE as error:  # what the store finds sound, somebody else may have written
            raise JournalCorruptError(journal, f"a record cannot be read ({error})") from error
        yield record


def by_name(found: Sequence[sqlite3.Row]) -> Iterator[dict[str, Any]]:
    """Yield rows as dictionaries: sqlite3's own look for each name among all."""
    names = tuple(found[0].keys()) if found else ()
    return (dict(zip(names, row, strict=True)) for row in found)


def text_as_it_is(data: bytes) -> str:
    """Return text with what is none in it: what somebody has damaged is read, so that it can be told where that is."""
    return data.decode("utf-8", "surrogateescape")


def of_run(run: Run) -> dict[str, Any]:
    """Return a run's columns."""
    return {
        **{name: getattr(run, name) for name in RUN},
        "state": str(run.state),
        "targets": json.dumps(run.targets),
        "command": json.dumps(run.command),
        "is_going_back": int(run.is_going_back),
        "back": json.dumps(asdict(run.back)),
    }


def to_run(row: Row) -> Run:
    """Return the run of a row."""
    return Run(
        **{
            **{name: row[name] for name in RUN},
            "state": RunState(row["state"]),
            "targets": tuple(json.loads(row["targets"])),
            "command": tuple(json.loads(row["command"])),
            "is_going_back": bool(row["is_going_back"]),
            "back": _to_back(row["back"]),
        }
    )


def of_slice(part: Slice) -> dict[str, Any]:
    """Return a slice's columns."""
    return {
        **{name: getattr(part, name) for name in SLICE},
        "owner": _of_owner(part.owner),
        "targets": json.dumps(part.targets),
        "state": str(part.state),
        "surroundings": json.dumps(asdict(part.surroundings)),
        "command": json.dumps(part.command),
        "has_failed": int(part.has_failed),
        "back": None if part.back is None else json.dumps(asdict(part.back)),
    }


def to_slice(row: Row) -> Slice:
    """Return the slice of a row."""
    return Slice(
        **{
            **{name: row[name] for name in SLICE},
            "owner": _to_owner(row["owner"]),
            "targets": tuple(json.loads(row["targets"])),
            "state": RunState(row["state"]),
            "surroundings": _to_surroundings(row["surroundings"]),
            "command": tuple(json.loads(row["command"])),
            "has_failed": bool(row["has_failed"]),
            "back": None if row["back"] is None else _to_back(row["back"]),
        }
    )


def of_step(step: Step) -> dict[str, Any]:
    """Return a step's columns."""
    return {
        **dict(zip(STEP, _of_step(step), strict=True)),
        "state": str(step.state),
        "undo": str(step.undo),
        "contract": _of_contract(step.contract),
        "is_handled": None if step.is_handled is None else int(step.is_handled),
        "is_aftermath": int(step.is_aftermath),
        "is_withheld": int(step.is_withheld),
        "may_remain": int(step.may_remain),
        "was_cut_off": int(step.was_cut_off),
        "batch": json.dumps(step.batch) if step.batch else "[]",
        "inputs": None if step.inputs is None else json.dumps(step.inputs) if step.inputs else "[]",
        "asks": str(step.asks),
        "decision": None if step.decision is None else json.dumps(asdict(step.decision)),
    }


def to_step(row: Row) -> Step:
    """Return the step of a row."""
    return step_of({name: row[name] for name in STEP})


def step_of(found: dict[str, Any]) -> Step:
    """Return the step of a row that has its columns and no others, and that nobody needs any more."""
    inputs, decision = found["inputs"], found["decision"]
    found["state"] = _STATES[found["state"]]
    found["undo"] = _UNDOS[found["undo"]]
    found["contract"] = _to_contract(found["contract"])
    found["is_handled"] = None if found["is_handled"] is None else bool(found["is_handled"])
    found["is_aftermath"] = bool(found["is_aftermath"])
    found["is_withheld"] = bool(found["is_withheld"])
    found["may_remain"] = bool(found["may_remain"])
    found["was_cut_off"] = bool(found["was_cut_off"])
    found["batch"] = _to_batch(found["batch"])
    found["inputs"] = None if inputs is None else _to_marks(inputs)
    found["asks"] = _ASKS[found["asks"]]
    found["decision"] = None if decision is None else _to_decision(decision)
    return Step(**found)


# Thousands of steps share a few contracts: in memory, too.
@lru_cache(maxsize=1024)
def _of_contract(contract: Contract) -> str:
    return json.dumps(asdict(contract))


@lru_cache(maxsize=1024)
def _to_contract(text: str) -> Contract:
    return Contract.of(json.loads(text))


@lru_cache(maxsize=1024)
def _to_batch(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


@lru_cache(maxsize=1024)
def _to_marks(text: str) -> Inputs:
    return _to_inputs(json.loads(text))


def of_lease(lease: Lease) -> dict[str, Any]:
    """Return a lease's columns."""
    return dict(zip(LEASE, next(values_of_leases([lease])), strict=True))


def values_of_leases(leases: Iterable[Lease]) -> Iterator[tuple[Any, ...]]:
    """Yield what the columns of leases hold, in order: there may be thousands, with one owner."""
    owner, told = None, None
    for lease in leases:
        if lease.owner is not owner:
            owner, told = lease.owner, _of_owner(lease.owner)
        yield (lease.name, lease.run, lease.token, told, lease.acquired, lease.expires)


def to_lease(row: Row) -> Lease:
    """Return the lease of a row."""
    return Lease(
        name=row["name"],
        run=row["run"],
        token=row["token"],
        owner=_to_holder(row["owner"]),
        acquired=row["acquired"],
        expires=row["expires"],
    )


@lru_cache(maxsize=64)
def _to_holder(text: str) -> Owner:
    return Owner(**json.loads(text))


def of_waiter(waiter: Waiter) -> dict[str, Any]:
    """Return a waiter's columns."""
    row = {name: getattr(waiter, name) for name in WAITER}
    return {**row, "names": json.dumps(waiter.names), "owner": _of_owner(waiter.owner)}


def to_waiter(row: Row) -> Waiter:
    """Return the waiter of a row."""
    owner, names = Owner(**json.loads(row["owner"])), tuple(json.loads(row["names"]))
    return Waiter(**{**{name: row[name] for name in WAITER}, "owner": owner, "names": names})


def of_event(event: Event, data: str | None = None) -> dict[str, Any]:
    """Return an event's columns; `data` is the text of its data, if that has been made."""
    return {
        **dict(zip(EVENT, _of_event(event), strict=True)),
        "data": codec.encode(event.data) if data is None else data,
    }


def to_event(row: Row) -> Event:
    """Return the event of a row."""
    found = {name: row[name] for name in EVENT}
    found["data"] = codec.decode(found["data"])
    return Event(**found)


def of_result(result: Result) -> dict[str, str]:
    """Return a result's columns."""
    return dict(zip(RESULT, _of_result(result), strict=True))


def of_plan(steps: tuple[PlannedStep, ...]) -> str:
    """Return a plan as text."""
    return json.dumps([[step.path, step.fingerprint, step.where, step.play, step.inputs] for step in steps])


def to_plan(text: str | None) -> tuple[PlannedStep, ...]:
    """Return the plan of a text."""
    # A plan that was written with schema 1 tells nothing of inputs.
    rows = ([*row, []][:5] for row in (json.loads(text) if text else []))
    return tuple(
        PlannedStep(path=path, fingerprint=mark, where=where, play=play, inputs=_to_inputs(inputs))
        for path, mark, where, play, inputs in rows
    )


def of_control(control: Control) -> str:
    """Return what is asked of an attempt as text."""
    return json.dumps(asdict(control))


def to_control(text: str | None) -> Control | None:
    """Return what is asked of an attempt; None: nothing."""
    told = json.loads(text) if text else {"wish": ""}
    return Control(**{**told, "wish": Wish(told["wish"])}) if told["wish"] else None


def _to_surroundings(text: str | None) -> Surroundings:
    """Return surroundings; those of schema 1 to 4 name their run, too, and nobody may have recorded any."""
    told = json.loads(text) if text else {}
    known = {name: told[name] for name in _SURROUNDINGS if name in told}
    return Surroundings(**{**known, "gone": tuple(told.get("gone", ())), "finished": tuple(told.get("finished", ()))})


def _to_back(text: str | None) -> WayBack:
    told = json.loads(text) if text else {}
    return WayBack(**{**told, "hosts": tuple(told.get("hosts", ()))})


def _to_decision(text: str | None) -> Decision | None:
    told = json.loads(text) if text else None
    return Decision(**{**told, "answer": Answer(told["answer"])}) if told else None


def _to_inputs(pairs: list[list[str]]) -> Inputs:
    return tuple((name, mark) for name, mark in pairs)


def _of_owner(owner: Owner | None) -> str | None:
    return None if owner is None else json.dumps(asdict(owner))


@lru_cache(maxsize=1024)
def _to_owner(text: str | None) -> Owner | None:
    return None if text is None else Owner(**json.loads(text))
