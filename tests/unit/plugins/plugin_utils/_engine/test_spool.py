# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What a worker's page proves about its step once the worker is gone."""

import json
import os
import stat
import subprocess
import sys
from dataclasses import asdict, replace

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine import owners
from ansible_collections.saga.ops.plugins.plugin_utils._engine.spool import Page, Spool, Verdict, in_hand

from samples import DEAD, ELSEWHERE, HERE

STEP = ("R1", 1, "h1", "1 Move/Copy#1")

OTHERS = [replace(HERE, boot="an earlier boot"), replace(HERE, machine="another.example")]

WORKER = {"fact": "worker", "owner": asdict(DEAD)}
BEGIN = {"fact": "begin", "key": ""}
BEGIN_A = {"fact": "begin", "key": "a"}
BEGIN_B = {"fact": "begin", "key": "b"}
ITEM_A = {"fact": "item", "key": "a", "payload": "result of a"}
SECRET_ITEM = {"fact": "item", "key": "a", "payload": None}
RETRY = {"fact": "retry"}
LEFT = {"fact": "left"}
RESULT = {"fact": "result", "state": "ok", "payload": "the result"}
SECRET_RESULT = {"fact": "result", "state": "failed", "payload": None}


@pytest.fixture
def spool(tmp_path):
    return Spool(tmp_path / "journal.db.spool")


@pytest.fixture
def attempt(spool):
    """An attempt of this boot of this machine, begun and without a page."""
    spool.open_attempt("R1", 1)
    return spool


def write(spool, *facts):
    page = Page(spool.page(*STEP))
    for fact in facts:
        page.write(**fact)


def pretend_begun_by(spool, owner):
    (spool.root / "R1" / "1" / "owner.json").write_text(json.dumps(asdict(owner)))


def test_a_step_without_a_page_was_not_started(attempt):
    """A worker writes before it works."""
    assert attempt.judge(*STEP).verdict is Verdict.NOT_STARTED


@pytest.mark.parametrize("owner", OTHERS, ids=["an earlier boot", "another machine"])
def test_a_step_without_a_page_is_in_doubt_where_a_page_may_have_been_lost(attempt, owner):
    """A page is not synced to the disk: a crash of the machine may forget it, another machine may not have it."""
    pretend_begun_by(attempt, owner)
    assert attempt.judge(*STEP).verdict is Verdict.IN_DOUBT


def test_a_step_without_a_page_is_in_doubt_when_nobody_knows_where_its_attempt_ran(spool):
    assert spool.judge(*STEP).verdict is Verdict.IN_DOUBT


@pytest.mark.parametrize("text", ["", "{", "[]", "{}"])
def test_a_damaged_note_of_the_owner_proves_nothing(attempt, text):
    (attempt.root / "R1" / "1" / "owner.json").write_text(text)
    assert attempt.judge(*STEP).verdict is Verdict.IN_DOUBT


@pytest.mark.parametrize(
    "facts",
    [
        (),
        (WORKER,),
        (WORKER, LEFT),
        (WORKER, BEGIN, RETRY),
        (WORKER, BEGIN, RETRY, LEFT),
    ],
)
def test_a_step_whose_worker_had_nothing_in_hand_was_not_started(attempt, facts):
    write(attempt, *facts)
    assert attempt.judge(*STEP).verdict is Verdict.NOT_STARTED


@pytest.mark.parametrize(
    "facts",
    [
        (WORKER, BEGIN),
        (WORKER, BEGIN, RETRY, {"fact": "begin", "key": "retry"}),
        (WORKER, BEGIN_A, ITEM_A, BEGIN_B),
        (WORKER, BEGIN_A, SECRET_ITEM),
        (WORKER, BEGIN_A, SECRET_ITEM, LEFT),
    ],
)
def test_a_step_is_in_doubt_when_its_worker_died_with_it_in_hand_or_kept_a_secret(attempt, facts):
    write(attempt, *facts)
    assert attempt.judge(*STEP).verdict is Verdict.IN_DOUBT


@pytest.mark.parametrize("facts", [(WORKER, BEGIN_A, ITEM_A), (WORKER, BEGIN_A, ITEM_A, LEFT)])
def test_a_loop_is_between_items_when_no_item_was_in_hand(attempt, facts):
    write(attempt, *facts)
    assert attempt.judge(*STEP).verdict is Verdict.BETWEEN


def test_a_loop_that_died_with_an_item_in_hand_still_tells_of_the_finished_ones(attempt):
    write(attempt, WORKER, BEGIN_A, ITEM_A, BEGIN_B)
    assert attempt.judge(*STEP).items == {"a": "result of a"}


def test_a_step_with_a_result_has_ended(attempt):
    write(attempt, WORKER, BEGIN, RESULT)
    left = attempt.judge(*STEP)
    assert (left.verdict, left.state, left.result) == (Verdict.ENDED, "ok", "the result")


def test_a_result_that_may_not_be_written_down_still_tells_how_the_step_ended(attempt):
    write(attempt, WORKER, BEGIN, SECRET_RESULT)
    left = attempt.judge(*STEP)
    assert (left.verdict, left.state, left.result) == (Verdict.ENDED, "failed", None)


def test_a_loop_that_ended_has_ended_even_if_one_of_its_items_is_secret(attempt):
    write(attempt, WORKER, BEGIN_A, SECRET_ITEM, RESULT)
    assert attempt.judge(*STEP).verdict is Verdict.ENDED


@pytest.mark.parametrize("cut", [1, 10])
@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        ((WORKER,), Verdict.NOT_STARTED),
        ((WORKER, BEGIN), Verdict.NOT_STARTED),
        ((WORKER, BEGIN, RESULT), Verdict.IN_DOUBT),
        ((WORKER, BEGIN_A, ITEM_A, BEGIN_B), Verdict.BETWEEN),
    ],
)
def test_a_line_that_was_cut_off_does_not_count(attempt, facts, verdict, cut):
    write(attempt, *facts)
    page = attempt.page(*STEP)
    page.write_bytes(page.read_bytes()[:-cut])
    assert attempt.judge(*STEP).verdict is verdict


@pytest.mark.parametrize("noise", [b"\0\0\0\0\n", b"{\n"])
@pytest.mark.parametrize("facts", [(), (WORKER,), (WORKER, BEGIN), (WORKER, BEGIN_A, ITEM_A)])
def test_a_page_with_a_line_that_cannot_be_read_proves_nothing_from_there_on(attempt, facts, noise):
    write(attempt, *facts)
    page = attempt.page(*STEP)
    page.write_bytes(page.read_bytes() + noise + json.dumps(RESULT).encode() + b"\n")
    assert attempt.judge(*STEP).verdict is Verdict.IN_DOUBT


@pytest.mark.parametrize("owner", OTHERS, ids=["an earlier boot", "another machine"])
@pytest.mark.parametrize(
    "facts",
    [
        (),
        (WORKER,),
        (WORKER, BEGIN_A, ITEM_A),
        (WORKER, BEGIN, RETRY),
    ],
)
def test_what_a_page_does_not_tell_may_be_lost_when_the_machine_went_down(attempt, facts, owner):
    """The last lines of a page are not synced to the disk: what it lacks is proven by the same boot only."""
    write(attempt, *facts)
    pretend_begun_by(attempt, owner)
    assert attempt.judge(*STEP).verdict is Verdict.IN_DOUBT


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        ((WORKER, LEFT), Verdict.NOT_STARTED),
        ((WORKER, BEGIN_A, ITEM_A, LEFT), Verdict.BETWEEN),
        ((WORKER, BEGIN, RESULT), Verdict.ENDED),
    ],
)
def test_what_a_page_does_tell_counts_after_the_machine_went_down(attempt, facts, verdict):
    write(attempt, *facts)
    pretend_begun_by(attempt, replace(HERE, boot="an earlier boot"))
    assert attempt.judge(*STEP).verdict is verdict


def test_a_page_that_cannot_be_read_proves_nothing(attempt):
    attempt.page(*STEP).mkdir()
    assert attempt.judge(*STEP).verdict is Verdict.IN_DOUBT


def test_a_step_that_is_started_twice_in_one_attempt_has_a_new_page(attempt):
    write(attempt, WORKER, BEGIN, RESULT)
    write(attempt, WORKER, BEGIN)
    assert attempt.judge(*STEP).verdict is Verdict.IN_DOUBT


def test_steps_and_attempts_have_pages_of_their_own(spool):
    steps = [(run, attempt, host, key) for run in "AB" for attempt in (1, 2) for host in "hg" for key in ("k", "l")]
    assert len({spool.page(*step) for step in steps}) == len(steps)


def test_a_page_is_for_its_owners_eyes_only(attempt):
    write(attempt, WORKER)
    assert stat.S_IMODE(attempt.page(*STEP).stat().st_mode) == 0o600
    assert stat.S_IMODE(attempt.page(*STEP).parent.stat().st_mode) == 0o700


def test_a_dropped_page_is_gone(attempt):
    write(attempt, WORKER, BEGIN)
    attempt.drop(*STEP)
    assert attempt.judge(*STEP).verdict is Verdict.NOT_STARTED


def test_dropping_what_is_not_there_is_no_error(spool):
    spool.drop(*STEP)
    spool.drop_run("R1")


def test_an_ended_run_leaves_no_pages(attempt):
    write(attempt, WORKER)
    attempt.drop_run("R1")
    assert list(attempt.root.iterdir()) == []


@pytest.fixture
def worker():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def test_only_the_workers_that_still_live_are_named(attempt, worker):
    living = replace(HERE, pid=worker.pid, born=owners.born(worker.pid))
    for host, owner in (("h1", DEAD), ("h2", living), ("h3", ELSEWHERE)):
        Page(attempt.page("R1", 1, host, "k")).write("worker", owner=asdict(owner))
    Page(attempt.page("R1", 1, "h4", "k"))
    assert attempt.workers("R1") == [living]


def test_the_workers_of_every_attempt_are_named(attempt, worker):
    attempt.open_attempt("R1", 2)
    living = replace(HERE, pid=worker.pid, born=owners.born(worker.pid))
    for number in (1, 2):
        Page(attempt.page("R1", number, "h1", "k")).write("worker", owner=asdict(living))
    assert attempt.workers("R1") == [living, living]


def test_a_run_whose_folder_goes_while_one_looks_has_no_workers(attempt, monkeypatch):
    """It has just ended, in another process."""
    write(attempt, WORKER)
    scandir = os.scandir

    def late(path="."):
        if str(path).endswith("/R1/1"):
            attempt.drop_run("R1")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", late)
    assert attempt.workers("R1") == []


def test_another_runs_workers_are_not_named(attempt, worker):
    living = replace(HERE, pid=worker.pid, born=owners.born(worker.pid))
    Page(attempt.page(*STEP)).write("worker", owner=asdict(living))
    assert attempt.workers("R") == []


JOB = {"fact": "begin", "key": "", "nth": 1, "job": True}
JOB_B = {"fact": "begin", "key": "b", "nth": 3, "job": True}
UNFOUND = {"fact": "unfound"}
NEXT = ("R1", 2, *STEP[2:])


def carried(spool):
    """Begin the next attempt and carry the step's page there."""
    spool.open_attempt("R1", 2)
    spool.carry("R1", (1, 2), *STEP[2:])
    return spool.page(*NEXT)


@pytest.mark.parametrize("facts", [(WORKER, JOB), (WORKER, JOB, LEFT), (WORKER, JOB, LEFT, WORKER)])
def test_a_job_that_was_begun_is_in_hand_even_if_its_worker_has_left(attempt, facts):
    write(attempt, *facts)
    left = attempt.judge(*STEP)
    assert (left.verdict, left.has_job) == (Verdict.IN_DOUBT, True)


def test_a_job_that_was_not_found_is_no_longer_looked_for(attempt):
    write(attempt, WORKER, JOB, WORKER, UNFOUND)
    left = attempt.judge(*STEP)
    assert (left.verdict, left.has_job) == (Verdict.IN_DOUBT, False)


def test_a_carried_page_keeps_its_doubt_although_the_next_attempt_has_not_begun(attempt):
    write(attempt, WORKER, BEGIN_A, ITEM_A, JOB_B)
    page = carried(attempt)
    assert in_hand(page) == {"b": 3}
    assert attempt.judge(*NEXT) == attempt.judge(*STEP)


def test_a_doubt_whose_page_is_lost_is_carried_as_one_about_anything(attempt):
    assert in_hand(carried(attempt)) is None
    assert attempt.judge(*NEXT).verdict is Verdict.IN_DOUBT


def test_a_carried_page_is_written_on_and_not_anew(attempt):
    write(attempt, WORKER, BEGIN_A, ITEM_A, JOB_B)
    page = Page(carried(attempt), is_carried=True)
    page.write(**WORKER)
    page.write("item", key="b", payload="result of b")
    left = attempt.judge(*NEXT)
    assert (left.verdict, left.items) == (Verdict.BETWEEN, {"a": "result of a", "b": "result of b"})


def test_a_job_that_one_attempt_did_not_find_is_looked_for_anew_by_the_next(attempt):
    write(attempt, WORKER, JOB, UNFOUND)
    carried(attempt)
    assert attempt.is_unfound(*NEXT) is False
    assert attempt.judge(*NEXT).has_job


def test_an_older_item_stays_in_doubt_while_another_one_is_done(attempt):
    write(attempt, WORKER, JOB_B, WORKER, BEGIN_A, ITEM_A)
    assert attempt.judge(*STEP).verdict is Verdict.IN_DOUBT


def test_the_worker_of_a_carried_page_is_the_last_one_on_it(attempt):
    write(attempt, WORKER, JOB)
    Page(carried(attempt), is_carried=True).write("worker", owner=asdict(owners.this_process()))
    assert attempt.workers("R1") == [owners.this_process()]


def test_a_secret_item_that_is_done_stays_open_for_its_job_has_the_result(attempt):
    write(attempt, WORKER, BEGIN_A, SECRET_ITEM)
    assert in_hand(attempt.page(*STEP)) == {"a": 1}


@pytest.mark.parametrize(("facts", "answer"), [((JOB,), False), ((JOB, UNFOUND), True), ((), False)])
def test_a_page_tells_whether_a_job_was_not_found(attempt, facts, answer):
    write(attempt, *facts)
    assert attempt.is_unfound(*STEP) is answer


def test_a_page_that_is_gone_tells_that_its_step_has_ended(attempt):
    assert attempt.is_unfound(*STEP) is None


@pytest.mark.parametrize("name", ["../victim", "..", ".", "", "/", "a/../../victim", "x" * 300, "\n", "{abs}"])
def test_a_run_whose_name_is_a_way_elsewhere_stays_in_the_spool(tmp_path, name):
    """Somebody who can write the journal has called it so."""
    victim = tmp_path / "victim"
    (victim / "1").mkdir(parents=True)
    (victim / "1" / "page.jsonl").write_text("mine")
    name = name.format(abs=victim)
    spool = Spool(tmp_path / "spool")
    spool.open_attempt("R1", 1)
    spool.open_attempt(name, 1)
    assert spool.workers(name) == []
    assert spool.page(name, 1, "../../h", "../k").resolve().is_relative_to(tmp_path / "spool")
    spool.drop_run(name)
    assert (victim / "1" / "page.jsonl").read_text() == "mine"
    assert spool.runs() == ["R1"]
