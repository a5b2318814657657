# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What a run waits for, as people are told it."""

from dataclasses import replace

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import Approval, OnDoubt
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import Asks, RunState, StepState, Undo
from ansible_collections.saga.ops.plugins.plugin_utils._engine.report import About, describe, forecast, questions, view
from ansible_collections.saga.ops.plugins.plugin_utils._engine.spool import Leavings, Verdict

from samples import IDEMPOTENT, NOW, ONCE, PIVOT, UNDOABLE, a_run, a_step

PARKED = a_run(state=RunState.PARKED)
GOING_BACK = replace(PARKED, is_going_back=True)
HOUR = 3600.0
DONE = a_step(contract=UNDOABLE)


def switch(**facts):
    return a_step(**({"key": "1 Move/Switch#1", "name": "Switch", "updated": NOW} | facts))


def gated(host="h1", **approval):
    contract = replace(ONCE, approval=Approval(**approval))
    return switch(host=host, state=StepState.WAITING, asks=Asks.APPROVAL, contract=contract, executions=0)


def failed(host="h1", **facts):
    return switch(host=host, **({"state": StepState.FAILED, "is_handled": False, "asks": Asks.FAILURE} | facts))


def doubtful(host="h1", **facts):
    return switch(host=host, state=StepState.STARTED, **facts)


def asked(*steps, run=PARKED, left=None, **facts):
    return questions(run, steps, left or {}, **facts)


def only(*steps, **facts):
    [question] = asked(*steps, **facts)
    return question


def test_one_question_is_about_one_step_on_all_hosts_on_which_it_waits():
    question = only(gated(), replace(gated("h2"), updated=NOW - 5), DONE)
    assert (question.about, question.hosts, question.since) == (About.APPROVAL, ("h1", "h2"), NOW - 5)


def test_steps_wait_in_the_order_of_their_starts():
    other = replace(failed(), key="1 Move/Pay#1", name="Pay")
    assert [question.step.name for question in asked(gated(), other)] == ["Switch", "Pay"]


def test_a_gate_is_told_with_its_prompt_who_may_answer_and_until_when():
    step = gated(approvers=("bob",), prompt="Sure?", is_two_person=True, expires=HOUR, default="approve")
    question = only(step, launchers={"ann"}, now=NOW)
    assert (question.prompt, question.approvers, question.barred) == ("Sure?", ("bob",), ("ann",))
    assert (question.expires, question.default, question.is_expired) == (NOW + HOUR, "approve", False)
    assert question.known == "it has not begun"


def test_a_gate_that_has_expired_is_told_as_such():
    assert only(gated(expires=HOUR), now=NOW + HOUR).is_expired


@pytest.mark.parametrize(
    ("facts", "known"),
    [
        ({}, "it failed"),
        ({"tries": 3}, "it failed, 3 times"),
        ({"state": StepState.UNREACHABLE}, "its host could not be reached; its effect may be there"),
    ],
)
def test_of_a_failure_is_told_how_often_and_in_which_way(facts, known):
    assert only(failed(**facts)).known == known


def test_what_nobody_was_asked_about_does_not_wait():
    assert asked(failed(asks=Asks.NOTHING), DONE) == ()


def test_a_doubt_waits_before_a_resume_has_asked_unless_the_contract_has_an_answer():
    assert only(doubtful()).about is About.DOUBT
    assert asked(doubtful(contract=IDEMPOTENT)) == ()
    assert asked(doubtful(contract=replace(ONCE, on_in_doubt=OnDoubt.COMPENSATE))) == ()


@pytest.mark.parametrize(
    "left",
    [
        Leavings(verdict=Verdict.ENDED, state="ok", result="found"),
        Leavings(verdict=Verdict.NOT_STARTED),
        Leavings(verdict=Verdict.IN_DOUBT, has_job=True),
    ],
)
def test_a_start_that_a_resume_finds_out_about_does_not_wait(left):
    step = doubtful()
    assert asked(step, left={(step.host, step.key): left}) == ()


def test_on_the_way_back_only_failed_compensations_wait():
    undone = replace(DONE, undo=Undo.FAILED)
    question = only(undone, doubtful(), failed(host="h2"), run=GOING_BACK)
    assert (question.about, question.known) == (About.COMPENSATION, "what undoes it has failed: 'Undo it'")
    assert "compensate" not in question.answers


@pytest.mark.parametrize("state", [RunState.COMPLETED, RunState.COMPENSATED, RunState.ABANDONED])
def test_a_run_that_is_over_waits_for_nothing(state):
    assert asked(gated(), run=replace(PARKED, state=state)) == ()


def test_a_host_that_the_run_goes_on_without_is_not_asked_about():
    assert only(gated(), gated("h2"), gone={"h2"}).hosts == ("h1",)


@pytest.mark.parametrize(
    ("steps", "can_go_back"),
    [((gated(), DONE), True), ((gated(),), False), ((gated(), DONE, a_step(host="h2", contract=PIVOT)), False)],
)
def test_a_run_may_turn_back_only_with_something_to_undo_and_before_its_pivot(steps, can_go_back):
    assert ("compensate" in only(*steps).answers) is can_go_back


@pytest.mark.parametrize(
    ("steps", "command"),
    [
        ((gated(),), "saga approve R1"),
        ((gated(is_reason_required=True),), "saga approve R1 --why ..."),
        ((gated(), replace(failed(), key="k", name="Pay")), "saga approve R1 --step Switch"),
        ((gated(), replace(failed(), key="k")), "saga approve R1 --step 1 Move/Switch#1"),
        ((failed(),), "saga decide R1 --step Switch retry --why ..."),
        ((doubtful("h1"), doubtful("h2")), "saga decide R1 --host h1 --step Switch done --why ..."),
    ],
)
def test_the_command_to_type_names_no_more_than_it_has_to(steps, command):
    assert " ".join(asked(*steps)[0].command) == command


# Where they show besides


def look(*steps, run=PARKED, now=NOW):
    return view(run, steps, [], is_live=False, now=now)


def test_the_next_thing_to_do_is_to_answer_what_waits():
    assert look(gated(approvers=("bob",), prompt="Sure?")).next.command == ("saga", "approve", "R1")
    assert look(gated(approvers=("bob",), prompt="Sure?")).next.say == (
        "'Switch' on h1 waits to be approved by bob, or denied: Sure?"
    )
    assert "mend the cause and try it again, or decide otherwise (skip, done, abort)" in look(failed()).next.say


def test_the_next_thing_to_do_after_an_expiry_is_to_go_on():
    found = look(gated(expires=HOUR), now=NOW + HOUR)
    assert found.next.say == "the same command resumes it"
    assert [question.is_expired for question in found.questions] == [True]


def test_nothing_is_asked_while_somebody_is_at_work():
    assert view(PARKED, [gated()], [], is_live=True).questions == ()


@pytest.mark.parametrize(
    ("step", "now", "word"),
    [
        (gated(), NOW, "ask"),
        (gated(expires=HOUR), NOW, "ask"),
        (gated(expires=HOUR, default="approve"), NOW + HOUR, "run"),
        (gated(expires=HOUR, default="deny"), NOW + HOUR, "refuse"),
        (replace(gated(), state=StepState.FAILED, asks=Asks.NOTHING, is_handled=False), NOW, "ask"),
    ],
)
def test_what_a_resume_does_at_a_gate_is_told(step, now, word):
    [line] = look(step, now=now).lines
    assert line.forecasts == {"h1": word}


def test_what_may_stay_as_it_is_is_not_undone():
    step = replace(DONE, undo=Undo.LEFT)
    assert describe(step, is_live=False) == "left as it is"
    assert forecast(GOING_BACK, step, is_live=False) == "nothing"


def test_a_failure_that_may_have_left_its_effect_is_looked_at_before_it_is_tried_again():
    """An irreversible step that was cut off: what is proposed must not do it twice."""
    question = only(failed(state=StepState.FAILED, may_remain=True, contract=PIVOT))
    assert (question.answers[0], question.command[-3:]) == ("done", ("done", "--why", "..."))
