# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Records to test with, a clock that stands still, and processes that are alive, dead or somewhere else."""

from dataclasses import replace

from ansible_collections.saga.ops.plugins.plugin_utils._engine import owners
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit import Kept
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit.verifying import verify
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import Contract, Effect
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import (
    Entry,
    Lease,
    Owner,
    Run,
    RunState,
    Slice,
    Step,
    StepState,
    Waiter,
)

NOW = 1_800_000_000.0
HERE = owners.this_process()
DEAD = replace(HERE, boot="an earlier boot", pid=1, born="1", user="ada")
ELSEWHERE = Owner(machine="another.example", boot="another boot", pid=1, born="1", user="ada")

READ_ONLY = Contract(effect=Effect.NONE, is_idempotent=True)
IDEMPOTENT = Contract(is_idempotent=True)
ONCE = Contract(is_idempotent=False)
PIVOT = Contract(effect=Effect.IRREVERSIBLE)
UNDOABLE = Contract(compensate=("Undo it",))


class StillClock:
    """A clock that moves only when it is told to."""

    def __init__(self, wall=NOW):
        self.wall = wall
        self.ticks = 5000.0

    def now(self):
        return self.wall

    def monotonic(self):
        return self.ticks

    def wait(self, seconds):
        self.wall += seconds
        self.ticks += seconds


def a_run(**facts):
    known = {"id": "R1", "workflow": "site.yml", "state": RunState.RUNNING, "started": NOW, "updated": NOW}
    return Run(**(known | {"attempt": 1, "targets": ("h1", "h2")} | facts))


def a_slice(**facts):
    known = {"run": "R1", "attempt": 1, "token": 1, "owner": HERE, "targets": ("h1", "h2"), "state": RunState.RUNNING}
    return Slice(**(known | {"updated": NOW} | facts))


def a_step(**facts):
    known = {"run": "R1", "host": "h1", "key": "1 Move/Copy#1", "name": "Copy", "play": 1, "state": StepState.OK}
    return Step(**(known | {"seq": 1, "attempt": 1, "contract": ONCE, "path": "1 Move/Copy", "executions": 1} | facts))


def a_lease(**facts):
    known = {"name": "h1", "run": "R1", "token": 1, "owner": HERE, "acquired": NOW, "expires": NOW + 60}
    return Lease(**(known | facts))


def a_waiter(**facts):
    known = {"ticket": "T1", "names": ("h1",), "workflow": "site.yml", "owner": HERE, "since": NOW, "until": NOW + 2}
    return Waiter(**(known | facts))


def verified(journal, run):
    """Return what verifying the audit of a run finds."""
    count, head = journal.head(run.id)
    steps = journal.steps(run.id)
    kept = Kept.of(steps, journal.slices(run.id), lambda step: journal.results(run.id, step.host, step.key))
    return list(verify(run, steps, journal.events(run.id), kept, count=count, head=head))


def told(event):
    """Return what an event tells beside the digests of what was written with it."""
    return {name: value for name, value in event.data.items() if name != "digests"}


def an_entry(*puts, **facts):
    known = {"type": "test.written", "run": "R1", "attempt": 1, "actor": "ada", "data": {"state": "running"}}
    return Entry(**(known | {"puts": puts} | facts))
