# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Who may take a target's lease [I10]."""

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import TargetHeldError
from ansible_collections.saga.ops.plugins.plugin_utils._engine.leases import Claim, Holding, takings
from ansible_collections.saga.ops.plugins.plugin_utils._engine.leases.taking import kept
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import RunState

from samples import DEAD, ELSEWHERE, HERE, NOW, a_lease, a_run

OTHER = a_run(id="R2", workflow="other.yml")
RUNS_OUT_LATER = NOW + 30
HAS_RUN_OUT = NOW - 1


def claim(*names, **wish):
    known = {"run": "R1", "token": 9, "owner": HERE, "now": NOW, "expires": NOW + 60}
    return Claim(names=names or ("h1",), **(known | wish))


def nobody_is_asked(lease):
    pytest.fail(f"asked for the holder of {lease.name}, which is ours")


def holder(*, is_alive, run=OTHER, step=""):
    return lambda lease: Holding(run=run, step=step, is_alive=is_alive)


def held(**facts):
    return a_lease(**({"run": "R2", "token": 4, "expires": RUNS_OUT_LATER} | facts))


def test_a_free_target_is_taken():
    [taken] = takings(claim("h1"), [], nobody_is_asked)
    assert taken.lease == a_lease(name="h1", run="R1", token=9, expires=NOW + 60)


def test_a_free_target_is_taken_on_the_condition_that_it_is_still_free():
    assert [taking.expect for taking in takings(claim("h1"), [], nobody_is_asked)] == [None]


def test_a_target_of_our_own_is_taken_again_with_the_new_token():
    [taken] = takings(claim("h1"), [a_lease(token=4)], nobody_is_asked)
    assert (taken.expect, taken.lease.token) == (a_lease(token=4), 9)


def test_a_target_that_our_run_kept_while_it_was_parked_is_taken_again():
    [taken] = takings(claim("h1"), [a_lease(token=4, expires=None)], nobody_is_asked)
    assert taken.lease.expires == NOW + 60


@pytest.mark.parametrize("expires", [RUNS_OUT_LATER, HAS_RUN_OUT])
def test_a_target_of_a_run_at_work_is_refused_even_when_its_lease_has_run_out(expires):
    """[I10] Its heart may have stopped for a moment; its work has not."""
    with pytest.raises(TargetHeldError, match="it is at work"):
        takings(claim(), [held(expires=expires)], holder(is_alive=True))


def test_a_target_of_a_dead_run_is_taken_at_once():
    [taken] = takings(claim(), [held(owner=DEAD)], holder(is_alive=False))
    assert (taken.expect, taken.lease.run) == (held(owner=DEAD), "R1")


def test_a_target_of_a_run_on_another_machine_is_refused_while_its_lease_runs():
    with pytest.raises(TargetHeldError, match="its lease runs out in 30 s"):
        takings(claim(), [held(owner=ELSEWHERE)], holder(is_alive=None))


@pytest.mark.parametrize("expires", [NOW, HAS_RUN_OUT])
def test_a_target_of_a_run_on_another_machine_is_taken_when_its_lease_has_run_out(expires):
    assert takings(claim(), [held(owner=ELSEWHERE, expires=expires)], holder(is_alive=None))


@pytest.mark.parametrize("is_alive", [True, False, None])
def test_a_target_of_a_parked_run_is_refused_whoever_lives(is_alive):
    with pytest.raises(TargetHeldError, match="the run is parked"):
        takings(claim(), [kept(held())], holder(is_alive=is_alive))


PARKED = a_run(id="R2", workflow="other.yml", state=RunState.PARKED)


@pytest.mark.parametrize("on_orphan", ["takeover", "wait", "fail"])
def test_a_target_of_a_run_that_is_parked_for_a_time_is_refused_until_then(on_orphan):
    with pytest.raises(TargetHeldError, match="the run is parked and keeps its targets until 2027-01-15T08:00:30Z"):
        takings(claim(on_orphan=on_orphan), [kept(held(), RUNS_OUT_LATER)], holder(is_alive=False, run=PARKED))


@pytest.mark.parametrize("on_orphan", ["takeover", "wait", "fail"])
@pytest.mark.parametrize("until", [NOW, HAS_RUN_OUT])
def test_a_target_of_a_run_that_was_parked_for_a_time_is_taken_after_it(on_orphan, until):
    """It is no orphan: whatever is done with those, it has let its targets go."""
    assert takings(claim(on_orphan=on_orphan), [kept(held(), until)], holder(is_alive=False, run=PARKED))


def test_a_target_of_a_parked_run_is_refused_while_a_worker_of_it_lives():
    with pytest.raises(TargetHeldError, match="it is at work"):
        takings(claim(), [kept(held(), HAS_RUN_OUT)], holder(is_alive=True, run=PARKED))


def test_a_dead_runs_lease_is_left_to_run_out_when_asked_to_wait():
    with pytest.raises(TargetHeldError, match="its lease runs out in 30 s"):
        takings(claim(on_orphan="wait"), [held(owner=DEAD)], holder(is_alive=False))


def test_a_dead_runs_lease_that_has_run_out_is_taken_when_asked_to_wait():
    assert takings(claim(on_orphan="wait"), [held(owner=DEAD, expires=HAS_RUN_OUT)], holder(is_alive=False))


@pytest.mark.parametrize("expires", [RUNS_OUT_LATER, HAS_RUN_OUT])
def test_a_dead_runs_lease_is_never_taken_when_asked_to_fail(expires):
    with pytest.raises(TargetHeldError, match="saga_on_orphan=fail"):
        takings(claim(on_orphan="fail"), [held(owner=DEAD, expires=expires)], holder(is_alive=False))


@pytest.mark.parametrize("wish", ["wait", "fail"])
def test_what_is_asked_of_orphans_does_not_keep_a_run_from_its_own_targets(wish):
    assert takings(claim(on_orphan=wish), [a_lease(token=4, owner=DEAD)], nobody_is_asked)


def test_one_target_that_is_held_refuses_them_all():
    with pytest.raises(TargetHeldError) as refused:
        takings(claim("h1", "h2", "h3"), [held(name="h2")], holder(is_alive=True))
    assert refused.value.target == "h2"


def test_every_target_is_taken_for_the_same_time():
    taken = takings(claim("h1", "h2", "h3"), [], nobody_is_asked)
    assert {taking.lease.expires for taking in taken} == {NOW + 60}


def test_targets_are_taken_in_the_order_in_which_they_are_named():
    assert [taking.lease.name for taking in takings(claim("b", "a", "c"), [], nobody_is_asked)] == ["b", "a", "c"]


def test_leases_of_other_targets_are_left_alone():
    [taken] = takings(claim("h1"), [held(name="h9")], nobody_is_asked)
    assert taken.lease.name == "h1"


def test_a_holder_of_several_targets_is_asked_about_once():
    asked = []

    def know(lease):
        asked.append(lease.name)
        return Holding(run=OTHER, step="", is_alive=False)

    takings(claim("h1", "h2"), [held(name="h1"), held(name="h2")], know)
    assert asked == ["h1"]


@pytest.mark.parametrize(
    "fact",
    ["h1", "R2", "other.yml", "process 1 on another.example", "'Copy'", "2027-01-15T08:00:00Z", "saga unlock h1"],
)
def test_a_refusal_names_the_holder_and_the_way_out(fact):
    with pytest.raises(TargetHeldError) as refused:
        takings(claim(), [held(owner=ELSEWHERE)], holder(is_alive=None, step="Copy"))
    assert fact in str(refused.value)


def test_a_refusal_can_do_without_the_holders_run():
    with pytest.raises(TargetHeldError, match="an unknown workflow"):
        takings(claim(), [held()], holder(is_alive=True, run=None))
