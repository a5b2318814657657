# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that comes from another journal: put aside in parts of a bearable size, then there as a whole."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from ...errors import RunKnownError
from ...records import Bundle, Result
from .. import rows
from . import operations
from .courier import Courier
from .keys import Keys
from .scripts import Call

Item = TypeVar("Item")

_PART = 500  # records in one command
_FORGOTTEN = 3600  # seconds after which what nobody goes on loading is removed


def load(courier: Courier, keys: Keys, bundle: Bundle) -> None:
    """Write a run as another journal had it; raise RunKnownError if it is there."""
    run, nonce = bundle.run.id, uuid.uuid4().hex
    if courier.ask(("EXISTS", keys.run(run)))[0]:  # not to carry all of it for nothing; what counts is asked below
        raise RunKnownError(run)
    steps, results, events = (keys.loading(nonce, what) for what in ("steps", "results", "events"))
    _put(courier, steps, (operations.of_step(step) for step in bundle.steps))
    _put(courier, results, _fields(bundle.results))
    for part in _parts(bundle.events):
        words = [word for event in part for word in _counted(operations.of_event(event))]
        courier.ask(Call("stage", [events], [_FORGOTTEN, *words]))
    last = bundle.events[-1] if bundle.events else None
    record = {
        "record": json.dumps(rows.of_run(bundle.run)),
        "version": bundle.run.version,
        "plan": rows.of_plan(bundle.plan),
        "events": last.seq if last else 0,
        "head": last.hash if last else "",
    }
    fields = [word for pair in record.items() for word in pair]
    slices = [word for part in bundle.slices for word in operations.of_slice(part)]
    token = max((part.token for part in bundle.slices), default=0)
    named = [keys.run(run), keys.runs, keys.workflow(bundle.run.workflow), keys.token, keys.slices(run)]
    [answer] = courier.ask(
        Call(
            "publish",
            [*named, steps, keys.steps(run), results, keys.results(run), events, keys.events(run)],
            [nonce, run, token, len(fields), *fields, *slices],
        ),
        is_write=True,
    )
    if answer[0] == "known":
        raise RunKnownError(run)


def _put(courier: Courier, key: str, pairs: Iterable[tuple[str, str]]) -> None:
    for part in _parts(pairs):
        courier.ask(("HSET", key, *(word for pair in part for word in pair)), ("EXPIRE", key, _FORGOTTEN))


def _fields(results: Iterable[Result]) -> Iterator[tuple[str, str]]:
    """Yield the fields of the results, then for each step the list of its items."""
    items: dict[str, list[str]] = {}
    for result in results:
        step, item, field, payload = operations.of_result(result)
        items.setdefault(step, []).append(item)
        yield field, payload
    for step, listed in items.items():
        yield step, "\n".join(dict.fromkeys(listed))


def _counted(words: Iterable[Any]) -> list[Any]:
    seq, *fields = words
    return [seq, len(fields), *fields]


def _parts(items: Iterable[Item]) -> Iterator[list[Item]]:
    part: list[Item] = []
    for item in items:
        part.append(item)
        if len(part) == _PART:
            yield part
            part = []
    if part:
        yield part
