# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The chain of events: what was done to it shows, and every state is one that an event tells of [I12]."""

import hashlib
from dataclasses import replace

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine import codec, ids
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit import Kept, seal
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit.verifying import verify
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import (
    Dropping,
    Entry,
    Result,
    RunState,
    StepState,
    Undo,
)
from hypothesis import given
from hypothesis import strategies as st

from samples import NOW, a_run, a_slice, a_step

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)
entries = st.builds(
    Entry,
    type=st.sampled_from(["run.note", "lease.acquired"]),
    run=st.just("R1"),
    attempt=st.integers(1, 3),
    host=st.sampled_from(["", "h1", "h2"]),
    actor=st.text(max_size=3),
    data=st.dictionaries(st.text().filter(lambda key: key != "state"), plain, max_size=3),
)


def sealed(written):
    """Return the events of the entries, chained."""
    events, before = [], ""
    for seq, entry in enumerate(written, 1):
        events.append(seal(entry, seq=seq, before=before, identity=ids.ulid(NOW + seq), moment=NOW + seq))
        before = events[-1].hash
    return events


@st.composite
def chains(draw):
    """Return a run, and a chain that accounts for it, of two events or more."""
    told = Entry(type="run.started", run="R1", data={"state": "running"})
    return a_run(), sealed([told, *draw(st.lists(entries, min_size=1, max_size=5))])


def findings(run, events, steps=(), *, count=None, head=None):
    count = len(events) if count is None else count
    head = (events[-1].hash if events else "") if head is None else head
    return list(verify(run, steps, events, Kept(results={}, slices=[]), count=count, head=head))


def other(value):
    """Return a value of the same type that is not this one."""
    return (
        value + 1
        if isinstance(value, (int, float))
        else {**value, "more": 1}
        if isinstance(value, dict)
        else f"{value}x"
    )


FIELDS = ["seq", "id", "time", "run", "attempt", "type", "host", "step", "actor", "data", "hash"]


@given(chains())
def test_an_untouched_chain_verifies(chain):
    run, events = chain
    assert findings(run, events) == []


@given(entries, st.text(max_size=3))
def test_a_hash_is_of_the_one_before_and_of_the_events_own_content(entry, before):
    event = seal(entry, seq=7, before=before, identity="ID", moment=NOW)
    content = {field: getattr(event, field) for field in FIELDS if field != "hash"}
    sha = hashlib.sha256()
    for part in (before, codec.canonical(content)):
        sha.update(len(part.encode()).to_bytes(8, "big") + part.encode())
    assert event.hash == sha.hexdigest()


def test_a_hash_is_the_one_that_earlier_versions_made():
    step = a_step(captured="kept", updated=NOW)
    puts = (
        step,
        Result(run="R1", host="h1", key=step.key, payload="told"),
        a_run(),
        a_slice(),
        Dropping(run="R1", attempt=2),
    )
    told = {"state": "ok", "began": NOW, "targets": ["h1", "h2"], "pairs": {1: "a", "b": None}, "ä": 1.5}
    entry = Entry(type="step.outcome", run="R1", attempt=1, host="h1", step=step.key, actor="ada", data=told, puts=puts)
    event = seal(entry, seq=3, before="0" * 64, identity="01ARZ3NDEKTSV4RRFFQ69G5FAV", moment=NOW)
    assert event.hash == "29c098f12d427cfb6cd2bb486cd65681988de27bab8d8b6a3d284ad64575939e"


@given(chains(), st.sampled_from(FIELDS), st.data())
def test_a_change_to_any_field_of_any_event_is_found(chain, field, data):
    run, events = chain
    place = data.draw(st.integers(0, len(events) - 1))
    changed = replace(events[place], **{field: other(getattr(events[place], field))})
    assert findings(run, [*events[:place], changed, *events[place + 1 :]], count=len(events), head=events[-1].hash)


@given(chains(), st.sampled_from([field for field in FIELDS if field != "hash"]), st.data())
def test_a_change_is_found_even_if_the_rest_of_the_chain_was_made_anew(chain, field, data):
    """The run's record keeps the last hash."""
    run, events = chain
    place = data.draw(st.integers(0, len(events) - 1))
    changed = [*events[:place], replace(events[place], **{field: other(getattr(events[place], field))})]
    before = events[place - 1].hash if place else ""
    forged = events[:place]
    for event in [changed[-1], *events[place + 1 :]]:
        written = Entry(**{name: getattr(event, name) for name in Entry.__slots__ if name != "puts"})
        forged.append(seal(written, seq=event.seq, before=before, identity=event.id, moment=event.time))
        before = forged[-1].hash
    assert findings(run, forged, count=len(events), head=events[-1].hash)


@given(chains(), st.data())
def test_a_removed_event_is_found(chain, data):
    run, events = chain
    place = data.draw(st.integers(0, len(events) - 2))
    assert findings(run, [*events[:place], *events[place + 1 :]], count=len(events), head=events[-1].hash)


@given(chains(), st.data())
def test_a_cut_tail_is_found(chain, data):
    run, events = chain
    length = data.draw(st.integers(0, len(events) - 1))
    assert findings(run, events[:length], count=len(events), head=events[-1].hash)


@given(chains(), entries, st.data())
def test_an_inserted_event_is_found(chain, entry, data):
    run, events = chain
    place = data.draw(st.integers(0, len(events)))
    before = events[place - 1].hash if place else ""
    inserted = seal(entry, seq=place + 1, before=before, identity=ids.ulid(NOW), moment=NOW)
    moved = [replace(event, seq=event.seq + 1) for event in events[place:]]
    assert findings(run, [*events[:place], inserted, *moved], count=len(events), head=events[-1].hash)


@given(chains(), st.data())
def test_two_events_that_changed_places_are_found(chain, data):
    run, events = chain
    place = data.draw(st.integers(0, len(events) - 2))
    events[place : place + 2] = reversed(events[place : place + 2])
    assert findings(run, events)


def test_a_finding_names_the_event():
    events = sealed([Entry(type="run.started", run="R1", data={"state": "running"})] * 3)
    events[1] = replace(events[1], actor="eve")
    assert [finding.seq for finding in findings(a_run(), events)] == [2]


def test_a_missing_event_is_told_as_missing():
    first, _removed, third = sealed([Entry(type="run.started", run="R1", data={"state": "running"})] * 3)
    [finding] = findings(a_run(), [first, third])
    assert finding.what.startswith("event 2 is missing, between 1 and 3: the next one there is event 3 (run.started, ")


def told(**data):
    """Return a chain that tells a step's states in order, after the run's own."""
    said = [Entry(type="run.started", run="R1", data={"state": "running"})]
    step = a_step()
    said += [Entry(type="step.x", run="R1", host=step.host, step=step.key, data=data)]
    return sealed(said)


def test_a_run_whose_state_no_event_tells_is_found():
    [finding] = findings(a_run(state=RunState.COMPLETED), told())
    assert finding.what == "the run is completed, but its events say running"


def test_a_run_without_events_is_found():
    [finding] = findings(a_run(), [])
    assert finding.what == "the run is running, but its events say nothing"


def test_a_step_whose_state_an_event_tells_is_accounted_for():
    assert findings(a_run(), told(state="ok"), [a_step()]) == []


def test_a_step_in_another_state_than_its_events_tell_is_found():
    [finding] = findings(a_run(), told(state="started"), [a_step(state=StepState.OK)])
    assert finding.what == "1 Move/Copy#1 on h1 is ok, but its events say started"


def test_a_step_that_no_event_tells_of_is_found():
    [finding] = findings(a_run(), told(state="ok"), [a_step(), a_step(host="h2")])
    assert finding.what == "1 Move/Copy#1 on h2 is ok, but its events say nothing"


def test_a_step_that_an_event_tells_of_and_that_is_gone_is_found():
    [finding] = findings(a_run(), told(state="ok"), [])
    assert finding.what == "1 Move/Copy#1 on h1 is ok, as its events say, but there is no record of it"


def test_of_a_step_that_was_undone_its_undoing_is_accounted_for():
    assert findings(a_run(), told(state="compensated"), [a_step(undo=Undo.COMPENSATED)]) == []


def test_a_word_about_a_step_that_names_no_state_changes_none():
    said = told(state="ok")
    note = Entry(type="step.note", run="R1", host="h1", step=a_step().key, data={"why": "a look"})
    said.append(seal(note, seq=3, before=said[-1].hash, identity="X", moment=NOW))
    assert findings(a_run(), said, [a_step()]) == []


@pytest.mark.parametrize("count", [1, 3])
def test_a_record_with_another_number_of_events_is_found(count):
    assert findings(a_run(), told(state="ok"), [a_step()], count=count)
