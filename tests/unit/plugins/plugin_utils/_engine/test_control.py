# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What an operator asks of a run at work: written beside the attempt, seen by it, gone with it."""

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.control import ask
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import RunIdleError, RunOverError
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import Control, RunState, Wish
from ansible_collections.saga.ops.plugins.plugin_utils._engine.wishes import Wishes

from samples import DEAD, StillClock


def test_a_wish_reaches_the_attempt_with_who_and_why(scene):
    attempt = scene.begin()
    asked = ask(scene.means, scene.run(), Wish.PAUSE, why="lunch")
    assert attempt.wishes.now() == asked
    assert (asked.wish, asked.why, asked.at) == (Wish.PAUSE, "lunch", scene.clock.now())
    [event] = [event for event in scene.journal.events(attempt.run.id) if event.type == "run.pause_asked"]
    assert (event.actor, event.data) == (asked.by, {"wish": "pause", "why": "lunch"})


@pytest.mark.parametrize("wish", [Wish.PAUSE, Wish.CANCEL, Wish.COMPENSATE])
def test_a_wish_does_not_disturb_the_attempt(scene, wish):
    attempt = scene.begin()
    step = scene.start(attempt, "Copy")
    ask(scene.means, scene.run(), wish)
    scene.finish(attempt, step)
    scene.do(attempt, "Link")
    assert (scene.state("Copy"), scene.state("Link")) == ("ok", "ok")
    assert scene.run().state is RunState.RUNNING


def test_the_last_wish_is_the_one_that_holds(scene):
    scene.begin()
    ask(scene.means, scene.run(), Wish.PAUSE)
    ask(scene.means, scene.run(), Wish.CANCEL)
    assert scene.journal.control(scene.run().id).wish is Wish.CANCEL


@pytest.mark.parametrize("state", [RunState.PARKED, RunState.STOPPED, RunState.COMPLETED, RunState.ABANDONED])
def test_a_wish_ends_with_the_attempt(scene, state):
    attempt = scene.begin()
    ask(scene.means, scene.run(), Wish.PAUSE)
    attempt.end(state)
    assert scene.journal.control(attempt.run.id) is None


def test_a_wish_that_a_dead_attempt_has_not_seen_is_none_of_the_next_ones(scene):
    attempt = scene.begin()
    ask(scene.means, scene.run(), Wish.CANCEL)
    after = scene.resume(attempt)
    assert after.wishes.now() is None
    assert scene.journal.control(attempt.run.id) is None


def test_nobody_can_be_asked_when_nobody_works_on_the_run(scene):
    attempt = scene.begin()
    scene.crash(attempt)
    before = scene.everything()
    with pytest.raises(RunIdleError, match="it goes on with 'saga resume"):
        ask(scene.means, scene.run(), Wish.PAUSE)
    with pytest.raises(RunIdleError, match="saga compensate"):
        ask(scene.means, scene.run(), Wish.COMPENSATE)
    assert scene.everything() == before


def test_workers_that_outlived_their_controller_cannot_be_asked(scene):
    attempt = scene.begin()
    scene.give(attempt.run, DEAD)
    scene.means.spool.workers = lambda _run, **_without: [attempt.slice.owner]
    with pytest.raises(RunIdleError, match=r"workers .* of an attempt whose controller is gone"):
        ask(scene.means, scene.run(), Wish.PAUSE)


@pytest.mark.parametrize("state", [RunState.COMPLETED, RunState.COMPENSATED, RunState.ABANDONED])
def test_a_run_that_has_ended_is_not_asked(scene, state):
    scene.begin().end(state)
    with pytest.raises(RunOverError, match="there is nothing to pause"):
        ask(scene.means, scene.run(), Wish.PAUSE)


def test_a_run_that_goes_back_is_not_asked_to(scene):
    scene.begin().go_back("'Copy' failed on h1")
    with pytest.raises(RunOverError, match="it goes back already"):
        ask(scene.means, scene.run(), Wish.COMPENSATE)
    ask(scene.means, scene.run(), Wish.PAUSE)


def test_the_journal_is_read_at_most_twice_a_second():
    looks, clock = [], StillClock()
    asked = Control(run="R1", wish=Wish.PAUSE)

    def look():
        looks.append(clock.monotonic())
        return asked if len(looks) > 1 else None

    wishes = Wishes(look, clock=clock)
    assert [wishes.now() for _time in range(100)] == [None] * 100
    clock.wait(0.5)
    assert [wishes.now() for _time in range(100)] == [asked] * 100
    assert len(looks) == 2
