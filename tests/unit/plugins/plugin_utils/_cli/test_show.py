# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""saga show"""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine import codec
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import (
    Approval,
    Contract,
    Effect,
    OnDoubt,
    OnFailure,
    Retry,
    Then,
)
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import StepState

from past import UNDOABLE


def returning(**data):
    return codec.encode({"family": "2.19", "result": {"data": data}, "fields": {}})


def shown(past, *arguments):
    said = past.saga("show", *arguments, "--json")
    assert said.err == ""
    return json.loads(said.out)["steps"]


def test_a_step_is_shown_with_what_it_promises_where_it_stands_and_what_it_returned(past):
    work = past.begin()
    work.finish(work.start("Copy", contract=UNDOABLE), payload=returning(changed=True, stdout="moved 12 rows"))
    said = past.saga("show", work.run.id, "Copy").out
    assert said.startswith("Copy  site.yml:7\n")
    assert "  effect       side_effect, not idempotent\n" in said
    assert "  compensate   Undo it\n" in said
    assert '"stdout": "moved 12 rows"' in said


def test_a_contract_is_told_in_the_words_that_it_is_written_in(past):
    contract = Contract(
        effect=Effect.SIDE_EFFECT,
        is_declared=True,
        compensate=("Undo it",),
        verify=("Is it there",),
        on_failure=OnFailure(then=Then.ESCALATE, retry=Retry(attempts=5, delay=2.0)),
        on_in_doubt=OnDoubt.VERIFY,
        approval=Approval(approvers=("ann",)),
        locks=("lb",),
        capture=(("slot", "result.slot"),),
    )
    work = past.begin()
    work.do("Switch", contract=contract)
    [step] = shown(past, work.run.id, "Switch")
    told = step["contract"]
    assert (told["effect"], told["idempotent"], told["on_failure"], told["on_in_doubt"]) == (
        *("side_effect", False),
        *("escalate", "verify"),
    )
    assert (told["compensate"], told["verify"], told["locks"]) == (["Undo it"], ["Is it there"], ["lb"])
    assert (told["retry"]["attempts"], told["retry"]["delay"]) == (5, 2.0)
    assert told["approval"]["approvers"] == ["ann"]
    assert told["capture"] == {"slot": "result.slot"}


def test_each_try_is_told_with_the_attempt_that_it_was_made_in(past):
    first = past.begin()
    first.fail("Copy")
    first.end("stopped")
    second = past.begin()
    second.do("Copy")
    [step] = shown(past, second.run.id, "Copy")
    [host] = step["hosts"]
    assert [(each["attempt"], each["word"]) for each in host["tries"]] == [(1, "failed"), (2, "ok")]
    assert all(each["began"] and each["ended"] for each in host["tries"])


def test_only_the_host_that_is_asked_for_is_shown(past):
    work = past.begin(targets=("h1", "h2"))
    for host in ("h1", "h2"):
        work.finish(work.start("Copy", host), payload=returning(stdout=f"by {host}"))
    said = past.saga("show", work.run.id, "Copy", "--host", "h2").out
    assert "by h2" in said
    assert "h1" not in said


def test_the_results_of_many_hosts_are_shown_one_at_a_time(past):
    hosts = [f"h{number}" for number in range(1, 6)]
    work = past.begin(targets=hosts)
    for host in hosts:
        work.finish(work.start("Copy", host), payload=returning(stdout="moved"))
    said = past.saga("show", work.run.id, "Copy")
    assert "moved" not in said.out
    assert (
        said.out.splitlines()[-1].strip() == f"saga show --journal {past.path} {work.run.id} '1 Move/Copy#1' --host h1"
    )


def test_a_part_of_a_name_will_do_in_any_letters(past):
    work = past.begin()
    work.do("Switch the traffic")
    assert [step["name"] for step in shown(past, work.run.id, "TRAFFIC")] == ["Switch the traffic"]


def test_a_name_that_a_step_has_is_not_taken_for_a_part_of_another(past):
    work = past.begin()
    work.do("Copy")
    work.do("Copy it back")
    assert [step["name"] for step in shown(past, work.run.id, "Copy")] == ["Copy"]


def test_every_step_of_a_name_is_shown_each_by_its_key(past):
    work = past.begin()
    work.do("Copy")
    work.do("Copy")
    assert [step["key"] for step in shown(past, work.run.id, "Copy")] == ["1 Move/Copy#1", "1 Move/Copy#2"]
    assert [step["key"] for step in shown(past, work.run.id, "1 Move/Copy#2")] == ["1 Move/Copy#2"]


def test_a_name_that_no_step_has_is_refused_with_those_that_there_are(past):
    work = past.begin()
    work.do("Copy")
    said = past.saga("show", work.run.id, "Switch", "--host", "h1")
    assert said.code == 1
    assert "'Switch on h1' is no step that it has started" in said.err
    assert "\n  Copy" in said.err


def test_a_host_that_has_not_met_the_step_is_refused_with_those_that_have(past):
    work = past.begin(targets=("h1", "h2"))
    work.do("Copy", "h1", "h2")
    said = past.saga("show", work.run.id, "Copy", "--host", "h9")
    assert said.code == 1
    assert "'Copy on h9' is no step that it has started" in said.err
    assert "\n  Copy on h1\n  Copy on h2" in said.err


def test_a_result_that_was_not_stored_is_said_to_be_withheld(past):
    work = past.begin()
    work.finish(work.start("Copy"), payload=None)
    assert "is not stored" in past.saga("show", work.run.id, "Copy").out
    [step] = shown(past, work.run.id, "Copy")
    assert (step["hosts"][0]["is_withheld"], step["hosts"][0]["result"]) == (True, None)


def test_a_step_in_doubt_has_a_try_that_nobody_saw_end(past):
    run = past.killed(lambda work: work.leave_in_doubt("Switch"))
    [step] = shown(past, run.id, "Switch")
    [host] = step["hosts"]
    assert (host["state"], host["resume"]) == ("in doubt", "ask")
    assert [each["ended"] for each in host["tries"]] == [None]
    assert "It has returned nothing yet." in past.saga("show", run.id, "Switch").out


def test_what_a_target_returned_cannot_steer_the_terminal(past):
    work = past.begin()
    work.finish(work.start("Copy"), payload=returning(stdout="\x1b[2Jgone", **{"\x1b]0;me\x07": 1}))
    said = past.saga("show", work.run.id, "Copy").out
    assert "\x1b" not in said
    assert "\x07" not in said


def test_what_undid_a_step_is_named(past):
    work = past.begin()
    work.do("Copy", contract=UNDOABLE)
    undo = work.reference("Undo it")
    undo = replace(undo, undoes="1 Move/Copy#1")
    work.attempt.start(undo)
    work.finish(undo, StepState.FAILED, is_handled=False)
    [step] = shown(past, work.run.id, "Copy")
    assert step["hosts"][0]["undone_by"] == {"name": "Undo it", "state": "failed"}


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        (
            "UPDATE result SET payload = replace(payload, 'moved', 'stole')",
            "the result of {} on h1 is not the one that",
        ),
        ("UPDATE step SET captured = '[]'", "what {} on h1 has captured is not the one that"),
        ("UPDATE result SET payload = '{'", "the result of {} on h1 is not the one that"),
        ("UPDATE result SET payload = '{}'", "the result of {} on h1 is not the one that"),
        ("DELETE FROM result", "the result of {} on h1 is gone, that"),
    ],
)
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_result_that_is_not_as_it_was_written_is_shown_with_a_word_of_that(past, statement, what, options):
    work = past.begin()
    work.finish(work.start("Copy"), payload=returning(stdout="moved"), captured=codec.encode({"slot": 7}))
    work.do("Look")
    with closing(sqlite3.connect(past.path)) as editor, editor:
        editor.execute(f"{statement} WHERE key LIKE '%Copy%'")
    said = past.saga("show", work.run.id, "Copy", *options)
    assert said.code == 3
    assert "Copy" in said.out
    assert said.err.startswith("saga: " + what.format("1 Move/Copy#1"))
    assert said.err.count("\n") == 1
    assert f"saga audit {work.run.id} --verify" in said.err
    assert past.saga("show", work.run.id, "Look", *options).code == 0


def test_of_several_results_that_are_not_as_they_were_written_one_is_named_and_the_others_are_counted(past):
    work = past.begin(targets=("h1", "h2", "h3"))
    work.do("Copy", "h1", "h2", "h3")
    with closing(sqlite3.connect(past.path)) as editor, editor:
        editor.execute("UPDATE result SET payload = replace(payload, 'true', 'false')")
    said = past.saga("show", work.run.id, "Copy")
    assert (said.code, said.err.count("\n")) == (3, 1)
    assert "(and 2 more like that)" in said.err
