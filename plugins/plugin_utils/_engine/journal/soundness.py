# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a SQLite journal is as its schema says: its pages, its tables and their columns."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from functools import lru_cache

from ..errors import JournalCorruptError
from . import migrations

_QUICK_CHECK_BELOW = 64 * 1024 * 1024  # bytes; a larger file is checked as it is read
_COLUMNS = (
    "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c "
    "WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'"
)

_Tables = Mapping[str, frozenset[str]]


def must_be_sound(connection: sqlite3.Connection, path: str, *, size: int) -> None:
    """Raise JournalCorruptError unless a journal's pages are whole, and its tables are those of its schema."""
    if size < _QUICK_CHECK_BELOW:
        verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise JournalCorruptError(path, verdict)
    # In one transaction: another process may be bringing the journal to a newer schema at this moment.
    connection.execute("BEGIN")
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    found = _tables(connection)
    connection.execute("COMMIT")
    wrong = [name for name, columns in _expected(version).items() if found.get(name, frozenset()) != columns]
    if wrong:
        said = f"it says that its schema is {version}, and its tables are not of that: {', '.join(sorted(wrong))}"
        raise JournalCorruptError(path, said)


@lru_cache
def _expected(version: int) -> _Tables:
    """Return the tables of a schema with their columns, and without columns those that only later ones have."""
    later: set[str] = set()
    tables: _Tables = {}
    connection = sqlite3.connect(":memory:")
    try:
        for number, script in sorted(migrations.scripts().items()):
            connection.executescript(script)
            if number == version:
                tables = _tables(connection)
            later |= _tables(connection).keys()
    finally:
        connection.close()
    return {name: tables.get(name, frozenset()) for name in later}


def _tables(connection: sqlite3.Connection) -> _Tables:
    tables: dict[str, set[str]] = {}
    for table, column in connection.execute(_COLUMNS):
        tables.setdefault(str(table), set()).add(str(column))
    return {name: frozenset(columns) for name, columns in tables.items()}
