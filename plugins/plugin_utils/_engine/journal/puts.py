# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What entries put, as rows of a SQLite journal: as many at once as there are of a kind, inside of a transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Any

from ..errors import LeaseConflictError
from ..records import Control, Dropping, Fencing, Freeing, Lease, Plan, Put, Result, Run, Slice, Step, Taking
from . import rows
from .statements import insert, inserting, updating

_TAKE = inserting("lease", rows.LEASE)
_TAKE_OVER = f'{updating("lease", rows.LEASE)} WHERE "name" = ? AND "token" = ? AND "expires" IS ?'


class Puts:
    """Writes what entries put into a journal's tables."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._of: dict[type, Callable[[Iterable[Any]], None]] = {
            Run: lambda puts: insert(connection, "run", map(rows.of_run, puts), ("id",)),
            Step: lambda puts: insert(connection, "step", map(rows.of_step, puts), ("run", "host", "key")),
            Result: lambda puts: insert(
                connection, "result", map(rows.of_result, puts), ("run", "host", "key", "item")
            ),
            Plan: self._plans,
            Slice: lambda puts: insert(connection, "slice", map(rows.of_slice, puts), ("run", "attempt")),
            Dropping: self._drop,
            Taking: self._take,
            Freeing: self._free,
            Fencing: self._fence_off,
            Control: self._controls,
        }

    def write(self, puts: Iterable[Put]) -> None:
        """Write all of it in order, steps and results behind the rest: nothing here looks at those.

        Raise LeaseConflictError if a lease to be taken is not the expected one.
        """
        late: dict[type, list[Put]] = {Step: [], Result: []}
        for kind, some in groupby(puts, key=type):
            if kind in late:
                late[kind].extend(some)
            else:
                self._of[kind](some)
        for kind, those in late.items():
            self._of[kind](those)

    def _plans(self, puts: Iterable[Plan]) -> None:
        for put in puts:
            self._execute('UPDATE run SET "plan" = ? WHERE "id" = ?', (rows.of_plan(put.steps), put.run))

    def _controls(self, puts: Iterable[Control]) -> None:
        for put in puts:
            self._execute('UPDATE run SET "control" = ? WHERE "id" = ?', (rows.of_control(put), put.run))

    def _fence_off(self, puts: Iterable[Fencing]) -> None:
        for put in puts:
            self._execute(
                'UPDATE slice SET "token" = ? WHERE "run" = ? AND "token" < ? AND ? IN (0, "token")',
                (put.token, put.run, put.token, put.of),
            )

    def _drop(self, puts: Iterable[Dropping]) -> None:
        for put in puts:
            self._execute('DELETE FROM slice WHERE "run" = ? AND "attempt" = ?', (put.run, put.attempt))

    def _take(self, puts: Iterable[Taking]) -> None:
        for is_free, some in groupby(puts, key=lambda put: put.expect is None):
            (self._take_free if is_free else self._take_over)(some)

    def _take_free(self, puts: Iterable[Taking]) -> None:
        """Take leases that nobody holds."""
        name = ""

        def leases() -> Iterator[Lease]:
            nonlocal name
            for put in puts:
                name = put.lease.name
                yield put.lease

        try:
            self._connection.executemany(_TAKE, rows.values_of_leases(leases()))
        except sqlite3.IntegrityError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
                raise LeaseConflictError(name) from None
            raise

    def _take_over(self, puts: Iterable[Taking]) -> None:
        """Take leases that are held as they are expected to be."""
        for put in puts:
            lease, seen = put.lease, put.expect
            place = (lease.name, seen.token, seen.expires) if seen else ()
            if not self._execute(_TAKE_OVER, (*rows.of_lease(lease).values(), *place)).rowcount:
                raise LeaseConflictError(lease.name)

    def _free(self, puts: Iterable[Freeing]) -> None:
        self._connection.executemany(
            'DELETE FROM lease WHERE "name" = ? AND "token" = ?', ((put.name, put.token) for put in puts)
        )

    def _execute(self, statement: str, values: tuple[Any, ...]) -> sqlite3.Cursor:
        return self._connection.execute(statement, values)
