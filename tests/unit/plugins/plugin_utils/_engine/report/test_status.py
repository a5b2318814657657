# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A word for where each step stands, and for what a resume will do with it; a resume has to keep to that [I9]."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import ResultWithheldError
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import Approval
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import (
    EVERY_HOST,
    Answer,
    Asks,
    Decision,
    PlannedStep,
    Result,
    RunState,
    StepState,
    Undo,
)
from ansible_collections.saga.ops.plugins.plugin_utils._engine.report import describe, forecast, view
from ansible_collections.saga.ops.plugins.plugin_utils._engine.spool import Leavings, Page, Verdict
from hypothesis import given
from hypothesis import strategies as st

from samples import IDEMPOTENT, NOW, ONCE, READ_ONLY, UNDOABLE, a_run, a_step, an_entry
from scene import BEGIN, FAILURE, RESULT, WORKER, Scene, item

STOPPED = a_run(state=RunState.STOPPED)
GOING_BACK = a_run(state=RunState.PARKED, is_going_back=True)
OVER = [RunState.COMPLETED, RunState.COMPENSATED, RunState.ABANDONED]

ENDED = Leavings(verdict=Verdict.ENDED, state="failed", result="found")
SECRET = Leavings(verdict=Verdict.ENDED, state="ok", result=None)
NOT_STARTED = Leavings(verdict=Verdict.NOT_STARTED)
BETWEEN = Leavings(verdict=Verdict.BETWEEN)
LOST = Leavings(verdict=Verdict.IN_DOUBT)
JOB = Leavings(verdict=Verdict.IN_DOUBT, has_job=True)
VERIFIED = replace(ONCE, verify=("Is it there",))


# Where a step stands


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"state": StepState.OK}, "ok"),
        ({"state": StepState.SKIPPED}, "skipped"),
        ({"state": StepState.FAILED, "is_handled": False}, "failed"),
        ({"state": StepState.FAILED, "is_handled": None}, "failed"),
        ({"state": StepState.FAILED, "is_handled": True}, "failed, handled"),
        ({"state": StepState.UNREACHABLE, "is_handled": False}, "unreachable"),
        ({"state": StepState.PENDING}, "pending"),
        ({"state": StepState.VOID}, "void"),
        ({"state": StepState.STARTED}, "in doubt"),
        ({"state": StepState.OK, "undo": Undo.COMPENSATED}, "compensated"),
        ({"state": StepState.OK, "undo": Undo.FAILED}, "compensation failed"),
        ({"state": StepState.STARTED, "undo": Undo.COMPENSATED}, "compensated"),
    ],
)
def test_every_state_has_a_word(facts, word):
    assert describe(a_step(**facts), is_live=False) == word


def test_a_started_step_of_a_live_run_is_at_work():
    assert describe(a_step(state=StepState.STARTED), is_live=True) == "at work"


@pytest.mark.parametrize(
    ("left", "word"),
    [(ENDED, "failed, not taken in"), (NOT_STARTED, "not begun"), (BETWEEN, "done in part"), (LOST, "in doubt")],
)
def test_a_started_step_of_a_dead_run_is_what_its_worker_left(left, word):
    assert describe(a_step(state=StepState.STARTED), is_live=False, left=left) == word


# What a resume will do with it


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"state": StepState.OK}, "replay"),
        ({"state": StepState.SKIPPED}, "replay"),
        ({"state": StepState.OK, "is_withheld": True, "contract": IDEMPOTENT}, "run again (result not stored)"),
        ({"state": StepState.OK, "is_withheld": True, "contract": ONCE}, "stop (result not stored)"),
        ({"state": StepState.FAILED, "is_handled": False}, "run again"),
        ({"state": StepState.UNREACHABLE, "is_handled": False}, "run again"),
        ({"state": StepState.FAILED, "is_handled": True}, "replay"),
        ({"state": StepState.FAILED, "is_handled": None}, "replay"),
        ({"state": StepState.FAILED, "is_handled": True, "is_withheld": True}, "stop (result not stored)"),
        ({"state": StepState.PENDING}, "run"),
        ({"state": StepState.VOID}, "run"),
        ({"state": StepState.STARTED, "contract": ONCE}, "ask"),
        ({"state": StepState.STARTED, "contract": IDEMPOTENT}, "run again"),
        ({"state": StepState.OK, "is_aftermath": True}, "run again"),
        ({"state": StepState.STARTED, "is_aftermath": True, "contract": ONCE}, "run again"),
    ],
)
def test_what_a_resume_will_do_with_each_state_is_told(facts, word):
    assert forecast(STOPPED, a_step(**facts), is_live=False) == word


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"state": StepState.STARTED, "contract": VERIFIED, "asks": Asks.DOUBT}, "verify"),
        ({"state": StepState.RETRYING, "contract": VERIFIED, "asks": Asks.DOUBT}, "verify"),
        ({"state": StepState.STARTED, "contract": ONCE, "asks": Asks.DOUBT}, "ask"),
        ({"state": StepState.FAILED, "contract": VERIFIED, "asks": Asks.FAILURE, "is_handled": False}, "ask"),
    ],
)
def test_a_target_that_did_not_answer_is_asked_again(facts, word):
    """[I9] A run parks when a verify handler finds nothing out; a resume lets it look once more before it asks."""
    assert forecast(STOPPED, a_step(**facts), is_live=False) == word


@pytest.mark.parametrize(
    ("left", "word"),
    [
        (ENDED, "take in"),
        (SECRET, "stop (result not stored)"),
        (NOT_STARTED, "run"),
        (BETWEEN, "run the rest"),
        (LOST, "ask"),
        (JOB, "look for its job"),
    ],
)
def test_what_a_resume_will_do_with_what_a_worker_left_is_told(left, word):
    assert forecast(STOPPED, a_step(state=StepState.STARTED), is_live=False, left=left) == word


@pytest.mark.parametrize("state", OVER)
def test_nothing_is_done_with_a_run_that_is_over(state):
    assert forecast(a_run(state=state), a_step(state=StepState.FAILED), is_live=False) == "nothing"


def test_nothing_is_foretold_of_a_run_at_work():
    assert forecast(STOPPED, a_step(state=StepState.FAILED), is_live=True) == "nothing"


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"contract": UNDOABLE}, "compensate"),
        ({"contract": UNDOABLE, "undo": Undo.FAILED}, "compensate"),
        ({"contract": UNDOABLE, "undo": Undo.COMPENSATED}, "nothing"),
        ({"contract": UNDOABLE, "state": StepState.FAILED}, "nothing"),
        ({"contract": ONCE}, "nothing"),
        ({"undoes": "1 Move/Copy#1", "state": StepState.OK}, "replay"),
        ({"undoes": "1 Move/Copy#1", "state": StepState.STARTED}, "run"),
        ({"undoes": "1 Move/Copy#1", "state": StepState.FAILED}, "run"),
    ],
)
def test_what_the_way_back_will_do_with_each_step_is_told(facts, word):
    assert forecast(GOING_BACK, a_step(**facts), is_live=False) == word


# What was foretold is what happens

PAGES = {
    "no page": (),
    "not begun": (WORKER,),
    "lost": (WORKER, BEGIN),
    "ended": (WORKER, BEGIN, RESULT),
    "failed": (WORKER, BEGIN, FAILURE),
    "secret": (WORKER, BEGIN, RESULT | {"payload": None}),
    "between": (WORKER, item("a")),
}
AT_A_GATE = replace(ONCE, approval=Approval())
HAPPENS = {"wait": "ask", "refuse": "refuse", "execute": "run", "replay": "replay", "skip": "pass over"}
FORETOLD = {"take in": "replay", "run again": "run", "run the rest": "run", "run again (result not stored)": "run"}

left_behind = st.builds(
    lambda contract, state, is_withheld, **facts: a_step(
        contract=contract,
        # Nobody records the intent of a step without an effect, nor an outcome that is no longer expected.
        state=StepState.OK if state is StepState.STARTED and contract == READ_ONLY else state,
        is_withheld=is_withheld and state not in {StepState.STARTED, StepState.PENDING, StepState.VOID},
        fingerprint="as it was",
        where="site.yml:7",
        **facts,
    ),
    contract=st.sampled_from([READ_ONLY, IDEMPOTENT, ONCE]),
    state=st.sampled_from(list(StepState)),
    is_withheld=st.booleans(),
    is_handled=st.sampled_from([None, True, False]),
    is_aftermath=st.booleans(),
)


def happens(scene, step):
    """Resume and return what becomes of the step."""
    attempt = scene.begin(targets=("h1",))
    reference = scene.meet(attempt, "Copy", contract=step.contract)
    try:
        return HAPPENS[attempt.decide(reference).way.value]
    except ResultWithheldError:
        return "stop (result not stored)"


@pytest.mark.parametrize(
    ("state", "answer"),
    [("waiting", None), ("pending", "approve"), ("pending", "deny"), ("failed", None), ("failed", "deny")],
)
def test_a_resume_does_at_a_gate_what_was_foretold(tmp_path, state, answer):
    """[I9] Whatever was decided there, and whether or not that has been played out."""
    scene = Scene(tmp_path)
    step = a_step(
        contract=AT_A_GATE,
        state=StepState(state),
        asks=Asks.APPROVAL if state == "waiting" else Asks.NOTHING,
        decision=Decision(answer=Answer(answer), by="bob", at=NOW) if answer else None,
        executions=0,
        is_handled=False if state == "failed" else None,
        fingerprint="as it was",
        where="site.yml:7",
    )
    run = a_run(state=RunState.STOPPED, targets=("h1",))
    scene.journal.commit([an_entry(run, step)])
    scene.spool.open_attempt("R1", 1)
    assert happens(scene, step) == forecast(run, step, is_live=False)


@given(left_behind, st.sampled_from(sorted(PAGES)))
def test_a_resume_does_what_was_foretold(step, page):
    """[I9] Whatever state a step was left in."""
    with tempfile.TemporaryDirectory() as folder:
        scene = Scene(Path(folder))
        result = Result(run="R1", host=step.host, key=step.key, payload="stored")
        run = a_run(state=RunState.STOPPED, targets=("h1",))
        scene.journal.commit([an_entry(run, step, *(() if step.is_withheld else (result,)))])
        scene.spool.open_attempt("R1", 1)
        if PAGES[page]:
            written = Page(scene.spool.page("R1", 1, step.host, step.key))
            for fact in PAGES[page]:
                written.write(**fact)
        left = scene.spool.judge("R1", 1, step.host, step.key)
        word = forecast(run, step, is_live=False, left=left)
        assert happens(scene, step) == FORETOLD.get(word, word)


# The whole picture


def look(run, *steps, plan=(), is_live=False, left=None):
    return view(run, steps, plan, is_live=is_live, left=left)


def foreseen(*names):
    return [PlannedStep(path=f"1 Move/{name}", fingerprint="f", where="site.yml:7", play=1) for name in names]


def test_a_task_over_several_hosts_is_one_line():
    [line] = look(STOPPED, a_step(host="h1"), a_step(host="h2", state=StepState.FAILED, is_handled=False)).lines
    assert line.states == {"h1": "ok", "h2": "failed"}
    assert line.forecasts == {"h1": "replay", "h2": "run again"}


def test_a_step_of_the_whole_run_stands_under_the_host_that_did_it():
    [line] = look(STOPPED, a_step(host=EVERY_HOST, on="h2")).lines
    assert (line.states, line.is_for_all) == ({"h2": "ok"}, True)


def test_what_the_playbook_foresees_and_nobody_has_met_is_still_to_come():
    lines = look(STOPPED, a_step(), plan=foreseen("Copy", "Start")).lines
    assert [(line.name, bool(line.states)) for line in lines] == [("Copy", True), ("Start", False)]


@pytest.mark.parametrize("run", [GOING_BACK, *(a_run(state=state) for state in OVER)], ids=["back", *OVER])
def test_nothing_is_to_come_when_the_run_goes_back_or_is_over(run):
    assert [line.name for line in look(run, a_step(), plan=foreseen("Copy", "Start")).lines] == ["Copy"]


def test_a_host_that_has_done_nothing_yet_is_among_the_hosts():
    assert look(STOPPED, a_step(host="h2")).hosts == ("h1", "h2")


def test_steps_in_doubt_are_listed():
    doubtful = a_step(state=StepState.STARTED)
    assert look(STOPPED, a_step(host="h2"), doubtful).in_doubt == (doubtful,)


@pytest.mark.parametrize("is_live", [True, None])
def test_nothing_is_in_doubt_while_somebody_may_be_at_work(is_live):
    assert look(STOPPED, a_step(state=StepState.STARTED), is_live=is_live).in_doubt == ()


@pytest.mark.parametrize("left", [ENDED, NOT_STARTED, BETWEEN])
def test_a_step_of_which_its_worker_left_word_is_not_in_doubt(left):
    step = a_step(state=StepState.STARTED)
    assert look(STOPPED, step, left={(step.host, step.key): left}).in_doubt == ()


def test_of_a_run_that_goes_back_what_is_owed_and_what_stands_is_listed():
    """[I9]"""
    owed, stands = a_step(key="a", contract=UNDOABLE), a_step(key="b", seq=2)
    seen = look(GOING_BACK, owed, stands, a_step(key="c", seq=3, contract=UNDOABLE, undo=Undo.COMPENSATED))
    assert (seen.owed, seen.standing) == ((owed,), (stands,))


def test_of_a_run_that_goes_forward_nothing_is_owed():
    assert look(STOPPED, a_step(contract=UNDOABLE)).owed == ()


# What to do next


@pytest.mark.parametrize(
    ("run", "steps", "is_live", "advice"),
    [
        (STOPPED, [], False, "the same command resumes it"),
        (GOING_BACK, [], False, "the same command goes on undoing what is owed"),
        (STOPPED, [], True, "somebody is at work on it"),
        (STOPPED, [], None, "it may be at work on another machine"),
        (STOPPED, [a_step(state=StepState.STARTED)], False, "look at h1"),
        (GOING_BACK, [a_step(state=StepState.STARTED)], False, "goes on undoing"),
        (STOPPED, [a_step(state=StepState.STARTED, contract=IDEMPOTENT)], False, "the same command resumes it"),
        (STOPPED, [a_step(state=StepState.STARTED, is_aftermath=True)], False, "the same command resumes it"),
        (a_run(state=RunState.COMPLETED), [], False, "nothing is left to do"),
        (a_run(state=RunState.ABANDONED), [], False, "the same command starts a new one"),
    ],
)
def test_the_next_thing_to_do_is_told(run, steps, is_live, advice):
    assert advice in look(run, *steps, is_live=is_live).next.say


def test_what_to_do_next_can_be_typed():
    command = look(STOPPED, a_step(state=StepState.STARTED)).next.command
    assert command == ("saga", "decide", "R1", "--host", "h1", "--step", "Copy", "done", "--why", "...")


def test_two_steps_of_one_name_are_told_apart_by_their_keys():
    steps = [a_step(key=f"1 Move/Copy#{number}", seq=number, state=StepState.STARTED) for number in (1, 2)]
    assert "1 Move/Copy#1" in look(STOPPED, *steps).next.command


# Hosts that the run goes on without


def without_h2(run):
    step = a_step(host="h2", contract=ONCE, state=StepState.STARTED)
    return view(run, [step], (), is_live=False, gone=("h2",))


def test_of_a_host_that_was_let_go_nothing_is_asked():
    found = without_h2(STOPPED)
    assert (found.in_doubt, found.lines[0].states, found.lines[0].forecasts) == (
        (),
        {"h2": "in doubt"},
        {"h2": "nothing"},
    )


def test_on_the_way_back_a_host_that_was_let_go_is_owed_like_any_other():
    step = a_step(host="h2", contract=UNDOABLE)
    assert view(GOING_BACK, [step], (), is_live=False, gone=("h2",)).owed == (step,)
