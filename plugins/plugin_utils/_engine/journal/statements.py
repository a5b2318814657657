# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Statements of SQL, made once for each shape of a row."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from functools import cache
from typing import Any


def insert(
    connection: sqlite3.Connection, table: str, rows: Iterable[dict[str, Any]], key: tuple[str, ...] = ()
) -> None:
    """Insert rows, all of the same columns; with a key, each replaces the one that has it."""
    if found := list(rows):
        connection.executemany(inserting(table, tuple(found[0]), key), [tuple(row.values()) for row in found])


@cache
def inserting(table: str, names: tuple[str, ...], key: tuple[str, ...] = ()) -> str:
    """Return the statement that inserts a row; with a key, it replaces the one that has it."""
    columns = ", ".join(f'"{name}"' for name in names)
    marks = ", ".join("?" * len(names))
    # Tables and columns are our own names, never data.
    statement = f'INSERT INTO "{table}" ({columns}) VALUES ({marks})'  # noqa: S608
    if not key:
        return statement
    same = ", ".join(f'"{name}"' for name in key)
    news = ", ".join(f'"{name}" = excluded."{name}"' for name in names if name not in key)
    return f"{statement} ON CONFLICT ({same}) DO UPDATE SET {news}"


def updating(table: str, names: tuple[str, ...]) -> str:
    """Return the beginning of the statement that changes these columns of rows."""
    news = ", ".join(f'"{name}" = ?' for name in names)
    return f'UPDATE "{table}" SET {news}'  # noqa: S608  our own names, never data
