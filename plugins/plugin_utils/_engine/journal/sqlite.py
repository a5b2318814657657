# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal in one SQLite file: WAL, synchronous=FULL, one writer transaction per commit."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from .. import ids
from ..audit import sealed
from ..clock import Clock
from ..errors import (
    EngineError,
    JournalCorruptError,
    JournalLostError,
    JournalTooNewError,
    JournalUnusableError,
    RunChangedError,
    RunKnownError,
    RunUnknownError,
    StaleAttemptError,
)
from ..guarding import must_be_ours
from ..records import (
    Bundle,
    Control,
    Entry,
    Event,
    Fence,
    Lease,
    Plan,
    PlannedStep,
    Result,
    Run,
    Slice,
    Step,
    Waiter,
)
from . import forking, making, migrations, pages, rows, soundness, space
from .marking import key_beside
from .puts import Puts
from .statements import insert

Record = TypeVar("Record")

_APPLICATION = 0x53414741  # "SAGA": tells our files from other databases
_PAGE = 500  # hosts that are asked for at once
_PATIENCE = 30  # seconds to wait for another process that writes
_FENCED = (
    'SELECT "events", "head", "version", '
    'EXISTS (SELECT 1 FROM slice WHERE slice."run" = run."id" AND "token" = ?) AS "is_ours" FROM run WHERE "id" = ?'
)


class SqliteJournal:
    """A journal in a file of mode 0600; usable from several threads, never from a forked child."""

    def __init__(self, path: Path, *, clock: Clock) -> None:
        self.path = path
        self._clock = clock
        self._lock = forking.lock()
        with self._translated():
            self._connection, self._inode = self._open()
            self._puts = Puts(self._connection)
            try:
                self._migrate()
            except BaseException:
                self._connection.close()
                raise

    def commit(self, entries: Sequence[Entry], *, fence: Fence | None = None) -> None:
        with self._transaction():
            ends = {} if fence is None else self._check(fence)
            self._puts.write(put for entry in entries for put in entry.puts)
            self._append(entries, ends)

    def now(self) -> float:
        return self._clock.now()  # whoever opens the file is on the same machine

    def renew(self, fence: Fence, *, ttl: float) -> None:
        with self._transaction():
            self._check(fence)
            expires = self.now() + ttl
            self._execute(
                'UPDATE lease SET "expires" = ? WHERE "run" = ? AND "token" = ? AND "expires" IS NOT NULL',
                (expires, fence.run, fence.token),
            )

    def next_token(self) -> int:
        with self._transaction():
            self._execute("UPDATE token SET value = value + 1")
            return int(self._execute("SELECT value FROM token").fetchone()[0])

    def runs(self, *, run: str = "", workflow: str = "") -> list[Run]:
        begins = run.encode()
        return self._records(rows.to_run, pages.RUNS, (len(begins), begins, workflow, workflow))

    def plan(self, run: str) -> tuple[PlannedStep, ...]:
        found = self._records(lambda row: rows.to_plan(row["plan"]), 'SELECT "plan" FROM run WHERE "id" = ?', (run,))
        return found[0] if found else ()

    def slices(self, run: str) -> list[Slice]:
        return self._records(rows.to_slice, 'SELECT * FROM slice WHERE "run" = ? ORDER BY "attempt"', (run,))

    def control(self, run: str) -> Control | None:
        found = self._records(
            lambda row: rows.to_control(row["control"]), 'SELECT "control" FROM run WHERE "id" = ?', (run,)
        )
        return found[0] if found else None

    def steps(self, run: str) -> list[Step]:
        # A row finds a column by its name only by comparing it with all of them: of so many rows, by their places.
        found = self._rows(pages.STEPS, (run,))
        return list(rows.made(lambda row: rows.step_of(dict(zip(rows.STEP, row, strict=True))), found, str(self.path)))

    def results(self, run: str, host: str, key: str) -> dict[str, str]:
        return self.results_on(run, [host], key).get(host, {})

    def results_on(self, run: str, hosts: Sequence[str], key: str) -> dict[str, dict[str, str]]:
        told: dict[str, dict[str, str]] = {}
        for start in range(0, len(hosts), _PAGE):
            page = hosts[start : start + _PAGE]
            places = ", ".join("?" * len(page))
            query = 'SELECT "host", "item", "payload" FROM result WHERE "run" = ? AND "key" = ? AND "host" IN '
            found = self._rows(f"{query}({places})", (run, key, *page))
            for host, item, payload in found:
                told.setdefault(host, {})[item] = payload
        return told

    def all_results(self, run: str) -> Iterator[Result]:
        found = pages.results(self._rows, run)
        yield from rows.made(lambda row: Result(**row), found, str(self.path))

    def events(
        self, run: str, *, after: int = 0, types: Collection[str] = (), steps: Collection[str] = ()
    ) -> Iterator[Event]:
        found = pages.events(self._rows_as_they_are, run, after=after, types=types, steps=steps)
        yield from rows.made(rows.to_event, found, str(self.path))

    def head(self, run: str) -> tuple[int, str]:
        found = self._rows('SELECT "events", "head" FROM run WHERE "id" = ?', (run,))
        if not found:
            raise RunUnknownError(run, "it is not there")
        return int(found[0]["events"]), str(found[0]["head"])

    def heads(self) -> dict[str, int]:
        return {row["id"]: int(row["events"]) for row in self._rows('SELECT "id", "events" FROM run', ())}

    def leases(self, names: Iterable[str] | None = None) -> list[Lease]:
        held = self._records(rows.to_lease, 'SELECT * FROM lease ORDER BY "name"')
        wanted = None if names is None else set(names)
        return [lease for lease in held if wanted is None or lease.name in wanted]

    def wait(self, waiter: Waiter) -> None:
        with self._transaction():
            self._execute('DELETE FROM waiter WHERE "until" <= ?', (self.now(),))
            insert(self._connection, "waiter", [rows.of_waiter(waiter)], key=("ticket",))

    def leave(self, ticket: str) -> None:
        with self._transaction():
            self._execute('DELETE FROM waiter WHERE "ticket" = ?', (ticket,))

    def waiters(self) -> list[Waiter]:
        return self._records(rows.to_waiter, 'SELECT * FROM waiter WHERE "until" > ? ORDER BY "place"', (self.now(),))

    def load(self, bundle: Bundle) -> None:
        run = bundle.run.id
        with self._transaction():
            if self._execute('SELECT 1 FROM run WHERE "id" = ?', (run,)).fetchone():
                raise RunKnownError(run)
            plan = Plan(run=run, steps=bundle.plan)
            self._puts.write((bundle.run, *bundle.slices, *bundle.steps, *bundle.results, plan))
            insert(self._connection, "event", map(rows.of_event, bundle.events))
            last = bundle.events[-1] if bundle.events else None
            ends = (last.seq, last.hash, run) if last else (0, "", run)
            self._execute('UPDATE run SET "events" = ?, "head" = ? WHERE "id" = ?', ends)
            token = max((part.token for part in bundle.slices), default=0)
            self._execute("UPDATE token SET value = max(value, ?)", (token,))

    def drop(self, run: str, *, version: int) -> None:
        with self._transaction():
            if not self._execute('SELECT 1 FROM run WHERE "id" = ?', (run,)).fetchone():
                return
            self._check(Fence(run=run, version=version))
            for table in ("event", "result", "step", "lease", "slice"):
                self._execute(f'DELETE FROM "{table}" WHERE "run" = ?', (run,))  # noqa: S608  our own names
            self._execute('DELETE FROM run WHERE "id" = ?', (run,))

    def reclaim(self) -> None:
        with self._lock, self._translated():
            self._must_be_there()
            space.shrink(self._connection)

    def marking_key(self, *, may_make: bool = True) -> bytes:
        return key_beside(self.path, may_make=may_make)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    # Opening

    def _open(self) -> tuple[sqlite3.Connection, int]:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            must_be_ours(self.path)
            making.make(self.path)
        except OSError as error:
            raise JournalUnusableError(str(self.path), error.strerror or str(error)) from error
        # Every use is under our own lock, so the connection may serve the heartbeat's thread too.
        connection = sqlite3.connect(self.path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        return connection, self.path.stat().st_ino

    def _migrate(self) -> None:
        version, is_new = self._recognised()
        self._write_ahead(is_new=is_new)
        if not is_new:
            soundness.must_be_sound(self._connection, str(self.path), size=self.path.stat().st_size)
        for number, script in sorted(migrations.scripts().items()):
            if number > version:
                self._apply(number, script)

    def _recognised(self) -> tuple[int, bool]:
        """Return the file's schema and whether it is empty, changing nothing; raise unless it is ours."""
        # In one transaction: another process may be making the journal at this moment.
        self._execute("BEGIN")
        version = int(self._execute("PRAGMA user_version").fetchone()[0])
        application = int(self._execute("PRAGMA application_id").fetchone()[0])
        is_new = self._execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0
        self._execute("COMMIT")
        if application != _APPLICATION and not is_new:
            raise JournalCorruptError(str(self.path), "it is a database of something else")
        known = max(migrations.scripts())
        if version > known:
            raise JournalTooNewError(str(self.path), found=version, known=known)
        return version, is_new

    def _write_ahead(self, *, is_new: bool) -> None:
        deadline = time.monotonic() + _PATIENCE
        self._execute("PRAGMA busy_timeout = 0")
        while True:
            try:
                if is_new:
                    self._execute(space.GIVES_BACK)
                self._execute("PRAGMA journal_mode = WAL")
                break
            except sqlite3.OperationalError as error:
                # To change a new file's mode SQLite does not wait for whoever else is changing it: we do, for both.
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
        self._execute(f"PRAGMA busy_timeout = {_PATIENCE * 1000}")
        self._execute("PRAGMA synchronous = FULL")
        self._execute("PRAGMA foreign_keys = ON")

    def _apply(self, number: int, script: str) -> None:
        with self._transaction():
            # Another process may have been faster between our look and our lock.
            if int(self._execute("PRAGMA user_version").fetchone()[0]) >= number:
                return
            for statement in script.split(";\n"):
                if statement.strip():
                    self._execute(statement)
            self._execute(f"PRAGMA application_id = {_APPLICATION}")
            self._execute(f"PRAGMA user_version = {number}")

    # Writing

    def _check(self, fence: Fence) -> dict[str, tuple[int, str]]:
        """Return where the chain of the fence's run ends, if there is one; raise unless the fence holds."""
        row = self._execute(_FENCED, (fence.token, fence.run)).fetchone()
        if fence.token is not None and (row is None or not row["is_ours"]):
            raise StaleAttemptError(fence.run)
        if fence.version is not None and fence.version != (0 if row is None else row["version"]):
            raise RunChangedError(fence.run)
        return {} if row is None else {fence.run: (int(row["events"]), str(row["head"]))}

    def _append(self, entries: Sequence[Entry], ends: dict[str, tuple[int, str]]) -> None:
        """Write the entries' events behind the ends of their runs' chains, as far as those are known."""
        moment = self._clock.now()
        events = []
        for entry in entries:
            seq, before = ends.get(entry.run) or self._end(entry.run)
            event, data = sealed(entry, seq=seq + 1, before=before, identity=ids.ulid(moment), moment=moment)
            events.append(rows.of_event(event, data))
            ends[entry.run] = (event.seq, event.hash)
        insert(self._connection, "event", events)
        for run in {entry.run for entry in entries}:
            seq, head = ends[run]
            self._execute('UPDATE run SET "events" = ?, "head" = ? WHERE "id" = ?', (seq, head, run))

    def _end(self, run: str) -> tuple[int, str]:
        row = self._execute('SELECT "events", "head" FROM run WHERE "id" = ?', (run,)).fetchone()
        return int(row["events"]), str(row["head"])

    # Speaking to SQLite

    def _execute(self, statement: str, values: tuple[Any, ...] = ()) -> sqlite3.Cursor:
        return self._connection.execute(statement, values)

    def _rows(self, statement: str, values: tuple[Any, ...]) -> list[sqlite3.Row]:
        with self._lock, self._translated():
            return self._execute(statement, values).fetchall()

    def _rows_as_they_are(self, statement: str, values: tuple[Any, ...]) -> list[sqlite3.Row]:
        with self._lock, self._translated():
            return pages.as_they_are(self._connection, statement, values)

    def _records(
        self, make: Callable[[rows.Row], Record], statement: str, values: tuple[Any, ...] = ()
    ) -> list[Record]:
        return list(rows.made(make, rows.by_name(self._rows(statement, values)), str(self.path)))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock, self._translated():
            self._must_be_there()
            self._execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                if self._connection.in_transaction:  # SQLite has rolled back by itself after a full disk
                    self._execute("ROLLBACK")
                raise
            self._execute("COMMIT")

    def _must_be_there(self) -> None:
        # SQLite writes happily into a file that was deleted: nobody would ever read it.
        try:
            inode = self.path.stat().st_ino
        except OSError as error:
            raise JournalLostError(str(self.path), error.strerror or str(error)) from error
        if inode != self._inode:
            raise JournalLostError(str(self.path), "another file is in its place")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except EngineError:
            raise
        except sqlite3.OperationalError as error:
            raise JournalUnusableError(str(self.path), str(error)) from error
        except sqlite3.DatabaseError as error:
            raise JournalCorruptError(str(self.path), str(error)) from error
