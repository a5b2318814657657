# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Decisions meet attempts that begin, or live on, at the same moment."""

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import RunBusyError, StaleAttemptError
from ansible_collections.saga.ops.plugins.plugin_utils._engine.operator import Answer, Word, abandon, decide


def decided(past, run):
    return decide(past.means(), run, Word(host="h1", step="Switch", answer=Answer.DONE, why="I looked"))


def test_a_run_that_was_resumed_since_we_looked_is_not_abandoned(past):
    past.begin().end()
    looked_at = past.last()
    past.begin().end()
    with pytest.raises(RunBusyError, match="someone who has just resumed it"):
        abandon(past.means(), looked_at, why="the move is off")
    assert past.last().state == "stopped"


def test_a_step_is_not_decided_about_when_its_run_was_resumed_since_we_looked(past):
    looked_at = past.killed(lambda work: work.leave_in_doubt("Switch"))
    past.killed(lambda work: work.do("Other"))
    with pytest.raises(RunBusyError, match="someone who has just resumed it"):
        decided(past, looked_at)
    assert past.states()["h1", "Switch"] == "started"


@pytest.mark.parametrize("decision", [decided, lambda past, run: abandon(past.means(), run, why="the move is off")])
def test_an_attempt_that_was_taken_for_dead_cannot_write_over_a_decision(past, decision):
    run = past.killed(lambda work: work.leave_in_doubt("Switch"))
    late = past.as_if_alive(run)
    decision(past, run)
    with pytest.raises(StaleAttemptError):
        late.end()
