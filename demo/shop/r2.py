# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Release r2 of the shop: customers in a table of their own, money as a decimal amount with its currency.

Rows move from the old table to the new ones and back, each in one transaction: an order is in one place at
any moment, and one taken while r2 served goes back with the others.
"""

import sqlite3
from typing import Any

SCHEMA_UP = """
    CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
    CREATE TABLE sales (
        id TEXT PRIMARY KEY,
        customer_id INTEGER NOT NULL REFERENCES customers,
        amount TEXT NOT NULL,
        currency TEXT NOT NULL
    );
"""
SCHEMA_DOWN = "DROP TABLE IF EXISTS sales; DROP TABLE IF EXISTS customers;"
SOURCE, TARGET = "orders", "sales"

TAKE = """
    INSERT OR IGNORE INTO sales SELECT :id, customers.id, printf('%d.%02d', :cents / 100, :cents % 100), 'EUR'
    FROM customers WHERE name = :customer
"""
BACK = """
    INSERT INTO orders SELECT sales.id, name, CAST(replace(amount, '.', '') AS INTEGER)
    FROM sales JOIN customers ON customers.id = customer_id WHERE sales.id = :id
"""


def take(db: sqlite3.Connection, order: dict[str, Any]) -> None:
    """Store an order; the same id a second time changes nothing."""
    db.execute("INSERT OR IGNORE INTO customers (name) VALUES (:customer)", order)
    db.execute(TAKE, order)


def up(db: sqlite3.Connection, order_id: str) -> None:
    """Bring one order of r1 over."""
    found = db.execute("SELECT id, customer, cents FROM orders WHERE id = ?", [order_id]).fetchone()
    take(db, dict(zip(("id", "customer", "cents"), found, strict=True)))


def down(db: sqlite3.Connection, order_id: str) -> None:
    """Give one order back to r1."""
    db.execute(BACK, {"id": order_id})


def totals(db: sqlite3.Connection) -> dict[str, int]:
    """Count the orders and the money in them."""
    total = "SELECT count(*), coalesce(sum(CAST(replace(amount, '.', '') AS INTEGER)), 0) FROM sales"
    orders, cents = db.execute(total).fetchone()
    return {"orders": orders, "cents": cents}


def health(db: sqlite3.Connection) -> dict[str, Any]:
    """Say that the data can be read."""
    return totals(db)
