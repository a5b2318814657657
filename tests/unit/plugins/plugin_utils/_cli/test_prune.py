# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""saga prune"""

import sqlite3
from contextlib import closing

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine import pruning
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.sqlite import SqliteJournal


def ended(past, days, state="completed", *, workflow="shop/site.yml", payload="{}"):
    """Begin a run and end it; it is as if that was so many days ago."""
    work = past.begin(workflow=workflow, targets=(f"h{days}",), run_id=f"{workflow[:4]}-{days}-{state}")
    work.finish(work.start("Copy", f"h{days}"), payload=payload)
    work.end(state)
    past.journal._execute('UPDATE run SET "updated" = "updated" - ? WHERE "id" = ?', (days * 86400, work.run.id))
    return work.run.id


def left(past):
    return {run.id for run in past.journal.runs()}


def test_runs_that_ended_longer_ago_are_forgotten_with_all_that_was_theirs(past):
    old, new = ended(past, 40), ended(past, 1)
    said = past.saga("prune", "--older-than", "30d")
    assert said.code == 0
    assert f"{old}  shop/site.yml  completed" in said.out
    assert left(past) == {new}
    assert (past.journal.steps(old), list(past.journal.events(old)), past.journal.slices(old)) == ([], [], [])


@pytest.mark.parametrize("state", ["completed", "compensated", "abandoned"])
def test_however_a_run_ended_it_may_be_forgotten(past, state):
    old = ended(past, 40, "stopped" if state == "abandoned" else state)
    if state == "abandoned":
        past.saga("abandon", old, "--why", "over")
    past.saga("prune", "--older-than", "0d", "--keep", "0")
    assert left(past) == set()


@pytest.mark.parametrize("state", ["stopped", "parked", "at work"])
def test_an_unfinished_run_is_never_forgotten(past, state):
    run = ended(past, 400, state) if state != "at work" else past.begin().run.id
    assert "No run is to be forgotten." in past.saga("prune", "--older-than", "0d", "--keep", "0").out
    assert left(past) == {run}


@pytest.mark.parametrize(
    ("keep", "stay"), [([], {1}), (["--keep", "0"], set()), (["--keep", "2"], {1, 2}), (["--keep", "9"], {1, 2, 3})]
)
def test_the_last_ended_runs_of_each_workflow_stay(past, keep, stay):
    for days in (3, 1, 2):
        ended(past, days)
        ended(past, days, workflow="other.yml")
    past.saga("prune", "--older-than", "0d", *keep)
    assert left(past) == {f"{work}-{days}-completed" for work in ("shop", "othe") for days in stay}


def test_one_workflow_can_be_chosen(past):
    for days in (40, 50):
        ended(past, days)
        ended(past, days, workflow="other.yml")
    past.saga("prune", "--older-than", "30d", "--workflow", "other.yml")
    assert left(past) == {"shop-40-completed", "shop-50-completed", "othe-40-completed"}


def test_a_dry_run_forgets_nothing(past):
    runs = {ended(past, 40), ended(past, 50)}
    past.means().spool.open_attempt("gone", 1)
    said = past.saga("prune", "--older-than", "30d", "--keep", "0", "--dry-run")
    assert said.out.count("would be") == 3
    assert left(past) == runs
    assert past.means().spool.runs() == ["gone"]


@pytest.mark.parametrize("words", [[], ["--older-than", "30"], ["--older-than", "30d", "--keep", "-1"]])
def test_what_is_not_clearly_asked_for_is_not_forgotten(past, words):
    run = ended(past, 400)
    assert past.saga("prune", *words).code == 2
    assert left(past) == {run}


def test_a_run_that_is_turned_back_since_we_looked_is_not_forgotten(past):
    ended(past, 40)
    means = past.means()
    [looked_at] = pruning.due(means, older_than=0, keep=0)
    before = list(past.journal.events(looked_at.id))
    past.journal._execute('UPDATE run SET "state" = \'stopped\', "version" = "version" + 1')
    assert not pruning.forget(means, looked_at)
    assert left(past) == {looked_at.id}
    assert list(past.journal.events(looked_at.id)) == before


def test_a_run_that_could_not_be_forgotten_is_named(past, monkeypatch):
    ended(past, 40)
    look = pruning.due

    def look_and_wait(*arguments, **keywords):
        found = look(*arguments, **keywords)
        past.journal._execute('UPDATE run SET "version" = "version" + 1')
        return found

    monkeypatch.setattr("ansible_collections.saga.ops.plugins.plugin_utils._cli.prune.due", look_and_wait)
    assert "left: somebody works on it" in past.saga("prune", "--older-than", "0d", "--keep", "0").out
    assert len(left(past)) == 1


def test_an_interrupted_prune_leaves_whole_runs(past, monkeypatch):
    for days in (40, 50, 60):
        ended(past, days)
    drop, dropped = SqliteJournal.drop, []

    def drop_one(self, run, **keywords):
        if dropped:
            raise KeyboardInterrupt
        dropped.append(run)
        drop(self, run, **keywords)

    monkeypatch.setattr(SqliteJournal, "drop", drop_one)
    assert past.saga("prune", "--older-than", "0d", "--keep", "0").code == 130
    assert dropped == ["shop-60-completed"]
    assert all(past.saga("audit", run, "--verify").code == 0 for run in left(past))
    assert len(left(past)) == 2


# What workers left


def test_pages_of_runs_that_the_journal_does_not_know_are_removed(past):
    work = past.begin()
    work.page(work.start("Copy"))
    spool = past.means().spool
    spool.open_attempt("gone", 1)
    said = past.saga("prune", "--older-than", "30d")
    assert "run gone, which the journal does not know, are removed" in said.out
    assert spool.runs() == [work.run.id]


def test_pages_of_workers_that_are_alive_stay(past):
    work = past.begin()
    page = work.page(work.start("Copy"))
    past.journal.drop(work.run.id, version=past.last().version)
    past.saga("prune", "--older-than", "30d")
    assert past.means().spool.runs() == [work.run.id]
    page.close()


def test_a_link_in_the_spool_is_not_followed(past, tmp_path):
    ended(past, 1)
    aside = tmp_path / "aside"
    aside.mkdir()
    (past.means().spool.root / "link").symlink_to(aside)
    past.saga("prune", "--older-than", "30d")
    assert aside.is_dir()


# Space


def size(past):
    with closing(sqlite3.connect(past.path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return past.path.stat().st_size


@pytest.mark.parametrize("is_old", [False, True])
def test_the_space_of_what_was_forgotten_is_given_back(past, is_old):
    ended(past, 40, payload='"' + "x" * 4_000_000 + '"')
    new = ended(past, 1)
    if is_old:  # as every journal was before files could shrink
        past.journal._execute("PRAGMA auto_vacuum = NONE")
        past.journal._execute("VACUUM")
    before = size(past)
    past.saga("prune", "--older-than", "30d")
    assert before > 4_000_000
    assert size(past) < 400_000
    assert past.saga("audit", new, "--verify").code == 0
