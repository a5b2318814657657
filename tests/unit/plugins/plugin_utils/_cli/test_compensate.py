# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""saga compensate and saga plan --compensate: what is refused, and what is foreseen."""

import json
import os

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import RunBusyError
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import RunState, WayBack
from ansible_collections.saga.ops.plugins.plugin_utils._engine.turning import turn_back

from past import UNDOABLE
from samples import PIVOT

WHY = ("--why", "wrong tariff")


@pytest.fixture(autouse=True)
def become(monkeypatch, tmp_path):
    """Let nobody become ansible-playbook; tell which runs it would have worked on, and how."""
    monkeypatch.chdir(tmp_path)  # the command goes to the run's folder; this comes back from it
    became = []

    def execve(_path, words, environment):
        became.append((environment["SAGA_RUN_ID"], words[1:]))
        raise SystemExit(0)

    monkeypatch.setattr(os, "execve", execve)
    return became


def worked(past, *steps, state="stopped"):
    work = past.begin(targets=("h1", "h2"))
    for name, contract in steps:
        work.do(name, "h1", "h2", contract=contract)
    work.end(state)
    return past.last()


MADE = (("Copy", UNDOABLE), ("Link", None), ("Switch", UNDOABLE))


@pytest.mark.parametrize("state", ["stopped", "parked", "completed"])
def test_a_run_is_turned_around_on_the_record(past, become, state):
    run = worked(past, *MADE, state=state)
    assert past.saga("compensate", run.id, *WHY, "site.yml", "-i", "hosts").code == 0
    after = past.last()
    assert become == [(after.id, ["site.yml", "-i", "hosts"])]
    assert (after.is_going_back, after.back) == (True, WayBack())
    assert after.state == ("parked" if state == "parked" else "stopped")
    assert after.reason.endswith("asked for it: wrong tariff")
    [event] = [event for event in past.journal.events(run.id) if event.type == "run.turned_back"]
    assert (event.data["why"], event.data["was"], bool(event.actor)) == ("wrong tariff", state, True)
    assert past.saga("audit", run.id, "--verify").code == 0


def test_the_way_back_to_a_step_ends_after_its_last_start(past):
    run = worked(past, *MADE)
    past.saga("compensate", run.id, "--to", "Copy", *WHY)
    assert past.last().back == WayBack(after=2, is_forward_after=True)


def test_an_attempt_that_was_taken_for_dead_cannot_write_over_it(past):
    work = past.begin()
    work.do("Copy", contract=UNDOABLE)
    looked_at = past.last()
    work.end()
    past.begin()
    with pytest.raises(RunBusyError):
        turn_back(past.means(), looked_at, to="", why="wrong tariff")
    assert not past.last().is_going_back


@pytest.mark.parametrize(
    ("steps", "arguments", "said"),
    [
        (MADE, ("--to", "Cpoy", *WHY), "'Cpoy' is no step that it has started; any of name, path and key will do"),
        (MADE, ("--to", "Switch", *WHY), "there is nothing to undo after 'Switch'"),
        ((("Link", None),), WHY, "there is nothing to undo"),
        ((*MADE, ("Burn", PIVOT)), WHY, "cannot go back: 'Burn' (site.yml:7) is irreversible and was done"),
        (MADE, ("--remaining",), "it is not on its way back"),
    ],
)
def test_what_cannot_be_undone_is_refused_and_nothing_is_changed(past, steps, arguments, said):
    """[I8]"""
    run = worked(past, *steps)
    answer = past.saga("compensate", run.id, *arguments)
    assert answer.code == 1
    assert said in answer.err
    assert past.last() == run


@pytest.mark.parametrize("arguments", [(), ("--remaining", "--to", "Copy")])
def test_a_command_line_that_says_too_little_or_too_much_is_refused(past, arguments):
    run = worked(past, *MADE)
    assert past.saga("compensate", run.id, *arguments).code == 2


@pytest.mark.parametrize("state", ["abandoned", "compensated"])
def test_a_run_that_is_over_is_not_undone(past, state):
    run = worked(past, *MADE, state=state)
    assert "there is nothing to undo any more" in past.saga("compensate", run.id, *WHY).err
    assert "there is nothing to undo any more" in past.saga("plan", "--compensate", run.id).err


def test_a_completed_run_that_another_has_followed_is_not_undone_under_it(past):
    run = worked(past, *MADE, state="completed")
    worked(past, *MADE)
    assert "has begun since on the same targets" in past.saga("compensate", run.id, *WHY).err


def test_a_run_at_work_is_not_turned_around(past):
    work = past.begin()
    work.do("Copy", contract=UNDOABLE)
    assert "is being worked on by" in past.saga("compensate", work.run.id, *WHY).err
    assert past.last().state is RunState.RUNNING


def test_a_name_that_several_steps_have_wants_a_key(past):
    work = past.begin()
    for _time in range(2):
        work.do("Copy", contract=UNDOABLE)
    work.end()
    said = past.saga("compensate", work.run.id, "--to", "Copy", *WHY).err
    assert "is the name of more than one step" in said
    assert "key '1 Move/Copy#2'" in said


# The preview


def test_a_preview_lists_what_is_undone_in_order_and_what_stays(past):
    run = worked(past, *MADE)
    said = past.saga("plan", "--compensate", run.id)
    lines = [line.strip() for line in said.out.splitlines()]
    assert lines[1:] == [
        "Undone in this order:",
        "'Switch' on h1, h2  site.yml:7: Undo it",
        "'Copy' on h1, h2  site.yml:7: Undo it",
        "Stays, because nothing undoes it:",
        "'Link' on h1, h2  site.yml:7",
    ]
    assert past.last() == run


def test_a_preview_for_programs_names_doubts_and_pivots(past):
    def work_on(work):
        work.do("Copy", "h1", contract=UNDOABLE)
        work.do("Burn", "h1", contract=PIVOT)
        work.leave_in_doubt("Switch", contract=UNDOABLE)

    run = past.killed(work_on)
    told = json.loads(past.saga("plan", "--compensate", run.id, "--format", "json").out)
    assert [(each["name"], each["doubtful"], each["handlers"]) for each in told["undone"]] == [
        ("Switch", ["h1"], ["Undo it"]),
        ("Copy", [], ["Undo it"]),
    ]
    assert (told["pivot"]["name"], told["pivot"]["hosts"]) == ("Burn", ["h1"])
    assert [each["name"] for each in told["staying"]] == ["Burn"]
    shorter = json.loads(past.saga("plan", "--compensate", run.id, "--to", "Burn", "--format", "json").out)
    assert (shorter["to"], shorter["pivot"], len(shorter["undone"])) == ("Burn", None, 1)
    assert "It would be refused: 'Burn' on h1" in past.saga("plan", "--compensate", run.id).out
