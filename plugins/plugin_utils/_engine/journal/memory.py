# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal in memory, for tests: SQLite's twin without the disk."""

from __future__ import annotations

import os
import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from .. import ids
from ..audit import seal
from ..clock import Clock
from ..errors import LeaseConflictError, RunChangedError, RunKnownError, RunUnknownError, StaleAttemptError
from ..records import (
    Bundle,
    Control,
    Dropping,
    Entry,
    Event,
    Fence,
    Fencing,
    Freeing,
    Lease,
    Plan,
    PlannedStep,
    Put,
    Result,
    Run,
    Slice,
    Step,
    Taking,
    Waiter,
    Wish,
)


@dataclass
class _State:
    token: int = 0
    runs: dict[str, Run] = field(default_factory=dict)
    plans: dict[str, tuple[PlannedStep, ...]] = field(default_factory=dict)
    slices: dict[tuple[str, int], Slice] = field(default_factory=dict)
    controls: dict[str, Control] = field(default_factory=dict)
    steps: dict[tuple[str, str, str], Step] = field(default_factory=dict)
    results: dict[tuple[str, str, str], dict[str, str]] = field(default_factory=dict)
    leases: dict[str, Lease] = field(default_factory=dict)
    events: dict[str, list[Event]] = field(default_factory=dict)
    line: dict[str, Waiter] = field(default_factory=dict)

    def copy(self) -> _State:
        return _State(
            token=self.token,
            runs=dict(self.runs),
            plans=dict(self.plans),
            slices=dict(self.slices),
            controls=dict(self.controls),
            steps=dict(self.steps),
            results={key: dict(found) for key, found in self.results.items()},
            leases=dict(self.leases),
            events={run: list(found) for run, found in self.events.items()},
            line=dict(self.line),
        )


class MemoryJournal:
    """A journal that lives as long as the object."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self._state = _State()
        self._secret = os.urandom(32)

    def commit(self, entries: Sequence[Entry], *, fence: Fence | None = None) -> None:
        with self._lock:
            after = self._state.copy()
            if fence is not None:
                _check(after, fence)
            for entry in entries:
                for put in entry.puts:
                    _apply(after, put)
            for entry in entries:
                self._append(after, entry)
            self._state = after

    def now(self) -> float:
        return self._clock.now()

    def renew(self, fence: Fence, *, ttl: float) -> None:
        with self._lock:
            _check(self._state, fence)
            expires = self.now() + ttl
            for name, lease in self._state.leases.items():
                if (lease.run, lease.token) == (fence.run, fence.token) and lease.expires is not None:
                    self._state.leases[name] = replace(lease, expires=expires)

    def next_token(self) -> int:
        with self._lock:
            self._state.token += 1
            return self._state.token

    def runs(self, *, run: str = "", workflow: str = "") -> list[Run]:
        newest_first = sorted(self._state.runs.values(), key=lambda found: (found.started, found.id), reverse=True)
        return [found for found in newest_first if found.id.startswith(run) and workflow in {"", found.workflow}]

    def plan(self, run: str) -> tuple[PlannedStep, ...]:
        return self._state.plans.get(run, ())

    def slices(self, run: str) -> list[Slice]:
        return [part for (owner, _attempt), part in sorted(self._state.slices.items()) if owner == run]

    def control(self, run: str) -> Control | None:
        asked = self._state.controls.get(run)
        return asked if asked and asked.wish is not Wish.NOTHING else None

    def steps(self, run: str) -> list[Step]:
        return sorted((step for step in self._state.steps.values() if step.run == run), key=lambda step: step.seq)

    def results(self, run: str, host: str, key: str) -> dict[str, str]:
        return dict(self._state.results.get((run, host, key), {}))

    def results_on(self, run: str, hosts: Sequence[str], key: str) -> dict[str, dict[str, str]]:
        return {host: found for host in hosts if (found := self.results(run, host, key))}

    def all_results(self, run: str) -> Iterator[Result]:
        for (owner, host, key), found in self._state.results.items():
            for item, payload in found.items() if owner == run else ():
                yield Result(run=run, host=host, key=key, item=item, payload=payload)

    def events(
        self, run: str, *, after: int = 0, types: Collection[str] = (), steps: Collection[str] = ()
    ) -> Iterator[Event]:
        return (
            event
            for event in self._state.events.get(run, [])
            if event.seq > after and (not types or event.type in types) and (not steps or event.step in steps)
        )

    def head(self, run: str) -> tuple[int, str]:
        if run not in self._state.runs:
            raise RunUnknownError(run, "it is not there")
        events = self._state.events.get(run, [])
        return len(events), events[-1].hash if events else ""

    def heads(self) -> dict[str, int]:
        return {run: len(self._state.events.get(run, [])) for run in self._state.runs}

    def leases(self, names: Iterable[str] | None = None) -> list[Lease]:
        held = sorted(self._state.leases.values(), key=lambda lease: lease.name)
        wanted = None if names is None else set(names)
        return [lease for lease in held if wanted is None or lease.name in wanted]

    def wait(self, waiter: Waiter) -> None:
        with self._lock:
            here = {known.ticket: known for known in self.waiters()}
            self._state.line = {**here, waiter.ticket: waiter}

    def leave(self, ticket: str) -> None:
        with self._lock:
            self._state.line.pop(ticket, None)

    def waiters(self) -> list[Waiter]:
        return [waiter for waiter in self._state.line.values() if waiter.until > self.now()]

    def load(self, bundle: Bundle) -> None:
        with self._lock:
            if bundle.run.id in self._state.runs:
                raise RunKnownError(bundle.run.id)
            after = self._state.copy()
            puts: tuple[Put, ...] = (bundle.run, *bundle.slices, *bundle.steps, *bundle.results)
            for put in puts:
                _apply(after, put)
            after.plans[bundle.run.id] = bundle.plan
            after.events[bundle.run.id] = list(bundle.events)
            after.token = max(after.token, *(part.token for part in bundle.slices), 0)
            self._state = after

    def drop(self, run: str, *, version: int) -> None:
        with self._lock:
            if run not in self._state.runs:
                return
            _check(self._state, Fence(run=run, version=version))
            after = self._state.copy()
            for known in (after.runs, after.plans, after.controls, after.events):
                known.pop(run, None)
            after.slices = {key: part for key, part in after.slices.items() if part.run != run}
            after.steps = {key: step for key, step in after.steps.items() if step.run != run}
            after.results = {key: found for key, found in after.results.items() if key[0] != run}
            after.leases = {name: lease for name, lease in after.leases.items() if lease.run != run}
            self._state = after

    def reclaim(self) -> None:
        """Nothing to give back."""

    def marking_key(self, *, may_make: bool = True) -> bytes:  # noqa: ARG002  it costs nothing
        return self._secret

    def close(self) -> None:
        """Nothing to let go of."""

    def _append(self, state: _State, entry: Entry) -> None:
        events = state.events.setdefault(entry.run, [])
        moment = self._clock.now()
        before = events[-1].hash if events else ""
        events.append(seal(entry, seq=len(events) + 1, before=before, identity=ids.ulid(moment), moment=moment))


def _check(state: _State, fence: Fence) -> None:
    run = state.runs.get(fence.run)
    tokens = {part.token for part in state.slices.values() if part.run == fence.run}
    if fence.token is not None and fence.token not in tokens:
        raise StaleAttemptError(fence.run)
    if fence.version is not None and fence.version != (0 if run is None else run.version):
        raise RunChangedError(fence.run)


def _apply(state: _State, put: Put) -> None:  # noqa: C901, PLR0912  a case for each record
    match put:
        case Run():
            state.runs[put.id] = put
        case Step():
            state.steps[put.run, put.host, put.key] = put
        case Result():
            state.results.setdefault((put.run, put.host, put.key), {})[put.item] = put.payload
        case Plan():
            state.plans[put.run] = put.steps
        case Slice():
            state.slices[put.run, put.attempt] = put
        case Dropping():
            state.slices.pop((put.run, put.attempt), None)
        case Control():
            state.controls[put.run] = put
        case Taking():
            held = state.leases.get(put.lease.name)
            if _seen(held) != _seen(put.expect):
                raise LeaseConflictError(put.lease.name)
            state.leases[put.lease.name] = put.lease
        case Freeing():
            held = state.leases.get(put.name)
            if held is not None and held.token == put.token:
                del state.leases[put.name]
        case Fencing():
            for key, part in state.slices.items():
                if part.run == put.run and part.token < put.token and put.of in {0, part.token}:
                    state.slices[key] = replace(part, token=put.token)


def _seen(lease: Lease | None) -> tuple[int, float | None] | None:
    return None if lease is None else (lease.token, lease.expires)
