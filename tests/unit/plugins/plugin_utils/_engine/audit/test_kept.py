# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Whatever is done to what a journal keeps beside its events, its audit names it, and no resume goes on with it."""

import hashlib
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine import codec
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit.chain import link
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit.refusals import ResultAlteredError
from ansible_collections.saga.ops.plugins.plugin_utils._engine.meeting import Way
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import StepState

OF_COPY, OF_MOVE, OF_LOOP = "1 Move/Copy#1", "1 Move/Move#1", "1 Move/Loop#1"
FORGED = codec.encode({"family": "2.19", "result": {"data": {"changed": False}}, "fields": {}})


def result(word):
    return codec.encode({"family": "2.19", "result": {"data": {"changed": True, "stdout": word}}, "fields": {}})


@pytest.fixture
def run(past):
    """A run that was stopped: two steps are done, of a loop the items a and b are, and nobody works on it."""

    def work(attempt):
        attempt.finish(attempt.start("Copy"), payload=result("copied"))
        attempt.finish(attempt.start("Move"), payload=result("moved"), captured=codec.encode({"slot": "move"}))
        reference = attempt.start("Loop")
        page = attempt.page(reference)
        for item in ("a", "b"):
            page.write("begin", key=item)
            page.write("item", key=item, payload=result(item))
        attempt.finish(reference, StepState.FAILED, result("failed"), is_handled=False)
        attempt.end()

    return past.killed(work)


def edit(past, statement, *values):
    with closing(sqlite3.connect(past.path)) as editor:
        assert editor.execute(statement, values).rowcount
        editor.commit()


def test_the_digest_that_an_event_tells_is_that_of_the_stored_text(past, run):
    [event] = [event for event in past.journal.events(run.id) if (event.type, event.step) == ("step.outcome", OF_MOVE)]
    stored = past.journal.results(run.id, "h1", OF_MOVE)[""]
    assert event.data["digests"]["results"] == {"": hashlib.sha256(stored.encode()).hexdigest()}
    assert past.saga("audit", "--verify").code == 0


RESULTS = {
    "UPDATE result SET payload = '{}' WHERE key LIKE '%Copy%'": f"the result of {OF_COPY} on h1 is not the one",
    "DELETE FROM result WHERE key LIKE '%Copy%'": f"the result of {OF_COPY} on h1 is gone, that event",
    "UPDATE result SET payload = '' WHERE key LIKE '%Copy%'": f"the result of {OF_COPY} on h1 is gone, that event",
    "UPDATE result SET payload = (SELECT payload FROM result WHERE key LIKE '%Move#%') WHERE key LIKE '%Copy%'": (
        f"; it is the one of {OF_MOVE} on h1, of event"
    ),
    "UPDATE result SET payload = '{}' WHERE item = 'b'": f"the result of item b of {OF_LOOP} on h1 is not the one",
    "DELETE FROM result WHERE item = 'a'": f"the result of item a of {OF_LOOP} on h1 is gone",
    "INSERT INTO result SELECT run, host, key, 'c', payload FROM result WHERE item = 'a'": (
        f"the result of item c of {OF_LOOP} on h1 is one that no event tells of"
    ),
}
RECORDS = {
    'UPDATE run SET command = \'["ansible-playbook", "evil.yml"]\'': "the recorded command of the run is not the one",
    "UPDATE run SET directory = '/tmp/evil'": "the recorded command of the run is not the one",
    "UPDATE run SET targets = '[]'": "the recorded targets of the run is not the one",
    'UPDATE slice SET command = \'["ansible-playbook", "evil.yml"]\'': "the record of attempt 1 is not the one",
    "UPDATE slice SET targets = '[\"h9\"]'": "the record of attempt 1 is not the one",
    "DELETE FROM slice": "the record of attempt 1 is gone, that event",
    "INSERT INTO slice (run, attempt, token, targets, state, updated, command, directory) "
    "SELECT run, 7, token, targets, state, updated, command, directory FROM slice": (
        "the record of attempt 7 is one that no event tells of"
    ),
    "UPDATE step SET captured = '{}' WHERE key LIKE '%Move#%'": f"what {OF_MOVE} on h1 has captured is not the one",
    "UPDATE step SET captured = '' WHERE key LIKE '%Move#%'": f"what {OF_MOVE} on h1 has captured is gone",
    "UPDATE step SET captured = '{}' WHERE key LIKE '%Copy%'": f"what {OF_COPY} on h1 has captured is one that",
}


@pytest.mark.parametrize("statement", [*RESULTS, *RECORDS])
def test_what_is_changed_removed_added_or_swapped_is_named(past, run, statement):
    edit(past, statement)
    said = past.saga("audit", "--verify")
    assert said.code == 3
    assert (RESULTS | RECORDS)[statement] in said.out


@pytest.mark.parametrize("statement", RESULTS)
def test_a_resume_does_not_go_on_with_a_result_that_is_not_as_it_was_written(past, run, statement):
    edit(past, statement)
    resumed = past.begin()
    step = resumed.reference("Loop" if OF_LOOP in RESULTS[statement] else "Copy")
    with pytest.raises(ResultAlteredError, match=r"restore the journal, or give the run up with 'saga abandon"):
        resumed.attempt.decide(step)


def test_a_resume_goes_on_with_what_is_as_it_was_written(past, run):
    resumed = past.begin()
    courses = {name: resumed.attempt.decide(resumed.reference(name)) for name in ("Copy", "Move", "Loop")}
    assert [course.way for course in courses.values()] == [Way.REPLAY, Way.REPLAY, Way.EXECUTE]
    assert courses["Copy"].payload == result("copied")
    assert dict(courses["Loop"].items) == {item: result(item) for item in ("a", "b")}


def test_what_an_attempt_that_goes_on_has_written_itself_is_no_alarm(past, run):
    resumed = past.begin()
    resumed.attempt.decide(resumed.reference("Copy"))  # the events have been read by now
    loop = resumed.start("Loop")
    resumed.finish(loop, payload=result("done"))
    assert resumed.attempt.results_of(resumed.attempt.step("h1", OF_LOOP))[""] == result("done")
    resumed.end("completed")
    assert past.saga("audit", "--verify").code == 0


def test_a_run_that_an_older_saga_ops_has_begun_is_verified_as_far_as_its_events_tell(past, run):
    events = [(event.seq, {**event.data}) for event in past.journal.events(run.id)]
    for _seq, data in events:
        data.pop("digests", None)
    chained(past, run, dict(events))
    assert past.saga("audit", "--verify").code == 0
    edit(past, "UPDATE result SET payload = ? WHERE key LIKE '%Copy%'", FORGED)
    assert past.saga("audit", "--verify").code == 0
    edit(past, "DELETE FROM result WHERE key LIKE '%Copy%'")
    resumed = past.begin()
    step = resumed.reference("Copy")
    with pytest.raises(ResultAlteredError, match=f"the result of {OF_COPY} on h1 is gone"):
        resumed.attempt.decide(step)


def chained(past, run, data):
    """Make the chain of a run anew, with other data."""
    before = ""
    for event in list(past.journal.events(run.id)):
        made = replace(event, data=data[event.seq])
        before = link(made, before)
        values = (codec.encode(made.data), before, event.seq)
        edit(past, "UPDATE event SET data = ?, hash = ? WHERE seq = ?", *values)
    edit(past, "UPDATE run SET head = ?", before)
