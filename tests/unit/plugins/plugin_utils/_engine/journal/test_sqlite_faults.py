# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What becomes of a SQLite journal when its file, its disk or its neighbours fail it."""

import multiprocessing
import os
import resource
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.clock import SystemClock
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import (
    JournalCorruptError,
    JournalLostError,
    JournalTooNewError,
    JournalUnusableError,
)
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.sqlite import SqliteJournal
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import Fence, Result, Taking

from samples import a_lease, a_run, a_step, an_entry

OURS = Fence(run="R1", token=1)
STEP = a_step()
A_MEGABYTE = "x" * 1_000_000


def open_at(path):
    return SqliteJournal(path, clock=SystemClock())


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.db"


@pytest.fixture
def journal(path):
    """A journal with a run R1, token 1, that holds h1."""
    journal = open_at(path)
    journal.commit([an_entry(a_run(), Taking(lease=a_lease()))])
    yield journal
    journal.close()


@pytest.fixture
def closed(journal, path):
    """The path of a journal that was closed, its log folded into its one file, many pages long."""
    journal.commit([an_entry(STEP, Result(run="R1", host="h1", key=STEP.key, payload=A_MEGABYTE))])
    journal.close()
    return path


def sql(path, *statements):
    """Run statements on a database file as some other program would."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        return [connection.execute(statement).fetchall() for statement in statements][-1]
    finally:
        connection.close()


# Where no journal can be


def test_a_journal_below_a_file_is_refused(tmp_path):
    """Permissions would not stop a superuser; a file that stands where a folder should be stops everyone."""
    (tmp_path / "file").touch()
    with pytest.raises(JournalUnusableError, match=r"(Not a directory|File exists)"):
        open_at(tmp_path / "file" / "journal.db")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a folder in which nobody can make a file")
def test_a_journal_in_a_folder_that_takes_no_files_is_refused():
    with pytest.raises(JournalUnusableError):
        open_at(Path("/proc/self/journal.db"))


@pytest.mark.skipif(os.geteuid() == 0, reason="permissions do not bind a superuser")
@pytest.mark.parametrize("mode", [0o400, 0o000])
def test_a_journal_that_we_may_not_write_is_refused(path, mode):
    path.touch(mode=mode)
    with pytest.raises(JournalUnusableError, match="Permission denied"):
        open_at(path)


def test_a_folder_in_the_journals_place_is_refused(path):
    path.mkdir()
    with pytest.raises(JournalUnusableError, match="Is a directory"):
        open_at(path)


def test_a_refusal_names_the_file_and_the_setting(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(JournalUnusableError, match=r"file/journal\.db .* saga_journal \(SAGA_JOURNAL\)"):
        open_at(tmp_path / "file" / "journal.db")


# Others who open the file


def test_a_second_journal_in_a_process_does_not_cost_the_first_one_its_locks(journal, path):
    """Whoever closes a file that nobody else seems to have open removes its log, and what is written there later."""
    open_at(path).close()
    elsewhere = (
        "import sqlite3, sys; found = sqlite3.connect(sys.argv[1]); found.execute('SELECT * FROM run'); found.close()"
    )
    subprocess.run([sys.executable, "-c", elsewhere, str(path)], check=True)
    journal.commit([an_entry(STEP)])
    again = subprocess.run([sys.executable, "-c", elsewhere, str(path)], check=False)
    assert again.returncode == 0
    assert path.with_name("journal.db-wal").exists()
    assert sql(path, "SELECT count(*) FROM step") == [(1,)]


# What is no journal, or not ours


@pytest.mark.parametrize("content", [b"saga\n", b"- hosts: all\n" * 100, b"SQLite format 2\0" + bytes(4096)])
def test_a_file_that_is_no_database_is_refused(path, content):
    path.write_bytes(content)
    with pytest.raises(JournalCorruptError, match="not a database"):
        open_at(path)


def test_a_file_that_is_refused_stays_as_it_was(path):
    path.write_bytes(b"- hosts: all\n" * 100)
    with pytest.raises(JournalCorruptError):
        open_at(path)
    assert path.read_bytes() == b"- hosts: all\n" * 100


def test_a_database_of_something_else_is_refused(path):
    sql(path, "CREATE TABLE run (x)")
    with pytest.raises(JournalCorruptError, match="a database of something else"):
        open_at(path)


def test_a_database_of_something_else_stays_as_it_was(path):
    sql(path, "CREATE TABLE run (x)")
    before = path.read_bytes()
    with pytest.raises(JournalCorruptError):
        open_at(path)
    assert path.read_bytes() == before


def test_an_empty_file_becomes_a_journal(path):
    path.touch()
    journal = open_at(path)
    assert journal.runs() == []
    journal.close()


def test_a_journal_of_a_newer_schema_is_refused(closed):
    sql(closed, "PRAGMA user_version = 999")
    with pytest.raises(JournalTooNewError, match="has schema 999"):
        open_at(closed)


def test_a_journal_of_a_newer_schema_stays_as_it_was(closed):
    sql(closed, "PRAGMA user_version = 999")
    before = closed.read_bytes()
    with pytest.raises(JournalTooNewError):
        open_at(closed)
    assert closed.read_bytes() == before


# Damage


@pytest.mark.parametrize("noise", [b"\xff", b"\0"], ids=["noise", "zeros"])
@pytest.mark.parametrize("page", [2, 3, 5])
def test_damaged_pages_are_found_before_anything_is_done(closed, page, noise):
    with closed.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(noise * 4096)
    with pytest.raises(JournalCorruptError):
        open_at(closed)


def test_a_journal_that_was_cut_off_is_found(closed):
    with closed.open("r+b") as file:
        file.truncate(closed.stat().st_size // 2)
    with pytest.raises(JournalCorruptError):
        open_at(closed)


def test_a_damaged_journal_is_not_written_to(closed):
    with closed.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 4096)
    before = closed.read_bytes()
    with pytest.raises(JournalCorruptError):
        open_at(closed)
    assert closed.read_bytes() == before


# Trouble while in use


def writes(journal):
    return {
        "commit": lambda: journal.commit([an_entry(STEP)]),
        "renew": lambda: journal.renew(OURS, ttl=60),
        "next_token": journal.next_token,
    }


@pytest.mark.parametrize("write", ["commit", "renew", "next_token"])
def test_a_journal_that_was_deleted_while_in_use_takes_no_more(journal, path, write):
    path.unlink()
    with pytest.raises(JournalLostError):
        writes(journal)[write]()


@pytest.mark.parametrize("write", ["commit", "renew", "next_token"])
def test_a_journal_that_was_replaced_while_in_use_takes_no_more(journal, path, tmp_path, write):
    open_at(tmp_path / "other.db").close()
    (tmp_path / "other.db").rename(path)
    with pytest.raises(JournalLostError, match="another file is in its place"):
        writes(journal)[write]()


def test_a_journal_that_another_program_holds_is_unusable(journal, path):
    journal._connection.execute("PRAGMA busy_timeout = 0")  # half a minute is too long for a test
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(JournalUnusableError, match="locked"):
        journal.commit([an_entry(STEP)])
    other.close()


def test_a_journal_that_another_program_holds_can_still_be_read(journal, path):
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert [run.id for run in journal.runs()] == ["R1"]
    other.close()


@pytest.fixture
def full(journal):
    """A journal that cannot grow, as on a full disk."""
    [pages] = journal._connection.execute("PRAGMA page_count").fetchone()
    journal._connection.execute(f"PRAGMA max_page_count = {pages}")
    return journal


BIG = Result(run="R1", host="h1", key=STEP.key, payload=A_MEGABYTE)


def test_a_full_journal_is_unusable(full):
    with pytest.raises(JournalUnusableError, match="full"):
        full.commit([an_entry(STEP, BIG)])


def test_nothing_of_what_did_not_fit_stays(full):
    with pytest.raises(JournalUnusableError):
        full.commit([an_entry(STEP, BIG)])
    assert (full.steps("R1"), full.results("R1", "h1", STEP.key), full.head("R1")[0]) == ([], {}, 1)


def test_a_journal_takes_entries_again_once_there_is_room(full):
    with pytest.raises(JournalUnusableError):
        full.commit([an_entry(STEP, BIG)])
    full._connection.execute("PRAGMA max_page_count = 1000000")
    full.commit([an_entry(STEP, BIG)])
    assert full.steps("R1") == [STEP]


def write_beyond_the_limit(path, put, answer):
    """Write while the system lets this process's files grow no more, then when it does; tell what came of it."""
    journal = open_at(path)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.with_name("journal.db-wal").stat().st_size, limits[1]))
    try:
        journal.commit([an_entry(STEP, put)])
    except JournalUnusableError:
        events = journal.head("R1")[0]
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    journal.commit([an_entry(STEP)])
    answer.put((events, journal.head("R1")[0]))


@pytest.mark.parametrize("put", [STEP, BIG], ids=["a little", "a lot"])
def test_a_disk_that_refuses_to_write_makes_the_journal_unusable_for_as_long_and_loses_nothing(journal, path, put):
    processes = multiprocessing.get_context("fork")
    answer = processes.SimpleQueue()
    writer = processes.Process(target=write_beyond_the_limit, args=(path, put, answer))
    writer.start()
    writer.join()
    assert (answer.get(), journal.head("R1")[0]) == ((1, 2), 2)


# How it is kept


def test_what_is_committed_is_on_the_disk_when_commit_returns(journal):
    """synchronous = FULL (2): the log is synced at every commit."""
    pragmas = [journal._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    assert pragmas == ["wal", 2]


def commit_and_die(path):
    journal = open_at(path)
    journal.commit([an_entry(STEP)])
    os.kill(os.getpid(), 9)


def test_what_is_committed_is_there_after_the_writer_was_killed(journal, path):
    writer = multiprocessing.get_context("fork").Process(target=commit_and_die, args=(path,))
    writer.start()
    writer.join()
    assert journal.steps("R1") == [STEP]


@pytest.fixture
def open_umask():
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_journal_is_for_its_owners_eyes_only(open_umask, tmp_path):
    journal = open_at(tmp_path / "state" / "journal.db")
    journal.commit([an_entry(a_run())])
    assert {path.name: mode(path) for path in (tmp_path / "state").iterdir()} == dict.fromkeys(
        ("journal.db", "journal.db-wal", "journal.db-shm"), 0o600
    )
    assert mode(tmp_path / "state") == 0o700
    journal.close()


def test_a_folder_that_was_there_keeps_its_mode(tmp_path):
    (tmp_path / "state").mkdir(mode=0o755)
    open_at(tmp_path / "state" / "journal.db").close()
    assert mode(tmp_path / "state") == 0o755


# Migrations


def test_a_journal_opened_again_is_as_it_was(closed):
    before = closed.read_bytes()
    open_at(closed).close()
    assert closed.read_bytes() == before


def test_a_new_journal_has_the_newest_schema(journal, path):
    assert sql(path, "PRAGMA user_version") == [(6,)]


def test_the_tables_hold_their_columns_types(path):
    """STRICT: SQLite alone would take a text for a number."""
    open_at(path).close()
    with pytest.raises(sqlite3.IntegrityError, match="cannot store TEXT value in INTEGER column"):
        sql(path, "UPDATE token SET value = 'x'")


def test_a_new_file_that_another_process_is_making_a_journal_of_is_waited_for(path, monkeypatch):
    """SQLite itself would not wait: changing to write-ahead logging fails at once while somebody else writes."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr("time.sleep", lambda seconds: other.close())
    open_at(path).close()


def open_with_the_others(path, barrier):
    barrier.wait()
    open_at(path).close()


@pytest.mark.parametrize("time", range(3))
def test_a_journal_that_several_processes_open_at_once_is_made_once(path, time):
    processes = multiprocessing.get_context("fork")
    barrier = processes.Barrier(4)
    openers = [processes.Process(target=open_with_the_others, args=(path, barrier)) for _ in range(4)]
    for opener in openers:
        opener.start()
    for opener in openers:
        opener.join()
    assert [opener.exitcode for opener in openers] == [0] * 4
    assert sql(path, "SELECT count(*) FROM token") == [(1,)]
