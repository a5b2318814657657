# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What changed in the part of a playbook that is done, and what may change."""

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.plan import drifted, has_changed
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import PlannedStep, StepState

from samples import a_step


def plan(*tasks):
    """Return a plan of tasks, each a path or a path with a fingerprint."""
    pairs = [task if isinstance(task, tuple) else (task, "as it was") for task in tasks]
    return [
        PlannedStep(path=path, fingerprint=mark, where=f"site.yml:{line}", play=1)
        for line, (path, mark) in enumerate(pairs, 1)
    ]


def done(*paths, state=StepState.OK, **facts):
    return [a_step(path=path, key=f"{path}#1", fingerprint="as it was", state=state, **facts) for path in paths]


def found(before, after, steps):
    return [(change.what, change.path) for change in drifted(before, after, steps)]


ABC = plan("A", "B", "C")


def test_a_playbook_that_stayed_the_same_has_not_drifted():
    assert found(ABC, ABC, done("A", "B")) == []


def test_a_task_that_is_done_and_changed_is_drift():
    assert found(ABC, plan(("A", "new"), "B", "C"), done("A", "B")) == [("changed", "A")]


def test_a_task_that_is_done_and_gone_is_drift():
    assert found(ABC, plan("B", "C"), done("A", "B")) == [("gone", "A")]


def test_a_task_inserted_before_the_frontier_is_drift():
    assert found(ABC, plan("A", "new", "B", "C"), done("A", "B")) == [("inserted", "new")]


@pytest.mark.parametrize(
    "after",
    [
        plan("A", "B", "new", "C"),
        plan("A", "B", "C", "new"),
        plan("A", "B", ("C", "new")),
        plan("A", "B"),
        plan("A", "B", "new"),
    ],
    ids=["inserted", "appended", "changed", "gone", "replaced"],
)
def test_everything_after_the_frontier_may_change(after):
    assert found(ABC, after, done("A", "B")) == []


@pytest.mark.parametrize("state", [StepState.FAILED, StepState.UNREACHABLE, StepState.STARTED, StepState.PENDING])
@pytest.mark.parametrize("after", [plan("A", ("B", "mended"), "C"), plan("A", "C")], ids=["mended", "taken out"])
def test_a_step_that_is_not_done_is_the_frontier_and_may_be_mended(state, after):
    assert found(ABC, after, [*done("A"), *done("B", state=state)]) == []


def test_a_skipped_step_is_done():
    assert found(ABC, plan(("A", "new"), "B", "C"), done("A", state=StepState.SKIPPED)) == [("changed", "A")]


def test_the_frontier_is_the_furthest_of_all_hosts():
    steps = [*done("A", host="h1"), *done("A", "B", host="h2")]
    assert found(ABC, plan("A", "new", "B", "C"), steps) == [("inserted", "new")]


HANDLER = "1 Move/handlers/Reload"


def test_a_handler_that_has_run_does_not_tell_how_far_the_run_came():
    """Handlers stand at the end of a play and run in its middle."""
    assert found(plan("A", "C", HANDLER), plan("A", "new", "C", HANDLER), done("A", HANDLER)) == []


def test_a_handler_may_be_added_at_any_time():
    assert found(plan("A", "B"), plan("A", HANDLER, "B"), done("A", "B")) == []


def test_a_handler_that_has_run_and_changed_is_drift():
    assert found(plan("A", HANDLER), plan("A", (HANDLER, "new")), done("A", HANDLER)) == [("changed", HANDLER)]


def test_a_step_that_no_plan_foresaw_is_judged_when_it_is_met_again():
    assert found(ABC, ABC, done("A", "from an include")) == []


def test_a_compensation_is_none_of_the_plans_business():
    assert found(ABC, ABC, done("undo A/Undo it", undoes="A#1")) == []


def test_of_two_tasks_with_one_name_either_may_be_the_one_that_is_done():
    twice = plan(("A", "other"), "A")
    assert found(twice, twice, done("A")) == []


def test_an_inserted_task_with_two_copies_is_told_once():
    assert found(ABC, plan("new", "new", "A", "B", "C"), done("A")) == [("inserted", "new")]


@pytest.mark.parametrize(
    ("after", "sentence"),
    [
        (plan(("A", "new"), "B"), "site.yml:1: A has changed since it was done"),
        (plan("B"), "site.yml:1: A was done and is not there now (under a new name it would be done again)"),
        (plan("new", "A", "B"), "site.yml:1: new is new, before the place where the run stopped"),
    ],
    ids=["changed", "gone", "inserted"],
)
def test_a_change_reads_as_a_place_and_what_happened_there(after, sentence):
    assert [str(change) for change in drifted(plan("A", "B"), after, done("A", "B"))] == [sentence]


def test_a_step_done_from_another_text_has_changed():
    [step] = done("A")
    assert has_changed(step, "new")


def test_a_step_done_from_the_same_text_has_not_changed():
    [step] = done("A")
    assert not has_changed(step, "as it was")


@pytest.mark.parametrize("state", [StepState.FAILED, StepState.STARTED])
def test_a_step_that_is_not_done_has_not_changed(state):
    [step] = done("A", state=state)
    assert not has_changed(step, "new")


def test_a_step_whose_text_nobody_recorded_has_not_changed():
    assert not has_changed(a_step(fingerprint=""), "new")
