# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""When a block that is undone as a whole begins, and its place among all that is undone [I7]."""

from itertools import pairwise

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.meeting import Whole
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import Contract, Unit
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import EVERY_HOST, RunState, StepState, Undo
from ansible_collections.saga.ops.plugins.plugin_utils._engine.report import describe, forecast
from ansible_collections.saga.ops.plugins.plugin_utils._engine.report.status import standing
from ansible_collections.saga.ops.plugins.plugin_utils._engine.saga import owed, remaining
from hypothesis import given
from hypothesis import strategies as st

from samples import IDEMPOTENT, ONCE, PIVOT, READ_ONLY, UNDOABLE, a_run, a_step
from scene import Scene


@pytest.fixture(params=["memory", "sqlite"])
def scene(request, tmp_path):
    return Scene(tmp_path, request.param)


def a_whole(name, number=1):
    unit = Unit(
        path=f"1 Move/whole:{name}", name=name, where="site.yml:5", contract=Contract(compensate=(f"Undo {name}",))
    )
    return Whole(key=f"{unit.path}#{number}", unit=unit)


OUTER, INNER, OTHER = a_whole("Outer"), a_whole("Inner"), a_whole("Other")


def units(attempt):
    return [(step.name, step.doer) for step in attempt.steps() if step.is_unit and step.state is StepState.OK]


def undone(attempt):
    return [(undoing.name, *undoing.hosts) for undoing in attempt.debt().undoings]


def types(scene):
    return [kind for kind in scene.types() if kind.startswith(("unit", "step"))]


def test_a_unit_begins_in_one_breath_with_the_intent_of_its_first_step(scene):
    attempt = scene.begin()
    scene.start(attempt, "First", wholes=(INNER, OUTER))
    assert types(scene) == ["unit.begun", "unit.begun", "step.intent"]
    assert units(attempt) == [("Outer", "h1"), ("Inner", "h1")]
    scene.must_be_accounted_for()


def test_a_unit_that_hosts_begin_together_is_one_lockstep(scene):
    attempt = scene.begin()
    attempt.start(*(scene.meet(attempt, "First", host, wholes=(INNER, OUTER)) for host in ("h1", "h2")))
    assert types(scene) == ["unit.begun", "unit.begun", "step.intent"] * 2
    numbers = {(step.name, step.doer): step.seq for step in attempt.steps() if step.is_unit}
    assert numbers["Outer", "h1"] == numbers["Outer", "h2"] < numbers["Inner", "h1"] == numbers["Inner", "h2"]


def test_a_unit_begins_once_for_each_host(scene):
    attempt = scene.begin()
    for host in ("h1", "h2"):
        for task in ("First", "Second"):
            scene.do(attempt, task, host, wholes=(OUTER,))
    assert units(attempt) == [("Outer", "h1"), ("Outer", "h2")]
    assert types(scene).count("unit.begun") == 2


def test_what_only_looks_begins_no_unit(scene):
    attempt = scene.begin()
    scene.do(attempt, "Look", contract=READ_ONLY, wholes=(OUTER,))
    assert units(attempt) == []


def test_a_step_that_undoes_begins_no_unit(scene):
    attempt = scene.begin()
    scene.do(attempt, "Undo it", undoes="1 Move/Copy#1", wholes=(OUTER,))
    assert units(attempt) == []


def test_a_step_for_all_hosts_begins_the_unit_of_the_host_that_does_it(scene):
    attempt = scene.begin()
    scene.do(attempt, "Once", "h2", is_for_all=True, wholes=(OUTER,))
    assert units(attempt) == [("Outer", "h2")]
    assert [step.host for step in attempt.steps() if not step.is_unit] == [EVERY_HOST]


@pytest.mark.parametrize("state", [StepState.FAILED, StepState.UNREACHABLE, StepState.OK])
def test_a_unit_is_owed_whatever_became_of_its_steps(scene, state):
    attempt = scene.begin()
    scene.do(attempt, "First", state=state, wholes=(OUTER,))
    assert undone(attempt) == [("Outer", "h1")]


def test_a_unit_whose_first_step_is_skipped_begins_with_the_next(scene):
    attempt = scene.begin()
    scene.do(attempt, "First", state=StepState.SKIPPED, wholes=(INNER, OUTER))
    assert undone(attempt) == []
    assert types(scene)[-3:] == ["step.outcome", "unit.skipped", "unit.skipped"]
    scene.do(attempt, "Second", wholes=(OUTER,))
    scene.do(attempt, "Third", state=StepState.SKIPPED, wholes=(INNER, OUTER))
    assert units(attempt) == [("Outer", "h1")]
    assert undone(attempt) == [("Outer", "h1")]
    assert [describe(step, is_live=False) for step in attempt.steps() if step.is_unit] == ["begun", "skipped"]
    scene.must_be_accounted_for()


def test_a_unit_that_was_skipped_begins_in_a_later_attempt(scene):
    attempt = scene.begin()
    scene.do(attempt, "First", state=StepState.SKIPPED, wholes=(OUTER,))
    later = scene.resume(attempt)
    scene.decide(later, "First", wholes=(OUTER,))
    scene.do(later, "Second", wholes=(OUTER,))
    assert undone(later) == [("Outer", "h1")]
    scene.must_be_accounted_for()


def test_a_unit_that_has_begun_is_not_begun_again_by_a_resume(scene):
    attempt = scene.begin()
    scene.start(attempt, "First", contract=IDEMPOTENT, wholes=(OUTER,))
    later = scene.resume(attempt)
    scene.do(later, "First", contract=IDEMPOTENT, wholes=(OUTER,))
    scene.do(later, "Second", wholes=(OUTER,))
    assert types(scene).count("unit.begun") == 1
    assert undone(later) == [("Outer", "h1")]


def test_hosts_in_lockstep_undo_their_unit_together_after_all_of_its_steps(scene):
    attempt = scene.begin()
    for task in ("First", "Second"):
        for host in ("h1", "h2"):
            scene.do(attempt, task, host, contract=UNDOABLE, wholes=(INNER, OUTER))
    assert undone(attempt) == [(name, "h1", "h2") for name in ("Second", "First", "Inner", "Outer")]


def test_hosts_that_come_one_after_the_other_undo_their_units_in_turns(scene):
    attempt = scene.begin()
    for host in ("h1", "h2"):
        scene.do(attempt, "In it", host, wholes=(OUTER,))
        scene.do(attempt, "After it", host, contract=UNDOABLE)
    assert undone(attempt) == [("After it", "h2"), ("Outer", "h2"), ("After it", "h1"), ("Outer", "h1")]


def test_two_of_a_name_are_two_units(scene):
    attempt = scene.begin()
    for number in (1, 2):
        scene.do(attempt, f"Step {number}", wholes=(a_whole("Outer", number),))
    assert undone(attempt) == [("Outer", "h1")] * 2


def test_a_pivot_in_a_unit_stops_its_undoing(scene):
    attempt = scene.begin()
    scene.do(attempt, "Switch", contract=PIVOT, wholes=(OUTER,))
    assert attempt.debt().pivot.name == "Switch"


# Whatever the hosts do


TREE = {
    "before": (),
    "one": (OUTER,),
    "two": (INNER, OUTER),
    "three": (OUTER,),
    "between": (),
    "four": (OTHER,),
}
tasks = st.lists(st.sampled_from(list(TREE)), unique=True).map(lambda chosen: sorted(chosen, key=list(TREE).index))


@st.composite
def histories(draw):
    """Return what the hosts do, each in the playbook's order, in lockstep or as it comes."""
    met = {host: draw(tasks) for host in ("h1", "h2", "h3")}
    if draw(st.booleans()):
        return [(host, task) for task in TREE for host, chosen in met.items() if task in chosen]
    turns = draw(st.permutations([host for host, chosen in met.items() for _ in chosen]))
    left = {host: iter(chosen) for host, chosen in met.items()}
    return [(host, next(left[host])) for host in turns]


def played(tmp_path_factory, history, draw):
    scene = Scene(tmp_path_factory.mktemp("scene"))
    attempt = scene.begin(targets=("h1", "h2", "h3"))
    for host, task in history:
        contract = draw.draw(st.sampled_from([UNDOABLE, ONCE]), label=f"{task} on {host}")
        scene.do(attempt, task, host, contract=contract, wholes=TREE[task])
    return attempt


@given(histories(), st.data())
def test_a_unit_is_undone_after_all_that_is_in_it_on_each_host(tmp_path_factory, history, draw):
    """[I7] Steps before their unit, inner units before outer ones, all backwards."""
    attempt = played(tmp_path_factory, history, draw)
    for host in ("h1", "h2", "h3"):
        place = {step.name: number for number, step in enumerate(remaining(attempt.steps())) if step.doer == host}
        done = [task for doer, task in history if doer == host]
        own = [task for task in done if task in place]
        assert all(place[later] < place[earlier] for earlier, later in pairwise(own))
        for task in done:
            chain = [*([task] if task in place else []), *(whole.unit.name for whole in TREE[task])]
            assert all(place[inner] < place[outer] for inner, outer in pairwise(chain))
        around = {whole.unit.name for task in done for whole in TREE[task]}
        assert around == {name for name in place if name not in TREE}, "each unit that has begun, and no other"
        for unit in around:
            first = next(task for task in done if unit in {whole.unit.name for whole in TREE[task]})
            earlier = done[: done.index(first)]
            assert all(place[unit] < place[task] for task in earlier if task in place), "before what was before it"


@given(histories(), st.data())
def test_each_unit_is_owed_once_for_each_host(tmp_path_factory, history, draw):
    attempt = played(tmp_path_factory, history, draw)
    owing = [(step.doer, step.key) for step in remaining(attempt.steps()) if step.is_unit]
    assert len(owing) == len(set(owing))


def test_in_lockstep_each_unit_is_one_undoing_for_all_hosts(scene):
    attempt = scene.begin()
    for task, wholes in TREE.items():
        for host in ("h1", "h2"):
            scene.do(attempt, task, host, contract=UNDOABLE, wholes=wholes)
    assert undone(attempt) == [
        (name, "h1", "h2") for name in ("four", "Other", "between", "three", "two", "Inner", "one", "Outer", "before")
    ]


# How it is told


def a_unit(**facts):
    key = OUTER.key
    return a_step(key=key, unit=key, name="Outer", contract=OUTER.unit.contract, **facts)


@pytest.mark.parametrize(
    ("run", "facts", "words"),
    [
        ({"state": "stopped"}, {}, ("begun", "nothing")),
        ({"state": "parked", "is_going_back": True}, {}, ("begun", "compensate")),
        ({"state": "parked", "is_going_back": True}, {"undo": "compensated"}, ("compensated", "nothing")),
        ({"state": "parked", "is_going_back": True}, {"state": StepState.SKIPPED}, ("skipped", "nothing")),
        (
            {"state": "parked", "is_going_back": True},
            {"undo": "compensation failed"},
            ("compensation failed", "compensate"),
        ),
        ({"state": "compensated"}, {}, ("begun", "nothing")),
    ],
)
def test_a_unit_has_a_word_for_where_it_stands_and_for_what_a_resume_does(run, facts, words):
    run = a_run(**{**run, "state": RunState(run["state"])})
    step = a_unit(**{**facts, "undo": Undo(facts.get("undo", ""))})
    assert (describe(step, is_live=False), forecast(run, step, is_live=False)) == words


def part(name, seq, **facts):
    return a_step(name=name, key=name, seq=seq, unit=OUTER.key, **facts)


def test_what_stays_of_a_unit_is_the_unit_and_what_in_it_wants_more():
    steps = [a_unit(), part("Plain", 2), part("Own", 3, contract=UNDOABLE), part("Switch", 4, contract=PIVOT)]
    assert [step.name for step in standing(steps)] == ["Outer", "Own", "Switch"]


def test_nothing_stays_of_a_unit_that_was_undone_or_skipped():
    assert standing([a_unit(undo=Undo.COMPENSATED), part("Plain", 2)]) == []
    assert standing([a_unit(state=StepState.SKIPPED), part("Plain", 2, state=StepState.SKIPPED)]) == []
    assert owed([a_unit(state=StepState.SKIPPED)]).undoings == ()
