# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Long tables of a SQLite journal, a page at a time: whoever reads a large run has no more than a page in memory.

Each page begins behind the last row of the one before, so nothing is held open in between and nobody waits for it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from .rows import EVENT, RESULT, RUN, STEP, text_as_it_is

Ask = Callable[[str, tuple[Any, ...]], Sequence[Sequence[Any]]]
"""Returns the rows of a statement with its values."""


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


RUNS = (
    f'SELECT {_listed(RUN)} FROM run WHERE substr(CAST("id" AS BLOB), 1, ?) = ? '  # noqa: S608  our own names
    'AND (? = \'\' OR "workflow" = ?) ORDER BY "started" DESC, "id" DESC'
)
"""The runs whose ids begin with so many bytes, and that are of a workflow, if one is named; newest first."""

STEPS = f'SELECT {_listed(STEP)} FROM step WHERE "run" = ? ORDER BY "seq"'  # noqa: S608  our own names
"""The steps of a run in the order of their starts, each with its columns in the order of rows.STEP."""

_EVENTS = 1000  # in a page
_RESULTS = 100  # of which each may be long


def events(
    ask: Ask, run: str, *, after: int, types: Collection[str], steps: Collection[str]
) -> Iterator[dict[str, Any]]:
    """Yield the rows of events in their order; see the port for what chooses among them."""
    chosen = "".join(
        f' AND "{name}" IN ({", ".join("?" * len(words))})'
        for name, words in (("type", types), ("step", steps))
        if words
    )
    statement = (
        f'SELECT {_listed(EVENT)} FROM event WHERE "run" = ? AND "seq" > ?{chosen} '  # noqa: S608  our names
        f'ORDER BY "seq" LIMIT {_EVENTS}'
    )
    while True:
        page = [dict(zip(EVENT, row, strict=True)) for row in ask(statement, (run, after, *types, *steps))]
        yield from page
        if len(page) < _EVENTS:
            return
        after = page[-1]["seq"]


def results(ask: Ask, run: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of all results of a run."""
    statement = (
        f'SELECT {_listed(RESULT)} FROM result WHERE "run" = ? AND ("host", "key", "item") > (?, ?, ?) '  # noqa: S608
        f'ORDER BY "host", "key", "item" LIMIT {_RESULTS}'
    )
    last: tuple[Any, ...] = ("", "", "")
    while True:
        page = [dict(zip(RESULT, row, strict=True)) for row in ask(statement, (run, *last))]
        yield from page
        if len(page) < _RESULTS:
            return
        last = tuple(page[-1][name] for name in ("host", "key", "item"))


def as_they_are(connection: sqlite3.Connection, statement: str, values: tuple[Any, ...]) -> list[sqlite3.Row]:
    """Return rows as they are, also where somebody has damaged a text of theirs."""
    try:
        return connection.execute(statement, values).fetchall()
    except sqlite3.OperationalError:
        connection.text_factory = text_as_it_is  # a call for each text: not without need
        try:
            return connection.execute(statement, values).fetchall()
        finally:
            connection.text_factory = str
