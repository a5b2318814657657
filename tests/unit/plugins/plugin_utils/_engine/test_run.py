# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""An attempt at a run: what it decides about a step, what it has written when, and what the next one finds."""

from dataclasses import replace

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine import points
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import (
    LeaseLostError,
    ResultWithheldError,
    StaleAttemptError,
)
from ansible_collections.saga.ops.plugins.plugin_utils._engine.meeting import Finish, Way
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import Asks, RunState, StepState, Undo
from ansible_collections.saga.ops.plugins.plugin_utils._engine.saga import remaining

from samples import IDEMPOTENT, ONCE, PIVOT, READ_ONLY, UNDOABLE
from scene import BEGIN, FAILURE, RESULT, WORKER, item

UNDOABLE_TWICE = replace(UNDOABLE, is_idempotent=True)
VERIFIED = replace(ONCE, verify=("Look",))
LOST = (WORKER, BEGIN)  # the page of a worker that died with its work in hand


# What is on the disk, and when


@pytest.mark.parametrize("contract", [ONCE, IDEMPOTENT, PIVOT], ids=["once", "idempotent", "irreversible"])
def test_an_intent_is_durable_before_its_step_may_be_queued(scene, contract):
    """[I2]"""
    scene.start(scene.begin(), "Copy", contract=contract)
    assert scene.state("Copy") == "started"


def test_the_intents_of_steps_that_start_together_are_one_commit(scene, seen):
    """[I2]"""
    attempt = scene.begin()
    steps = [scene.meet(attempt, "Copy", "h1"), scene.meet(attempt, "Look", "h1", contract=READ_ONLY)]
    steps.append(scene.meet(attempt, "Copy", "h2"))
    points.observe(lambda point, step, places: seen.append((point, step, places, scene.types()[2:])))
    attempt.start(*steps)
    places = [("h1", steps[0].key), ("h2", steps[2].key)]
    assert seen == [("before_intent", "Copy", places, []), ("after_intent", "Copy", places, ["step.intent"] * 2)]
    assert [attempt.known(step).state for step in steps] == [StepState.STARTED] * 3
    assert [attempt.known(step).seq for step in steps] == [1, 2, 3]


def test_of_steps_that_could_not_start_together_none_has_begun(scene):
    """[I2]"""
    attempt = scene.begin()
    done = scene.do(attempt, "Copy")
    scene.resume(attempt)
    new = scene.meet(attempt, "Move", "h1")
    with pytest.raises(StaleAttemptError):
        attempt.start(new, scene.meet(attempt, "Move", "h2"), done)
    assert attempt.known(new) is None
    assert attempt.known(done).state is StepState.OK
    assert {scene.state("Move", host) for host in ("h1", "h2")} == {None}


def test_a_step_without_an_effect_needs_no_intent(scene):
    scene.start(scene.begin(), "Look", contract=READ_ONLY)
    assert scene.state("Look") is None


def test_an_intent_tells_how_often_its_step_was_begun(scene):
    attempt = scene.begin()
    scene.start(attempt, "Copy", "h1", *LOST, contract=IDEMPOTENT)
    attempt = scene.resume(attempt)
    scene.start(attempt, "Copy", contract=IDEMPOTENT)
    intents = [event for event in scene.journal.events(attempt.run.id) if event.type == "step.intent"]
    assert [intent.data["execution"] for intent in intents] == [1, 2]


def test_an_outcome_and_its_result_are_durable_before_anyone_may_act_on_them(scene):
    """[I3]"""
    attempt = scene.begin()
    step = scene.do(attempt, "Copy")
    assert scene.state("Copy") == "ok"
    assert scene.journal.results(attempt.run.id, "h1", step.key) == {"": "Copy on h1"}


@pytest.fixture
def seen():
    """What an observer of the engine's named points has seen, once it looks."""
    looked = []
    yield looked
    points.observe(None)


def test_the_named_points_stand_where_crash_tests_believe_them(scene, seen):
    """[I2] [I3]"""
    attempt = scene.begin()
    points.observe(lambda point, step, _places: seen.append((point, step, scene.state("Copy"))))
    scene.do(attempt, "Copy")
    assert seen == [
        ("before_intent", "Copy", None),
        ("after_intent", "Copy", "started"),
        ("before_outcome", "Copy", "started"),
        ("after_outcome", "Copy", "ok"),
    ]


def test_outcomes_of_one_moment_are_durable_together_or_not_at_all(scene):
    attempt = scene.begin()
    steps = [scene.start(attempt, "Copy", host) for host in ("h1", "h2")]
    scene.resume(attempt)
    with pytest.raises(StaleAttemptError):
        attempt.finish([Finish(reference=step, state=StepState.OK, payload="x") for step in steps])
    assert {scene.state("Copy", host) for host in ("h1", "h2")} == {"pending"}


def test_a_workers_page_goes_once_the_outcome_is_durable(scene):
    attempt = scene.begin()
    step = scene.start(attempt, "Copy", "h1", WORKER, BEGIN, RESULT)
    scene.finish(attempt, step)
    assert not scene.spool.page(attempt.run.id, 1, "h1", step.key).exists()


def test_a_workers_page_stays_when_the_outcome_could_not_be_recorded(scene):
    attempt = scene.begin()
    step = scene.start(attempt, "Copy", "h1", WORKER, BEGIN, RESULT)
    scene.resume(attempt)
    with pytest.raises(StaleAttemptError):
        scene.finish(attempt, step)
    assert scene.spool.page(attempt.run.id, 1, "h1", step.key).exists()


def test_a_result_that_may_not_be_stored_is_not(scene):
    attempt = scene.begin()
    step = scene.start(attempt, "Copy")
    scene.finish(attempt, step, payload=None)
    assert scene.journal.results(attempt.run.id, "h1", step.key) == {}


# Keys


def test_the_nth_meeting_of_a_path_on_a_host_has_a_key_of_its_own(scene):
    attempt = scene.begin()
    assert [attempt.meet("h1", "1 Move/Copy") for _ in range(2)] == ["1 Move/Copy#1", "1 Move/Copy#2"]


def test_hosts_count_their_meetings_apart(scene):
    attempt = scene.begin()
    attempt.meet("h1", "1 Move/Copy")
    assert attempt.meet("h2", "1 Move/Copy") == "1 Move/Copy#1"


def test_a_resumed_run_counts_its_meetings_from_the_start(scene):
    attempt = scene.begin()
    scene.do(attempt, "Copy")
    assert scene.resume(attempt).meet("h1", "1 Move/Copy") == "1 Move/Copy#1"


# What a resume does with a step


@pytest.mark.parametrize("contract", [READ_ONLY, IDEMPOTENT, ONCE, PIVOT], ids=["none", "idempotent", "once", "pivot"])
@pytest.mark.parametrize("state", [StepState.OK, StepState.SKIPPED])
def test_a_completed_step_is_answered_from_the_journal(scene, contract, state):
    """[I1]"""
    attempt = scene.begin()
    scene.do(attempt, "Copy", state=state, contract=contract)
    decision = scene.decide(scene.resume(attempt), "Copy", contract=contract)
    assert (decision.way, decision.payload, decision.is_news) == (Way.REPLAY, "Copy on h1", False)


def test_a_completed_step_is_answered_from_the_journal_at_every_resume(scene):
    """[I1]"""
    attempt = scene.begin()
    scene.do(attempt, "Copy")
    for _ in range(3):
        attempt = scene.resume(attempt)
        assert scene.decide(attempt, "Copy").way is Way.REPLAY


def test_a_step_that_was_never_met_is_executed(scene):
    attempt = scene.begin()
    scene.do(attempt, "Copy")
    assert scene.decide(scene.resume(attempt), "Copy", "h2").way is Way.EXECUTE


def test_a_read_only_step_that_did_not_end_is_executed(scene):
    attempt = scene.begin()
    scene.start(attempt, "Look", contract=READ_ONLY)
    assert scene.decide(scene.resume(attempt), "Look", contract=READ_ONLY).way is Way.EXECUTE


@pytest.mark.parametrize("state", [StepState.FAILED, StepState.UNREACHABLE])
def test_a_failure_that_nothing_handled_is_where_the_run_goes_on(scene, state):
    attempt = scene.begin()
    scene.do(attempt, "Copy", state=state)
    assert scene.decide(scene.resume(attempt), "Copy").way is Way.EXECUTE


@pytest.mark.parametrize("state", [StepState.FAILED, StepState.UNREACHABLE])
def test_a_failure_that_was_handled_is_answered_from_the_journal(scene, state):
    attempt = scene.begin()
    step = scene.start(attempt, "Copy")
    scene.finish(attempt, step, state, is_handled=True)
    decision = scene.decide(scene.resume(attempt), "Copy")
    assert (decision.way, decision.is_news) == (Way.REPLAY, False)


def test_a_step_of_the_whole_run_is_answered_for_whichever_host_meets_it(scene):
    attempt = scene.begin()
    scene.do(attempt, "Ask", "h1", is_for_all=True)
    assert scene.decide(scene.resume(attempt), "Ask", "h2", is_for_all=True).payload == "Ask on h1"


def test_answered_steps_are_counted(scene):
    attempt = scene.begin()
    for host in ("h1", "h2"):
        scene.do(attempt, "Copy", host)
    attempt = scene.resume(attempt)
    for host in ("h1", "h2"):
        scene.decide(attempt, "Copy", host)
    assert attempt.restored == 2


def test_a_step_keeps_its_place_in_the_order_of_starts_when_it_is_done_again(scene):
    attempt = scene.begin()
    scene.do(attempt, "First", state=StepState.FAILED)
    scene.do(attempt, "Second", "h2")
    attempt = scene.resume(attempt)
    scene.do(attempt, "First")
    assert [step.name for step in scene.journal.steps(attempt.run.id)] == ["First", "Second"]


def test_a_step_of_a_resumed_run_starts_after_all_that_are_known(scene):
    """[I7] Also after one whose predecessor left no trace."""
    attempt = scene.begin()
    scene.start(attempt, "Look", contract=READ_ONLY)
    scene.do(attempt, "Copy", "h2")
    attempt = scene.resume(attempt)
    scene.do(attempt, "Look", contract=READ_ONLY)
    assert [step.name for step in scene.journal.steps(attempt.run.id)] == ["Copy", "Look"]


# Doubt


def test_a_step_in_doubt_that_must_not_be_repeated_waits_for_an_operator(scene):
    """[I1]"""
    attempt = scene.begin()
    scene.start(attempt, "Copy", "h1", *LOST)
    attempt = scene.resume(attempt)
    course = scene.decide(attempt, "Copy")
    assert (course.way, course.asks) == (Way.WAIT, Asks.DOUBT)


def test_a_step_in_doubt_stays_so_over_any_number_of_resumes(scene):
    attempt = scene.begin()
    scene.start(attempt, "Copy", "h1", *LOST)
    for _ in range(3):
        attempt = scene.resume(attempt)
        step = scene.meet(attempt, "Copy")
        assert attempt.decide(step).way is Way.WAIT
        attempt.ask([(step, Asks.DOUBT)])


def test_a_step_in_doubt_that_can_be_verified_is_looked_for(scene):
    attempt = scene.begin()
    scene.start(attempt, "Copy", "h1", *LOST, contract=VERIFIED)
    attempt = scene.resume(attempt)
    assert scene.decide(attempt, "Copy", contract=VERIFIED).way is Way.VERIFY


def test_what_a_verify_handler_finds_settles_the_doubt(scene):
    attempt = scene.begin()
    for host in ("h1", "h2"):
        scene.start(attempt, "Copy", host, *LOST, contract=VERIFIED)
    attempt = scene.resume(attempt)
    there, missing = (scene.meet(attempt, "Copy", host, contract=VERIFIED) for host in ("h1", "h2"))
    attempt.resolve(there, payload="found", how="Look")
    attempt.resolve(missing, payload=None, how="Look")
    assert (attempt.decide(there).way, attempt.decide(there).payload) == (Way.REPLAY, "found")
    assert attempt.decide(missing).way is Way.EXECUTE


def test_a_job_in_doubt_is_executed_for_its_worker_looks_for_it(scene):
    """[I4] However often attempts die before their workers have looked."""
    attempt = scene.begin()
    scene.start(attempt, "Copy", "h1", *LOST, is_job=True)
    for _ in range(3):
        attempt = scene.resume(attempt)
        step = scene.meet(attempt, "Copy", is_job=True)
        decision = attempt.decide(step)
        assert decision.way is Way.EXECUTE
        assert decision.known.is_in_doubt
        attempt.start(step)


def test_the_start_of_a_job_without_an_effect_is_on_record_too(scene):
    """[I4] Or a resume would not know that there is one to be found."""
    attempt = scene.begin()
    scene.start(attempt, "Measure", contract=READ_ONLY, is_job=True)
    assert [step.state for step in scene.journal.steps(attempt.run.id)] == [StepState.STARTED]


def test_a_step_in_doubt_that_may_be_repeated_is_executed(scene):
    attempt = scene.begin()
    scene.start(attempt, "Copy", "h1", *LOST, contract=IDEMPOTENT)
    assert scene.decide(scene.resume(attempt), "Copy", contract=IDEMPOTENT).way is Way.EXECUTE


def test_a_step_whose_worker_never_began_is_executed(scene):
    attempt = scene.begin()
    scene.start(attempt, "Copy", "h1", WORKER)
    attempt = scene.resume(attempt)
    assert scene.state("Copy") == "pending"
    assert scene.decide(attempt, "Copy").way is Way.EXECUTE


def test_a_step_whose_worker_ended_it_is_answered_with_what_the_worker_left(scene):
    """[I1] A worker outlives its parent."""
    attempt = scene.begin()
    scene.start(attempt, "Copy", "h1", WORKER, BEGIN, RESULT)
    decision = scene.decide(scene.resume(attempt), "Copy")
    assert (decision.way, decision.payload, decision.is_news) == (Way.REPLAY, "found", False)


def test_a_failure_that_a_worker_left_is_news(scene):
    """Nobody has acted on it: whether it is rescued is for the play to say."""
    attempt = scene.begin()
    scene.start(attempt, "Copy", "h1", WORKER, BEGIN, FAILURE)
    decision = scene.decide(scene.resume(attempt), "Copy")
    assert (decision.way, decision.payload, decision.is_news) == (Way.REPLAY, "found", True)


def test_a_failure_that_a_worker_left_is_executed_again_once_it_was_told_and_not_handled(scene):
    attempt = scene.begin()
    scene.start(attempt, "Copy", "h1", WORKER, BEGIN, FAILURE)
    attempt = scene.resume(attempt)
    step = scene.meet(attempt, "Copy")
    assert attempt.decide(step).is_news
    scene.finish(attempt, step, StepState.FAILED)
    assert scene.decide(scene.resume(attempt), "Copy").way is Way.EXECUTE


def test_a_step_that_ended_without_a_trace_of_its_result_is_not_repeated(scene):
    attempt = scene.begin()
    scene.start(attempt, "Copy", "h1", WORKER, BEGIN, RESULT | {"payload": None})
    attempt = scene.resume(attempt)
    with pytest.raises(ResultWithheldError):
        scene.decide(attempt, "Copy")


# Loops


def test_the_items_that_a_worker_finished_are_handed_out(scene):
    """[I4]"""
    attempt = scene.begin()
    scene.start(attempt, "Loop", "h1", WORKER, item("a"), item("b"))
    decision = scene.decide(scene.resume(attempt), "Loop")
    assert (decision.way, dict(decision.items)) == (Way.EXECUTE, {"a": "result of a", "b": "result of b"})


def test_finished_items_are_handed_out_at_every_resume(scene):
    """[I4] Each attempt finishes one more."""
    attempt = scene.begin()
    for name in "abc":
        scene.start(attempt, "Loop", "h1", WORKER, item(name))
        attempt = scene.resume(attempt)
    assert [key for key, _payload in scene.decide(attempt, "Loop").items] == ["a", "b", "c"]


def test_a_doubtful_loop_that_may_be_repeated_is_handed_its_finished_items(scene):
    """[I4]"""
    attempt = scene.begin()
    scene.start(attempt, "Loop", "h1", WORKER, item("a"), {"fact": "begin", "key": "b"}, contract=IDEMPOTENT)
    decision = scene.decide(scene.resume(attempt), "Loop", contract=IDEMPOTENT)
    assert (decision.way, dict(decision.items)) == (Way.EXECUTE, {"a": "result of a"})


def test_a_loop_that_failed_is_handed_its_finished_items(scene):
    """[I4]"""
    attempt = scene.begin()
    step = scene.start(attempt, "Loop", "h1", WORKER, item("a"), item("b", is_failed=True), item("c"))
    scene.finish(attempt, step, StepState.FAILED)
    decision = scene.decide(scene.resume(attempt), "Loop")
    assert (decision.way, [key for key, _payload in decision.items]) == (Way.EXECUTE, ["a", "c"])


def test_an_item_that_failed_is_not_a_finished_one(scene):
    """It is where the step goes on."""
    attempt = scene.begin()
    scene.start(attempt, "Loop", "h1", WORKER, item("a", is_failed=True))
    assert scene.decide(scene.resume(attempt), "Loop").items == ()


def test_a_step_that_was_never_begun_has_no_items(scene):
    assert scene.decide(scene.begin(), "Loop").items == ()


# Results that may not be stored (no_log)


def withheld(scene, contract, state=StepState.OK):
    attempt = scene.begin()
    step = scene.start(attempt, "Copy", contract=contract)
    scene.finish(attempt, step, state, payload=None)
    return scene.resume(attempt)


@pytest.mark.parametrize("contract", [READ_ONLY, IDEMPOTENT], ids=["read only", "idempotent"])
def test_a_step_whose_result_was_not_stored_is_repeated_if_that_is_harmless(scene, contract):
    assert scene.decide(withheld(scene, contract), "Copy", contract=contract).way is Way.EXECUTE


def test_a_step_whose_result_was_not_stored_is_not_repeated_if_that_does_harm(scene):
    """[I1]"""
    attempt = withheld(scene, ONCE)
    with pytest.raises(ResultWithheldError, match="'Copy' has ended on h1"):
        scene.decide(attempt, "Copy")


def test_a_step_whose_result_was_not_stored_does_not_hinder_the_way_back(scene):
    attempt = withheld(scene, ONCE)
    attempt.go_back("it failed")
    assert scene.decide(attempt, "Copy").way is Way.PASS_OVER


# The consequences of a failure


def failed_with_aftermath(scene, *page, **facts):
    """Return a run that failed on h1, where an always section did something after it."""
    attempt = scene.begin()
    scene.do(attempt, "Fail", state=StepState.FAILED)
    step = scene.start(attempt, "Tidy up", "h1", *page, is_aftermath=True, **facts)
    if not page:
        scene.finish(attempt, step)
    return attempt


def test_what_a_host_did_after_its_failure_is_void_on_resume(scene):
    scene.resume(failed_with_aftermath(scene))
    assert scene.state("Tidy up") == "void"


def test_what_is_void_is_done_again(scene):
    attempt = scene.resume(failed_with_aftermath(scene))
    assert scene.decide(attempt, "Tidy up").way is Way.EXECUTE


def test_what_was_void_and_done_again_stays_done(scene):
    """[I1]"""
    attempt = scene.resume(failed_with_aftermath(scene))
    scene.do(attempt, "Fail")
    scene.do(attempt, "Tidy up")
    assert scene.decide(scene.resume(attempt), "Tidy up").way is Way.REPLAY


@pytest.mark.parametrize("page", [(WORKER, BEGIN, RESULT), (WORKER, item("a")), LOST], ids=["ended", "begun", "lost"])
def test_what_a_host_was_at_after_its_failure_is_void_as_well(scene, page):
    """It would be done again if it were known to be done: there is no doubt to settle, nor a result to take [I1]."""
    scene.resume(failed_with_aftermath(scene, *page))
    assert scene.state("Tidy up") == "void"


def test_what_was_done_after_a_failure_counts_when_the_run_goes_back(scene):
    attempt = failed_with_aftermath(scene)
    attempt.go_back("it failed")
    scene.resume(attempt)
    assert scene.state("Tidy up") == "ok"


def test_a_failure_whose_host_was_forgiven_is_answered_and_so_is_what_came_of_it(scene):
    attempt = failed_with_aftermath(scene)
    attempt.forgive({"h1"})
    attempt = scene.resume(attempt)
    assert scene.decide(attempt, "Fail").way is Way.REPLAY
    assert scene.decide(attempt, "Tidy up").way is Way.REPLAY
    scene.must_be_accounted_for()


def test_only_the_hosts_that_are_named_are_forgiven(scene):
    attempt = failed_with_aftermath(scene)
    attempt.forgive({"h2"})
    assert "step.forgiven" not in scene.types()
    assert scene.decide(scene.resume(attempt), "Fail").way is Way.EXECUTE


def test_what_is_void_is_still_owed(scene):
    attempt = scene.resume(failed_with_aftermath(scene, contract=UNDOABLE))
    assert [step.name for step in remaining(attempt.steps())] == ["Tidy up"]


def test_a_void_loop_is_done_again_as_a_whole(scene):
    attempt = scene.resume(failed_with_aftermath(scene, WORKER, item("a"), item("b"), RESULT))
    assert scene.decide(attempt, "Tidy up").items == ()


# Going back


def test_the_way_back_is_durable(scene):
    attempt = scene.begin()
    scene.do(attempt, "Copy", contract=UNDOABLE)
    attempt.go_back("it failed")
    run = scene.run()
    assert (run.state, run.is_going_back, run.reason) == (RunState.COMPENSATING, True, "it failed")


def test_a_run_that_goes_back_goes_on_doing_so_after_a_crash(scene):
    attempt = scene.begin()
    attempt.go_back("it failed")
    attempt = scene.resume(attempt)
    assert (attempt.run.state, attempt.run.is_going_back) == (RunState.COMPENSATING, True)
    assert attempt.run.reason == "it failed"


def test_turning_around_twice_is_turning_around_once(scene):
    attempt = scene.begin()
    for reason in ("the first reason", "another"):
        attempt.go_back(reason)
    assert (scene.run().reason, scene.types().count("run.compensating")) == ("the first reason", 1)


def gone_back(scene, *page, state=None, contract=ONCE):
    """Return the second attempt of a run that went back after Copy was left so."""
    attempt = scene.begin()
    step = scene.start(attempt, "Copy", "h1", *page, contract=contract)
    if state is not None:
        scene.finish(attempt, step, state)
    attempt.go_back("it failed")
    return scene.resume(attempt)


@pytest.mark.parametrize("contract", [READ_ONLY, IDEMPOTENT, ONCE], ids=["read only", "idempotent", "once"])
def test_on_the_way_back_nothing_new_is_done(scene, contract):
    attempt = gone_back(scene, *LOST)
    assert scene.decide(attempt, "New", contract=contract).way is Way.PASS_OVER


@pytest.mark.parametrize("contract", [IDEMPOTENT, ONCE], ids=["idempotent", "once"])
@pytest.mark.parametrize("page", [LOST, (WORKER,)], ids=["in doubt", "not begun"])
def test_on_the_way_back_what_did_not_end_is_passed_over(scene, page, contract):
    assert scene.decide(gone_back(scene, *page, contract=contract), "Copy", contract=contract).way is Way.PASS_OVER


@pytest.mark.parametrize("state", [StepState.OK, StepState.FAILED])
def test_on_the_way_back_what_ended_is_answered_from_the_journal(scene, state):
    assert scene.decide(gone_back(scene, state=state), "Copy").way is Way.REPLAY


def test_on_the_way_back_drift_does_not_matter(scene):
    attempt = gone_back(scene, state=StepState.OK)
    assert scene.decide(attempt, "Copy", fingerprint="new").way is Way.REPLAY


def undoing(scene, attempt, task="Undo it"):
    """Return a compensation as Ansible meets it."""
    return scene.meet(attempt, task, path=f"undo Copy#1/{task}", undoes="1 Move/Copy#1")


def compensating(scene):
    attempt = scene.begin()
    scene.do(attempt, "Copy", contract=UNDOABLE)
    attempt.go_back("it failed")
    return attempt


def test_a_compensation_is_executed(scene):
    attempt = compensating(scene)
    assert attempt.decide(undoing(scene, attempt)).way is Way.EXECUTE


def test_a_compensation_that_is_done_is_not_repeated(scene):
    """[I7]"""
    attempt = compensating(scene)
    step = undoing(scene, attempt)
    attempt.start(step)
    scene.finish(attempt, step)
    attempt = scene.resume(attempt)
    assert attempt.decide(undoing(scene, attempt)).way is Way.REPLAY


@pytest.mark.parametrize("page", [LOST, ()], ids=["in doubt", "not begun"])
def test_a_compensation_that_did_not_end_is_executed_again(scene, page):
    """There may be nothing left to undo; a compensation must bear that."""
    attempt = compensating(scene)
    scene.start(attempt, "Undo it", "h1", *page, path="undo Copy#1/Undo it", undoes="1 Move/Copy#1")
    attempt = scene.resume(attempt)
    assert attempt.decide(undoing(scene, attempt)).way is Way.EXECUTE


def test_a_compensation_that_failed_is_executed_again(scene):
    attempt = compensating(scene)
    step = undoing(scene, attempt)
    attempt.start(step)
    scene.finish(attempt, step, StepState.FAILED)
    attempt = scene.resume(attempt)
    assert attempt.decide(undoing(scene, attempt)).way is Way.EXECUTE


def test_what_was_undone_is_no_longer_owed(scene):
    """[I7]"""
    attempt = compensating(scene)
    [due] = attempt.debt().undoings
    attempt.undone(due, failed=())
    assert attempt.debt().undoings == ()
    assert [step.undo for step in scene.journal.steps(attempt.run.id)] == [Undo.COMPENSATED]


def test_what_was_undone_is_not_owed_after_a_crash(scene):
    """[I7]"""
    attempt = compensating(scene)
    attempt.undone(attempt.debt().undoings[0], failed=())
    assert scene.resume(attempt).debt().undoings == ()


def test_what_could_not_be_undone_is_still_owed_host_by_host(scene):
    """[I9]"""
    attempt = scene.begin()
    for host in ("h1", "h2"):
        scene.do(attempt, "Copy", host, contract=UNDOABLE)
    attempt.go_back("it failed")
    attempt.undone(attempt.debt().undoings[0], failed=["h2"])
    assert [step.host for step in remaining(scene.journal.steps(attempt.run.id))] == ["h2"]


def test_an_effect_in_doubt_is_owed(scene):
    attempt = scene.begin()
    scene.start(attempt, "Copy", "h1", *LOST, contract=UNDOABLE)
    assert [step.name for step in remaining(scene.resume(attempt).steps())] == ["Copy"]


def test_a_loop_of_which_some_items_are_done_is_owed(scene):
    attempt = scene.begin()
    scene.start(attempt, "Loop", "h1", WORKER, item("a"), contract=UNDOABLE)
    assert [step.name for step in remaining(scene.resume(attempt).steps())] == ["Loop"]


@pytest.mark.parametrize("ending", [StepState.FAILED, StepState.SKIPPED])
@pytest.mark.parametrize("before", ["in doubt", "unreachable", "void"])
def test_an_effect_that_may_be_there_stays_owed_when_its_step_is_done_again_and_fails(scene, before, ending):
    """A second try that did nothing does not take back what the first one did."""
    attempt = scene.begin()
    facts = {"contract": UNDOABLE_TWICE, "is_aftermath": before == "void"}
    step = scene.start(attempt, "Copy", "h1", *(LOST if before == "in doubt" else ()), **facts)
    if before != "in doubt":
        scene.finish(attempt, step, StepState.UNREACHABLE if before == "unreachable" else StepState.OK)
    attempt = scene.resume(attempt)
    scene.do(attempt, "Copy", state=ending, contract=UNDOABLE_TWICE)
    assert [step.name for step in remaining(attempt.steps())] == ["Copy"]


@pytest.mark.parametrize("ending", [StepState.FAILED, StepState.SKIPPED])
def test_a_step_that_never_had_an_effect_is_not_owed_when_it_is_done_again_and_fails(scene, ending):
    attempt = scene.begin()
    scene.do(attempt, "Copy", state=StepState.FAILED, contract=UNDOABLE)
    attempt = scene.resume(attempt)
    scene.do(attempt, "Copy", state=ending, contract=UNDOABLE)
    assert remaining(attempt.steps()) == []


def test_the_way_back_waits_until_every_owed_step_was_met(scene):
    """Its handler is known only then."""
    attempt = scene.begin()
    for task in ("Drain", "Copy"):
        scene.do(attempt, task, contract=UNDOABLE)
    attempt.go_back("it failed")
    attempt = scene.resume(attempt)
    scene.meet(attempt, "Drain")
    assert not attempt.has_met_all_owed()
    scene.meet(attempt, "Copy")
    assert attempt.has_met_all_owed()


# The end


@pytest.mark.parametrize("state", [RunState.COMPLETED, RunState.COMPENSATED, RunState.STOPPED])
def test_an_attempt_that_ends_lets_go_of_its_targets(scene, state):
    attempt = scene.begin()
    attempt.end(state)
    assert scene.held() == {}


def test_a_parked_run_keeps_its_targets_without_an_end(scene):
    attempt = scene.begin()
    attempt.end(RunState.PARKED, "in doubt")
    assert {lease.name: lease.expires for lease in scene.journal.leases()} == {"h1": None, "h2": None}


@pytest.mark.parametrize(
    "state", [RunState.COMPLETED, RunState.COMPENSATED, RunState.STOPPED, RunState.PARKED, RunState.ABANDONED]
)
def test_a_run_ends_in_one_state_with_its_reason_and_without_an_owner(scene, state):
    """[I9]"""
    scene.begin().end(state, "why it ended")
    run = scene.run()
    assert (run.state, run.reason, scene.slice().owner) == (state, "why it ended", None)


@pytest.mark.parametrize("state", [RunState.COMPLETED, RunState.COMPENSATED, RunState.ABANDONED])
def test_a_run_that_is_over_leaves_no_pages(scene, state):
    attempt = scene.begin()
    scene.start(attempt, "Copy", "h1", WORKER)
    attempt.end(state)
    assert list(scene.spool.root.iterdir()) == []


@pytest.mark.parametrize("state", [RunState.STOPPED, RunState.PARKED])
def test_a_run_that_may_go_on_keeps_its_workers_pages(scene, state):
    attempt = scene.begin()
    scene.start(attempt, "Copy", "h1", WORKER, BEGIN, RESULT)
    attempt.end(state)
    assert scene.decide(scene.begin(), "Copy").payload == "found"


def test_the_steps_in_hand_are_those_without_an_outcome(scene):
    attempt = scene.begin()
    scene.do(attempt, "Drain")
    scene.start(attempt, "Copy")
    assert [step.name for step in attempt.in_hand()] == ["Copy"]


# The right to work


def test_an_attempt_whose_lease_runs_may_start_steps(scene):
    scene.begin(lock_ttl=60).check()


def test_an_attempt_whose_lease_may_run_out_starts_no_step(scene):
    """[I6]"""
    attempt = scene.begin(lock_ttl=60)
    scene.clock.wait(51)
    with pytest.raises(LeaseLostError):
        attempt.check()


def test_an_attempt_that_was_taken_over_starts_no_step_after_its_next_heartbeat(scene):
    """[I6] [I11]"""
    attempt = scene.begin()
    scene.resume(attempt)
    attempt.heartbeat.beat()
    with pytest.raises(LeaseLostError, match="another attempt or run has taken over"):
        attempt.check()


@pytest.mark.parametrize(
    "write",
    [
        lambda scene, attempt, step: attempt.start(step),
        lambda scene, attempt, step: scene.finish(attempt, step),
        lambda scene, attempt, step: attempt.undone(attempt.debt().undoings[0], ()),
        lambda scene, attempt, step: attempt.go_back("it failed"),
        lambda scene, attempt, step: attempt.end(RunState.COMPLETED),
        lambda scene, attempt, step: attempt.end(RunState.PARKED),
    ],
    ids=["start", "finish", "undone", "go_back", "end", "park"],
)
def test_a_stale_attempt_cannot_write_after_a_takeover(scene, write):
    """[I11]"""
    stale = scene.begin()
    step = scene.start(stale, "Copy", contract=UNDOABLE)
    scene.resume(stale)
    before = scene.everything()
    with pytest.raises(StaleAttemptError):
        write(scene, stale, step)
    assert scene.everything() == before


# Once for a batch


def once_again(scene, *batch, undoes="", turn=lambda attempt: None):
    """Return how the key of a step that was done for h1 and h2 compares with the one for another batch."""
    first = scene.begin()
    key = first.meet_batch("1 Move/Drain", ONCE, ("h1", "h2"))
    step = replace(scene.meet(first, "Drain", is_for_all=True), key=key, batch=("h1", "h2"))
    first.start(step)
    scene.finish(first, step)
    turn(first)
    return scene.resume(first).meet_batch("1 Move/Drain", ONCE, batch, undoes=undoes) == key


def test_a_step_that_is_once_for_a_batch_is_known_by_its_hosts(scene):
    assert once_again(scene, "h2")


def test_a_step_that_was_done_for_others_is_another_step(scene):
    assert not once_again(scene, "h3")


def test_on_the_way_back_nothing_is_done_for_who_came_into_a_batch(scene):
    assert once_again(scene, "h2", "h3", turn=lambda attempt: attempt.go_back("it failed"))


def test_a_compensation_is_done_for_who_came_into_a_batch(scene):
    assert not once_again(scene, "h2", "h3", undoes="k", turn=lambda attempt: attempt.go_back("it failed"))
