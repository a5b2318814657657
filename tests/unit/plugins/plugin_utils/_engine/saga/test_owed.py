# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What is owed to undo: in reverse order of the starts, once each, never across a pivot [I7] [I8]."""

from dataclasses import replace
from itertools import groupby, pairwise

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import EVERY_HOST, StepState, Undo, WayBack
from ansible_collections.saga.ops.plugins.plugin_utils._engine.saga import owed, remaining
from ansible_collections.saga.ops.plugins.plugin_utils._engine.saga.owed import is_there, is_within
from hypothesis import given
from hypothesis import strategies as st

from samples import IDEMPOTENT, ONCE, PIVOT, READ_ONLY, UNDOABLE, a_step

HOSTS = ["h1", "h2", "h3"]
KEYS = ["Drain#1", "Stop#1", "Move#1", "Move#2"]


@st.composite
def histories(draw, contracts=(UNDOABLE, ONCE, IDEMPOTENT, READ_ONLY)):
    """Return the steps of a run in any order of starts, each in any state, listed in any order."""
    contract_of = {key: draw(st.sampled_from(contracts)) for key in KEYS}
    met = draw(st.lists(st.tuples(st.sampled_from(HOSTS), st.sampled_from(KEYS)), unique=True))
    steps = [
        a_step(
            host=host,
            key=key,
            seq=seq,
            contract=contract_of[key],
            state=draw(st.sampled_from(list(StepState))),
            undo=draw(st.sampled_from(list(Undo))),
            may_remain=draw(st.booleans()),
            executions=draw(st.integers(0, 2)),
        )
        for seq, (host, key) in enumerate(met, 1)
    ]
    return draw(st.permutations(steps))


def undone(steps):
    """Return what is undone, in order, as the sequence of each step's start."""
    return [[step.seq for step in undoing.steps] for undoing in owed(steps).undoings]


@given(histories())
def test_what_was_started_last_is_undone_first(steps):
    """[I7] From one undoing to the next, whatever belongs to the later one was started earlier."""
    order = undone(steps)
    assert all(min(later) > max(earlier) for later, earlier in pairwise(order))


@given(histories())
def test_each_step_with_a_compensation_and_an_effect_is_owed_once(steps):
    """[I7]"""
    settled = {Undo.COMPENSATED, Undo.LEFT}  # undone, or somebody has said that it may stay
    due = [step.seq for step in steps if step.contract.compensate and is_there(step) and step.undo not in settled]
    assert sorted(seq for group in undone(steps) for seq in group) == sorted(due)


@given(histories())
def test_one_task_over_several_hosts_is_undone_in_lockstep(steps):
    """No two neighbours are of one task: they would have been one undoing."""
    keys = [undoing.key for undoing in owed(steps).undoings]
    assert [key for key, _group in groupby(keys)] == keys


@given(histories())
def test_the_hosts_of_one_undoing_keep_the_order_in_which_they_started(steps):
    assert all(group == sorted(group) for group in undone(steps))


@given(histories())
def test_what_is_owed_does_not_depend_on_the_order_of_the_records(steps):
    assert owed(steps) == owed(sorted(steps, key=lambda step: step.host))


@given(histories())
def test_nothing_is_owed_once_everything_is_undone(steps):
    assert owed([replace(step, undo=Undo.COMPENSATED) for step in steps]).undoings == ()


@given(histories())
def test_what_remains_is_what_is_owed(steps):
    assert [step.seq for step in remaining(steps)] == [seq for group in undone(steps) for seq in group]


@given(histories(contracts=(UNDOABLE, PIVOT)))
def test_a_pivot_that_may_have_happened_forbids_the_way_back(steps):
    """[I8]"""
    assert (owed(steps).pivot is not None) == any(step.contract == PIVOT and is_there(step) for step in steps)


@given(histories(contracts=(UNDOABLE, PIVOT)))
def test_the_pivot_that_is_named_is_the_last_one(steps):
    there = [step.seq for step in steps if step.contract == PIVOT and is_there(step)]
    pivot = owed(steps).pivot
    assert (pivot.seq if pivot else None) == max(there, default=None)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"state": StepState.OK}, True),
        ({"state": StepState.STARTED}, True),  # in doubt
        ({"state": StepState.UNREACHABLE}, True),  # the connection may have broken after the effect
        ({"state": StepState.FAILED}, False),
        ({"state": StepState.FAILED, "may_remain": True}, True),  # some loop items were done
        ({"state": StepState.SKIPPED}, False),
        ({"state": StepState.PENDING}, False),
        ({"state": StepState.PENDING, "may_remain": True}, True),  # a doubt that an operator had retried
        ({"state": StepState.VOID, "executions": 1}, True),
        ({"state": StepState.VOID, "executions": 0}, False),
    ],
)
def test_an_effect_is_there_when_it_was_done_or_may_have_been(facts, expected):
    assert is_there(a_step(contract=UNDOABLE, **facts)) is expected


def test_a_compensation_that_failed_is_still_owed():
    """[I9]"""
    assert undone([a_step(contract=UNDOABLE, undo=Undo.FAILED)]) == [[1]]


def test_a_step_without_a_compensation_is_not_owed():
    assert undone([a_step(contract=ONCE)]) == []


def test_a_compensation_is_not_undone_itself():
    assert undone([a_step(contract=UNDOABLE, undoes="1 Move/Copy#1")]) == []


def test_a_compensation_that_is_irreversible_is_no_pivot():
    assert owed([a_step(contract=PIVOT, undoes="1 Move/Copy#1")]).pivot is None


def test_an_undoing_runs_the_handlers_that_the_contract_names_on_the_hosts_that_did_the_step():
    steps = [a_step(host=host, seq=seq, contract=UNDOABLE) for seq, host in enumerate(["h2", "h1"], 1)]
    [undoing] = owed(steps).undoings
    assert (undoing.handlers, undoing.hosts) == (("Undo it",), ("h2", "h1"))


def test_a_step_of_the_whole_run_is_undone_on_the_host_that_did_it():
    [undoing] = owed([a_step(host=EVERY_HOST, on="h2", contract=UNDOABLE)]).undoings
    assert undoing.hosts == ("h2",)


def test_two_tasks_that_took_turns_are_undone_in_turns():
    """Under the free strategy hosts do not wait for one another."""
    met = [("h1", "A#1"), ("h1", "B#1"), ("h2", "A#1"), ("h2", "B#1")]
    steps = [a_step(host=host, key=key, seq=seq, contract=UNDOABLE) for seq, (host, key) in enumerate(met, 1)]
    assert undone(steps) == [[4], [3], [2], [1]]


# A way back that is shorter than the run

EXTENTS = st.builds(
    WayBack,
    hosts=st.lists(st.sampled_from(HOSTS), unique=True).map(tuple),
    play=st.sampled_from([0, 1, 2]),
    after=st.integers(0, 6),
)


@given(histories(), EXTENTS)
def test_a_shorter_way_back_undoes_its_part_in_the_order_of_the_whole(steps, back):
    """[I7]"""
    whole = {step.seq for step in remaining(steps) if is_within(step, back)}
    assert {step.seq for step in remaining(steps, back)} == whole
    order = [[step.seq for step in undoing.steps] for undoing in owed(steps, back).undoings]
    assert all(min(later) > max(earlier) for later, earlier in pairwise(order))


@given(histories(contracts=(UNDOABLE, PIVOT)), EXTENTS)
def test_a_pivot_forbids_the_way_back_that_it_lies_on_and_no_other(steps, back):
    """[I8]"""
    there = [step.seq for step in steps if step.contract == PIVOT and is_there(step) and is_within(step, back)]
    pivot = owed(steps, back).pivot
    assert (pivot.seq if pivot else None) == max(there, default=None)


MADE = [
    a_step(host="h1", key="A#1", seq=1, play=1, contract=UNDOABLE),
    a_step(host="h2", key="A#1", seq=2, play=1, contract=UNDOABLE),
    a_step(host="h1", key="B#1", seq=3, play=2, contract=UNDOABLE),
    a_step(host="h2", key="B#1", seq=4, play=2, contract=UNDOABLE),
]


@pytest.mark.parametrize(
    ("back", "expected"),
    [
        (WayBack(), [4, 3, 2, 1]),
        (WayBack(play=2), [4, 3]),
        (WayBack(hosts=("h2",)), [4, 2]),
        (WayBack(hosts=("h1",), play=2), [3]),
        (WayBack(after=3), [4]),
        (WayBack(after=4), []),
    ],
)
def test_a_way_back_goes_as_far_as_it_says(back, expected):
    assert sorted((step.seq for step in remaining(MADE, back)), reverse=True) == expected


@pytest.mark.parametrize(
    ("batch", "hosts", "expected"),
    [(("h1", "h2"), ("h1", "h2"), 1), (("h1", "h2"), ("h1",), 0), ((), ("h1", "h2"), 0), (("h1", "h2"), (), 1)],
)
def test_a_step_that_is_done_once_for_several_hosts_is_undone_when_all_of_them_are(batch, hosts, expected):
    step = a_step(host=EVERY_HOST, on="h1", batch=batch, contract=UNDOABLE)
    assert len(remaining([step], WayBack(hosts=hosts))) == expected


@pytest.mark.parametrize(
    ("batch", "is_in_the_way"), [(("h1", "h2"), True), (("h3", "h4"), False), ((), True)], ids=["its", "other", "all"]
)
def test_a_pivot_that_was_done_once_for_several_hosts_is_in_the_way_of_each(batch, is_in_the_way):
    """[I8]"""
    pivot = a_step(host=EVERY_HOST, on="h1", batch=batch, contract=PIVOT)
    assert (owed([pivot], WayBack(hosts=("h2",))).pivot is not None) is is_in_the_way
