# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A way back that ends before the run's beginning: what was undone is done anew, in its new place [I7] [I9]."""

from dataclasses import replace

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.meeting import Way, Whole
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import Contract, Unit
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import (
    EVERY_HOST,
    RunState,
    StepState,
    Surroundings,
    Undo,
    WayBack,
)

from samples import ONCE, PIVOT, READ_ONLY, UNDOABLE
from scene import BEGIN, WORKER, item

ON_H2 = WayBack(hosts=("h2",), play=1, is_forward_after=True)
HERE = Surroundings(hosts={"h1": "h1", "h2": "h2"}, extent="all")
BLOCK = Whole(
    key="1 Move/whole:Block#1",
    unit=Unit(path="1 Move/whole:Block", name="Block", where="site.yml:5", contract=Contract(compensate=("Undo it",))),
)


def undo(scene, attempt, *names, **how):
    """Undo what is owed, as the bridge does: compensations are steps."""
    for undoing in attempt.debt().undoings:
        for step in undoing.steps:
            facts = {"path": f"undo {undoing.key}/Undo it", "undoes": undoing.key, "contract": ONCE} | how
            scene.do(attempt, f"Undo {undoing.name}", step.doer, **facts)
        attempt.undone(undoing, failed=())


def gone_back(scene, back=WayBack(is_forward_after=True), **wish):  # noqa: B008  frozen
    """Do a step on each host, fail on one, undo as far as it is said."""
    attempt = scene.begin(**wish)
    for host in ("h1", "h2"):
        scene.do(attempt, "Copy", host, contract=UNDOABLE)
    scene.do(attempt, "Break", "h2", StepState.FAILED)
    attempt.go_back("Break failed on h2", back)
    undo(scene, attempt)
    return attempt


def states(attempt):
    return {(step.name, step.doer): str(step.undo or step.state) for step in attempt.steps()}


def test_what_was_undone_is_open_again_and_what_was_not_stays_done(scene):
    attempt = gone_back(scene, ON_H2)
    attempt.turn_forward()
    assert states(attempt) == {
        ("Copy", "h1"): "ok",
        ("Copy", "h2"): "void",
        ("Break", "h2"): "void",
        ("Undo Copy", "h2"): "void",
    }
    [step] = [step for step in attempt.steps() if (step.name, step.doer) == ("Copy", "h2")]
    assert (step.executions, step.undo, step.may_remain) == (0, Undo.NONE, False)
    assert attempt.debt().undoings[0].hosts == ("h1",)


def test_the_way_back_and_how_far_it_goes_outlive_a_crash(scene):
    attempt = scene.begin()
    for host in ("h1", "h2"):
        scene.do(attempt, "Copy", host, contract=UNDOABLE)
    attempt.go_back("Break failed on h2", ON_H2)
    attempt = scene.resume(attempt)
    assert (attempt.run.is_going_back, attempt.run.back) == (True, ON_H2)
    assert [undoing.hosts for undoing in attempt.debt().undoings] == [("h2",)]


def test_a_run_that_goes_forward_again_is_no_longer_on_its_way_back(scene):
    attempt = gone_back(scene, ON_H2)
    attempt.turn_forward()
    attempt.end(RunState.STOPPED, "undone on h2")
    run = scene.run()
    assert (run.state, run.is_going_back, run.back) == (RunState.STOPPED, False, WayBack())
    assert scene.begin().run.state is RunState.RUNNING


def test_all_that_is_opened_again_is_written_at_once_with_the_runs_turn(scene):
    """[I12] The scene's audit accounts for each of them."""
    gone_back(scene, ON_H2).turn_forward()
    assert scene.types()[-4:] == ["step.reopened", "step.reopened", "step.reopened", "run.turned_forward"]


def test_a_step_that_is_done_anew_takes_its_place_after_what_stayed_done(scene):
    """[I7]"""
    attempt = gone_back(scene, ON_H2)
    attempt.turn_forward()
    attempt.end(RunState.STOPPED)
    attempt = scene.begin()
    assert scene.decide(attempt, "Copy", "h1", contract=UNDOABLE).way is Way.REPLAY
    scene.do(attempt, "Copy", "h2", contract=UNDOABLE)
    scene.do(attempt, "Break", "h2", contract=UNDOABLE)
    assert [(undoing.name, undoing.hosts) for undoing in attempt.debt().undoings] == [
        ("Break", ("h2",)),
        ("Copy", ("h1", "h2")),
    ]


def test_a_second_undoing_runs_the_compensation_again(scene):
    """[I7] Once for each time that the step was done."""
    attempt = gone_back(scene)
    attempt.turn_forward()
    attempt.end(RunState.STOPPED)
    attempt = scene.begin()
    for host in ("h1", "h2"):
        scene.do(attempt, "Copy", host, contract=UNDOABLE)
    attempt.go_back("once more")
    undo(scene, attempt)
    assert {step.executions for step in attempt.steps() if step.undoes} == {1}
    assert {str(step.undo) for step in attempt.steps() if step.name == "Copy"} == {"compensated"}


def test_what_only_looked_looks_again_if_it_looked_after_what_was_undone(scene):
    attempt = scene.begin()
    scene.do(attempt, "Look first", contract=READ_ONLY)
    scene.do(attempt, "Copy", contract=UNDOABLE)
    scene.do(attempt, "Look", contract=READ_ONLY)
    scene.do(attempt, "Look", "h2", contract=READ_ONLY)
    scene.do(attempt, "Passed over", state=StepState.SKIPPED)
    scene.do(attempt, "Link")
    attempt.go_back("by request", WayBack(is_forward_after=True))
    undo(scene, attempt)
    attempt.turn_forward()
    found = states(attempt)
    assert {name for name, _host in found if found[name, _host] == "void"} == {
        "Copy",
        "Look",
        "Passed over",
        "Undo Copy",
    }
    assert (found["Look", "h1"], found["Look", "h2"], found["Link", "h1"]) == ("void", "ok", "ok")


def test_a_unit_is_opened_again_with_the_steps_in_it_and_begins_anew(scene):
    attempt = scene.begin()
    for task in ("First", "Second"):
        scene.do(attempt, task, wholes=(BLOCK,))
    scene.do(attempt, "Outside")
    attempt.go_back("by request", WayBack(is_forward_after=True))
    undo(scene, attempt)
    attempt.turn_forward()
    attempt.end(RunState.STOPPED)
    attempt = scene.begin()
    found = states(attempt)
    assert (found["Block", "h1"], found["First", "h1"], found["Second", "h1"]) == ("void", "void", "void")
    assert found["Outside", "h1"] == "ok"
    assert attempt.debt().undoings == ()
    scene.do(attempt, "First", wholes=(BLOCK,))
    [block] = [step for step in attempt.steps() if step.is_unit]
    assert (block.state, block.executions) == (StepState.OK, 1)
    assert block.seq > max(step.seq for step in attempt.steps() if step.name == "Outside")
    assert [undoing.name for undoing in attempt.debt().undoings] == ["Block"]


def test_a_loop_that_was_undone_forgets_the_items_that_were_done(scene):
    """[I4] is about a run that goes on: here they were undone."""
    attempt = scene.begin()
    step = scene.start(attempt, "Loop", "h1", WORKER, BEGIN, item("a"), contract=UNDOABLE)
    scene.finish(attempt, step, StepState.FAILED, may_remain=True)
    [known] = attempt.steps()
    assert set(attempt.results_of(known)) == {"", "a"}
    attempt.go_back("Loop failed", WayBack(is_forward_after=True))
    undo(scene, attempt)
    attempt.turn_forward()
    assert attempt.results_of(known) == {}
    attempt.end(RunState.STOPPED)
    attempt, repeatable = scene.begin(), replace(UNDOABLE, is_idempotent=True)
    scene.start(attempt, "Loop", "h1", WORKER, BEGIN, contract=repeatable)
    attempt = scene.resume(attempt)
    assert scene.decide(attempt, "Loop", contract=repeatable).items == ()


def test_a_step_that_was_done_once_for_all_is_opened_again_for_all(scene):
    attempt = scene.begin(surroundings=HERE)
    scene.do(attempt, "Make", is_for_all=True, contract=UNDOABLE)
    scene.do(attempt, "Look", "h2", contract=READ_ONLY)
    attempt.go_back("by request", WayBack(is_forward_after=True))
    undo(scene, attempt)
    assert {step.name for step in attempt.turn_forward()} == {"Make", "Look", "Undo Make"}
    assert [step.host for step in attempt.steps() if step.name == "Make"] == [EVERY_HOST]


@pytest.mark.parametrize("back", [ON_H2, WayBack(is_forward_after=True)], ids=["h2", "all"])
def test_a_host_whose_steps_are_open_again_has_not_come_to_its_end(scene, back):
    attempt = gone_back(scene, back, surroundings=HERE)
    attempt.turn_forward()
    attempt.end(RunState.STOPPED, finished=["h1", "h2"])
    attempt = scene.begin(surroundings=HERE)
    assert attempt.finished() == ({"h1"} if back is ON_H2 else set())


def test_a_pivot_beyond_the_way_back_does_not_forbid_it(scene):
    """[I8]"""
    attempt = scene.begin()
    scene.do(attempt, "Switch", "h1", contract=PIVOT)
    scene.do(attempt, "Copy", "h2", contract=UNDOABLE)
    assert attempt.debt(ON_H2).pivot is None
    assert attempt.debt().pivot.name == "Switch"


def test_nothing_is_open_again_when_nothing_was_undone(scene):
    attempt = scene.begin()
    scene.do(attempt, "Copy", contract=UNDOABLE)
    attempt.go_back("by request", WayBack(hosts=("h2",), is_forward_after=True))
    assert attempt.turn_forward() == []
    assert states(attempt) == {("Copy", "h1"): "ok"}
