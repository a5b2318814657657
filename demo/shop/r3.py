# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Release r3 of the shop: customers have a given and a family name, and a shipping label.

It has a defect, the kind that passes every test on other people's data: it believes that everybody has both.
"""

import sqlite3
from typing import Any

SCHEMA_UP = """
    CREATE TABLE people (
        id INTEGER PRIMARY KEY,
        given TEXT NOT NULL,
        family TEXT NOT NULL,
        UNIQUE (given, family)
    );
    CREATE TABLE invoices (
        id TEXT PRIMARY KEY,
        person_id INTEGER NOT NULL REFERENCES people,
        amount TEXT NOT NULL,
        currency TEXT NOT NULL
    );
"""
SCHEMA_DOWN = "DROP TABLE IF EXISTS invoices; DROP TABLE IF EXISTS people;"
SOURCE, TARGET = "sales", "invoices"

PERSON = "INSERT OR IGNORE INTO people (given, family) VALUES (:given, :family)"
INVOICE = """
    INSERT OR IGNORE INTO invoices SELECT :id, people.id, :amount, :currency
    FROM people WHERE given = :given AND family = :family
"""
SALE = """
    SELECT sales.id, amount, currency, name FROM sales JOIN customers ON customers.id = customer_id
    WHERE sales.id = ?
"""
BACK = """
    INSERT INTO sales SELECT invoices.id, customers.id, amount, currency
    FROM invoices JOIN people ON people.id = person_id JOIN customers ON name = trim(given || ' ' || family)
    WHERE invoices.id = :id
"""
NAME_BACK = """
    INSERT OR IGNORE INTO customers (name)
    SELECT trim(given || ' ' || family) FROM people JOIN invoices ON person_id = people.id
    WHERE invoices.id = :id
"""


def store(db: sqlite3.Connection, sale: tuple[str, str, str], name: str) -> None:
    """Store an invoice (id, amount, currency) and its person; the same id a second time changes nothing."""
    given, _, family = name.rpartition(" ")
    row = {**dict(zip(("id", "amount", "currency"), sale, strict=True)), "given": given, "family": family}
    db.execute(PERSON, row)
    db.execute(INVOICE, row)


def take(db: sqlite3.Connection, order: dict[str, Any]) -> None:
    """Store an order; the same id a second time changes nothing."""
    euros, cents = divmod(order["cents"], 100)
    store(db, (order["id"], f"{euros}.{cents:02d}", "EUR"), order["customer"])


def up(db: sqlite3.Connection, order_id: str) -> None:
    """Bring one order of r2 over."""
    *sale, name = db.execute(SALE, [order_id]).fetchone()
    store(db, tuple(sale), name)


def down(db: sqlite3.Connection, order_id: str) -> None:
    """Give one order back to r2."""
    db.execute(NAME_BACK, {"id": order_id})
    db.execute(BACK, {"id": order_id})


def totals(db: sqlite3.Connection) -> dict[str, int]:
    """Count the orders and the money in them."""
    total = "SELECT count(*), coalesce(sum(CAST(replace(amount, '.', '') AS INTEGER)), 0) FROM invoices"
    orders, cents = db.execute(total).fetchone()
    return {"orders": orders, "cents": cents}


def label(given: str, family: str) -> str:
    """Write a name as a parcel shows it."""
    return f"{given[0]}. {family}"


def health(db: sqlite3.Connection) -> dict[str, Any]:
    """Say that the data can be read and every customer's label written."""
    labels = [label(*person) for person in db.execute("SELECT given, family FROM people")]
    return {**totals(db), "labels": len(labels)}
