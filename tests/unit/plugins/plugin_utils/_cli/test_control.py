# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""saga pause, saga cancel"""

import json

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.control import ask
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import Wish

from past import UNDOABLE


def events(past, kind):
    return [event for event in past.journal.events(past.last().id) if event.type == kind]


def test_a_run_at_work_is_asked_to_pause_and_how_to_go_on_is_said(past):
    work = past.begin()
    said = past.saga("pause", work.run.id, "--why", "lunch")
    assert said.code == 0
    assert "is asked to pause" in said.out
    assert said.last == f"saga resume --journal {past.path} {work.run.id}"
    [event] = events(past, "run.pause_asked")
    assert (event.data["why"], past.journal.control(work.run.id).why) == ("lunch", "lunch")
    assert past.last().state == "running"


def test_a_pause_needs_no_reason_a_cancel_does(past):
    work = past.begin()
    assert past.saga("pause", work.run.id).code == 0
    assert past.saga("cancel", work.run.id).code == 2


def test_a_run_that_nobody_works_on_is_not_paused(past):
    run = past.killed(lambda work: work.do("Copy"))
    said = past.saga("pause", run.id)
    assert said.code == 1
    assert f"nobody works on run {run.id} who could be asked to stop; it is running (at work: nobody: " in said.err
    assert f"'saga resume {run.id}'" in said.err
    assert past.journal.control(run.id) is None


@pytest.mark.parametrize(
    "arguments", [["pause"], ["cancel", "--why", "off"], ["cancel", "--compensate", "--why", "off"]]
)
def test_a_run_that_has_ended_is_refused(past, arguments):
    past.begin().end("completed")
    command, *more = arguments
    said = past.saga(command, past.last().id, *more)
    assert said.code == 1
    assert "is completed: there is nothing to" in said.err


@pytest.mark.parametrize(
    ("more", "wish", "what"), [([], "cancel", "what it did stays"), (["--compensate"], "compensate", "is undone")]
)
def test_a_run_at_work_is_asked_to_cancel(past, more, wish, what):
    work = past.begin()
    said = past.saga("cancel", work.run.id, *more, "--why", "the move is off")
    assert said.code == 0
    assert what in said.out
    assert past.journal.control(work.run.id).wish == wish
    assert len(events(past, f"run.{wish}_asked")) == 1
    assert past.last().state == "running"


def test_a_run_that_nobody_works_on_is_abandoned_when_it_is_cancelled(past):
    run = past.killed(lambda work: work.do("Copy", contract=UNDOABLE))
    said = past.saga("cancel", run.id, "--why", "the move is off")
    assert said.code == 0
    assert "'Copy' on h1, which 'Undo it' would undo" in said.out
    assert (past.last().state, past.last().reason) == ("abandoned", "the move is off")
    assert past.journal.leases() == []


def test_a_run_that_nobody_works_on_cannot_go_back_by_itself(past):
    run = past.killed(lambda work: work.do("Copy", contract=UNDOABLE))
    said = past.saga("cancel", run.id, "--compensate", "--why", "the move is off")
    assert said.code == 1
    assert f"saga compensate {run.id} --why ..." in said.err
    assert past.last().state == "running"


def test_a_pause_is_accounted_for(past):
    work = past.begin()
    past.saga("pause", work.run.id)
    work.end("parked", "paused by ann")
    assert past.saga("audit", work.run.id, "--verify").code == 0


def test_status_says_what_a_run_at_work_is_asked_for(past):
    work = past.begin()
    assert json.loads(past.saga("status", "--json").out)["asked"] is None
    past.saga("pause", work.run.id, "--why", "lunch")
    asked = past.journal.control(work.run.id)
    assert f"  asked    to pause, by {asked.by}, " in past.saga("status").out
    facts = json.loads(past.saga("status", "--json").out)["asked"]
    assert facts | {"at": ""} == {"wish": "pause", "by": asked.by, "at": "", "why": "lunch"}


def test_status_says_nothing_of_what_a_dead_attempt_was_asked_for(past):
    run = past.killed(lambda work: ask(past.means(), work.run, Wish.PAUSE))
    assert past.journal.control(run.id) is not None
    assert "  asked " not in past.saga("status").out
