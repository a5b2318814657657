# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""saga decide"""

import shlex

from ansible_collections.saga.ops.plugins.plugin_utils._engine import codec
from ansible_collections.saga.ops.plugins.plugin_utils._engine.meeting import Way

from past import UNDOABLE
from samples import told


def decide(past, answer, *, host="h1", step="Switch", run=""):
    return past.saga("decide", run or past.last().id, "--host", host, "--step", step, answer, "--why", "I looked")


def meet(past, name="Switch", host="h1"):
    """Resume the run, and come to the step."""
    work = past.begin()
    return work.attempt.decide(work.reference(name, host))


def test_a_step_said_to_be_done_is_answered_from_the_journal(past):
    past.killed(lambda work: work.leave_in_doubt("Switch"))
    said = decide(past, "done")
    assert said.code == 0
    assert past.states() == {("h1", "Switch"): "ok"}
    met = meet(past)
    assert met.way is Way.REPLAY
    result = {"changed": True, "msg": "I looked"}
    assert codec.decode(met.payload) == {"family": "operator", "result": result, "fields": {}}


def test_a_step_said_to_be_tried_again_is_executed(past):
    past.killed(lambda work: work.leave_in_doubt("Switch", contract=UNDOABLE))
    decide(past, "retry")
    assert past.states() == {("h1", "Switch"): "pending"}
    [step] = past.journal.steps(past.last().id)
    assert step.may_remain  # so that it is undone if the run goes back before it is done again
    assert meet(past).way is Way.EXECUTE


def test_a_retried_loop_keeps_the_items_that_are_done(past):
    past.killed(lambda work: work.leave_in_doubt("Switch", items=("a", "b")))
    decide(past, "retry")
    assert [item for item, _payload in meet(past).items] == ["a", "b"]


def test_who_decided_and_why_is_in_the_audit(past):
    run = past.killed(lambda work: work.leave_in_doubt("Switch"))
    decide(past, "done")
    [event] = [event for event in past.journal.events(run.id) if event.type == "step.resolved"]
    assert (event.host, event.step) == ("h1", "1 Move/Switch#1")
    assert told(event) == {"state": "ok", "answer": "done", "why": "I looked"}
    [made] = [event for event in past.journal.events(run.id) if event.type == "decision.made"]
    assert (made.data["answer"], made.data["about"], made.data["hosts"]) == ("done", "doubt", ["h1"])
    assert event.actor
    assert past.saga("audit", run.id, "--verify").code == 0


def test_the_last_line_is_the_next_doubt_and_then_the_one_that_resumes(past):
    past.killed(lambda work: [work.leave_in_doubt("Switch", host) for host in ("h1", "h2")], targets=("h1", "h2"))
    words = shlex.split(decide(past, "done").last)
    assert words[words.index("--host") + 1] == "h2"
    words = shlex.split(decide(past, "retry", host="h2").last)
    assert (words[:2], words[-1]) == (["saga", "resume"], past.last().id)


def test_a_parked_run_stays_parked_until_it_is_resumed(past):
    past.killed(lambda work: work.leave_in_doubt("Switch"))
    past.begin().end("parked")
    decide(past, "done")
    assert past.last().state == "parked"
    assert [lease.name for lease in past.journal.leases()] == ["h1"]


def test_a_step_goes_by_its_name_its_path_or_its_key(past):
    for name in ("Switch", "1 Move/Switch", "1 Move/Switch#1"):
        past.killed(lambda work: work.leave_in_doubt("Switch"), workflow=name, targets=(name,))
        assert decide(past, "done", step=name).code == 0


def test_a_step_for_all_goes_by_the_host_that_did_it(past):
    past.killed(lambda work: work.leave_in_doubt("Switch", "h2", for_all=True), targets=("h1", "h2"))
    assert decide(past, "done", host="h2").code == 0


def test_of_two_steps_with_one_name_the_one_in_doubt_is_meant(past):
    past.killed(lambda work: (work.do("Switch"), work.leave_in_doubt("Switch")))
    assert decide(past, "done").code == 0


def test_a_name_of_two_steps_that_wait_is_refused_with_their_keys(past):
    past.killed(lambda work: (work.leave_in_doubt("Switch"), work.leave_in_doubt("Switch")))
    said = decide(past, "done")
    assert said.code == 1
    assert "is the name of more than one step" in said.err
    assert "'1 Move/Switch#1'" in said.err
    assert "'1 Move/Switch#2'" in said.err


def test_an_unknown_step_is_refused_with_those_that_wait(past):
    past.killed(lambda work: work.leave_in_doubt("Switch"))
    said = decide(past, "done", step="Swich")
    assert said.code == 1
    assert "'Swich' on h1 is no step of this run; waiting are" in said.err
    assert "'Switch' on h1, key '1 Move/Switch#1'" in said.err


def test_a_step_that_does_not_wait_is_refused(past):
    past.killed(lambda work: (work.do("Copy"), work.leave_in_doubt("Switch")))
    said = decide(past, "retry", step="Copy")
    assert said.code == 1
    assert "'Copy' on h1 waits for no decision: it is ok" in said.err
    assert past.states()["h1", "Copy"] == "ok"


def test_a_step_of_which_its_worker_left_word_is_refused(past):
    past.killed(lambda work: work.page(work.start("Switch")).write("result", state="ok", payload="{}"))
    said = decide(past, "retry")
    assert said.code == 1
    assert "waits for no decision: it is ok, not taken in" in said.err


def test_nothing_is_decided_while_somebody_is_at_work(past):
    work = past.begin()
    work.leave_in_doubt("Switch")
    said = decide(past, "done")
    assert said.code == 1
    assert "is being worked on by process" in said.err


def test_nothing_is_decided_about_a_run_that_goes_back(past):
    past.killed(lambda work: (work.leave_in_doubt("Switch", contract=UNDOABLE), work.attempt.go_back("it failed")))
    said = decide(past, "done")
    assert said.code == 1
    assert "it goes back, and steps in doubt are undone with the rest" in said.err


def test_nothing_is_decided_about_a_run_that_has_ended(past):
    past.begin().end("completed")
    assert decide(past, "done").code == 1
