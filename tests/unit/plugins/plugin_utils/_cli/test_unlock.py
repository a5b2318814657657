# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""saga unlock"""

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import LeaseLostError, StaleAttemptError


def test_a_freed_target_may_be_taken_by_another_run(past):
    past.begin("shop/a.yml", targets=("h1", "h2")).end("parked")
    said = past.saga("unlock", "h1", "--why", "h1 burns")
    assert said.code == 0
    assert [lease.name for lease in past.journal.leases()] == ["h2"]
    assert past.begin("shop/b.yml", targets=("h1",)).run.workflow == "shop/b.yml"


def test_the_holder_is_named_and_the_reason_is_in_its_audit(past):
    run = past.killed(lambda work: work.do("Copy"))
    said = past.saga("unlock", "h1", "--why", "h1 burns")
    assert f"h1 is free; run {run.id} of shop/site.yml held it since" in said.out
    assert f"process {past.owner_of(run).pid}" in said.out
    [event] = [event for event in past.journal.events(run.id) if event.type == "lease.unlocked"]
    assert (event.data["targets"], event.data["why"]) == (["h1"], "h1 burns")
    assert past.saga("audit", run.id, "--verify").code == 0


def test_a_holder_that_is_alive_can_write_no_more(past):
    work = past.begin()
    reference = work.start("Copy")
    said = past.saga("unlock", "h1", "--why", "h1 burns")
    assert "That run was at work" in said.out
    with pytest.raises(StaleAttemptError):
        work.finish(reference)
    work.attempt.heartbeat.beat()
    with pytest.raises(LeaseLostError):
        work.attempt.check()


def test_the_holder_can_be_resumed_and_takes_the_target_again(past):
    run = past.killed(lambda work: work.do("Copy"))
    past.saga("unlock", "h1", "--why", "h1 burns")
    assert past.begin().run.id == run.id
    assert [lease.run for lease in past.journal.leases()] == [run.id]


def test_a_target_that_nobody_holds_is_refused_with_those_that_are_held(past):
    past.begin(targets=("h1", "h2"))
    said = past.saga("unlock", "h3", "--why", "h3 burns")
    assert (said.code, said.err) == (1, "saga: nobody holds h3; held are h1, h2\n")


def test_a_target_is_not_freed_without_a_reason(past):
    past.begin()
    assert past.saga("unlock", "h1").code == 2
    assert len(past.journal.leases()) == 1
