# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A journal that somebody else could write to is not used, and nothing is made of it."""

import os
import re

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import JournalUnusableError
from ansible_collections.saga.ops.plugins.plugin_utils._engine.guarding import must_be_safe
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.sqlite import SqliteJournal
from ansible_collections.saga.ops.plugins.plugin_utils._engine.spool import Page, Spool

from samples import StillClock, a_run, an_entry

NOBODY = 65533
only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only a superuser can give files away")


def opened(path):
    journal = SqliteJournal(path, clock=StillClock())
    journal.close()


@pytest.fixture
def path(tmp_path):
    """A journal with a run, its key and a spool."""
    path = tmp_path / "journal.db"
    journal = SqliteJournal(path, clock=StillClock())
    journal.commit([an_entry(a_run())])
    journal.marking_key()
    journal.close()
    Spool(tmp_path / "journal.db.spool").open_attempt("R1", 1)
    return path


PARTS = ["", ".key", ".spool"]


@pytest.mark.parametrize("part", PARTS)
def test_what_everybody_may_write_to_is_refused_with_the_way_out(path, part):
    one = path.with_name(path.name + part)
    one.chmod(one.stat().st_mode | 0o002)
    with pytest.raises(JournalUnusableError, match=re.escape(f"everybody may write to {one}")) as refused:
        opened(path)
    assert f"chmod o-w {one}" in str(refused.value)
    one.chmod(one.stat().st_mode & ~0o002)
    opened(path)


def test_a_folder_that_everybody_may_write_to_is_refused(path):
    path.parent.chmod(0o777)
    with pytest.raises(JournalUnusableError, match="everybody may write to"):
        opened(path)
    path.parent.chmod(0o1777)  # as /tmp is: nobody may remove or replace there what is another's
    opened(path)


def test_nothing_is_made_in_a_folder_that_everybody_may_write_to(tmp_path):
    tmp_path.chmod(0o777)
    with pytest.raises(JournalUnusableError):
        opened(tmp_path / "journal.db")
    assert list(tmp_path.iterdir()) == []


def test_what_a_group_shares_is_used(path):
    for one in path.parent.glob("journal.db*"):
        one.chmod(one.stat().st_mode | 0o060)
    opened(path)


@only_root
@pytest.mark.parametrize("part", PARTS)
def test_what_is_anothers_is_refused(path, part):
    one = path.with_name(path.name + part)
    os.chown(one, NOBODY, -1)
    with pytest.raises(JournalUnusableError, match=rf"{re.escape(str(one))} belongs to user {NOBODY}, not to root"):
        opened(path)


@only_root
def test_a_log_that_another_has_put_beside_it_is_refused(path):
    """SQLite would read it as what was written last."""
    forged = path.with_name(path.name + "-wal")
    forged.touch()
    os.chown(forged, NOBODY, -1)
    with pytest.raises(JournalUnusableError, match="-wal belongs to"):
        opened(path)


@only_root
def test_a_link_that_another_has_laid_is_refused_even_if_it_leads_to_nothing(tmp_path):
    link, target = tmp_path / "journal.db", tmp_path / "elsewhere"
    link.symlink_to(target)
    os.chown(link, NOBODY, -1, follow_symlinks=False)
    with pytest.raises(JournalUnusableError, match=r"the link .*journal\.db belongs to"):
        opened(link)
    assert not target.exists()


def test_a_link_of_our_own_is_followed_and_what_it_leads_to_is_looked_at(path, tmp_path):
    link = tmp_path / "link.db"
    link.symlink_to(path)
    opened(link)
    path.chmod(0o666)
    with pytest.raises(JournalUnusableError, match="everybody may write"):
        opened(link)


@only_root
def test_the_files_of_root_serve_everybody_else(path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: NOBODY)
    must_be_safe(path, path)


def test_a_spool_that_everybody_may_write_to_is_refused(tmp_path):
    spool = Spool(tmp_path / "spool")
    assert spool.guarded() is spool
    spool.open_attempt("R1", 1)
    (tmp_path / "spool").chmod(0o777)
    with pytest.raises(JournalUnusableError, match="everybody may write"):
        spool.guarded()


def test_a_runs_folder_that_everybody_may_write_to_is_refused(tmp_path):
    spool = Spool(tmp_path / "spool")
    spool.open_attempt("R1", 1)
    (tmp_path / "spool" / "R1").chmod(0o777)
    with pytest.raises(JournalUnusableError, match="everybody may write"):
        spool.open_attempt("R1", 2)


def test_a_page_is_not_written_by_way_of_a_link(tmp_path):
    (tmp_path / "page").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic link"):
        Page(tmp_path / "page")
    assert not (tmp_path / "elsewhere").exists()


def test_files_are_for_their_owner_alone(path):
    modes = {one.name: oct(one.stat().st_mode & 0o777) for one in path.parent.glob("journal.db*") if one.is_file()}
    assert set(modes.values()) == {"0o600"}
    assert path.with_name("journal.db.spool").stat().st_mode & 0o777 == 0o700
