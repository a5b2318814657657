# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What the targets, the databases and the proxy really look like, read without the shop's own code."""

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from stage import TARGETS, Stage
from traffic import Order
from waiting import get

# Where each release keeps its orders; a database that was moved has the tables of several.
ORDERS = {
    "orders": "SELECT id, customer, cents FROM orders",
    "sales": """
        SELECT sales.id, name, CAST(replace(amount, '.', '') AS INTEGER)
        FROM sales JOIN customers ON customers.id = customer_id
    """,
    "invoices": """
        SELECT invoices.id, trim(given || ' ' || family), CAST(replace(amount, '.', '') AS INTEGER)
        FROM invoices JOIN people ON people.id = person_id
    """,
}
TABLE = {"r1": "orders", "r2": "sales", "r3": "invoices"}


class Effect(NamedTuple):
    """A command that ran on a target."""

    target: str
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One target's state by content, apart from the orders: new ones arrive all the time."""

    current: str
    address: str
    serves: str
    releases: dict[str, str]
    schema: str
    backups: tuple[str, ...]


def picture(stage: Stage, target: str) -> Picture:
    """Look at a target."""
    home = stage.home(target)
    address = stage.proxy.pool().get(target, "nowhere")
    return Picture(
        current=(home / "current").readlink().name,
        address=address,
        serves=who_serves(address),
        releases={str(path): digest(path) for path in sorted(home.glob("releases/*/*.py"))},
        schema=schema(stage.database(target)),
        backups=tuple(sorted(path.name for path in home.glob("backups/*"))),
    )


def who_serves(address: str) -> str:
    """Ask which release answers at an address."""
    with suppress(OSError, ValueError):
        return str(get(f"http://{address}/status")["release"])
    return "nobody"


def digest(path: Path) -> str:
    """Return a file's digest."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def schema(database: Path) -> str:
    """Return the statements that made the tables."""
    with closing(sqlite3.connect(database)) as db:
        made = db.execute("SELECT sql FROM sqlite_master WHERE sql <> '' ORDER BY name")
        return "\n".join(statement for (statement,) in made)


def orders(stage: Stage, target: str) -> dict[str, list[Order]]:
    """Read every order of a target, by the table that holds it."""
    with closing(sqlite3.connect(stage.database(target), timeout=10)) as db:
        there = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        return {table: [Order(*row) for row in db.execute(ORDERS[table])] for table in ORDERS.keys() & there}


def misplaced(stage: Stage, release: str) -> list[str]:
    """Name the tables that hold orders which the release doesn't see."""
    return [
        f"{len(rows)} in {table} on {target}"
        for target in TARGETS
        for table, rows in orders(stage, target).items()
        if rows and table != TABLE[release]
    ]


def wrong(stage: Stage, expected: Iterable[Order]) -> list[str]:
    """Say which orders aren't there exactly once, over all targets, with the right content."""
    there = Counter(order for at in TARGETS for rows in orders(stage, at).values() for order in rows)
    ids = Counter(order.id for order in there.elements())
    return [
        f"{order} is there {there[order]} times, its id {ids[order.id]} times"
        for order in expected
        if (there[order], ids[order.id]) != (1, 1)
    ]


def effects(stage: Stage) -> list[Effect]:
    """List the commands that ran on the targets, all of them in the order in which they began."""
    logs = {target: stage.effects(target).read_text().splitlines() for target in TARGETS}
    lines = sorted((*line.split(" ", 1), target) for target, log in logs.items() for line in log)
    return [Effect(target, command) for _, command, target in lines]
