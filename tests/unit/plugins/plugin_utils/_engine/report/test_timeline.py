# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A bar for each try of a step on a host, as the events of real attempts tell of it."""

from dataclasses import replace

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.meeting import Finish
from ansible_collections.saga.ops.plugins.plugin_utils._engine.operator import decide
from ansible_collections.saga.ops.plugins.plugin_utils._engine.operator.choosing import Word
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import Approval
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import Answer, Asks, RunState, StepState
from ansible_collections.saga.ops.plugins.plugin_utils._engine.report.timeline import bars

from samples import NOW, ONCE, READ_ONLY, UNDOABLE
from scene import BEGIN, RESULT, WORKER, Scene

GATED = replace(ONCE, approval=Approval())


@pytest.fixture
def scene(tmp_path):
    scene = Scene(tmp_path)
    yield scene
    scene.must_be_accounted_for()


def drawn(scene, *, is_told_steps=True):
    """Return the last run's bars: host, task, begin and end in seconds since it began, how it ended."""
    run = scene.run()
    steps = scene.journal.steps(run.id) if is_told_steps else []
    found = bars(steps, scene.journal.events(run.id))
    return [(bar.host, bar.key.split("/")[-1], _since(bar.began), _since(bar.ended), bar.word) for bar in found]


def _since(moment):
    return None if moment is None else round(moment - NOW, 3)


def take(scene, attempt, task, seconds, *, host="h1", state=StepState.OK, **reference):
    step = scene.start(attempt, task, host, **reference)
    scene.clock.wait(seconds)
    scene.finish(attempt, step, state)
    return step


def test_a_step_takes_from_its_start_to_its_outcome(scene):
    attempt = scene.begin()
    take(scene, attempt, "Copy", 2)
    take(scene, attempt, "Pay", 1, state=StepState.FAILED)
    assert drawn(scene) == [("h1", "Copy#1", 0, 2, "ok"), ("h1", "Pay#1", 2, 3, "failed")]


def test_a_step_without_an_intent_began_when_its_outcome_says_so(scene):
    take(scene, scene.begin(), "Look", 2, contract=READ_ONLY)
    assert drawn(scene) == [("h1", "Look#1", 0, 2, "ok")]


def test_of_what_an_older_version_recorded_the_begin_may_be_unknown(scene):
    take(scene, scene.begin(), "Look", 2, contract=READ_ONLY)
    run = scene.run()
    old = [replace(event, data={"state": "ok"}) for event in scene.journal.events(run.id) if event.step]
    assert [(bar.began, bar.ended) for bar in bars(scene.journal.steps(run.id), old)] == [(None, NOW + 2)]


@pytest.mark.parametrize("contract", [ONCE, READ_ONLY])
def test_each_try_has_a_bar(scene, contract):
    attempt = scene.begin()
    step = scene.start(attempt, "Copy", contract=contract)
    scene.clock.wait(1)
    failed = Finish(reference=step, state=StepState.FAILED, payload="no")
    attempt.retry(failed, delay=5)
    scene.clock.wait(5)
    attempt.start(step)
    scene.clock.wait(1)
    scene.finish(attempt, step)
    assert drawn(scene) == [("h1", "Copy#1", 0, 1, "retrying"), ("h1", "Copy#1", 6, 7, "ok")]


def test_what_is_at_work_has_no_end(scene):
    scene.start(scene.begin(), "Copy")
    assert drawn(scene) == [("h1", "Copy#1", 0, None, "at work")]


def test_the_attempts_own_records_tell_of_work_that_has_no_intent(scene):
    attempt = scene.begin()
    scene.start(attempt, "Look", contract=READ_ONLY)
    found = bars(attempt.steps(), scene.journal.events(scene.run().id))
    assert [(bar.key, bar.began, bar.word) for bar in found] == [("1 Move/Look#1", NOW, "at work")]


@pytest.mark.parametrize(
    ("page", "word"),
    [((WORKER, BEGIN), "in doubt"), ((WORKER,), "broken off"), ((WORKER, BEGIN, RESULT), "ok")],
)
def test_nobody_knows_when_a_step_ended_whose_controller_had_died(scene, page, word):
    attempt = scene.begin()
    scene.start(attempt, "Copy", "h1", *page)
    scene.clock.wait(9)
    scene.resume(attempt)
    assert drawn(scene) == [("h1", "Copy#1", 0, None, word)]


def test_a_failure_that_a_worker_left_is_one_try_also_when_ansible_has_acted_on_it(scene):
    attempt = scene.begin()
    scene.start(attempt, "Copy", "h1", WORKER, BEGIN, RESULT | {"state": "failed"})
    after = scene.resume(attempt)
    step = scene.meet(after, "Copy")
    assert after.decide(step).is_news
    scene.finish(after, step, StepState.FAILED)
    assert drawn(scene) == [("h1", "Copy#1", 0, None, "failed")]


def test_a_try_after_a_failure_that_ended_an_attempt_is_another_one(scene):
    attempt = scene.begin()
    take(scene, attempt, "Look", 1, state=StepState.FAILED, contract=READ_ONLY)
    attempt.end(RunState.STOPPED)
    scene.clock.wait(10)
    take(scene, scene.begin(), "Look", 1, contract=READ_ONLY)
    assert drawn(scene) == [("h1", "Look#1", 0, 1, "failed"), ("h1", "Look#1", 11, 12, "ok")]


def test_a_doubt_says_what_was_decided_about_it(scene):
    attempt = scene.begin()
    step = scene.start(attempt, "Switch", "h1", WORKER, BEGIN)
    after = scene.resume(attempt)
    after.ask([(step, Asks.DOUBT)])
    after.end(RunState.PARKED)
    decide(scene.means, scene.run(), Word(answer=Answer.DONE, why="seen"))
    assert drawn(scene) == [("h1", "Switch#1", 0, None, "in doubt, done")]


def test_a_doubt_says_what_a_verify_handler_has_found(scene):
    attempt = scene.begin()
    step = scene.start(attempt, "Switch", "h1", WORKER, BEGIN)
    scene.resume(attempt).resolve(step, payload=None, how="Is it there")
    assert drawn(scene) == [("h1", "Switch#1", 0, None, "in doubt, not there")]


def test_a_step_that_was_denied_was_never_at_work_and_has_a_bar_once_it_was(scene):
    attempt = scene.begin()
    attempt.ask([(scene.meet(attempt, "Pay", contract=GATED), Asks.APPROVAL)])
    attempt.end(RunState.PARKED)
    decide(scene.means, scene.run(), Word(answer=Answer.DENY, why="not today"))
    denied = scene.begin()
    scene.finish(denied, scene.meet(denied, "Pay", contract=GATED), StepState.FAILED)
    denied.end(RunState.STOPPED)
    assert drawn(scene) == []
    asking = scene.begin()
    asking.ask([(scene.meet(asking, "Pay", contract=GATED), Asks.APPROVAL)])
    asking.end(RunState.PARKED)
    decide(scene.means, scene.run(), Word(answer=Answer.APPROVE))
    take(scene, scene.begin(), "Pay", 1, contract=GATED)
    assert drawn(scene) == [("h1", "Pay#1", 0, 1, "ok")]


def test_a_step_that_one_host_does_for_all_is_that_hosts(scene):
    take(scene, scene.begin(), "Copy", 1, host="h2", is_for_all=True)
    assert drawn(scene) == drawn(scene, is_told_steps=False) == [("h2", "Copy#1", 0, 1, "ok")]


def test_bars_are_in_the_order_of_their_begins_over_all_hosts(scene):
    attempt = scene.begin()
    slow = scene.start(attempt, "Copy", "h1", contract=READ_ONLY)
    scene.clock.wait(1)
    take(scene, attempt, "Copy", 1, host="h2", contract=READ_ONLY)
    scene.finish(attempt, slow)
    assert [(host, began) for host, _task, began, _ended, _word in drawn(scene)] == [("h1", 0), ("h2", 1)]


def test_what_undoes_a_step_has_a_bar_of_its_own_and_what_is_replayed_has_none(scene):
    attempt = scene.begin()
    take(scene, attempt, "Copy", 1, contract=UNDOABLE)
    attempt.go_back("it failed")
    take(scene, attempt, "Undo it", 2, path="undo 1 Move/Copy#1/Undo it", undoes="1 Move/Copy#1")
    after = scene.resume(attempt)
    scene.decide(after, "Copy", contract=UNDOABLE)
    assert drawn(scene) == [("h1", "Copy#1", 0, 1, "ok"), ("h1", "Undo it#1", 1, 3, "ok")]
