# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A journal that an older saga.ops wrote opens, tells what it told, and takes what is new."""

import json
import sqlite3
from dataclasses import asdict, replace
from importlib.resources import files

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine import journal as rooms
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.sqlite import SqliteJournal
from ansible_collections.saga.ops.plugins.plugin_utils._engine.meeting import Way
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import PlannedStep, RunState, Surroundings

from samples import ONCE, StillClock, a_run, a_slice, a_step, an_entry
from scene import Scene

RUN = a_run(state=RunState.STOPPED)
STEP = a_step(contract=ONCE, fingerprint="as it was")
PLAN = (PlannedStep(path=STEP.path, fingerprint="as it was", where="site.yml:7", play=1),)


def insert(connection, table, row):
    names = ", ".join(f'"{name}"' for name in row)
    marks = ", ".join("?" * len(row))
    connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(row.values()))  # noqa: S608  our names


@pytest.fixture
def path(tmp_path):
    """A journal of schema 1 in which a run was stopped after one step, as saga.ops 0.1 left it."""
    path = tmp_path / "journal.db"
    connection = sqlite3.connect(path)
    connection.executescript(files(rooms).joinpath("migrations", "0001_initial.sql").read_text())
    columns = {name: getattr(RUN, name) for name in ("id", "workflow", "started", "updated", "attempt")}
    lists = {
        "token": 1,
        "targets": json.dumps(RUN.targets),
        "command": "[]",
        "directory": "",
        "reason": "",
        "is_going_back": 0,
    }
    plan = json.dumps([[step.path, step.fingerprint, step.where, step.play] for step in PLAN])
    insert(connection, "run", columns | lists | {"state": "stopped", "plan": plan, "events": 0})
    is_new = (
        "batch",
        "inputs",
        "unit",
        "verifies",
        "asks",
        "decision",
        "tries",
        "retries",
        "due",
        "captured",
        "was_cut_off",
    )
    told = asdict(STEP) | {"state": "ok", "undo": "", "contract": json.dumps(asdict(ONCE))}
    insert(connection, "step", {name: told[name] for name in told if name not in is_new})
    insert(connection, "result", {"run": RUN.id, "host": "h1", "key": STEP.key, "item": "", "payload": "found"})
    connection.execute("PRAGMA user_version = 1")
    connection.execute(f"PRAGMA application_id = {0x53414741}")
    connection.commit()
    connection.close()
    return path


@pytest.fixture
def journal(path):
    journal = SqliteJournal(path, clock=StillClock())
    yield journal
    journal.close()


def test_an_older_journal_tells_what_it_told(journal):
    assert (journal.runs(), journal.plan(RUN.id), journal.steps(RUN.id)) == ([RUN], PLAN, [STEP])


def test_what_an_older_journal_does_not_know_is_unknown(journal):
    assert journal.slices(RUN.id) == [a_slice(owner=None, state=RunState.STOPPED)]
    assert journal.steps(RUN.id)[0].inputs is None
    assert journal.runs()[0].seal == ""


def test_an_older_journal_takes_what_is_new(journal):
    sealed = replace(RUN, seal="$ANSIBLE_VAULT;1.1;AES256\n61\n")
    found = a_slice(attempt=2, token=2, surroundings=Surroundings(hosts={"h1": "h1"}))
    step = a_step(host="*", key="k", seq=2, batch=("h1",), inputs=(("zone", "k.1"),))
    journal.commit([an_entry(found, step, sealed)])
    assert journal.runs() == [sealed]
    assert (journal.slices(RUN.id)[1], journal.steps(RUN.id)[1]) == (found, step)


def test_a_run_of_an_older_journal_is_resumed(path, tmp_path):
    scene = Scene(tmp_path, "sqlite")
    attempt = scene.begin(
        plan=PLAN, surroundings=Surroundings(variables={"zone": "k.1"}, hosts={"h1": "h1", "h2": "h2"})
    )
    assert attempt.run.attempt == 2
    assert scene.decide(attempt, "Copy", inputs=(("zone", "k.1"),)).way is Way.REPLAY
    assert scene.told == []
    scene.journal.close()
