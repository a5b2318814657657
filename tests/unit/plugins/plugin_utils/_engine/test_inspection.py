# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""An account of a run that others write to while it is read."""

from dataclasses import replace

from ansible_collections.saga.ops.plugins.plugin_utils._engine.inspection import account
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.memory import MemoryJournal
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import RunState

from samples import an_entry
from scene import Scene


class Busy(MemoryJournal):
    """A journal whose runs have one more event whenever somebody has looked how many there are."""

    writes = 0

    def head(self, run):
        found = super().head(run)
        if self.writes:
            self.writes -= 1
            self.commit([an_entry(run=run)])
        return found


def busy(scene):
    scene.journal = Busy(clock=scene.clock)
    scene.means = replace(scene.means, journal=scene.journal)
    scene.do(scene.begin(), "Copy")
    return scene


def test_an_account_has_all_of_a_run_and_its_audit_holds(scene):
    attempt = scene.begin()
    scene.do(attempt, "Copy")
    attempt.end(RunState.PARKED)
    told = account(scene.means, "")
    assert [step.name for step in told.steps] == ["Copy"]
    assert [event.type for event in told.events] == scene.types()
    assert {lease.name for lease in told.leases} == {"h1", "h2"}
    assert told.findings == ()


def test_an_account_is_read_again_when_somebody_has_written_meanwhile(tmp_path):
    scene = busy(Scene(tmp_path))
    scene.journal.writes = 2
    told = account(scene.means, "")
    assert len(told.events) == scene.journal.head(scene.run().id)[0]
    assert told.findings == ()


def test_an_account_of_a_run_that_is_written_to_all_the_time_does_not_say_that_its_audit_is_broken(tmp_path):
    scene = busy(Scene(tmp_path))
    scene.journal.writes = 1000
    assert account(scene.means, "").findings is None


def test_an_account_of_a_run_at_rest_says_what_does_not_hold(tmp_path):
    scene = busy(Scene(tmp_path))
    scene.journal.commit([an_entry(run=scene.run().id, data={"state": "completed"})])
    assert [finding.what for finding in account(scene.means, "").findings] == [
        "the run is running, but its events say completed"
    ]
