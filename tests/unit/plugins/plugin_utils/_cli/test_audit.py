# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""saga audit"""

import json
import sqlite3
from contextlib import closing

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit import Kept
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit.verifying import verify
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import Event


@pytest.fixture
def run(past):
    work = past.begin()
    work.do("Copy")
    work.end("completed")
    return work.run


def tamper(past, statement):
    """Change the journal as someone with an editor would."""
    with closing(sqlite3.connect(past.path)) as database, database:
        database.execute(statement)


def test_the_events_are_told_in_order(past, run):
    lines = past.saga("audit", run.id).out.splitlines()[1:]
    assert [line.split()[3] for line in lines] == [
        "run.started",
        "lease.acquired",
        "step.intent",
        "step.outcome",
        "run.completed",
        "lease.released",
    ]


def test_the_lines_of_json_prove_the_chain_by_themselves(past, run):
    lines = [json.loads(line) for line in past.saga("audit", run.id, "--json").out.splitlines()]
    assert {line.pop("schema") for line in lines} == {1}
    events = [Event(**line) for line in lines]
    whole, steps = past.last(), past.journal.steps(run.id)
    kept = Kept.of(steps, past.journal.slices(run.id), lambda step: past.journal.results(run.id, step.host, step.key))
    assert list(verify(whole, steps, events, kept, count=len(events), head=events[-1].hash)) == []


def test_the_newest_run_is_told_of_unless_another_is_named(past, run):
    assert past.saga("audit").out == past.saga("audit", run.id).out


def test_an_untouched_audit_holds(past, run):
    said = past.saga("audit", run.id, "--verify")
    assert said.code == 0
    assert f"The audit of run {run.id} holds: 6 events verified" in said.out


def test_the_audit_of_a_run_at_work_holds(past):
    work = past.begin()
    work.start("Copy")
    assert past.saga("audit", work.run.id, "--verify").code == 0


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("UPDATE event SET data = replace(data, 'ok', 'no') WHERE seq = 4", "its content was changed"),
        ("DELETE FROM event WHERE seq = 3", "event 3 is missing"),
        ("DELETE FROM event WHERE seq > 4", "the run's record says that it has 6"),
        ("UPDATE step SET state = 'failed'", "1 Move/Copy#1 on h1 is failed, but its events say ok"),
        ("UPDATE run SET state = 'stopped'", "the run is stopped, but its events say completed"),
    ],
)
def test_an_audit_that_was_changed_does_not_hold(past, run, statement, finding):
    tamper(past, statement)
    said = past.saga("audit", run.id, "--verify")
    assert said.code == 3
    assert said.out.startswith(f"The audit of run {run.id} does not hold:")
    assert finding in said.out


def test_the_findings_come_as_json_too(past, run):
    tamper(past, "UPDATE step SET state = 'failed'")
    said = past.saga("audit", run.id, "--verify", "--json")
    document = json.loads(said.out)
    assert said.code == 3
    assert (document["run"], document["events"], document["holds"]) == (run.id, 6, False)
    assert [finding["seq"] for finding in document["findings"]] == [0]


def test_the_audit_of_an_unknown_run_is_refused(past, run):
    assert past.saga("audit", "XYZ", "--verify").code == 1
