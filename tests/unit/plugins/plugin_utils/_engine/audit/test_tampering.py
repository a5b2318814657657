# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Whatever is done to the events of a run in a real file, its audit names the event, and ends with its own code."""

import itertools
import json
import sqlite3
import struct
from contextlib import closing, contextmanager

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine import inspection
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit import Fault
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import Event

COLUMNS = Event.__slots__
CHANGED = {Fault.CONTENT, Fault.HASH, Fault.UNREADABLE}


@pytest.fixture
def run(past):
    work = past.begin()
    work.do("Copy the words 'größer', \U0001f600")
    work.end("completed")
    return work.run


@pytest.fixture
def events(past, run):
    return list(past.journal.events(run.id))


@contextmanager
def edited(past):
    """Open the journal as somebody with an editor does, and put it back afterwards."""
    with closing(sqlite3.connect(past.path)) as database:
        before = database.execute("SELECT * FROM event ORDER BY seq").fetchall()
        with closing(sqlite3.connect(past.path)) as editor:
            editor.isolation_level = None
            yield editor
        database.execute("DELETE FROM event")
        marks = ", ".join("?" for _column in before[0])
        database.executemany(f"INSERT INTO event VALUES ({marks})", before)  # noqa: S608
        database.commit()


def flipped(value):
    """Yield a column's value with each of its bytes changed, as the file has it."""
    if isinstance(value, str):
        data = value.encode()
        for place, mask in zip(range(len(data)), itertools.cycle([0x01, 0x20, 0x80])):
            yield bytes([*data[:place], data[place] ^ mask, *data[place + 1 :]])
    elif isinstance(value, float):
        data = struct.pack(">d", value)
        for place in range(8):
            [other] = struct.unpack(">d", bytes([*data[:place], data[place] ^ 0x01, *data[place + 1 :]]))
            yield other
    else:
        yield from (value ^ (1 << bit) for bit in range(0, 32, 8))


def write(editor, seq, column, value):
    target = "CAST(? AS TEXT)" if isinstance(value, bytes) else "?"
    editor.execute(f'UPDATE event SET "{column}" = {target} WHERE "seq" = ?', (value, seq))  # noqa: S608


def verdict(past, run):
    return inspection.verify(past.means_once, run.id).findings


@pytest.fixture
def past(past):
    past.means_once = past.means()
    return past


@pytest.mark.parametrize("column", [name for name in COLUMNS if name not in {"run", "seq"}])
def test_each_byte_of_each_event_that_is_changed_is_found_in_that_event(past, run, events, column):
    for event in events:
        stored = json.dumps(event.data, separators=(",", ":")) if column == "data" else getattr(event, column)
        for value in flipped(stored):
            with edited(past) as editor:
                write(editor, event.seq, column, value)
                found = verdict(past, run)
                if not found:  # two ways to write one thing, like 1.0 and 1e0: nobody reads anything else
                    assert list(past.means_once.journal.events(run.id)) == events
                    continue
            assert (found[0].seq, found[0].sound) == (event.seq, event.seq - 1), (value, found)
            assert found[0].fault in CHANGED


def test_each_byte_of_the_keys_that_is_changed_is_found(past, run, events):
    for event in events:
        for column in ("run", "seq"):
            for value in flipped(getattr(event, column)):
                with edited(past) as editor:
                    try:
                        write(editor, event.seq, column, value)
                    except sqlite3.IntegrityError:
                        continue  # another event has that number
                    found = verdict(past, run)
                assert found[0].seq == event.seq


def test_each_event_that_is_removed_is_found(past, run, events):
    for event in events:
        with edited(past) as editor:
            editor.execute("DELETE FROM event WHERE seq = ?", (event.seq,))
            [found] = verdict(past, run)
        assert found.seq == event.seq
        assert found.fault is (Fault.CUT if event is events[-1] else Fault.MISSING)


def test_each_event_that_is_removed_is_found_where_the_others_were_numbered_anew(past, run, events):
    for event in events:
        with edited(past) as editor:
            editor.execute("DELETE FROM event WHERE seq = ?", (event.seq,))
            for later in range(event.seq + 1, len(events) + 1):
                write(editor, later, "seq", later - 1)
            [found] = verdict(past, run)
        assert found.seq == event.seq


def test_each_cut_is_found_at_its_place(past, run, events):
    for event in events:
        with edited(past) as editor:
            editor.execute("DELETE FROM event WHERE seq >= ?", (event.seq,))
            [found] = verdict(past, run)
        assert (found.seq, found.sound, found.fault) == (event.seq, event.seq - 1, Fault.CUT)


def test_each_two_events_that_changed_places_are_found(past, run, events):
    for one in events:
        for other in events[one.seq :]:
            with edited(past) as editor:
                write(editor, one.seq, "seq", 99)
                write(editor, other.seq, "seq", one.seq)
                write(editor, 99, "seq", other.seq)
                [found] = verdict(past, run)
            assert (found.seq, found.fault) == (one.seq, Fault.ORDER)


def test_each_event_that_is_put_in_twice_is_found(past, run, events):
    for event in events:
        with edited(past) as editor:
            for later in range(len(events), event.seq, -1):
                write(editor, later, "seq", later + 1)
            names = ", ".join(f'"{name}"' for name in COLUMNS if name != "seq")
            editor.execute(
                f"INSERT INTO event (seq, {names}) SELECT seq + 1, {names} FROM event WHERE seq = ?",  # noqa: S608
                (event.seq,),
            )
            [found] = verdict(past, run)
        assert found.seq == event.seq + 1


@pytest.mark.parametrize("column", COLUMNS)
def test_the_command_line_finds_it_too(past, run, events, column):
    values = {"seq": 77, "time": 1.0, "attempt": 7}
    with edited(past) as editor:
        write(editor, 3, column, values.get(column, b"\xff"))
        said = past.saga("audit", run.id, "--verify")
    assert said.code == 3, said
    named = "event 3 is missing" if column in {"run", "seq"} else "event 3 (" if column != "data" else "after event 2"
    assert named in said.out
    assert "Events 1 to 2 follow from one another." in said.out
    assert "Nothing from event 3 on can be relied on" in said.out
