# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Release r1 of the shop: one table, the customer's name beside every order, money in cents."""

import sqlite3
from typing import Any

SCHEMA = "CREATE TABLE orders (id TEXT PRIMARY KEY, customer TEXT NOT NULL, cents INTEGER NOT NULL)"


def take(db: sqlite3.Connection, order: dict[str, Any]) -> None:
    """Store an order; the same id a second time changes nothing."""
    db.execute("INSERT OR IGNORE INTO orders VALUES (:id, :customer, :cents)", order)


def totals(db: sqlite3.Connection) -> dict[str, int]:
    """Count the orders and the money in them."""
    orders, cents = db.execute("SELECT count(*), coalesce(sum(cents), 0) FROM orders").fetchone()
    return {"orders": orders, "cents": cents}


def health(db: sqlite3.Connection) -> dict[str, Any]:
    """Say that the data can be read."""
    return totals(db)
