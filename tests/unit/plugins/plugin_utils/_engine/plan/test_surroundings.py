# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What surrounds a playbook, then and now: what is shown, what is decided about, what comes next."""

from dataclasses import replace

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.plan import Past, Present, compare, follow
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import PlannedStep, StepState, Surroundings

from samples import READ_ONLY, UNDOABLE, a_step

HERE = Surroundings(
    variables={"version": "k.1"},
    versions={"ansible-core": "2.19.1", "acme.shop": "1.0.0"},
    hosts={"h1": "prod/h1", "h2": "prod/h2"},
    extent="all",
    finished=("h1",),
)


def planned(path, *inputs, line=1):
    return PlannedStep(path=path, fingerprint="f", where=f"site.yml:{line}", play=1, inputs=inputs)


def step(path="1 Move/Copy", **facts):
    return a_step(path=path, key=f"{path}#1", **({"inputs": (), "fingerprint": "f"} | facts))


def told(now, before=HERE, *, steps=(), plan=(), past_plan=None, hosts=("h1", "h2"), **past):
    """Return what changed in words; what is only shown, in parentheses."""
    then = Past(plan=plan if past_plan is None else past_plan, steps=steps, surroundings=before, **past)
    found = compare(then, Present(plan=plan, surroundings=now, hosts=frozenset(hosts)))
    return [str(change) if change.is_weighty else f"({change})" for change in found]


def test_the_same_surroundings_tell_nothing():
    assert told(HERE) == []


def test_what_nobody_recorded_has_not_changed():
    assert told(HERE, None, steps=[step(inputs=None)], plan=(planned("1 Move/Copy", ("version", "k.2")),)) == []


# Extra vars


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"version": "k.2"}, "(the extra var version has another value)"),
        ({}, "(the extra var version is not given)"),
        ({"version": "k.1", "zone": "k.3"}, "(the extra var zone was not given before)"),
        (
            {"version": "other.1"},
            "(whether extra vars changed cannot be told: the key that marked them is not beside the",
        ),
    ],
)
def test_an_extra_var_that_changed_is_shown(variables, words):
    [found] = told(replace(HERE, variables=variables))
    assert found.startswith(words)


def with_inputs(then, now, given):
    """Return what is told of a step that was done with inputs, by those that it has now and what is given."""
    plan = (planned("1 Move/Copy", *now, line=7),)
    found = told(replace(HERE, variables=given), steps=[step(inputs=then)], plan=plan)
    return [line for line in found if not line.startswith("(")]


OLD, NEW = ("version", "k.1"), ("version", "k.2")
REFUSED = ["site.yml:7: 1 Move/Copy was done with another value of the extra var version"]


@pytest.mark.parametrize(
    ("then", "now", "given"),
    [
        ((OLD,), (NEW,), {"version": "k.2"}),
        ((OLD,), (), {}),
        ((), (NEW,), {"version": "k.2"}),
        ((NEW,), (OLD,), {"version": "k.1"}),
    ],
    ids=["another value", "not given now", "named through a changed variable", "back to a value that was not its own"],
)
def test_a_step_done_with_another_value_is_decided_about(then, now, given):
    assert with_inputs(then, now, given) == REFUSED


@pytest.mark.parametrize(
    ("then", "now"), [((OLD,), (OLD,)), ((), ()), ((), (OLD,)), ((OLD,), ())], ids=["named", "not", "now", "then"]
)
def test_a_step_that_names_what_did_not_change_is_not_decided_about(then, now):
    """That a text names a variable now, or no more, by way of another variable is no change of the extra var."""
    assert with_inputs(then, now, HERE.variables) == []


def test_marks_of_two_keys_are_not_compared():
    assert with_inputs((OLD,), (("version", "other.9"),), {"version": "other.9"}) == []


@pytest.mark.parametrize("facts", [{"state": StepState.FAILED}, {"is_withheld": True}, {"undoes": "x"}])
def test_a_step_that_is_no_checkpoint_may_have_any_value(facts):
    plan = (planned("1 Move/Copy", NEW),)
    found = told(replace(HERE, variables={"version": "k.2"}), steps=[step(inputs=(OLD,), **facts)], plan=plan)
    assert found == ["(the extra var version has another value)"]


def test_each_host_is_judged_by_the_value_that_it_was_done_with():
    steps = [step(host="h1", inputs=(NEW,)), step(host="h2", inputs=(OLD,))]
    assert REFUSED[0] in told(
        replace(HERE, variables={"version": "k.2"}), steps=steps, plan=(planned("1 Move/Copy", NEW, line=7),)
    )


# Extra vars on the way back

COPY, UNDO, OTHER = "1 Move/Copy", "1 Move/handlers/Undo it", "1 Move/handlers/Reload"


def undoing(then, now, contract=UNDOABLE):
    owed = step(inputs=then.get(COPY, ()), contract=contract, where="site.yml:7")
    paths = (COPY, UNDO, OTHER)
    return told(
        replace(HERE, variables={"version": "k.2"}),
        past_plan=tuple(planned(path, *then.get(path, ())) for path in paths),
        plan=tuple(planned(path, *now.get(path, ())) for path in paths),
        is_going_back=True,
        owed=[owed],
    )[:-1]


WARNING = ["site.yml:7: 1 Move/Copy is to be undone, and was done with another value of the extra var version"]


@pytest.mark.parametrize("path", [COPY, UNDO])
def test_a_step_or_compensation_that_names_what_changed_is_decided_about_on_the_way_back(path):
    assert undoing({path: (OLD,)}, {path: (NEW,)}) == WARNING


def test_a_handler_that_undoes_nothing_may_name_what_changed():
    assert undoing({OTHER: (OLD,)}, {OTHER: (NEW,)}) == []


def test_where_a_compensation_is_a_topic_every_handler_of_its_play_may_be_it():
    assert undoing({OTHER: (OLD,)}, {OTHER: (NEW,)}, replace(UNDOABLE, compensate=("a topic",))) == WARNING


def test_on_the_way_back_an_edit_is_not_decided_about():
    then = step(fingerprint="another")
    assert told(HERE, steps=[then], plan=(planned(COPY),), is_going_back=True) == []


# Versions


def test_another_version_is_shown():
    now = replace(HERE, versions={"ansible-core": "2.20.0", "acme.shop": "1.0.0"})
    assert told(now) == ["(ansible-core was 2.19.1 and is 2.20.0)"]


def test_a_collection_that_came_into_use_or_went_out_of_it_is_the_playbooks_affair():
    assert told(replace(HERE, versions={"ansible-core": "2.19.1", "acme.new": "3"})) == []


# Hosts


def test_new_hosts_join():
    now = replace(HERE, hosts={**HERE.hosts, "h4": "h4", "h3": "h3"})
    assert told(now, hosts=("h1", "h2", "h3", "h4")) == ["(h3, h4 join the run)"]


def test_of_many_new_hosts_some_are_named():
    names = [f"n{number}" for number in range(12)]
    [found] = told(replace(HERE, hosts=dict.fromkeys(names, "x")), hosts=[*names, "h1", "h2"])
    assert found.endswith("n7 and 2 more join the run)")


def test_hosts_that_a_limit_leaves_out_are_not_gone():
    assert told(replace(HERE, hosts={"h1": "prod/h1"})) == []


def test_nobody_is_gone_when_nobody_knows_who_is_there():
    assert told(replace(HERE, hosts={}), hosts=()) == []


def test_a_host_that_is_gone_is_told_with_what_is_left_on_it():
    steps = [
        step("1 Move/A", host="h2", name="A"),
        step("1 Move/B", host="*", on="h2", name="B"),
        step("1 Move/C", host="h2", name="C", state=StepState.STARTED),
        step("1 Move/D", host="h2", name="D", state=StepState.UNREACHABLE),
        step("1 Move/E", host="h2", name="E", contract=READ_ONLY),
        step("1 Move/F", host="h1", name="F"),
    ]
    words = "h2 is a host of the run, and of no play now: done there: 'A', 'B'; failed there: 'D'; in doubt there: 'C'"
    assert told(HERE, steps=steps, hosts=("h1",)) == [words]


def test_a_host_that_is_gone_and_untouched_is_told_as_such():
    assert told(HERE, hosts=("h1",)) == ["h2 is a host of the run, and of no play now: nothing was done there"]


def test_on_the_way_back_a_host_that_is_gone_is_only_shown():
    assert told(HERE, hosts=("h1",), is_going_back=True)[0].startswith("(h2 is a host of the run")


# What the next attempt is measured by


def test_the_first_surroundings_that_are_recorded_are_the_measure():
    assert follow(None, HERE, (), is_anew=False) == HERE


def test_a_limit_does_not_make_a_run_forget_its_other_hosts():
    now = replace(HERE, hosts={"h3": "h3"}, finished=())
    assert [*follow(HERE, now, (), is_anew=False).hosts] == ["h1", "h2", "h3"]


def test_hosts_that_an_operator_let_go_are_gone_until_they_come_back():
    now = replace(HERE, hosts={"h1": "prod/h1"}, finished=())
    after = follow(HERE, now, ["h2"], is_anew=False)
    assert (after.hosts, after.gone) == ({"h1": "prod/h1"}, ("h2",))
    assert follow(after, now, [], is_anew=False).gone == ("h2",)
    assert follow(after, HERE, [], is_anew=False).gone == ()


def test_who_had_come_to_the_end_stays_so_while_nothing_changes():
    assert follow(HERE, replace(HERE, finished=()), (), is_anew=False).finished == ("h1",)


@pytest.mark.parametrize(
    ("now", "is_anew"),
    [(replace(HERE, extent="more"), False), (replace(HERE, variables={}), False), (HERE, True)],
    ids=["another playbook", "other variables", "changed steps are done again"],
)
def test_who_had_come_to_the_end_of_something_else_has_not_come_to_the_end(now, is_anew):
    assert follow(HERE, now, (), is_anew=is_anew).finished == ()
