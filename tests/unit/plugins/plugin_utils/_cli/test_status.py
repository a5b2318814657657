# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""saga status"""

import json
import os
import shlex

from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import Contract, Effect

from past import IDEMPOTENT, UNDOABLE


def rows(said):
    """The table, as {step: [cells]}."""
    lines = [line.split("  ") for line in said.out.splitlines() if "site.yml:" in line and not line.startswith(" ")]
    return {name: [cell.strip() for cell in cells if cell.strip()][1:] for name, *cells in lines}


def test_the_newest_run_is_shown_unless_another_is_named(past):
    first, second = past.begin("shop/a.yml"), past.begin("shop/b.yml", targets=("h2",))
    assert past.saga("status").out.startswith(f"run {second.run.id} of shop/b.yml")
    assert past.saga("status", first.run.id.lower()).out.startswith(f"run {first.run.id} of shop/a.yml")


def test_an_ambiguous_beginning_is_refused_with_the_candidates(past):
    first, second = past.begin("shop/a.yml"), past.begin("shop/b.yml", targets=("h2",))
    said = past.saga("status", "01")
    assert said.code == 1
    assert first.run.id in said.err
    assert second.run.id in said.err


def test_a_run_that_is_not_there_is_refused(past):
    past.begin()
    said = past.saga("status", "XYZ")
    assert (said.code, said.err) == (1, "saga: no run 'XYZ' in this journal: there is none; 'saga runs' lists them\n")


def test_a_step_is_at_work_while_its_process_lives(past):
    work = past.begin()
    work.start("Copy")
    said = past.saga("status")
    assert rows(said) == {"Copy": ["at work"]}
    assert said.last == f"saga status --journal {past.path} {work.run.id}"


def test_a_run_is_live_while_a_worker_of_a_dead_attempt_lives(past):
    run = past.killed(lambda work: work.start("Copy"))
    late = past.as_if_alive(run)
    late.page(late.reference("Copy"))  # as written by this process, which lives
    said = past.saga("status")
    assert f"at work  workers {os.getpid()} of an attempt whose controller is gone" in said.out
    assert rows(said) == {"Copy": ["at work"]}


def test_a_killed_step_is_in_doubt_and_the_last_line_decides_about_it(past):
    run = past.killed(lambda work: (work.do("Copy"), work.leave_in_doubt("Switch")))
    said = past.saga("status")
    assert rows(said) == {"Copy": ["ok: replay"], "Switch": ["in doubt: ask"]}
    assert shlex.split(said.last) == [
        *("saga", "decide", "--journal", str(past.path), run.id),
        *("--host", "h1", "--step", "Switch", "done", "--why", "..."),
    ]


def test_two_steps_in_doubt_of_one_name_are_told_apart_by_their_keys(past):
    past.killed(lambda work: (work.leave_in_doubt("Switch"), work.leave_in_doubt("Switch")))
    said = past.saga("status").out
    assert "--step '1 Move/Switch#1' done" in said
    assert "--step '1 Move/Switch#2' retry" in said


def test_a_step_that_may_be_done_twice_is_no_question(past):
    past.killed(lambda work: work.leave_in_doubt("Copy", contract=IDEMPOTENT))
    said = past.saga("status")
    assert rows(said) == {"Copy": ["in doubt: run again"]}
    assert said.last.endswith("ansible-playbook -i 'two words' site.yml")


def test_the_word_that_a_worker_left_is_no_doubt(past):
    def work_on(work):
        work.page(work.start("Copy")).write("result", state="ok", payload="{}")
        work.start("Switch")

    past.killed(work_on)
    said = past.saga("status")
    assert rows(said) == {"Copy": ["ok, not taken in: take in"], "Switch": ["not begun: run"]}
    assert "In doubt" not in said.out


def test_a_stopped_run_names_its_failure_and_the_command_that_resumes_it(past):
    work = past.begin()
    work.do("Copy")
    work.fail("Switch")
    work.end(reason="'Switch' failed on h1")
    said = past.saga("status")
    assert "reason   'Switch' failed on h1" in said.out
    assert rows(said) == {"Copy": ["ok: replay"], "Switch": ["failed: run again"]}
    command = f"cd {past.folder} && env SAGA_JOURNAL={past.path} ansible-playbook -i 'two words' site.yml"
    assert said.last == command


def test_steps_that_are_still_to_come_are_shown(past):
    work = past.begin(plan=["1 Move/Copy", "1 Move/Switch", "1 Move/handlers/Restart"])
    work.do("Copy")
    work.end()
    assert rows(past.saga("status")) == {
        "Copy": ["ok: replay"],
        "Switch": ["to come"],
        "handler: Restart": ["if notified"],
    }


def test_a_host_that_has_not_come_to_a_step_has_a_dash(past):
    work = past.begin(targets=("h1", "h2"))
    work.do("Copy")
    work.end()
    assert rows(past.saga("status")) == {"Copy": ["ok: replay", "-"]}


def test_a_lease_that_is_not_named_like_its_host_makes_no_column(past):
    work = past.begin(targets=("prod/h1",))
    work.do("Copy")
    work.end()
    assert rows(past.saga("status")) == {"Copy": ["ok: replay"]}


def test_a_step_for_all_is_shown_with_the_host_that_did_it(past):
    past.killed(lambda work: work.leave_in_doubt("Switch", "h2", for_all=True), targets=("h1", "h2"))
    said = past.saga("status")
    assert rows(said) == {"Switch (once for all)": ["-", "in doubt: ask"]}
    assert "--host h2" in said.last


def test_many_hosts_are_grouped_by_what_they_have_in_common(past):
    hosts = [f"h{number}" for number in range(1, 21)]
    work = past.begin(targets=hosts)
    work.do("Copy", *hosts)
    work.do("Switch", *hosts[2:])
    work.fail("Switch", "h2")
    work.end()
    said = past.saga("status")
    assert rows(said)["Copy"] == ["ok: replay", "all 20 hosts"]
    assert rows(said)["Switch"] == ["failed: run again", "h2"]
    assert said.out.count("18 hosts, all but h1, h2") == 1


def test_a_run_that_goes_back_tells_what_is_owed_and_what_will_stay(past):
    work = past.begin(targets=("h1", "h2"))
    work.do("Copy", "h1", "h2", contract=UNDOABLE)
    work.do("Link", "h1")
    work.attempt.go_back("'Switch' failed")
    work.attempt.undone(work.attempt.debt().undoings[0], failed=["h2"])
    work.end("parked", "not undone: 'Copy' on h2")
    said = past.saga("status")
    assert rows(said)["Copy"] == ["compensated", "compensation failed: compensate"]
    assert "Still to be undone, latest first\n  'Copy' on h2, by 'Undo it'" in said.out
    assert "'Link' on h1, for which nothing was declared to undo it" in said.out
    assert "the same command goes on undoing what is owed" in said.out


def test_a_step_whose_result_was_not_stored_stops_a_resume_unless_it_may_be_done_again(past):
    work = past.begin()
    for name, contract in (("Free", IDEMPOTENT), ("Bound", Contract(effect=Effect.SIDE_EFFECT))):
        work.finish(work.start(name, contract=contract), payload=None)
    work.end()
    assert rows(past.saga("status")) == {
        "Free": ["ok: run again (result not stored)"],
        "Bound": ["ok: stop (result not stored)"],
    }


def test_a_completed_run_has_nothing_left_to_type(past):
    work = past.begin()
    work.do("Copy")
    work.end("completed")
    said = past.saga("status")
    assert rows(said) == {"Copy": ["ok"]}
    assert said.last == "Next: the run is completed, nothing is left to do; the next start is a new run."


def test_what_is_recorded_cannot_steer_the_terminal(past):
    work = past.begin()
    work.do("Copy \x1b[2J")
    work.end(reason="\x1b]0;owned\x07")
    said = past.saga("status").out
    assert "\x1b" not in said
    assert "Copy \\x1b[2J" in said


def test_json_holds_the_state_of_every_step_on_every_host(past):
    def work_on(work):
        work.do("Copy", "h1", contract=UNDOABLE)
        work.leave_in_doubt("Switch", "h1")

    run = past.killed(work_on, targets=("h1", "h2"), plan=["1 Move/Copy", "1 Move/Switch", "1 Move/Check"])
    document = json.loads(past.saga("status", "--json").out)
    assert (document["schema"], document["run"]["id"]) == (1, run.id)
    copy, switch, check = document["steps"]
    assert copy == {
        "name": "Copy",
        "where": "site.yml:7",
        "play": 1,
        "key": "1 Move/Copy#1",
        "undoes": "",
        "is_handler": False,
        "is_for_all": False,
        "hosts": {"h1": {"state": "ok", "resume": "replay"}},
    }
    assert switch["hosts"] == {"h1": {"state": "in doubt", "resume": "ask"}}
    assert (check["name"], check["hosts"]) == ("Check", {})
    [doubt] = document["in_doubt"]
    assert (doubt["host"], doubt["step"], doubt["key"]) == ("h1", "Switch", "1 Move/Switch#1")
    assert (document["owed"], document["standing"]) == ([], [])
    assert document["next"]["command"][:3] == ["saga", "decide", run.id]


def test_of_slices_those_that_are_unfinished_are_resumed_together(past):
    one = past.begin(targets=("h1",), run_id="R1", slices=3)
    past.begin(targets=("h2",), run_id="R1", slices=3).end("completed")
    one.end("stopped")
    said = past.saga("status", "R1")
    assert "each unfinished slice goes on with its own command" in said.out
    assert said.last == f"saga resume --journal {past.path} R1"


def test_of_slices_that_have_not_begun_it_is_said_how_they_do(past):
    for host in ("h1", "h2"):
        past.begin(targets=(host,), run_id="R1", slices=3).end("completed")
    how = "1 of 3 slices have not begun; start each with hosts of its own, saga_run_id=R1 and saga_slices=3"
    assert past.saga("status", "R1").last == f"Next: {how}."
    refused = past.saga("resume", "R1")
    assert (refused.code, refused.err) == (1, f"saga: there is nothing to resume of run R1: {how}\n")


def effects(said):
    """The lines of status --changed, without their heads."""
    return [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in said.out.splitlines()[2:]]


def test_what_a_run_has_changed_is_told_with_what_would_undo_it(past):
    def work(work):
        work.do("Look", contract=Contract(effect=Effect.NONE))
        work.do("Copy", "h1", "h2", contract=UNDOABLE)
        work.do("Switch", contract=Contract(effect=Effect.IRREVERSIBLE))
        work.leave_in_doubt("Pay")

    past.killed(work, targets=("h1", "h2"))
    assert effects(past.saga("status", "--changed")) == [
        ["done", "Copy", "site.yml:7", "h1, h2", "Undo it"],
        ["done", "Switch", "site.yml:7", "h1", "nothing: it is irreversible"],
        ["in doubt", "Pay", "site.yml:7", "h1", "nothing: no handler is declared"],
    ]
    told = json.loads(past.saga("status", "--json").out)["changed"]
    assert [(each["host"], each["step"], each["state"]) for each in told] == [
        *(("h1", "Copy", "done"), ("h2", "Copy", "done"), ("h1", "Switch", "done"), ("h1", "Pay", "in doubt")),
    ]
    assert [each["is_irreversible"] for each in told] == [False, False, True, False]


def test_what_is_at_work_may_have_changed_something(past):
    past.begin().start("Copy")
    assert [line[0] for line in effects(past.saga("status", "--changed"))] == ["at work"]


def test_what_was_undone_is_told_as_undone_and_what_could_not_be_is_there(past):
    work = past.begin(targets=("h1", "h2"))
    work.do("Copy", "h1", "h2", contract=UNDOABLE)
    work.attempt.go_back("'Switch' failed")
    work.attempt.undone(work.attempt.debt().undoings[0], failed=["h2"])
    work.end("parked", "not undone: 'Copy' on h2")
    assert [(line[0], line[3]) for line in effects(past.saga("status", "--changed"))] == [
        ("undone", "h1"),
        ("done", "h2"),
    ]


def test_a_run_that_only_looked_has_changed_nothing(past):
    past.begin().do("Look", contract=Contract(effect=Effect.NONE))
    assert "It has changed nothing." in past.saga("status", "--changed").out
