# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal in Redis or Valkey: a change is sealed here, and compared and written there by one script."""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import NoReturn

from ... import ids
from ...audit import sealed
from ...clock import Clock
from ...errors import (
    JournalCorruptError,
    JournalUnusableError,
    LeaseConflictError,
    RunChangedError,
    RunUnknownError,
    StaleAttemptError,
)
from ...records import Bundle, Entry, Fence, Run, Waiter
from .. import rows
from ..access import Access
from . import keys as names
from .address import Address
from .checks import checked, recognised, rehearsed
from .courier import Courier
from .keys import Keys
from .library import Reply
from .loading import load
from .operations import Operations, Told
from .reading import Reading
from .scripts import Call

_POLITE = 3  # losses against other writers after which it is our turn


_Ends = Mapping[str, tuple[int, str]]
"""Of runs: how many events they have, and the last one's hash."""


class RedisJournal(Reading):
    """A journal on a server; usable from several threads, never from a forked child."""

    def __init__(self, address: Address, *, clock: Clock, access: Access, may_make: bool = True) -> None:
        keys = Keys(address.namespace)
        super().__init__(Courier(address, access, key=keys.schema), keys, address.text)
        self._clock = clock
        self._patience = access.patience
        self._ends: dict[str, tuple[int, str]] = {}  # as they were last known
        self._me = ids.ulid(clock.now())
        try:
            self.warnings = checked(self._courier, address, access)
            recognised(self._courier, keys, self.text, may_make=may_make)
            self._is_rehearsed = False
            if may_make:
                self._rehearse()
        except BaseException:
            self._courier.close()
            raise

    def commit(self, entries: Sequence[Entry], *, fence: Fence | None = None) -> None:
        self._rehearse()
        deadline = time.monotonic() + self._patience
        moment, losses = self._clock.now(), 0
        identities = [ids.ulid(moment) for _entry in entries]
        while True:
            ends = {entry.run: self._ends.get(entry.run, (0, "")) for entry in entries}
            chains = _sealed(entries, identities, ends, moment=moment)
            operations = _operations(self._keys, entries, fence)
            _chain(operations, entries, chains, ends)
            answer = self._written(operations, insists=losses >= _POLITE)
            match answer[0]:
                case "done":
                    self._ends |= {run: (told[-1][0].seq, told[-1][0].hash) for run, told in chains.items()}
                    return
                case "moved":
                    losses += 1
                    self._learn(answer[1:], ends)
                case "busy":
                    pass
                case _:
                    self._refuse(answer, fence)
            if time.monotonic() > deadline:
                raise JournalUnusableError(self.text, f"others write for the run all the time ({self._patience:g} s)")
            if losses > 1 or answer[0] == "busy":
                time.sleep(0.02 * random.random())  # noqa: S311  no secret: only not all at once

    def renew(self, fence: Fence, *, ttl: float) -> None:
        token, version = ("" if part is None else part for part in (fence.token, fence.version))
        keys = [self._keys.run(fence.run), self._keys.slices(fence.run), self._keys.beats]
        mark = names.mark(fence.run, fence.token or 0)
        [answer] = self._courier.ask(Call("renew", keys, [token, version, mark, repr(ttl)]), is_write=True)
        if answer[0] != "done":
            self._refuse(answer, fence)

    def next_token(self) -> int:
        [token] = self._courier.ask(("INCR", self._keys.token), is_write=True)
        return int(token)

    def wait(self, waiter: Waiter) -> None:
        record = json.dumps(rows.of_waiter(waiter))
        self._courier.ask(Call("wait", [self._keys.line], [waiter.ticket, repr(waiter.until), record]))

    def leave(self, ticket: str) -> None:
        self._courier.ask(("HDEL", self._keys.line, ticket))

    def load(self, bundle: Bundle) -> None:
        self._rehearse()
        load(self._courier, self._keys, bundle)

    def drop(self, run: str, *, version: int) -> None:
        self._rehearse()
        known = [found.workflow for found in self.runs(run=run) if found.id == run]
        of_it = [self._keys.run, self._keys.slices, self._keys.steps, self._keys.results, self._keys.events]
        keys = [self._keys.runs, self._keys.workflow(*known or [""]), self._keys.leases, self._keys.beats]
        mark = names.mark(run, 0).removeprefix("0")
        call = Call("drop", [*keys, *(named(run) for named in of_it)], [run, mark, version])
        [answer] = self._courier.ask(call, is_write=True)
        if answer != ["done"]:
            self._refuse(answer, Fence(run=run, version=version))
        self._ends.pop(run, None)

    def reclaim(self) -> None:
        """Nothing to give back: a server uses the space again by itself."""

    def marking_key(self, *, may_make: bool = True) -> bytes:
        """Return the key with which values are marked that the journal may not hold; see the port."""
        [found] = self._courier.ask(("GET", self._keys.secret))
        if found is None and may_make:
            fresh = os.urandom(32).hex()
            found = self._courier.ask(
                ("SET", self._keys.secret, fresh, "NX"), ("GET", self._keys.secret), is_write=True
            )[1]
        return os.urandom(32) if found is None else self._made(bytes.fromhex, [found])[0]

    def close(self) -> None:
        self._courier.close()

    def _rehearse(self) -> None:
        """Learn, before the first change, whether we have all the rights that scripts need."""
        if not self._is_rehearsed:
            rehearsed(self._courier, self._keys, self._me, self.text)
            self._is_rehearsed = True

    def _written(self, operations: Operations, *, insists: bool) -> list[Reply]:
        words = [self._me, "insists" if insists else "", operations.types, *operations.words]
        [answer] = self._courier.ask(Call("commit", operations.keys, words), is_write=True)
        return list(answer)

    def _learn(self, moved: Sequence[str], runs: Iterable[str]) -> None:
        """Take the ends of chains as the server knows them."""
        by_key = {self._keys.run(run): run for run in runs}
        for key, count, head in zip(moved[::3], moved[1::3], moved[2::3], strict=True):
            self._ends[by_key[key]] = (int(count), head)

    def _refuse(self, answer: Sequence[str], fence: Fence | None) -> NoReturn:
        match answer:
            case ["conflict", target]:
                raise LeaseConflictError(target)
            case ["unknown", run]:
                raise RunUnknownError(run, "it is not there")
            case ["stale"] if fence is not None:
                raise StaleAttemptError(fence.run)
            case ["changed"] if fence is not None:
                raise RunChangedError(fence.run)
            case ["foreign", key]:
                raise JournalCorruptError(self.text, f"somebody else has written to the key {key}")
            case _:
                raise JournalCorruptError(self.text, f"a script answered {answer[0]!r}")


def _sealed(
    entries: Sequence[Entry], identities: Sequence[str], ends: _Ends, *, moment: float
) -> dict[str, list[Told]]:
    """Seal the entries behind the ends of their runs."""
    chains: dict[str, list[Told]] = {}
    last = dict(ends)
    for entry, identity in zip(entries, identities, strict=True):
        seq, before = last[entry.run]
        told = sealed(entry, seq=seq + 1, before=before, identity=identity, moment=moment)
        last[entry.run] = (seq + 1, told[0].hash)
        chains.setdefault(entry.run, []).append(told)
    return chains


def _operations(keys: Keys, entries: Sequence[Entry], fence: Fence | None) -> Operations:
    """Return what entries put, behind a fence."""
    operations = Operations(keys)
    if fence is not None:
        operations.fence(fence)
    operations.puts(put for entry in entries for put in entry.puts)
    return operations


def _chain(operations: Operations, entries: Sequence[Entry], chains: Mapping[str, Sequence[Told]], ends: _Ends) -> None:
    """Add the events to their runs' chains."""
    new = {put.id for entry in entries for put in entry.puts if isinstance(put, Run)}
    for run, events in chains.items():
        operations.chain(ends[run], events, is_new=run in new)
