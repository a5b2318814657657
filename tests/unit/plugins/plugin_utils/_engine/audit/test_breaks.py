# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The first break of a chain: the right event, what was done to it, and what still follows before it."""

from dataclasses import replace

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine import ids
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit import End, Fault, seal
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit.breaks import Chain
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit.chain import link
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import Entry

from samples import NOW

LENGTH = 6
EVERY = range(1, LENGTH + 1)


def chained(*said, before="", first=1):
    """Return events that say these words, each linked to the one before."""
    events = []
    for seq, word in enumerate(said, first):
        entry = Entry(type="run.note", run="R1", data={"said": word})
        events.append(seal(entry, seq=seq, before=before, identity=ids.ulid(NOW), moment=NOW + seq))
        before = events[-1].hash
    return events


EVENTS = chained(*EVERY)
END = End(count=LENGTH, head=EVENTS[-1].hash)


def found(events, end=END):
    return Chain.of("R1", events).first_break(end)


def must_be(finding, fault, seq, *words):
    """The finding names the event, and all before it follow from one another."""
    assert (finding.fault, finding.seq, finding.sound) == (fault, seq, max(seq - 1, 0)), finding
    assert [word for word in words if word not in finding.what] == [], finding.what


def numbered(events):
    """Return events with numbers that follow on one another; their hashes stay."""
    return [replace(event, seq=seq) for seq, event in enumerate(events, 1)]


def without(*seqs):
    return [event for event in EVENTS if event.seq not in seqs]


def changed(seq, **facts):
    return [replace(event, **facts) if event.seq == seq else event for event in EVENTS]


def test_a_whole_chain_has_no_break():
    assert found(EVENTS) is None


@pytest.mark.parametrize("seq", EVERY)
def test_a_changed_content_is_told_from_a_changed_hash(seq):
    must_be(found(changed(seq, actor="eve")), Fault.CONTENT, seq, f"event {seq} (run.note, ", "its content was changed")
    must_be(found(changed(seq, hash="0" * 64)), Fault.HASH, seq, f"event {seq} (run.note, ", "its hash was changed")


@pytest.mark.parametrize("seq", EVERY[:-1])
def test_an_event_that_was_rewritten_with_its_hash_shows_at_the_next_one(seq):
    rewritten = replace(EVENTS[seq - 1], actor="eve")
    rewritten = replace(rewritten, hash=link(rewritten, EVENTS[seq - 2].hash if seq > 1 else ""))
    words = f"or event {seq} was rewritten with its hash"
    must_be(found([rewritten if event.seq == seq else event for event in EVENTS]), Fault.CONTENT, seq + 1, words)


@pytest.mark.parametrize("seq", EVERY[:-1])
def test_two_changes_are_told_as_more_than_one(seq):
    events = [replace(event, actor="eve", hash="0" * 64) if event.seq == seq else event for event in EVENTS]
    must_be(found(events), Fault.LINK, seq, "and so was what comes after it")


@pytest.mark.parametrize("seq", EVERY[:-1])
def test_a_missing_event_is_named_with_its_neighbours(seq):
    between = f"between {seq - 1} and {seq + 1}" if seq > 1 else "before 2"
    must_be(found(without(seq)), Fault.MISSING, seq, f"event {seq} is missing, {between}", f"event {seq + 1} (run.note")


def test_several_missing_events_are_named():
    must_be(found(without(3, 4)), Fault.MISSING, 3, "events 3 to 4 are missing, between 2 and 5")


@pytest.mark.parametrize("seq", EVERY[:-2])
@pytest.mark.parametrize("end", [END, End(count=LENGTH - 1, head=EVENTS[-1].hash), None])
def test_a_missing_event_is_found_where_the_others_were_numbered_anew(seq, end):
    must_be(found(numbered(without(seq)), end), Fault.MISSING, seq, "an event is missing before", "numbered anew")


def test_several_missing_events_are_found_where_the_others_were_numbered_anew():
    must_be(found(numbered(without(2, 3, 4))), Fault.MISSING, 2, "3 events are missing before")


@pytest.mark.parametrize("left", range(LENGTH))
def test_a_cut_chain_ends_where_it_was_cut(left):
    finding = found(EVENTS[:left])
    after = f"after event {left} (run.note" if left else "before its first event"
    assert (finding.fault, finding.seq, finding.sound) == (Fault.CUT, left + 1, left)
    assert f"the chain was cut {after}" in finding.what
    assert "the run's record says that it has 6" in finding.what


@pytest.mark.parametrize("seq", EVERY)
def test_an_added_event_is_named(seq):
    before = EVENTS[seq - 2].hash if seq > 1 else ""
    [added] = chained("a lie", before=before, first=seq)
    events = numbered([*EVENTS[: seq - 1], added, *EVENTS[seq - 1 :]])
    # It was sealed as if it belonged there, so what shows is that the old one does not follow it any more.
    finding = found(events)
    assert finding.fault in {Fault.CONTENT, Fault.LINK}
    assert (finding.seq, finding.sound) == (seq + 1, seq)


@pytest.mark.parametrize("seq", EVERY)
def test_an_event_that_was_put_in_without_a_fitting_hash_is_named(seq):
    added = replace(EVENTS[0], actor="eve")
    events = numbered([*EVENTS[: seq - 1], added, *EVENTS[seq - 1 :]])
    must_be(found(events), Fault.ADDED, seq, f"event {seq} (run.note", f"is number {seq + 1} now")


def test_an_event_after_the_end_is_named():
    events = [*EVENTS, *chained("more", before=EVENTS[-1].hash, first=7)]
    must_be(found(events), Fault.ADDED, 7, "the run's record says that the chain ends with event 6")


@pytest.mark.parametrize("seq", EVERY)
def test_an_event_that_is_there_twice_is_named(seq):
    twice = [*EVENTS[:seq], *EVENTS[seq - 1 :]]
    must_be(found(twice), Fault.ADDED, seq + 1, f"event {seq} (run.note", "stands once more")
    assert found(numbered(twice)).seq == seq + 1


@pytest.mark.parametrize(("one", "other"), [(one, other) for one in EVERY for other in EVERY if one < other])
def test_two_events_that_changed_places_are_named(one, other):
    events = list(EVENTS)
    events[one - 1], events[other - 1] = events[other - 1], events[one - 1]
    must_be(found(events), Fault.ORDER, one, f"event {one} stands after event {other}")
    must_be(found(numbered(events)), Fault.ORDER, one, f"event {one} (run.note", f"event {other} have changed places")


def test_a_record_with_another_end_is_told():
    for end in (End(count=LENGTH, head="0" * 64), End(count=LENGTH - 1, head="0" * 64)):
        assert found(EVENTS, end).fault is Fault.RECORD


def test_another_chain_with_the_record_of_this_one_is_told():
    assert found(chained("a", "b", "c", "d", "e", "f")).fault is Fault.RECORD


def test_a_chain_made_anew_with_its_record_holds_by_itself():
    """That is what anchors are for."""
    chain = Chain.of("R1", chained("a", "b"))
    assert chain.first_break(chain.end) is None


def test_a_chain_of_another_run_is_foreign():
    assert Chain.of("R2", EVENTS).first_break(END).fault is Fault.FOREIGN


def test_a_time_that_is_none_can_be_told():
    assert "time 1e+300" in found(changed(2, time=1e300)).what


def test_a_number_that_no_event_has_is_told():
    must_be(found([replace(EVENTS[0], seq=0), *EVENTS[1:]]), Fault.LINK, 1, "event 0", "stands where event 1 belongs")
