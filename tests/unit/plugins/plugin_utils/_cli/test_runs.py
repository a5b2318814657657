# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""saga runs"""

import json

import pytest


def test_the_newest_run_comes_first(past):
    past.begin("shop/a.yml").end()
    past.begin("shop/b.yml").end()
    said = past.saga("runs")
    assert said.code == 0
    assert [line.split()[1] for line in said.out.splitlines()] == ["workflow", "shop/b.yml", "shop/a.yml"]


def test_only_the_runs_of_a_workflow_are_listed_when_it_is_named(past):
    past.begin("shop/a.yml").end()
    past.begin("shop/b.yml").end()
    assert [line.split()[1] for line in past.saga("runs", "--workflow", "shop/a.yml").out.splitlines()[1:]] == [
        "shop/a.yml"
    ]


def test_only_the_runs_in_a_state_are_listed_when_it_is_named(past):
    past.begin("shop/a.yml").end("parked")
    past.begin("shop/b.yml", targets=("h2",)).end("completed")
    assert [line.split()[1] for line in past.saga("runs", "--state", "parked").out.splitlines()[1:]] == ["shop/a.yml"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (["parked,completed"], {"shop/a.yml", "shop/c.yml"}),
        (["parked", "completed"], {"shop/a.yml", "shop/c.yml"}),
        (["open"], {"shop/a.yml", "shop/b.yml"}),
        (["open, completed"], {"shop/a.yml", "shop/b.yml", "shop/c.yml"}),
    ],
)
def test_several_states_may_be_named_and_all_that_are_open(past, asked, found):
    past.begin("shop/a.yml", targets=("h1",)).end("parked")
    past.begin("shop/b.yml", targets=("h2",)).end("stopped")
    past.begin("shop/c.yml", targets=("h3",)).end("completed")
    said = past.saga("runs", *(word for state in asked for word in ("--state", state)))
    assert {line.split()[1] for line in said.out.splitlines()[1:]} == found


def test_a_state_that_there_is_not_is_refused_with_those_that_there_are(past):
    said = past.saga("runs", "--state", "parked,paused")
    assert said.code == 2
    assert "'paused' is no state; there are running, compensating, stopped, parked" in said.err


def test_when_no_run_is_in_the_states_that_were_asked_for_they_are_named(past):
    past.begin().end()
    said = past.saga("runs", "--state", "parked,completed")
    assert "there is no run that is parked or completed;" in said.err


def test_when_no_run_fits_the_workflows_there_are_are_named(past):
    past.begin("shop/a.yml").end()
    said = past.saga("runs", "--workflow", "shop/b.yml")
    assert (said.code, said.out) == (0, "")
    assert said.err == "saga: there is no run of 'shop/b.yml'; the workflows in this journal are shop/a.yml\n"


def test_a_process_at_work_is_named(past):
    work = past.begin()
    assert f"process {work.slice.owner.pid} on {work.slice.owner.machine}" in past.saga("runs").out


def test_a_killed_process_is_told_from_one_at_work(past):
    owner = past.owner_of(past.killed(lambda work: work.do("Copy")))
    assert f"nobody: process {owner.pid} on {owner.machine} is gone" in past.saga("runs").out


def test_a_long_reason_is_neither_cut_nor_broken(past):
    reason = "'Copy' failed: " + "no space left on device\n" * 20
    past.begin().end(reason=reason)
    assert " ".join(reason.split()) in past.saga("runs").out


def test_json_holds_every_fact_of_a_run(past):
    run = past.killed(lambda work: work.do("Copy"), targets=("h1", "h2"))
    document = json.loads(past.saga("runs", "--json").out)
    assert document["schema"] == 1
    [facts] = document["runs"]
    owner = past.owner_of(run)
    assert facts | {"started": "", "updated": ""} == {
        "id": run.id,
        "workflow": "shop/site.yml",
        "state": "running",
        "reason": "",
        "started": "",
        "updated": "",
        "attempt": 1,
        "targets": ["h1", "h2"],
        "is_going_back": False,
        "command": ["ansible-playbook", "-i", "two words", "site.yml"],
        "directory": str(past.folder),
        "at_work": {"is_live": False, "who": f"nobody: process {owner.pid} on {owner.machine} is gone"},
    }


def test_json_of_no_run_is_an_empty_list(past):
    past.begin().end()
    assert json.loads(past.saga("runs", "--state", "parked", "--json").out) == {"schema": 1, "runs": []}
