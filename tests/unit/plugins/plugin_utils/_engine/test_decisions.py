# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What an answer does to a run that waits; and that a decision which may not be made changes nothing."""

from dataclasses import replace

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine import codec
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import RunBusyError, RunOverError
from ansible_collections.saga.ops.plugins.plugin_utils._engine.inspection import waiting
from ansible_collections.saga.ops.plugins.plugin_utils._engine.meeting import Way
from ansible_collections.saga.ops.plugins.plugin_utils._engine.operator import Answer, Word, decide
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import Approval, Contract, OnFailure, Then
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import (
    Asks,
    Entry,
    RunState,
    StepState,
    Undo,
    WayBack,
)
from ansible_collections.saga.ops.plugins.plugin_utils._engine.refusals import (
    AnswerUnfitError,
    NotAllowedError,
    NothingWaitsError,
    NotWaitingError,
    NoWayBackError,
    ReasonMissingError,
    StepUnknownError,
    TooLateError,
)

from samples import ONCE, PIVOT, UNDOABLE
from samples import told as words_of
from scene import BEGIN, WORKER, item

ESCALATES = Contract(on_failure=OnFailure(then=Then.ESCALATE))
HOUR = 3600.0


def gated(**approval):
    return replace(ONCE, approval=Approval(**approval))


def say(scene, answer, **word):
    """Decide as bob, who has not launched anything."""
    known = {"by": "bob", "why": "I looked"}
    return decide(scene.means, scene.run(), Word(answer=Answer(answer), **(known | word)))


def at_gate(scene, *hosts, contract=None, task="Switch"):
    """Park a run that ann has launched at a gate, after a step that can be undone."""
    attempt = scene.begin(actor="ann")
    scene.do(attempt, "Copy", contract=UNDOABLE)
    steps = [scene.meet(attempt, task, host, contract=contract or gated()) for host in hosts or ("h1",)]
    attempt.ask((step, Asks.APPROVAL) for step in steps)
    attempt.end(RunState.PARKED, "it waits for an approval")


def failed(scene, *hosts, contract=ESCALATES, state=StepState.FAILED):
    attempt = scene.begin(actor="ann")
    scene.do(attempt, "Copy", contract=UNDOABLE)
    for host in hosts or ("h1",):
        scene.do(attempt, "Switch", host, state, contract=contract)
    attempt.end(RunState.PARKED, "it failed")


def in_doubt(scene, *facts, contract=ONCE):
    attempt = scene.begin(actor="ann")
    scene.do(attempt, "Copy", contract=UNDOABLE)
    scene.start(attempt, "Switch", "h1", *(facts or (WORKER, BEGIN)), contract=contract)
    scene.crash(attempt)


def undo_failed(scene, *hosts, back=None):
    """Park a run on its way back, on which what undoes a step has failed."""
    attempt = scene.begin(actor="ann")
    for host in hosts or ("h1",):
        scene.do(attempt, "Copy", host, contract=UNDOABLE)
    attempt.go_back("it failed")
    [undoing] = attempt.debt().undoings
    attempt.undone(undoing, undoing.hosts)
    attempt.end(RunState.PARKED, "not undone")
    if back is not None:
        run = replace(scene.run(), back=back)
        scene.journal.commit([Entry(type="test.given", run=run.id, puts=(run,))])


PLACES = {"approval": at_gate, "failure": failed, "doubt": in_doubt, "compensation": undo_failed}


def step(scene, task="Switch", host="h1"):
    return next(step for step in scene.journal.steps(scene.run().id) if (step.name, step.doer) == (task, host))


def met(scene, contract, host="h1"):
    """Resume, and come to the step."""
    attempt = scene.begin(actor="ann")
    scene.decide(attempt, "Copy", contract=UNDOABLE)
    return scene.decide(attempt, "Switch", host, contract=contract)


# Approvals


def test_a_step_that_is_approved_begins_on_a_resume(scene):
    at_gate(scene)
    decided = say(scene, "approve", why="")
    assert (step(scene).state, step(scene).asks, step(scene).decision.answer) == ("pending", "", "approve")
    assert (step(scene).decision.by, step(scene).decision.at) == ("bob", scene.clock.now())
    assert decided.waiting == ()
    assert met(scene, gated()).way is Way.EXECUTE


def test_a_step_that_is_denied_is_refused_on_a_resume_with_who_and_why(scene):
    at_gate(scene)
    say(scene, "deny", why="not tonight")
    course = met(scene, gated())
    assert (course.way, course.words) == (Way.REFUSE, "bob has denied it: not tonight")


def test_a_step_that_is_skipped_at_its_gate_is_replayed_as_skipped(scene):
    at_gate(scene)
    say(scene, "skip", why="not needed")
    course = met(scene, gated())
    assert (step(scene).state, course.way) == ("skipped", Way.REPLAY)
    assert codec.decode(course.payload)["result"] == {"skipped": True, "changed": False, "msg": "not needed"}


def test_a_gate_is_approved_on_all_hosts_at_once_or_on_one(scene):
    at_gate(scene, "h1", "h2")
    decided = say(scene, "approve", host="h2")
    assert [question.hosts for question in decided.waiting] == [("h1",)]
    assert say(scene, "approve").waiting == ()
    at_gate_again = [step(scene, host=host).decision.answer for host in ("h1", "h2")]
    assert at_gate_again == ["approve", "approve"]


# Failures


@pytest.mark.parametrize("contract", [ESCALATES, ONCE])
def test_a_failure_may_be_decided_about_whether_or_not_somebody_was_asked(scene, contract):
    failed(scene, contract=contract)
    say(scene, "retry", variables={"size": 3, "names": ["a"]})
    found = step(scene)
    assert (found.state, found.asks, found.tries, found.is_handled) == ("pending", "", 0, None)
    assert codec.decode(found.decision.variables) == {"size": 3, "names": ["a"]}
    assert met(scene, contract).way is Way.EXECUTE


def test_a_failure_that_is_done_by_hand_is_replayed_as_done(scene):
    failed(scene)
    say(scene, "done", why="by hand")
    course = met(scene, ESCALATES)
    assert course.way is Way.REPLAY
    assert codec.decode(course.payload)["result"] == {"changed": True, "msg": "by hand"}


def test_what_an_unreachable_host_may_have_done_is_undone_though_its_step_is_skipped(scene):
    failed(scene, state=StepState.UNREACHABLE)
    say(scene, "skip")
    assert (step(scene).state, step(scene).may_remain) == ("skipped", True)
    assert met(scene, ESCALATES).way is Way.REPLAY


def test_a_failure_that_was_handled_waits_for_nothing(scene):
    attempt = scene.begin()
    scene.finish(attempt, scene.start(attempt, "Switch"), StepState.FAILED, is_handled=True)
    attempt.end(RunState.STOPPED, "interrupted")
    with pytest.raises(NotWaitingError, match="it is failed, handled"):
        say(scene, "retry", step="Switch")


# Doubts


@pytest.mark.parametrize(("answer", "way"), [("retry", Way.EXECUTE), ("done", Way.REPLAY), ("skip", Way.REPLAY)])
def test_a_doubt_is_decided_before_or_after_a_resume_has_asked(scene, answer, way):
    in_doubt(scene)
    attempt = scene.begin()
    scene.meet(attempt, "Copy", contract=UNDOABLE)
    attempt.ask([(scene.meet(attempt, "Switch"), Asks.DOUBT)])
    attempt.end(RunState.PARKED, "it is in doubt")
    say(scene, answer)
    assert step(scene).asks == ""
    assert met(scene, ONCE).way is way


def test_what_is_in_doubt_and_skipped_is_undone_when_the_run_goes_back(scene):
    in_doubt(scene, contract=UNDOABLE)
    say(scene, "skip")
    assert (step(scene).state, step(scene).may_remain) == ("skipped", True)


def test_of_a_loop_in_doubt_the_item_in_hand_is_done_and_the_rest_is_still_to_do(scene):
    in_doubt(scene, WORKER, item("a"), BEGIN | {"key": "b"})
    say(scene, "done")
    assert step(scene).state == "pending"
    assert [name for name, _payload in met(scene, ONCE).items] == ["a", "b"]


# Compensations that failed


@pytest.mark.parametrize(
    ("answer", "undo", "state"),
    [
        ("retry", Undo.NONE, "parked"),
        ("done", Undo.COMPENSATED, "compensated"),
        ("skip", Undo.LEFT, "compensated"),
    ],
)
def test_a_run_is_compensated_as_soon_as_nothing_is_owed(scene, answer, undo, state):
    undo_failed(scene)
    decided = say(scene, answer)
    assert (step(scene, "Copy").undo, str(scene.run().state)) == (undo, state)
    assert sorted(scene.held()) == (["h1", "h2"] if state == "parked" else [])
    assert decided.run == scene.run()
    assert ("run.compensated" in scene.types()) is (state == "compensated")


def test_a_run_is_not_compensated_while_something_is_owed(scene):
    undo_failed(scene, "h1", "h2")
    say(scene, "done", host="h1")
    assert str(scene.run().state) == "parked"
    say(scene, "skip", host="h2")
    assert str(scene.run().state) == "compensated"


def test_a_run_that_goes_forward_again_afterwards_is_not_over(scene):
    undo_failed(scene, back=WayBack(is_forward_after=True))
    say(scene, "done")
    assert str(scene.run().state) == "parked"
    assert scene.held()


# About the run


@pytest.mark.parametrize("park", [at_gate, failed, in_doubt])
def test_a_run_turns_back_and_stays_where_it_is_until_it_is_resumed(scene, park):
    park(scene)
    before = scene.run()
    decided = say(scene, "compensate")
    run = scene.run()
    assert (run.state, run.is_going_back, run.back, run.reason) == (before.state, True, WayBack(), "I looked")
    assert [step.name for step in decided.owed] == ["Copy"]
    assert scene.begin().run.state == "compensating"


@pytest.mark.parametrize("park", PLACES.values())
def test_a_run_is_given_up(scene, park):
    park(scene)
    run = scene.run()
    decided = say(scene, "abort")
    assert (str(scene.run().state), scene.held()) == ("abandoned", {})
    assert decided.freed == ("h1", "h2")
    [made] = [event for event in scene.journal.events(run.id) if event.type == "decision.made"]
    assert (made.actor, words_of(made)) == ("bob", {"answer": "abort", "about": "run", "why": "I looked"})


def test_one_event_tells_who_decided_what_for_which_hosts_and_never_the_value_of_a_variable(scene):
    failed(scene, "h1", "h2")
    say(scene, "retry", variables={"token": "hunter2"})
    [made] = [event for event in scene.journal.events(scene.run().id) if event.type == "decision.made"]
    told = {"answer": "retry", "about": "failure", "step": "1 Move/Switch#1", "hosts": ["h1", "h2"]}
    assert (made.actor, words_of(made)) == ("bob", {**told, "why": "I looked", "vars": ["token"]})
    assert scene.types().count("step.resolved") == 2
    assert not any("hunter2" in str(event.data) for event in scene.journal.events(scene.run().id))


# Which step is meant


@pytest.mark.parametrize("name", ["", "Switch", "1 Move/Switch", "1 Move/Switch#1"])
def test_a_step_goes_by_its_name_its_path_its_key_or_by_being_the_only_one(scene, name):
    at_gate(scene, "h1", "h2")
    assert [step.doer for step in say(scene, "approve", step=name).steps] == ["h1", "h2"]


def test_beside_a_gate_a_doubt_need_not_be_told_from_it_by_who_approves(scene):
    attempt = scene.begin()
    scene.start(attempt, "Pay", "h2", WORKER, BEGIN)
    attempt.ask([(scene.meet(attempt, "Switch", contract=gated()), Asks.APPROVAL)])
    attempt.end(RunState.PARKED, "it waits")
    decided = say(scene, "approve")
    assert [question.step.name for question in decided.waiting] == ["Pay"]


# Refused with a sentence, and nothing is changed


def rows(scene):
    return scene.everything(), [
        scene.journal.results(each.run, each.host, each.key) for each in scene.everything()[1][0]
    ]


def refused(scene, error, words, answer, **word):
    before = rows(scene)
    with pytest.raises(error, match=words) as said:
        say(scene, answer, **word)
    assert rows(scene) == before
    assert str(said.value).count("\n") < 4
    return str(said.value)


@pytest.mark.parametrize(
    ("park", "answer"),
    [(at_gate, "approve"), (at_gate, "deny"), (failed, "retry"), (failed, "done"), (in_doubt, "skip")],
)
def test_the_same_decision_given_twice_is_refused_with_who_gave_it_and_when(scene, park, answer):
    park(scene)
    say(scene, answer, why="the first word")
    words = rf"'Switch' on h1 waits for no decision: it is .* \(bob decided '{answer}' at .*Z: the first word\)"
    refused(scene, NotWaitingError, words, answer, step="Switch", by="carl")


@pytest.mark.parametrize("answer", ["retry", "done"])
def test_a_decision_about_a_compensation_given_twice_is_refused(scene, answer):
    undo_failed(scene, "h1", "h2")
    say(scene, answer, host="h1")
    refused(scene, RunOverError, "it goes back, and", answer, host="h1", step="Copy")


def test_a_run_that_is_given_up_twice_is_refused_with_who_did_it(scene):
    at_gate(scene)
    say(scene, "abort")
    refused(scene, RunOverError, r"is abandoned: there is nothing to decide \(bob decided 'abort' at", "abort")


def test_a_run_that_turns_back_twice_is_refused_with_who_turned_it(scene):
    failed(scene)
    say(scene, "compensate")
    refused(scene, RunOverError, r"it goes back already.* \(bob decided 'compensate' at", "compensate")


@pytest.mark.parametrize("answer", ["approve", "deny", "skip"])
def test_who_is_no_approver_may_not_answer_a_gate(scene, answer):
    at_gate(scene, contract=gated(approvers=("carl", "dora")))
    said = refused(scene, NotAllowedError, f"bob may not say '{answer}' of 'Switch'", answer)
    assert "carl or dora may" in said
    say(scene, answer, by="dora")


@pytest.mark.parametrize("answer", ["approve", "skip"])
def test_where_two_persons_are_wanted_the_one_who_launched_it_may_not_let_it_pass(scene, answer):
    at_gate(scene, contract=gated(is_two_person=True))
    refused(scene, NotAllowedError, "it wants two persons", answer, by="ann")
    say(scene, answer)


def test_where_two_persons_are_wanted_who_has_resumed_the_run_has_launched_it_too(scene):
    contract = gated(is_two_person=True, approvers=("bob", "dora"))
    at_gate(scene, contract=contract)
    attempt = scene.begin(actor="bob")
    scene.meet(attempt, "Copy", contract=UNDOABLE)
    attempt.ask([(scene.meet(attempt, "Switch", contract=contract), Asks.APPROVAL)])
    attempt.end(RunState.PARKED)
    said = refused(scene, NotAllowedError, "it wants two persons", "approve")
    assert "dora may" in said


def test_who_launched_a_run_may_deny(scene):
    at_gate(scene, contract=gated(is_two_person=True))
    say(scene, "deny", by="ann")
    assert step(scene).decision.by == "ann"


@pytest.mark.parametrize("why", ["", "  "])
def test_a_gate_that_asks_for_a_reason_is_not_opened_without(scene, why):
    at_gate(scene, contract=gated(is_reason_required=True))
    refused(scene, ReasonMissingError, "asks for a reason", "approve", why=why)


@pytest.mark.parametrize("answer", ["approve", "deny", "skip"])
def test_after_its_expiry_a_gate_is_not_answered(scene, answer):
    at_gate(scene, contract=gated(expires=HOUR))
    scene.clock.wait(HOUR)
    refused(scene, TooLateError, "it is too late to decide about 'Switch' on h1.*default is 'deny'", answer)


def test_until_its_expiry_a_gate_is_answered(scene):
    at_gate(scene, contract=gated(expires=HOUR))
    scene.clock.wait(HOUR - 1)
    assert say(scene, "approve").waiting == ()


def test_when_one_of_two_gates_has_expired_none_is_answered(scene):
    contract = gated(expires=HOUR)
    at_gate(scene, contract=contract)
    scene.clock.wait(HOUR - 1)
    attempt = scene.begin()
    scene.meet(attempt, "Copy", contract=UNDOABLE)
    attempt.ask([(scene.meet(attempt, "Switch", "h2", contract=contract), Asks.APPROVAL)])
    attempt.end(RunState.PARKED)
    scene.clock.wait(1)
    refused(scene, TooLateError, "on h1", "approve")
    say(scene, "approve", host="h2")


@pytest.mark.parametrize(
    ("park", "answer"),
    [
        (at_gate, "retry"),
        (at_gate, "done"),
        (failed, "approve"),
        (failed, "deny"),
        (in_doubt, "approve"),
        (undo_failed, "approve"),
    ],
)
def test_an_answer_to_another_question_is_refused_with_those_that_fit(scene, park, answer):
    park(scene)
    task = "Copy" if park is undo_failed else "Switch"
    said = refused(scene, AnswerUnfitError, f"'{answer}' is no answer about '{task}' on h1", answer, step=task)
    assert "compensate, abort" in said


@pytest.mark.parametrize(("park", "answer"), [(failed, "done"), (at_gate, "approve"), (undo_failed, "retry")])
def test_variables_go_only_with_a_step_that_is_tried_again(scene, park, answer):
    park(scene)
    refused(scene, AnswerUnfitError, "variables are for a step that is tried again", answer, variables={"a": 1})


@pytest.mark.parametrize("word", [{"step": "Copy"}, {"step": "Copy", "host": "h1"}])
def test_a_step_that_does_not_wait_is_not_decided_about(scene, word):
    at_gate(scene)
    refused(scene, NotWaitingError, "'Copy' on h1 waits for no decision: it is ok", "approve", **word)


@pytest.mark.parametrize("word", [{"step": "Swich"}, {"step": "Switch", "host": "h9"}])
def test_an_unknown_step_is_refused_with_those_that_wait(scene, word):
    at_gate(scene)
    said = refused(scene, StepUnknownError, "is no step of this run; waiting are", "approve", **word)
    assert "'Switch' on h1, key '1 Move/Switch#1'" in said


def test_where_several_steps_wait_one_has_to_be_named(scene):
    attempt = scene.begin()
    steps = [scene.meet(attempt, task, contract=gated()) for task in ("Switch", "Pay")]
    attempt.ask((step, Asks.APPROVAL) for step in steps)
    attempt.end(RunState.PARKED)
    said = refused(scene, StepUnknownError, "more than one step waits, and none is named", "approve")
    assert "'Pay' on h1" in said
    say(scene, "approve", step="Pay")


def test_where_nothing_waits_nothing_is_decided(scene):
    attempt = scene.begin()
    scene.do(attempt, "Copy")
    attempt.end(RunState.STOPPED)
    refused(scene, NothingWaitsError, "nothing of run .* waits for a decision", "approve")


def test_after_its_pivot_a_run_does_not_turn_back(scene):
    attempt = scene.begin()
    scene.do(attempt, "Copy", contract=UNDOABLE)
    scene.do(attempt, "Cut over", contract=PIVOT)
    scene.do(attempt, "Switch", state=StepState.FAILED, contract=ESCALATES)
    attempt.end(RunState.PARKED)
    said = refused(scene, NoWayBackError, "'Cut over' is irreversible and was done on h1", "compensate")
    assert "saga abandon" in said
    [question] = waiting(scene.means, scene.run())
    assert Answer.COMPENSATE not in question.answers


def test_a_run_with_nothing_to_undo_does_not_turn_back(scene):
    attempt = scene.begin()
    scene.do(attempt, "Switch", state=StepState.FAILED, contract=ESCALATES)
    attempt.end(RunState.PARKED)
    refused(scene, NoWayBackError, "it has done nothing that is to be undone", "compensate")


def test_nothing_is_decided_while_somebody_is_at_work(scene):
    attempt = scene.begin()
    attempt.ask([(scene.meet(attempt, "Switch", contract=gated()), Asks.APPROVAL)])
    refused(scene, RunBusyError, "is being worked on by", "approve")


def test_of_two_who_decide_at_one_moment_the_second_is_refused(scene):
    at_gate(scene)
    looked_at = scene.run()
    say(scene, "approve")
    before = rows(scene)
    with pytest.raises(NotWaitingError, match="bob decided 'approve'"):
        decide(scene.means, looked_at, Word(answer=Answer.DENY, step="Switch", why="no", by="carl"))
    with pytest.raises(RunBusyError, match="someone who has just resumed it, or decided about it"):
        decide(scene.means, looked_at, Word(answer=Answer.COMPENSATE, why="no", by="carl"))
    assert scene.everything() == before[0]


@pytest.mark.parametrize("answer", ["deny", "compensate", "abort"])
def test_a_decision_without_a_reason_is_refused(scene, answer):
    at_gate(scene)
    refused(scene, ReasonMissingError, "asks for a reason: say why", answer, why="")


@pytest.mark.parametrize(
    ("park", "answer"),
    [(at_gate, answer) for answer in ("approve", "deny", "skip", "compensate", "abort")]
    + [(failed, "retry"), (in_doubt, "done")],
)
def test_what_would_be_decided_can_be_asked_and_changes_nothing(scene, park, answer):
    park(scene)
    before, word = rows(scene), Word(answer=Answer(answer), why="what if", by="bob")
    would_be = decide(scene.means, scene.run(), word, may_write=False)
    assert rows(scene) == before
    did = decide(scene.means, scene.run(), word)
    assert (did.steps, did.freed, did.owed, did.standing) == (
        would_be.steps,
        would_be.freed,
        would_be.owed,
        would_be.standing,
    )
    assert str(did.run.state) == str(would_be.run.state)


def test_that_all_would_be_undone_can_be_asked_and_changes_nothing(scene):
    undo_failed(scene)
    before = rows(scene)
    word = Word(answer=Answer.DONE, why="by hand", by="bob")
    would_be = decide(scene.means, scene.run(), word, may_write=False)
    assert (str(would_be.run.state), would_be.freed) == ("compensated", ("h1", "h2"))
    assert rows(scene) == before


# A gate that nobody has answered in time


@pytest.mark.parametrize(("default", "way"), [("approve", Way.EXECUTE), ("deny", Way.REFUSE)])
def test_the_start_after_an_expiry_takes_the_default_and_says_so(scene, default, way):
    contract = gated(expires=HOUR, default=default)
    at_gate(scene, contract=contract)
    scene.clock.wait(HOUR)
    assert met(scene, contract).way is way
    decision = step(scene).decision
    assert (decision.by, decision.answer) == ("expiry", default)
    assert "nobody answered until 20" in decision.why
    [event] = [event for event in scene.journal.events(scene.run().id) if event.type == "step.resolved"]
    assert (event.actor, event.data["answer"]) == ("expiry", default)


def test_a_start_before_the_expiry_waits_on(scene):
    contract = gated(expires=HOUR)
    at_gate(scene, contract=contract)
    assert met(scene, contract).way is Way.WAIT


# The leases of a run that waits


def expiries(scene):
    return {lease.expires for lease in scene.journal.leases()}


def test_a_run_that_waits_only_for_gates_keeps_its_targets_until_the_last_of_them_has_expired(scene):
    at_gate(scene, "h1", "h2", contract=gated(expires=HOUR))
    assert expiries(scene) == {scene.clock.now() + HOUR}


@pytest.mark.parametrize("park", PLACES.values())
def test_a_run_that_waits_without_an_end_keeps_its_targets_without_one(scene, park):
    park(scene)
    if park is not in_doubt:  # that one is dead, not parked
        assert expiries(scene) == {None}


def test_beside_a_failure_a_gate_that_expires_frees_nothing(scene):
    attempt = scene.begin()
    scene.do(attempt, "Pay", state=StepState.FAILED, contract=ESCALATES)
    attempt.ask([(scene.meet(attempt, "Switch", contract=gated(expires=HOUR)), Asks.APPROVAL)])
    attempt.end(RunState.PARKED)
    assert expiries(scene) == {None}


def test_another_run_takes_the_targets_of_a_parked_one_when_its_gates_have_expired(scene):
    at_gate(scene, contract=gated(expires=HOUR))
    scene.clock.wait(HOUR)
    other = scene.begin(workflow="other.yml", on_orphan="fail")
    assert set(scene.held().values()) == {other.run.id}
