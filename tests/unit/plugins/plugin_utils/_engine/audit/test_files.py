# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A file of events: each event of a run once, in order, whatever has become of the file meanwhile."""

import fcntl
import os
import resource
import threading
from contextlib import contextmanager

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit.breaks import Chain
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit.files import EventsFile
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit.lines import runs_in
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit.refusals import EventsForeignError


@pytest.fixture
def work(past):
    return past.begin()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "logs" / "events.jsonl"


@pytest.fixture
def catch_up(past, work, path):
    """Bring the file up to the journal, as a process that has just started does, or one that goes on."""

    def do(file=None, run=work.run.id):
        file = file or EventsFile(path, run)
        file.catch_up(lambda after: list(past.journal.events(run, after=after)))
        return file

    return do


def must_be_whole(path, past, run):
    """The file has every event of the run, once and in order."""
    events = list(runs_in(str(path))[run.id])
    assert [event.seq for event in events] == list(range(1, past.journal.head(run.id)[0] + 1))
    chain = Chain.of(run.id, events)
    assert chain.first_break() is None
    assert chain.end.head == past.journal.head(run.id)[1]


def test_each_event_is_written_once(catch_up, past, work, path):
    file = catch_up()
    must_be_whole(path, past, work.run)
    work.do("Copy")
    catch_up(file)
    catch_up(file)
    must_be_whole(path, past, work.run)


def test_only_its_owner_may_read_it(catch_up, path):
    catch_up()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_another_process_goes_on_where_the_last_one_was(catch_up, past, work, path):
    catch_up()
    work.do("Copy")
    catch_up()
    must_be_whole(path, past, work.run)


def test_what_is_cut_off_anywhere_is_completed(catch_up, past, work, path):
    catch_up()
    work.do("Copy")
    catch_up()
    whole = path.read_bytes()
    for length in range(len(whole) + 1):
        path.write_bytes(whole[:length])
        catch_up()
        assert path.read_bytes() == whole


def test_zeros_that_a_power_cut_has_left_are_taken_away(catch_up, path):
    catch_up()
    whole = path.read_bytes()
    path.write_bytes(whole + b"\0" * 100)
    catch_up()
    assert path.read_bytes() == whole


def test_a_file_that_was_moved_away_begins_anew(catch_up, past, work, path):
    file = catch_up()
    path.rename(path.with_name("old"))
    work.do("Copy")
    catch_up(file)
    must_be_whole(path, past, work.run)


def test_two_that_write_to_one_file_write_each_event_once(past, work, path):
    def write():
        journal = past.means().journal
        file = EventsFile(path, work.run.id)
        for _look in range(20):
            file.catch_up(lambda after: list(journal.events(work.run.id, after=after)))

    threads = [threading.Thread(target=write) for _writer in range(4)]
    for thread in threads:
        thread.start()
    for number in range(5):
        work.do(f"Copy {number}")
    for thread in threads:
        thread.join()
    EventsFile(path, work.run.id).catch_up(lambda after: list(past.journal.events(work.run.id, after=after)))
    must_be_whole(path, past, work.run)


def test_runs_may_share_a_file(catch_up, past, work, path):
    other = past.begin(workflow="other.yml", targets=("h2",))
    first = catch_up()
    second = catch_up(run=other.run.id)
    work.do("Copy")
    other.do("Copy", "h2")
    second.catch_up(lambda after: list(past.journal.events(other.run.id, after=after)))
    catch_up(first)
    must_be_whole(path, past, work.run)
    must_be_whole(path, past, other.run)


@contextmanager
def room_for(size):
    """Let no file of this process become larger: what is written then fails as on a full disk."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (_soft, hard))


@pytest.mark.parametrize("room", [0, 1, 100, 1000])
def test_a_full_disk_leaves_no_part_of_a_line_and_no_gap(catch_up, past, work, room):
    file = catch_up()
    path = file.path
    whole = path.read_bytes()
    for number in range(4):
        work.do(f"Copy {number}")
    with room_for(len(whole) + room), pytest.raises(OSError, match="File too large"):
        catch_up(file)
    assert path.read_bytes() == whole
    catch_up(file)
    must_be_whole(path, past, work.run)


@pytest.mark.parametrize("content", [b"a diary", b"a diary\n", b"\n", b"{}\n"])
def test_another_file_is_left_alone(catch_up, path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(EventsForeignError, match="there is something else in it"):
        catch_up()
    assert path.read_bytes() == content


def test_a_tail_that_nobody_of_ours_has_written_is_left_alone(catch_up, path):
    catch_up()
    with path.open("ab") as file:
        file.write(b"a note")
    before = path.read_bytes()
    with pytest.raises(EventsForeignError, match="there is something else in it"):
        catch_up()
    assert path.read_bytes() == before


def test_events_of_another_run_with_this_id_are_left_alone(catch_up, past, work, path):
    catch_up()
    lines = path.read_text().replace(f'"actor": "{work.attempt.actor}"', '"actor": "eve"')
    path.write_text(lines.replace(next(past.journal.events(work.run.id, after=1)).hash, "0" * 64))
    with pytest.raises(EventsForeignError, match="is another one in it than in the journal"):
        catch_up()


def test_a_journal_that_is_older_than_the_file_is_told(catch_up, past, work, path):
    catch_up()
    with pytest.raises(EventsForeignError, match=r"it has event 2 of run .*, and the journal has not"):
        EventsFile(path, work.run.id).catch_up(lambda _after: [])


def test_what_is_no_regular_file_is_left_alone(catch_up, path):
    path.parent.mkdir()
    os.mkfifo(path)
    with pytest.raises(EventsForeignError, match="it is no regular file"):
        catch_up()


def test_a_file_that_somebody_else_has_locked_is_waited_for_only_a_little(catch_up, path):
    file = catch_up()
    with path.open() as locked:
        fcntl.flock(locked, fcntl.LOCK_EX)
        with pytest.raises(BlockingIOError):
            catch_up(file)
    catch_up(file)
