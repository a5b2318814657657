# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The program of an engine's node: one word for what became of the run, whatever happens to the node."""

import signal

import pytest

from engines import Engine
from playground import kill_tree


@pytest.fixture
def engine(project):
    return Engine(project)


def switched(engine):
    engine.play(1)
    engine.play(2)
    assert engine.play(2, "approve").word == "done"


@pytest.mark.sweep
def test_three_nodes_are_one_run_that_waits_for_its_approval(engine):
    assert engine.play(1).word == "done"
    assert engine.did() == ["copy"] * 3
    assert engine.play(2).word == "ask"
    assert engine.play(2).word == "ask"  # nobody has answered yet
    assert engine.play(2, "approve").word == "done"
    assert engine.play(2, "approve").word == "done"  # the engine has not heard of it, and starts it again
    assert engine.play(0).word == "done"
    assert engine.did() == ["copy"] * 3 + ["switch", "announce"]
    assert (engine.project.last_run().id, engine.project.last_run().state) == ("wf-1", "completed")
    assert len(engine.project.asked(lambda journal: journal.runs())) == 1


@pytest.mark.sweep
def test_a_node_that_is_killed_goes_on_when_it_is_started_again(engine):
    switched(engine)
    done = engine.did()
    engine.let("announce.hangs")
    process = engine.start(LAST_PLAY=0)
    engine.project.until(engine.hangs)
    kill_tree(process)  # as the end of a pod does
    assert engine.wait(process).word == ""
    again = engine.play(0)
    assert (again.code, again.word) == (0, "done"), again.output
    assert engine.did() == [*done, "announce"]


@pytest.mark.sweep
def test_a_node_that_is_asked_to_end_says_that_it_has_to_be_started_again(engine):
    engine.let("copy.hangs")
    process = engine.start(LAST_PLAY=1)
    engine.project.until(engine.hangs)
    process.send_signal(signal.SIGTERM)
    ended = engine.wait(process)
    assert (ended.code, ended.word) == (143, ""), ended.output
    assert "interrupted by SIGTERM" in engine.project.last_run().reason
    assert engine.play(1).word == "done"


@pytest.mark.sweep
def test_a_denied_gate_undoes_the_plays_before_it_and_no_later_node_takes_that_for_done(engine):
    engine.play(1)
    engine.play(2)
    assert engine.play(2, "deny").word == "over"
    assert engine.did() == ["copy"] * 3 + ["drop"] * 3
    assert engine.play(2).word == "over"
    assert engine.play(0).word == "over"


@pytest.mark.sweep
def test_a_run_is_undone_by_an_answer(engine):
    engine.play(1)
    assert engine.play(2).word == "ask"
    assert engine.play(2, "compensate").word == "over"
    assert engine.did() == ["copy"] * 3 + ["drop"] * 3


@pytest.mark.sweep
def test_a_run_whose_pivot_is_done_asks_again_instead_of_going_back_or_forward(engine):
    switched(engine)
    engine.let("announce.fails")
    assert engine.play(0).word == "ask"
    done = engine.did()
    assert engine.play(0, "compensate").word == "ask"
    assert engine.did() == done
    engine.mend("announce.fails")
    assert engine.play(0, "retry").word == "done"
    assert engine.did() == [*done, "announce"]


def test_an_answer_that_there_is_not_starts_nothing(engine):
    assert engine.play(1, "perhaps").code == 64
    assert engine.did() == []


@pytest.mark.sweep
def test_a_run_that_is_given_up_is_over_and_nothing_is_undone(engine):
    engine.play(1)
    assert engine.play(1, "abort").word == "over"
    assert engine.play(2).word == "over"
    assert engine.did() == ["copy"] * 3


@pytest.mark.sweep
def test_a_node_that_cannot_reach_the_journal_is_to_be_started_again(engine):
    ended = engine.wait(engine.start(SAGA_JOURNAL="redis://127.0.0.1:1/0", SAGA_LOCK_TTL="3s"))
    assert ended.code != 0
    assert ended.word == ""
    assert engine.did() == []
