# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The space that a SQLite file takes: given back while others write to it."""

from __future__ import annotations

import sqlite3
import time

GIVES_BACK = "PRAGMA auto_vacuum = INCREMENTAL"
"""Said of a file before anything is in it: it can be shrunk in bites then."""

_INCREMENTAL = 2
_BITE = 256  # pages: others wait for less than a tenth of a second
_PAUSE = 0.02  # seconds, in which they come in
_AT_ONCE_BELOW = 256 * 1024 * 1024  # bytes: writing a file anew took 2 seconds, and others wait for 30


def shrink(connection: sqlite3.Connection) -> None:
    """Give the file's free pages back.

    A file from before there was :data:`GIVES_BACK` is written anew, once, unless it is so large that others would feel
    it: its free pages are used again, and it stays as large as it is.
    """
    if _ask(connection, "auto_vacuum") == _INCREMENTAL:
        for _bite in range(_ask(connection, "freelist_count") // _BITE + 1):
            # A script, because the statement frees one page each time that it is asked for the next row.
            connection.executescript(f"PRAGMA incremental_vacuum({_BITE})")
            time.sleep(_PAUSE)
    elif _ask(connection, "freelist_count") and _size(connection) < _AT_ONCE_BELOW:
        connection.execute(GIVES_BACK)
        connection.execute("VACUUM")
    # What was moved is in the write-ahead log; this does not wait for those who read.
    connection.execute("PRAGMA wal_checkpoint(PASSIVE)")


def _size(connection: sqlite3.Connection) -> int:
    return _ask(connection, "page_count") * _ask(connection, "page_size")


def _ask(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
