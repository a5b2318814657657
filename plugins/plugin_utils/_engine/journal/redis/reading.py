# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a journal in Redis tells."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from ...errors import RunUnknownError
from ...records import Control, Event, Lease, PlannedStep, Result, Run, Slice, Step, Waiter
from .. import rows
from . import keys as names
from .courier import Courier
from .keys import Keys
from .library import Refusal, Reply
from .scripts import Call, Command

Record = TypeVar("Record")

_PAGE = 1000  # runs or events in one reply
_FEW = 100  # results, each of which may be long
_PARTS = 3  # of what a result's field says: host, key and item


class Reading:
    """The reading half of a journal."""

    def __init__(self, courier: Courier, keys: Keys, text: str) -> None:
        self._courier = courier
        self._keys = keys
        self.text = text
        self._fed = ""  # the last entry of the feed that was seen

    def now(self) -> float:
        [reply] = self._asked(("TIME",))
        return _moment(reply)

    def runs(self, *, run: str = "", workflow: str = "") -> list[Run]:
        if run or not workflow:
            # Members of one score stand in the order of their bytes, and no text has a byte 255.
            ends = (f"[{run}", b"(" + run.encode("utf-8", "surrogatepass") + b"\xff") if run else ("-", "+")
            [found] = self._asked(("ZRANGEBYLEX", self._keys.runs, *ends))
        else:
            [found] = self._asked(("SMEMBERS", self._keys.workflow(workflow)))
        records: list[Reply] = []
        for start in range(0, len(found), _PAGE):
            page = found[start : start + _PAGE]
            records += self._asked(*(("HGET", self._keys.run(identity), "record") for identity in page))
        known = self._made(_run, (text for text in records if text))
        mine = [each for each in known if workflow in {"", each.workflow}]
        return sorted(mine, key=lambda each: (each.started, each.id), reverse=True)

    def plan(self, run: str) -> tuple[PlannedStep, ...]:
        [found] = self._asked(("HGET", self._keys.run(run), "plan"))
        return self._made(rows.to_plan, [found])[0]

    def slices(self, run: str) -> list[Slice]:
        [found] = self._asked(("HGETALL", self._keys.slices(run)))
        return sorted(self._made(_slice, found[1::2]), key=lambda part: part.attempt)

    def control(self, run: str) -> Control | None:
        [found] = self._asked(("HGET", self._keys.run(run), "control"))
        return self._made(rows.to_control, [found])[0]

    def steps(self, run: str) -> list[Step]:
        [found] = self._asked(("HVALS", self._keys.steps(run)))
        steps = self._made(lambda text: rows.to_step(json.loads(text)), found)
        return sorted(steps, key=lambda step: (step.seq, step.host, step.key))

    def results(self, run: str, host: str, key: str) -> dict[str, str]:
        return self.results_on(run, [host], key).get(host, {})

    def results_on(self, run: str, hosts: Sequence[str], key: str) -> dict[str, dict[str, str]]:
        steps = [names.step(host, key) for host in hosts]
        all_found = self._asked(
            *(Call("results", [self._keys.results(run)], [step, f"{step[:-1]}, "]) for step in steps)
        )
        return {
            host: dict(zip(self._made(_text, found[::2]), found[1::2], strict=True))
            for host, found in zip(hosts, all_found, strict=True)
            if found
        }

    def all_results(self, run: str) -> Iterator[Result]:
        key = self._keys.results(run)
        [fields] = self._asked(("HKEYS", key))
        places = zip(fields, self._made(_place, fields), strict=True)
        told = [(field, place) for field, place in places if len(place) == _PARTS]
        for start in range(0, len(told), _FEW):
            part = told[start : start + _FEW]
            [payloads] = self._asked(("HMGET", key, *(field for field, _place in part)))
            for (_field, (host, step, item)), payload in zip(part, payloads, strict=True):
                if payload is not None:
                    yield Result(run=run, host=host, key=step, item=item, payload=payload)

    def events(
        self, run: str, *, after: int = 0, types: Collection[str] = (), steps: Collection[str] = ()
    ) -> Iterator[Event]:
        start = f"{after + 1}-0"
        while True:
            [found] = self._asked(("XRANGE", self._keys.events(run), start, "+", "COUNT", _PAGE))
            meant = found if not types and not steps else [each for each in found if _is_meant(each[1], types, steps)]
            yield from rows.made(lambda item: _event(*item), meant, self.text)
            if len(found) < _PAGE:
                return
            start = f"({found[-1][0]}"

    def head(self, run: str) -> tuple[int, str]:
        [(record, events, head)] = self._asked(("HMGET", self._keys.run(run), "record", "events", "head"))
        if record is None:
            raise RunUnknownError(run, "it is not there")
        return self._made(int, [events or 0])[0], head or ""

    def heads(self) -> dict[str, int]:
        [names] = self._asked(("ZRANGEBYLEX", self._keys.runs, "-", "+"))
        counts: list[Reply] = []
        for start in range(0, len(names), _PAGE):
            page = names[start : start + _PAGE]
            counts += self._asked(*(("HGET", self._keys.run(name), "events") for name in page))
        return {name: self._made(int, [count or 0])[0] for name, count in zip(names, counts, strict=True)}

    def await_news(self, seconds: float) -> bool:
        """Wait until an event is written of any run, so many seconds at most, and tell whether one may have been.

        What was written since the last call is news, and all is at the first one. Without the right to wait, it sleeps.
        """
        if not self._fed:
            [last] = self._asked(("XREVRANGE", self._keys.feed, "+", "-", "COUNT", 1))
            self._fed = last[0][0] if last else "0-0"
            return True
        block = max(1, int(1000 * min(seconds, self._courier.longest_wait)))  # none would be for ever
        command = ("XREAD", "COUNT", _PAGE, "BLOCK", block, "STREAMS", self._keys.feed, self._fed)
        [found] = self._courier.ask(command, may_be_denied=True)
        if isinstance(found, Refusal):
            time.sleep(seconds)
            return True
        if found:
            [[_feed, entries]] = found
            self._fed = entries[-1][0]
        return bool(found)

    def leases(self, names: Iterable[str] | None = None) -> list[Lease]:
        wanted = None if names is None else list(names)
        if wanted is not None and not wanted:
            return []
        [[text]] = self._asked(Call("leases", [self._keys.leases, self._keys.beats], wanted or []))
        held = self._made(lambda pair: _lease(*pair), _pairs(text))
        return sorted(held, key=lambda lease: lease.name)

    def waiters(self) -> list[Waiter]:
        found, time = self._asked(("HGETALL", self._keys.line), ("TIME",))
        now = _moment(time)
        line = sorted(self._made(_waiter, found[1::2]), key=lambda pair: pair[0])
        return [waiter for _place, waiter in line if waiter.until > now]

    def _asked(self, *commands: Command | Call) -> list[Reply]:
        return self._courier.ask(*commands)

    def _made(self, make: Callable[[Any], Record], found: Iterable[Any]) -> list[Record]:
        return list(rows.made(make, found, self.text))


def _moment(reply: Sequence[str]) -> float:
    seconds, micros = reply
    return int(seconds) + int(micros) / 1e6


def _text(item: str) -> str:
    return str(json.loads(item))


def _place(field: str) -> tuple[str, ...]:
    """Return host, key and item of a result; of what lists a step's items, host and key."""
    return tuple(map(str, json.loads(field)))


def _run(text: str) -> Run:
    return rows.to_run({"seal": "", **json.loads(text)})  # schema 1 had no seals


def _slice(value: str) -> Slice:
    token, record = value.split("\n", 1)
    return rows.to_slice({**json.loads(record), "token": int(token)})


def _pairs(text: str) -> list[tuple[str, str]]:
    lines = text.split("\n") if text else []
    return list(zip(lines[::2], lines[1::2], strict=False))


def _lease(expires: str, record: str) -> Lease:
    return rows.to_lease({**json.loads(record), "expires": None if expires == "-" else float(expires)})


def _waiter(value: str) -> tuple[int, Waiter]:
    told, record = value.split("\n", 1)
    return int(told.partition(" ")[0]), rows.to_waiter(json.loads(record))


def _event(identity: str, fields: Sequence[str]) -> Event:
    row: dict[str, Any] = dict(zip(fields[::2], fields[1::2], strict=True))
    seq, _dash, _part = identity.partition("-")
    return rows.to_event({**row, "seq": int(seq), "time": float(row["time"]), "attempt": int(row["attempt"])})


def _is_meant(fields: Sequence[str], types: Collection[str], steps: Collection[str]) -> bool:
    """Tell whether an event is one of these; what somebody has made of it is told when it is read."""
    row = dict(zip(fields[::2], fields[1::2], strict=False))
    return (not types or row.get("type") in types) and (not steps or row.get("step") in steps)
