# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""saga watch"""

import json

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._cli import watch
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import RunState, StepState

from past import UNDOABLE
from samples import a_run


def test_once_draws_one_picture_of_a_run_at_work(past):
    work = past.begin(plan=("1 Move/Copy", "1 Move/Switch"))
    work.do("Copy")
    work.start("Switch")
    said = past.saga("watch", "--once")
    assert said.code == 0
    assert "step 2 of 2" in said.out
    assert said.last.startswith("h1  at work  2/2  Switch")


def test_a_run_that_has_ended_is_drawn_once(past):
    work = past.begin(plan=("1 Move/Copy",))
    work.do("Copy")
    work.end("completed")
    said = past.saga("watch")
    assert said.out.count("completed") == 1
    assert said.code == 0


def test_a_run_that_nobody_works_on_any_more_is_told_as_such(past):
    past.killed(lambda work: work.start("Copy"))
    said = past.saga("watch")
    assert said.code == 0
    assert "nobody: process" in said.out
    assert "h1  in doubt" in said.out


def test_a_run_that_is_not_there_is_refused(past):
    past.begin()
    assert past.saga("watch", "XYZ").code == 1


def test_each_picture_is_a_line_of_json(past):
    work = past.begin(plan=("1 Move/Copy", "1 Move/Switch"))
    work.do("Copy", contract=UNDOABLE)
    work.fail("Switch")
    work.end("stopped", "'Switch' failed on h1")
    [line] = past.saga("watch", "--json").out.splitlines()
    told = json.loads(line)
    assert told["schema"] == 1
    assert told["run"]["state"] == "stopped"
    assert told["step"] == {"number": 2, "of": 2, "is_open": False, "name": "Switch", "where": "site.yml:7"}
    assert (told["counts"]["done"], told["counts"]["failed"]) == (1, 1)
    assert told["standings"] == {"failed": 1}
    [host] = told["hosts"]
    assert (host["host"], host["standing"], host["step"]) == ("h1", "failed", "Switch")
    assert told["left"] is None


def test_the_keys_of_a_line_are_those_that_are_documented(past):
    past.begin().end("completed")
    told = json.loads(past.saga("watch", "--json").out)
    assert {key for key in told if f"\n{key} " not in watch.__doc__} == set()


def test_pictures_follow_the_run_until_it_ends(past):
    work = past.begin(plan=("1 Move/Copy", "1 Move/Switch"))
    todo = [
        lambda: work.do("Copy"),
        lambda: work.finish(work.start("Switch"), StepState.OK),
        lambda: None,
        lambda: work.end(RunState.COMPLETED),
    ]
    seen = [
        (picture.state, picture.counts.done)
        for picture in watch.watched(past.means(), "", sleep=lambda _seconds: todo.pop(0)())
    ]
    assert seen == [("running", 0), ("running", 1), ("running", 2), ("running", 2), ("completed", 2)]


def test_how_long_it_takes_is_known_from_runs_over_as_many_targets(past):
    for targets in (("h1",), ("h1", "h2")):
        work = past.begin(targets=targets, plan=("1 Move/Copy", "1 Move/Switch"))
        work.do("Copy")
        work.do("Switch")
        work.end("completed")
    work = past.begin(plan=("1 Move/Copy", "1 Move/Switch"))
    assert set(watch._pace(past.means(), work.run).seconds) == {"1 Move/Switch"}
    assert watch._pace(past.means(), past.begin("other/site.yml", targets=("h9",)).run).seconds == {}


def test_a_run_over_several_controllers_shows_each_slice(past):
    for target in ("h1", "h2"):
        past.begin(targets=(target,), run_id="move-7", slices=2).do("Copy", target)
    said = past.saga("watch", "--once", "move-7")
    assert [line.split() for line in said.out.splitlines() if line.startswith("  slice")] == [
        ["slice", "1", "running", "1", "target"],
        ["slice", "2", "running", "1", "target"],
    ]
    [told] = past.saga("watch", "--json", "--once", "move-7").out.splitlines()
    assert [part["is_at_work"] for part in json.loads(told)["slices"]] == [True, True]


@pytest.mark.parametrize("awaited", [0, 2])
def test_a_run_with_slices_to_come_is_not_over_because_nobody_is_at_work(awaited):
    assert watch._is_over(a_run(slices=3, awaited=awaited), is_free=True) == (awaited == 0)
