# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Which file a journal's address names, and who may make it."""

import stat
from pathlib import Path

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import JournalAbsentError, JournalUnusableError
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.opening import (
    existing_journal,
    journal_path,
    open_journal,
    spool_path,
)

from samples import StillClock


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("sqlite:///srv/saga/journal.db", "/srv/saga/journal.db"),
        ("/srv/saga/journal.db", "/srv/saga/journal.db"),
        ("sqlite:///srv/my state/journal.db", "/srv/my state/journal.db"),
        ("sqlite://~/journal.db", "/home/ada/journal.db"),
        ("~/journal.db", "/home/ada/journal.db"),
    ],
)
def test_an_address_names_a_file(monkeypatch, address, path):
    monkeypatch.setenv("HOME", "/home/ada")
    assert journal_path(address) == Path(path)


@pytest.mark.parametrize("address", ["journal.db", "sqlite://journal.db"])
def test_an_address_without_a_folder_is_in_the_current_one(monkeypatch, tmp_path, address):
    monkeypatch.chdir(tmp_path)
    assert journal_path(address) == tmp_path / "journal.db"


@pytest.mark.parametrize("address", ["postgres://localhost/saga", "file:///srv/journal.db", "://x"])
def test_an_address_of_an_unknown_kind_is_refused(address):
    with pytest.raises(JournalUnusableError, match="is unknown"):
        journal_path(address)


@pytest.mark.parametrize("address", ["", "sqlite://", "sqlite:///", "/"])
def test_an_address_that_names_no_file_is_refused(address):
    with pytest.raises(JournalUnusableError, match="it names no file"):
        journal_path(address)


def test_what_workers_leave_is_beside_the_journal():
    assert spool_path("sqlite:///srv/journal.db") == Path("/srv/journal.db.spool")


def test_a_run_makes_its_journal(tmp_path):
    open_journal(f"sqlite://{tmp_path}/state/journal.db", clock=StillClock()).close()
    assert (tmp_path / "state" / "journal.db").exists()


def test_a_look_makes_no_journal(tmp_path):
    with pytest.raises(JournalAbsentError):
        existing_journal(f"sqlite://{tmp_path}/journal.db", clock=StillClock())
    assert list(tmp_path.iterdir()) == []


def test_a_look_at_a_journal_that_is_there_opens_it(tmp_path):
    address = f"sqlite://{tmp_path}/journal.db"
    open_journal(address, clock=StillClock()).close()
    journal = existing_journal(address, clock=StillClock())
    assert journal.runs() == []
    journal.close()


def test_a_look_below_a_file_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(JournalUnusableError):
        existing_journal(f"sqlite://{tmp_path}/file/journal.db", clock=StillClock())


def key(address, *, may_make=True):
    journal = open_journal(address, clock=StillClock())
    try:
        return journal.marking_key(may_make=may_make)
    finally:
        journal.close()


def test_the_key_of_marks_is_beside_the_journal_for_its_owner_alone_and_stays(tmp_path):
    address = f"sqlite://{tmp_path}/state/journal.db"
    made = key(address)
    path = tmp_path / "state" / "journal.db.key"
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (made, 0o600)
    assert (key(address), len(made)) == (made, 32)


def test_each_journal_has_a_key_of_its_own(tmp_path):
    assert key(f"{tmp_path}/one.db") != key(f"{tmp_path}/other.db")


def test_who_only_looks_makes_no_key(tmp_path):
    key(f"{tmp_path}/journal.db", may_make=False)
    assert not (tmp_path / "journal.db.key").exists()


def test_a_key_that_cannot_be_read_is_refused(tmp_path):
    (tmp_path / "journal.db.key").mkdir()
    with pytest.raises(JournalUnusableError):
        key(f"{tmp_path}/journal.db")
