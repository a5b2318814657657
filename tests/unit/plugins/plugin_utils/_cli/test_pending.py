# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""saga pending, saga approve, saga deny, and what else saga decide takes"""

import json
import shlex
from dataclasses import replace

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine import codec
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import Approval, Contract, OnFailure, Then
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import Asks

from past import UNDOABLE

ESCALATES = Contract(on_failure=OnFailure(then=Then.ESCALATE))


@pytest.fixture(autouse=True)
def launched_by_ann(monkeypatch):
    monkeypatch.setenv("SUDO_USER", "ann")


def gated(**approval):
    return Contract(approval=Approval(**approval))


def at_gate(past, *hosts, **approval):
    """Park a run at a gate."""
    targets = hosts or ("h1",)
    work = past.begin(targets=targets)
    work.do("Copy", *targets, contract=UNDOABLE)
    waiting = [replace(work.reference("Switch", host, gated(**approval)), where="site.yml:9") for host in targets]
    work.attempt.ask((step, Asks.APPROVAL) for step in waiting)
    work.end("parked")
    return past.last().id


def failed(past, **begun):
    work = past.begin(**begun)
    work.fail("Grow", contract=ESCALATES)
    work.end("parked")
    return past.last().id


def typed(line):
    """Return the words of a command without the journal that the tests ask for."""
    words = shlex.split(line)
    return [*words[:2], *words[4:]]


def test_where_nothing_waits_that_is_said_and_all_is_well(past):
    past.begin().end("completed")
    said = past.saga("pending")
    assert (said.code, said.out) == (0, "Nothing waits for a decision.\n")
    run = past.last().id
    assert past.saga("pending", run).out == f"Nothing of run {run} waits.\n"


def test_what_waits_in_all_parked_runs_is_listed_with_the_command_to_type(past):
    first = at_gate(past, "h1", "h2")
    second = failed(past, workflow="other.yml", targets=("h3",))
    said = past.saga("pending")
    assert f"run {first} of shop/site.yml, parked since" in said.out
    assert "  'Switch' on h1, h2: approval, since" in said.out
    assert ["saga", "approve", first] in [typed(line) for line in said.out.splitlines()]
    assert typed(said.out.split("\n\n")[0].splitlines()[-1])[:3] == ["saga", "decide", second]
    assert past.saga("pending", first[:26]).out.count("run ") == 1


def test_a_gate_is_told_with_all_that_its_contract_says(past):
    at_gate(past, approvers=("bob", "dora"), is_two_person=True, prompt="Is it approved?", expires=3600.0)
    said = past.saga("pending").out
    assert "    known    it has not begun\n" in said
    assert "    prompt   Is it approved?\n" in said
    assert "    who      bob or dora, not ann, who launched it\n" in said
    assert "Z, then the default: deny\n" in said
    assert "    answers  approve, deny, skip, compensate, abort\n" in said


def test_what_a_killed_run_left_in_doubt_waits_though_nothing_has_parked_it(past):
    """Whoever asks at three in the morning what waits must not hear that nothing does."""
    run = past.killed(lambda work: work.leave_in_doubt("Switch"))
    for said in (past.saga("pending").out, past.saga("pending", run.id).out):
        assert "'Switch' on h1: doubt, since" in said
    assert ", and nobody is at work on it\n" in past.saga("pending").out


def test_what_somebody_is_at_work_on_does_not_wait(past):
    past.begin().start("Switch")
    assert past.saga("pending").out == "Nothing waits for a decision.\n"


def test_what_waits_is_told_to_scripts(past):
    run = at_gate(past, "h1", "h2", approvers=("bob",), expires=60.0)
    [question] = json.loads(past.saga("pending", "--json").out)["waiting"]
    known = {"run": run, "about": "approval", "step": "Switch", "hosts": ["h1", "h2"], "approvers": ["bob"]}
    assert known.items() <= {name: value for name, value in question.items() if name in known}.items()
    assert (question["default"], question["is_expired"]) == ("deny", False)
    assert question["command"] == ["saga", "approve", run]
    assert json.loads(past.saga("status", "--json").out)["waiting"] == [question]


def test_status_shows_what_waits_and_says_the_next_command(past):
    run = at_gate(past, prompt="Is it approved?")
    said = past.saga("status")
    assert "Waiting for a decision\n  'Switch' on h1: approval" in said.out
    assert "waits to be approved, or denied: Is it approved?" in said.out
    assert typed(said.last) == ["saga", "approve", run]
    assert "waiting: ask" in said.out


def test_an_approval_needs_no_reason_and_the_last_line_resumes_the_run(past):
    run = at_gate(past, "h1", "h2")
    said = past.saga("approve", run, "--host", "h1")
    assert "'Switch' on h1 is approved by your word: a resume does it." in said.out
    assert "Still waiting: 1. The next one:" in said.out
    assert typed(said.last) == ["saga", "approve", run]
    said = past.saga("approve", run)
    assert "Nothing waits for a decision any more. Resume the run:" in said.out
    assert typed(said.last) == ["saga", "resume", run]


def test_a_denial_needs_a_reason(past):
    run = at_gate(past)
    assert past.saga("deny", run).code == 2
    said = past.saga("deny", run, "--step", "Switch", "--why", "not tonight")
    assert "'Switch' on h1 is denied by your word: a resume lets it fail before it begins" in said.out
    assert "pending: refuse" in past.saga("status").out


def test_a_decision_given_twice_is_refused_with_who_gave_it(past):
    run = at_gate(past)
    past.saga("approve", run)
    said = past.saga("approve", run, "--step", "Switch")
    assert (said.code, said.out) == (1, "")
    assert "'Switch' on h1 waits for no decision: it is pending (ann decided 'approve' at" in said.err


def test_a_run_that_turns_back_says_how_much_it_undoes(past):
    run = at_gate(past, "h1", "h2")
    said = past.saga("decide", run, "compensate", "--why", "it is off")
    assert f"Run {run} of shop/site.yml turns back by your word: a resume undoes 2 steps, latest first." in said.out
    assert typed(said.last) == ["saga", "resume", run]


def test_a_run_that_is_given_up_says_what_stays_behind(past):
    run = at_gate(past)
    said = past.saga("decide", run, "abort", "--why", "it is off")
    assert f"Run {run} of shop/site.yml is abandoned by your word; free again: h1." in said.out
    assert "'Copy' on h1, which 'Undo it' would undo" in said.out
    assert said.last.endswith("ansible-playbook -i 'two words' site.yml")


def test_a_run_of_which_all_is_undone_by_hand_is_over(past):
    work = past.begin()
    work.do("Copy", contract=UNDOABLE)
    work.attempt.go_back("it failed")
    work.attempt.undone(work.attempt.debt().undoings[0], ["h1"])
    work.end("parked")
    said = past.saga("decide", past.last().id, "done", "--why", "by hand")
    assert "'Copy' on h1 is compensated by your word: it counts as undone; all is undone, and run" in said.out
    assert past.last().state == "compensated"


@pytest.mark.parametrize(
    ("given", "variables"),
    [
        (("-e", "size=40 name='a b'"), {"size": "40", "name": "a b"}),
        (("-e", '{"size": 40}'), {"size": 40}),
        (("-e", "{size: 40, names: [a, b]}"), {"size": 40, "names": ["a", "b"]}),
        (("-e", "size=40", "--extra-vars", "size=41 more=1"), {"size": "41", "more": "1"}),
    ],
)
def test_a_retry_takes_variables_as_ansible_playbook_does(past, given, variables):
    run = failed(past)
    assert past.saga("decide", run, "retry", *given, "--why", "mended").code == 0
    [step] = past.journal.steps(run)
    assert codec.decode(step.decision.variables) == variables


def test_a_retry_takes_variables_from_a_file(past):
    run = failed(past)
    (past.folder / "more.yml").write_text("size: 40\n")
    past.saga("decide", run, "retry", "-e", f"@{past.folder / 'more.yml'}", "--why", "mended")
    [step] = past.journal.steps(run)
    assert codec.decode(step.decision.variables) == {"size": 40}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("size", "neither key=value, nor YAML or JSON in braces, nor @FILE"),
        ("", "neither key=value"),
        ("size='40", "cannot be read"),
        ("{size: [", "is no YAML or JSON"),
        ("{1: 2}", "1 is no name of a variable"),
        ("a-b=2", "'a-b' is no name of a variable"),
        ("@/proc/nowhere/more.yml", "/proc/nowhere/more.yml cannot be read"),
        ("@/dev/null", "is no dictionary of variables"),
    ],
)
def test_variables_that_cannot_be_read_are_refused_before_anything_is_decided(past, given, words):
    run = failed(past)
    said = past.saga("decide", run, "retry", "-e", given, "--why", "mended")
    assert said.code == 2
    assert words in said.err
    assert past.events()["decision.made"] == 0


def test_variables_with_another_answer_are_refused(past):
    run = failed(past)
    said = past.saga("decide", run, "done", "-e", "size=40", "--why", "mended")
    assert said.code == 1
    assert "'done with variables' is no answer about 'Grow' on h1" in said.err
