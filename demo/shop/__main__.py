# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A release of the shop as one command, run from the target's home: `python releases/r2 start`.

Every command that changes something first adds a line with the time to `effects.log`, so that the log shows
each execution, the second one of the same command included. Answers are one JSON object on stdout.
"""

import importlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
DATABASE = Path("orders.db")
CARD = Path("run", f"{HERE.name}.json")
BATCH = 50  # rows in a transaction
PAUSE = 0.05  # seconds between two transactions: others who need the disk get their turn

release = importlib.import_module(HERE.name)


def card() -> dict[str, Any]:
    """Tell which release serves in this release's name, in which process and on which port."""
    found: dict[str, Any] = json.loads(CARD.read_text())
    return found


def count() -> dict[str, Any]:
    """Count the orders as this release sees them."""
    with closing(sqlite3.connect(DATABASE)) as db:
        return dict(release.totals(db))


def start(*port: str) -> dict[str, Any]:
    """Start serving in the background, on the port or on any free one; nothing to do if it does."""
    if CARD.exists():
        return card()
    CARD.parent.mkdir(exist_ok=True)
    with CARD.with_suffix(".log").open("ab") as log:
        server = subprocess.Popen(
            [sys.executable, HERE / "server.py", *port],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    wait_until(lambda: CARD.exists() or server.poll() is not None, f"{HERE.name} to listen")
    return card()


def stop() -> dict[str, Any]:
    """Stop serving, after the last request in hand; nothing to do if it doesn't serve."""
    if not CARD.exists():
        return {"release": HERE.name, "pid": None}
    was = card()
    os.kill(was["pid"], signal.SIGTERM)
    wait_until(lambda: not CARD.exists(), f"{HERE.name} to stop")
    return was


def backup(name: str) -> dict[str, Any]:
    """Copy the database to a file of that name, over an older one, and count what is in it."""
    path = Path("backups", name)
    path.parent.mkdir(exist_ok=True)
    with closing(sqlite3.connect(DATABASE)) as db, closing(sqlite3.connect(path)) as copy:
        db.backup(copy)
        return {"totals": release.totals(copy)}


def schema(way: str) -> dict[str, Any]:
    """Make the new tables beside the old ones (up), or drop them (down), if no order is left in them."""
    with closing(sqlite3.connect(DATABASE)) as db:
        if way == "down" and exists(db, release.TARGET) and release.totals(db)["orders"]:
            sys.exit(f"{release.TARGET} still holds orders: move them back first")
        db.executescript(release.SCHEMA_UP if way == "up" else release.SCHEMA_DOWN)
    return {"schema": way}


def rows(way: str) -> dict[str, Any]:
    """Move every order to the new tables (up), or back (down), in small transactions."""
    source, move = (release.SOURCE, release.up) if way == "up" else (release.TARGET, release.down)
    moved = 0
    with closing(sqlite3.connect(DATABASE)) as db:
        while ids := batch(db, source):
            with db:
                for order_id in ids:
                    move(db, order_id)
                    db.execute(f"DELETE FROM {source} WHERE id = ?", [order_id])
            moved += len(ids)
            time.sleep(PAUSE)
    return {"moved": moved}


def batch(db: sqlite3.Connection, table: str) -> list[str]:
    """Name a few orders of a table; none if the table isn't there."""
    found = db.execute(f"SELECT id FROM {table} LIMIT {BATCH}") if exists(db, table) else []
    return [order_id for (order_id,) in found]


def exists(db: sqlite3.Connection, table: str) -> bool:
    """Tell whether the database has the table."""
    return db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", [table]).fetchone() is not None


def switch() -> dict[str, Any]:
    """Point `current` at this release; answer with the one it pointed at before."""
    current, fresh = Path("current"), Path("current.new")
    was = current.readlink().name
    fresh.symlink_to(Path("releases", HERE.name))
    fresh.replace(current)
    return {"release": was}


def wait_until(is_true: Callable[[], bool], what: str, seconds: float = 15) -> None:
    """Wait, and end with an error when it takes too long."""
    end = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > end:
            sys.exit(f"waited {seconds:.0f} s for {what}")
        time.sleep(0.02)


READS: dict[str, Callable[..., dict[str, Any]]] = {"card": card, "count": count}
CHANGES: dict[str, Callable[..., dict[str, Any]]] = {
    "start": start,
    "stop": stop,
    "backup": backup,
    "schema": schema,
    "rows": rows,
    "switch": switch,
}


def main(command: str, *arguments: str) -> None:
    """Run one command."""
    if command in CHANGES:
        with Path("effects.log").open("a") as log:
            log.write(f"{time.time():.3f} {' '.join([HERE.name, command, *arguments])}\n")
    print(json.dumps((READS | CHANGES)[command](*arguments)))


if __name__ == "__main__":
    main(*sys.argv[1:])
