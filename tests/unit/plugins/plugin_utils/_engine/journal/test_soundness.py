# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A journal whose schema somebody has set back, or taken something out of, is not written to."""

import sqlite3
from contextlib import closing

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.clock import SystemClock
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import JournalCorruptError
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.migrations import scripts
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.sqlite import SqliteJournal

from samples import a_run, a_slice, an_entry

NEWEST = max(scripts())


@pytest.fixture
def path(tmp_path):
    """A journal with a run in it."""
    journal = SqliteJournal(tmp_path / "journal.db", clock=SystemClock())
    journal.commit([an_entry(a_run(), a_slice())])
    journal.close()
    return tmp_path / "journal.db"


def edited(path, *statements):
    with closing(sqlite3.connect(path)) as editor:
        for statement in statements:
            editor.execute(statement)
        editor.commit()


def content(path):
    with closing(sqlite3.connect(path)) as editor:
        return list(editor.iterdump())


@pytest.mark.parametrize("version", range(NEWEST))
def test_a_schema_that_was_set_back_is_found_and_nothing_is_migrated_again(path, version):
    edited(path, f"PRAGMA user_version = {version}")
    before = content(path)
    with pytest.raises(JournalCorruptError, match=rf"it says that its schema is {version}, and its tables are not of"):
        SqliteJournal(path, clock=SystemClock())
    assert content(path) == before


@pytest.mark.parametrize("table", ["token", "run", "step", "result", "lease", "event", "slice", "waiter"])
def test_a_table_that_was_dropped_is_named(path, table):
    edited(path, f'DROP TABLE "{table}"')
    with pytest.raises(JournalCorruptError, match=f"are not of that: {table}"):
        SqliteJournal(path, clock=SystemClock())


def test_a_column_that_was_dropped_is_found_by_its_table(path):
    edited(path, 'ALTER TABLE "event" DROP COLUMN "hash"')
    with pytest.raises(JournalCorruptError, match="are not of that: event"):
        SqliteJournal(path, clock=SystemClock())


def test_a_table_of_somebody_else_is_none_of_ours(path):
    edited(path, "CREATE TABLE notes (text TEXT)")
    SqliteJournal(path, clock=SystemClock()).close()
