# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""saga abandon"""

from past import UNDOABLE
from samples import told


def test_an_abandoned_run_lets_go_of_its_targets_and_is_never_resumed(past):
    run = past.killed(lambda work: work.do("Copy"), targets=("h1", "h2"))
    said = past.saga("abandon", run.id, "--why", "the move is off")
    assert said.code == 0
    assert "is abandoned; free again: h1, h2." in said.out
    assert past.journal.leases() == []
    assert past.begin(targets=("h1", "h2")).run.id != run.id


def test_a_parked_run_lets_go_of_what_it_kept(past):
    past.begin(targets=("h1",)).end("parked")
    assert past.journal.leases() != []
    past.saga("abandon", past.last().id, "--why", "the move is off")
    assert past.journal.leases() == []


def test_who_abandons_a_run_and_why_is_in_its_audit(past):
    run = past.killed(lambda work: work.do("Copy"))
    past.saga("abandon", run.id, "--why", "the move is off")
    [event] = [event for event in past.journal.events(run.id) if event.type == "run.abandoned"]
    assert told(event) == {"state": "abandoned", "was": "running", "why": "the move is off"}
    assert event.actor
    assert past.last().reason == "the move is off"
    assert past.saga("audit", run.id, "--verify").code == 0


def test_what_stays_behind_is_told(past):
    def work_on(work):
        work.do("Copy", "h1", "h2", contract=UNDOABLE)
        work.do("Link", "h1")
        work.leave_in_doubt("Switch")
        work.start("Check")

    run = past.killed(work_on, targets=("h1", "h2"))
    said = past.saga("abandon", run.id, "--why", "the move is off").out
    assert "'Copy' on h1, h2, which 'Undo it' would undo" in said
    assert "'Link' on h1, for which nothing was declared to undo it" in said
    assert "'Switch' (in doubt) on h1" in said
    assert "Check" not in said


def test_a_run_that_did_nothing_leaves_nothing_behind(past):
    past.begin().end()
    said = past.saga("abandon", past.last().id, "--why", "never mind").out
    assert "It has left nothing behind that is not undone." in said


def test_what_a_worker_left_is_written_down_before_its_page_goes(past):
    def work_on(work):
        work.page(work.start("Copy")).write("result", state="ok", payload="{}")

    run = past.killed(work_on)
    past.saga("abandon", run.id, "--why", "the move is off")
    assert past.states() == {("h1", "Copy"): "ok"}
    assert not (past.path.parent / "journal.db.spool" / run.id).exists()


def test_a_run_that_somebody_works_on_is_not_abandoned(past):
    work = past.begin()
    said = past.saga("abandon", work.run.id, "--why", "the move is off")
    assert said.code == 1
    assert f"is being worked on by process {work.slice.owner.pid} on {work.slice.owner.machine}" in said.err
    assert past.last().state == "running"


def test_a_run_that_has_ended_is_not_abandoned(past):
    past.begin().end("completed")
    said = past.saga("abandon", past.last().id, "--why", "the move is off")
    assert said.code == 1
    assert "is completed: there is nothing to give up" in said.err


def test_a_run_is_not_abandoned_without_a_reason(past):
    past.begin().end()
    for reason in ([], ["--why", "..."], ["--why", " "]):
        assert past.saga("abandon", past.last().id, *reason).code == 2
    assert past.last().state == "stopped"
