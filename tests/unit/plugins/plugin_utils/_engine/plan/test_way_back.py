# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The forecast of the way back, against what is owed when it comes to it."""

from dataclasses import replace

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.plan.forward import forward
from ansible_collections.saga.ops.plugins.plugin_utils._engine.plan.outline import Role, Section
from ansible_collections.saga.ops.plugins.plugin_utils._engine.plan.way_back import OUTCOMES, way_back
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import OnFailure, Then
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import StepState
from ansible_collections.saga.ops.plugins.plugin_utils._engine.saga import owed
from hypothesis import given
from hypothesis import strategies as st

from planned import HOSTS, a_handler, a_large, a_play, a_task, a_unit, an_outline, undone_by
from samples import IDEMPOTENT, ONCE, PIVOT, READ_ONLY, a_step

CONTRACTS = (READ_ONLY, IDEMPOTENT, ONCE, undone_by("Undo it"), undone_by("Undo this", "Undo that"))


@st.composite
def outlines(draw, contracts=(*CONTRACTS, PIVOT)):
    plays = [
        a_play(
            *(
                a_task(f"T{number}", draw(st.sampled_from(contracts)), hosts=hosts, is_loop=draw(st.booleans()))
                for number, hosts in enumerate(draw(st.lists(st.sampled_from([1, 3]), max_size=6)))
            )
        )
        for _play in range(draw(st.integers(1, 3)))
    ]
    return an_outline(*plays)


def failed_at(outline, number):
    """Return the steps of a run in which a step failed on its first host, after all before it were done."""
    steps = []
    for _play, task in forward(outline):
        for place, host in enumerate(HOSTS[: task.hosts]):
            has_failed = task.number == number and place == 0
            steps.append(
                a_step(
                    host=host,
                    key=f"{task.path}#{task.number}",
                    name=task.name,
                    play=task.play,
                    seq=len(steps) + 1,
                    contract=task.contract,
                    state=StepState.FAILED if has_failed else StepState.OK,
                    may_remain=has_failed and task.is_loop and task.contract.has_effect,
                )
            )
        if task.number == number:
            return steps
    raise LookupError(number)


def answer(back, number):
    [found] = [each for each in back.failing if each.first <= number <= each.last]
    return found


def numbers(outline):
    return [task.number for _play, task in forward(outline)]


@given(outlines())
def test_the_same_is_undone_in_the_same_order_as_a_failed_run_owes(outline):
    """[I7] [I8]"""
    back = way_back(outline)
    for number in numbers(outline):
        debt, foreseen = owed(failed_at(outline, number)), answer(back, number)
        order = [(int(undoing.key.rpartition("#")[2]), undoing.handlers) for undoing in debt.undoings]
        if not order:
            assert foreseen.outcome == "stops"
        elif debt.pivot is None:
            assert foreseen.outcome == "goes back"
            assert [(each.number, each.handlers) for each in back.due(foreseen)] == order
        else:
            # Of the first pivot itself nobody knows beforehand whether it failed everywhere.
            is_open = min(back.pivots) == number
            assert foreseen.outcome == ("goes back or parks" if is_open else "parks")


@given(outlines())
def test_each_step_has_exactly_one_answer(outline):
    back = way_back(outline)
    assert [answer(back, number).outcome in OUTCOMES for number in numbers(outline)] == [True] * len(numbers(outline))


@given(outlines(contracts=CONTRACTS))
def test_a_later_failure_never_undoes_less(outline):
    counts = [each.count for each in way_back(outline).failing]
    assert counts == sorted(counts)


def order(*tasks):
    return [each.name for each in way_back(an_outline(a_play(*tasks))).order]


def test_of_one_step_its_own_is_undone_first_and_inner_units_before_outer_ones():
    inner, outer = a_unit("Inner"), a_unit("Outer")
    assert order(a_task("Step", undone_by(), units=(inner, outer))) == ["Step", "Inner", "Outer"]


def test_a_unit_is_undone_once_and_after_all_that_was_done_in_it():
    inner, outer = a_unit("Inner"), a_unit("Outer")
    first = a_task("First", undone_by(), units=(outer,))
    second = a_task("Second", undone_by(), units=(inner, outer))
    third = a_task("Third", ONCE, units=(inner, outer))
    assert order(a_task("Before", undone_by()), first, second, third) == [
        "Second",
        "Inner",
        "First",
        "Outer",
        "Before",
    ]


def test_a_unit_is_due_from_the_first_of_its_steps_with_an_effect():
    unit = a_unit()
    outline = an_outline(a_play(a_task("Look", READ_ONLY, units=(unit,)), a_task("Do", ONCE, hosts=1, units=(unit,))))
    back = way_back(outline)
    assert [answer(back, number).outcome for number in (1, 2)] == ["stops", "goes back"]


def test_a_block_of_the_same_name_in_another_play_is_another_unit():
    task = a_task("Do", ONCE, units=(a_unit(),))
    assert len(way_back(an_outline(a_play(task), a_play(task))).order) == 2


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        ({"ignores_errors": True}, "goes on"),
        ({"is_rescued": True}, "goes on"),
        ({"contract": replace(ONCE, on_failure=OnFailure(then=Then.CONTINUE))}, "goes on"),
        ({"contract": replace(ONCE, on_failure=OnFailure(then=Then.STOP))}, "stops"),
        ({"contract": replace(ONCE, on_failure=OnFailure(then=Then.ESCALATE))}, "parks"),
        ({"contract": replace(ONCE, on_failure=OnFailure(then=Then.COMPENSATE))}, "goes back"),
    ],
)
def test_what_a_step_says_of_its_failure_holds(facts, outcome):
    outline = an_outline(a_play(a_task("Before", undone_by()), a_task(**facts)))
    assert answer(way_back(outline), 2).outcome == outcome


def test_a_pivot_that_may_be_skipped_leaves_both_open():
    pivot = a_task("Switch", PIVOT, is_conditional=True)
    outline = an_outline(a_play(a_task("Before", undone_by()), pivot, a_task("After")))
    found = answer(way_back(outline), 3)
    assert (found.outcome, found.pivot, found.count) == ("goes back or parks", 2, 1)


def test_under_free_another_host_may_have_passed_the_pivot():
    tasks = (a_task("Before", undone_by()), a_task("Between"), a_task("Switch", PIVOT))
    outcome = {
        strategy: answer(way_back(an_outline(a_play(*tasks, strategy=strategy))), 2).outcome
        for strategy in ("saga.ops.linear", "saga.ops.free", "saga.ops.host_pinned")
    }
    assert outcome == {
        "saga.ops.linear": "goes back",
        "saga.ops.free": "goes back or parks",
        "saga.ops.host_pinned": "goes back or parks",
    }


def test_a_later_batch_comes_after_the_pivot_of_the_first():
    tasks = (a_task("Before", undone_by()), a_task("Switch", PIVOT))
    back = way_back(an_outline(a_play(*tasks, batches=(2, 1))))
    assert [(each.outcome, each.pivot) for each in back.later_batches] == [("parks", 2)]


def test_a_failure_in_a_later_batch_undoes_the_earlier_ones_too():
    [later] = way_back(an_outline(a_play(a_task("Do", undone_by()), batches=(2, 1)))).later_batches
    assert (later.outcome, later.count, later.batches) == ("goes back", 1, 2)


def test_only_handlers_that_something_notifies_are_steps_of_the_way():
    notified = a_handler("Restart", undone_by("Stop it"), serves=(Role.NOTIFIED,))
    back = way_back(an_outline(a_play(a_task("Do", undone_by()), a_handler("Undo it"), notified)))
    assert [(each.name, each.is_certain) for each in back.order] == [("Restart", False), ("Do", True)]


def test_a_rescue_is_undone_if_it_ran():
    back = way_back(an_outline(a_play(a_task("Mend", undone_by(), section=Section.RESCUE))))
    assert not back.order[0].is_certain


def test_what_nothing_undoes_stays():
    outline = an_outline(
        a_play(a_task("A", ONCE), a_task("B", undone_by()), a_task("C", READ_ONLY), a_task("D", PIVOT)),
        a_play(a_task("E", undone_by()), is_durable=False),
    )
    back = way_back(outline)
    assert (back.standing, back.pivots) == ((1, 5), (4,))
    assert answer(back, 5).outcome == "not recorded"


def test_the_answers_grow_no_faster_than_the_plan():
    small, large = way_back(a_large(200)), way_back(a_large(2000))
    assert len(large.failing) <= 11 * len(small.failing)
    assert len(large.order) <= 2000
