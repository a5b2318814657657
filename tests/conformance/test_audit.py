# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The audit of a run in Redis: what somebody with redis-cli does to it is found; it is followed while others write."""

from dataclasses import replace

import pytest
import redis
from ansible_collections.saga.ops.plugins.plugin_utils._cli.main import main
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit import End, Fault, Kept, seal
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit.anchors import Anchor
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit.breaks import Chain
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit.verifying import examine
from ansible_collections.saga.ops.plugins.plugin_utils._engine.following import Following
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import Entry, Fence

from samples import a_run, a_slice, an_entry

LENGTH = 6
EVERY = range(1, LENGTH + 1)


@pytest.fixture
def journal(opened, redis_url):
    """A journal with a run of six events."""
    journal = opened(redis_url)
    journal.commit([an_entry(a_run(), a_slice())], fence=Fence(run="R1", version=0))
    for number in range(2, LENGTH + 1):
        journal.commit([an_entry(data={"state": "running", "number": number})], fence=Fence(run="R1", token=1))
    return journal


class Editor:
    """Somebody who may do what he wants with the keys of the journal."""

    def __init__(self, journal, url):
        self.client = redis.Redis.from_url(url, decode_responses=True)
        self.key, self.record = journal._keys.events("R1"), journal._keys.run("R1")

    def rows(self):
        return self.client.xrange(self.key)

    def write(self, rows):
        """Put other events in place of those that are there: a stream's entries cannot be changed."""
        self.client.delete(self.key)
        for identity, row in rows:
            self.client.xadd(self.key, row, id=identity)


@pytest.fixture
def editor(journal, redis_url):
    editor = Editor(journal, redis_url)
    before = editor.rows()
    yield editor
    editor.write(before)
    editor.client.close()


def findings(journal, anchors=()):
    count, head = journal.head("R1")
    chain = Chain.of("R1", journal.events("R1"))
    kept = Kept.of([], journal.slices("R1"), lambda _step: {})
    return list(examine(a_run(), [], chain, kept, end=End(count=count, head=head), anchors=anchors))


def test_an_untouched_audit_holds(journal):
    assert findings(journal) == []


def test_each_byte_of_each_event_that_is_changed_is_found_in_that_event(journal, editor):
    before = editor.rows()
    for place, (identity, row) in enumerate(before):
        for name, value in row.items():
            for at in range(0, len(value), 7):
                changed = {**row, name: value[:at] + chr(ord(value[at]) ^ 1) + value[at + 1 :]}
                editor.write([*before[:place], (identity, changed), *before[place + 1 :]])
                found = findings(journal)
                assert (found[0].seq, found[0].sound) == (place + 1, place), (name, at, found)


@pytest.mark.parametrize("seq", EVERY)
def test_each_event_that_is_removed_is_found(journal, editor, seq):
    editor.client.xdel(editor.key, editor.rows()[seq - 1][0])
    [found] = findings(journal)
    assert (found.seq, found.fault) == (seq, Fault.CUT if seq == LENGTH else Fault.MISSING)


@pytest.mark.parametrize("seq", EVERY)
def test_each_cut_is_found_at_its_place(journal, editor, seq):
    editor.write(editor.rows()[: seq - 1])
    [found] = findings(journal)
    assert (found.seq, found.fault) == (seq, Fault.CUT)


@pytest.mark.parametrize("seq", EVERY[:-1])
def test_two_events_that_changed_places_are_found(journal, editor, seq):
    rows = editor.rows()
    (one, first), (other, second) = rows[seq - 1 : seq + 1]
    editor.write([*rows[: seq - 1], (one, second), (other, first), *rows[seq + 1 :]])
    [found] = findings(journal)
    assert (found.seq, found.fault) == (seq, Fault.ORDER)


@pytest.mark.parametrize("seq", EVERY)
def test_an_event_that_is_put_in_twice_is_found(journal, editor, seq):
    rows = editor.rows()
    moved = [(f"{number}-0", row) for number, (_identity, row) in enumerate([*rows[:seq], *rows[seq - 1 :]], 1)]
    editor.write(moved)
    [found] = findings(journal)
    assert found.seq == seq + 1


def test_a_chain_made_anew_with_its_record_is_found_by_its_anchor_only(journal, editor):
    count, head = journal.head("R1")
    anchor = Anchor.of("R1", End(count=count, head=head), "2026-01-31T23:59:59Z")
    assert findings(journal, [anchor]) == []
    rows, before = [], ""
    for event, (identity, row) in zip(journal.events("R1"), editor.rows(), strict=True):
        facts = {name: getattr(event, name) for name in Entry.__slots__ if name != "puts"}
        forged = seal(
            Entry(**{**facts, "actor": "eve"}), seq=event.seq, before=before, identity=event.id, moment=event.time
        )
        rows.append((identity, {**row, "actor": "eve", "hash": forged.hash}))
        before = forged.hash
    editor.write(rows)
    record = editor.client.hget(editor.record, "head")
    editor.client.hset(editor.record, "head", before)
    assert findings(journal) == []
    [found] = findings(journal, [anchor])
    assert (found.fault, found.seq) == (Fault.ANCHOR, LENGTH)
    editor.client.hset(editor.record, "head", record)


def test_the_command_line_finds_it_too(editor, redis_url, namespace, capsys):
    command = ["audit", "R1", "--verify", "--journal", f"{redis_url}?namespace={namespace}"]
    assert main(command) == 0
    editor.client.xdel(editor.key, editor.rows()[2][0])
    assert main(command) == 3
    assert "event 3 is missing, between 2 and 4" in capsys.readouterr().out


@pytest.mark.parametrize("run", ["R1", ""])
def test_a_run_is_followed_while_another_process_writes(journal, opened, redis_url, run):
    following = Following(opened(redis_url), run)
    assert [event.seq for event in following.news()] == list(EVERY)
    assert list(following.news()) == []
    journal.commit([an_entry(), an_entry()], fence=Fence(run="R1", token=1))
    other = replace(a_run(), id="R2")
    journal.commit([an_entry(other, a_slice(run="R2"), run="R2")], fence=Fence(run="R2", version=0))
    told = [(event.run, event.seq) for event in following.news()]
    assert told == [("R1", 7), ("R1", 8), *([] if run else [("R2", 1)])]
