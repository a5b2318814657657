# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What becomes of the leases of a run that nobody works on any more, seen from its own machine and from others."""

from dataclasses import replace

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.begin import extend
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import (
    LeaseLostError,
    RunBusyError,
    StaleAttemptError,
    TargetHeldError,
)
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import RunState

from samples import DEAD, ELSEWHERE

TTL = 60
EVERY_POLICY = pytest.mark.parametrize("policy", ["takeover", "wait", "fail"])


def orphan(scene, owner, **wish):
    """Let a run hold h2, and its process be gone: provably, or somewhere else."""
    attempt = scene.begin(**({"workflow": "other.yml", "targets": ("h2",), "lock_ttl": TTL} | wish))
    scene.give(attempt.run, owner)
    return attempt


@pytest.mark.parametrize(
    ("policy", "owner", "seconds", "why"),
    [
        ("takeover", DEAD, 0, None),
        ("takeover", ELSEWHERE, 0, "its lease runs out in 60 s"),
        ("takeover", ELSEWHERE, TTL - 1, "its lease runs out in 1 s"),
        ("takeover", ELSEWHERE, TTL, None),
        ("wait", DEAD, 0, "its lease runs out in 60 s"),
        ("wait", DEAD, TTL, None),
        ("wait", ELSEWHERE, TTL - 1, "its lease runs out in 1 s"),
        ("wait", ELSEWHERE, TTL, None),
        ("fail", DEAD, 0, "saga_on_orphan=fail"),
        ("fail", DEAD, TTL, "saga_on_orphan=fail"),
        ("fail", ELSEWHERE, 0, "its lease runs out in 60 s"),
        ("fail", ELSEWHERE, TTL, "saga_on_orphan=fail"),
    ],
)
@pytest.mark.parametrize("is_late", [False, True], ids=["at the start", "on the way"])
def test_an_orphans_lease_is_taken_as_the_policy_says(  # noqa: PLR0917  a row of the table
    scene, policy, owner, seconds, why, is_late
):
    attempt = scene.begin(targets=("h1",)) if is_late else None
    loser = orphan(scene, owner)
    scene.clock.wait(seconds)

    def take():
        if attempt is None:
            return scene.begin(on_orphan=policy).run.id
        extend(attempt, ("h2",), lock_ttl=TTL, on_orphan=policy)
        return attempt.run.id

    if why:
        with pytest.raises(TargetHeldError, match=why):
            take()
        assert scene.held()["h2"] == loser.run.id
    else:
        winner = take()
        assert scene.held()["h2"] == winner
        with pytest.raises(StaleAttemptError):
            scene.do(loser, "Copy", "h2")


@EVERY_POLICY
@pytest.mark.parametrize("owner", [None, ELSEWHERE])
def test_what_a_parked_run_keeps_is_no_orphans_and_is_kept_for_ever(scene, policy, owner):
    loser = orphan(scene, DEAD if owner is None else owner)
    loser.end(RunState.PARKED, "waits")
    scene.clock.wait(100 * 365 * 86400)
    with pytest.raises(TargetHeldError, match="the run is parked and keeps its targets until it is resumed"):
        scene.begin(on_orphan=policy)


@EVERY_POLICY
def test_a_parked_run_of_another_machine_is_resumed_here_at_once_with_what_it_kept(scene, policy):
    parked = orphan(scene, ELSEWHERE)
    parked.end(RunState.PARKED, "waits")
    resumed = scene.begin(workflow="other.yml", targets=("h2",), on_orphan=policy)
    assert (resumed.run.id, resumed.run.attempt) == (parked.run.id, 2)
    assert scene.held() == {"h2": parked.run.id}


@EVERY_POLICY
def test_a_run_takes_its_own_targets_over_when_its_machine_is_not_heard_of_any_more(scene, policy):
    """What is asked of orphans is about other runs."""
    before = orphan(scene, ELSEWHERE)
    with pytest.raises(RunBusyError):
        scene.begin(workflow="other.yml", targets=("h2",), on_orphan=policy)
    scene.clock.wait(TTL)
    after = scene.begin(workflow="other.yml", targets=("h2",), on_orphan=policy)
    assert (after.run.id, after.run.attempt) == (before.run.id, 2)
    with pytest.raises(StaleAttemptError):
        scene.do(before, "Copy", "h2")


@pytest.mark.parametrize(("policy", "is_taken"), [("takeover", True), ("wait", True), ("fail", False)])
def test_who_waits_long_enough_has_waited_for_the_lease_of_a_lost_machine(scene, policy, is_taken):
    loser = orphan(scene, ELSEWHERE)
    scene.means = replace(scene.means, pause=lambda seconds: scene.clock.wait(max(seconds, 5)))
    if is_taken:
        assert scene.begin(on_orphan=policy, lock_wait=2 * TTL).run.targets == ("h1", "h2")
    else:
        with pytest.raises(TargetHeldError):
            scene.begin(on_orphan=policy, lock_wait=2 * TTL)
        assert scene.held() == {"h2": loser.run.id}


def test_a_refusal_to_take_from_an_orphan_names_every_way_out(scene):
    loser = orphan(scene, DEAD)
    with pytest.raises(TargetHeldError) as refused:
        scene.begin(on_orphan="fail")
    identity = loser.run.id
    for words in (f"saga resume {identity}", f"saga abandon {identity}", "saga_on_orphan=takeover", "saga unlock h2"):
        assert words in str(refused.value)


def test_a_run_at_work_is_told_to_be_at_work_whatever_is_asked_of_orphans(scene):
    scene.begin(workflow="other.yml", targets=("h2",))
    with pytest.raises(TargetHeldError, match="it is at work"):
        scene.begin(on_orphan="fail")


def test_a_run_that_began_later_is_fenced_off_by_one_that_began_before(scene):
    """[I11] Its token is the larger one."""
    attempt = scene.begin(targets=("h1",))
    loser = orphan(scene, DEAD)
    extend(attempt, ("h2",), lock_ttl=TTL, on_orphan="takeover")
    loser.heartbeat.beat()
    with pytest.raises(LeaseLostError):
        loser.check()
    with pytest.raises(StaleAttemptError):
        scene.do(loser, "Copy", "h2")
    scene.do(attempt, "Copy", "h2")


# What a target is shown


def test_all_targets_of_a_start_are_shown_one_mark(scene):
    attempt = scene.begin()
    assert attempt.mark_for("h1") == attempt.mark_for("h2") == attempt.mark_for("h1")


def test_a_mark_is_larger_than_that_of_whoever_held_the_lease_before(scene):
    attempt = scene.begin(targets=("h1",))
    attempt.mark_for("h1")
    before = scene.begin(workflow="other.yml", targets=("h2",))
    earlier = before.mark_for("h2")
    before.end(RunState.COMPLETED)
    extend(attempt, ("h2",), lock_ttl=TTL, on_orphan="takeover")
    assert attempt.mark_for("h2") > earlier


def test_an_attempt_that_has_lost_its_leases_gets_no_mark(scene):
    """It would be the largest."""
    loser = orphan(scene, DEAD)
    scene.begin()
    with pytest.raises(StaleAttemptError):
        loser.mark_for("h2")
