# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A gate before a step: until when it is answered, what holds then, who may answer."""

from dataclasses import replace

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.policy import gate
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import Approval
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import Asks, StepState

from samples import NOW, ONCE, a_step

HOUR = 3600.0


def gated(since=NOW, **approval):
    contract = replace(ONCE, approval=Approval(**approval))
    return a_step(state=StepState.WAITING, asks=Asks.APPROVAL, contract=contract, updated=since, executions=0)


def test_a_gate_expires_so_long_after_it_has_begun_to_wait():
    assert gate.expires(gated(expires=HOUR)) == NOW + HOUR


@pytest.mark.parametrize("step", [gated(), a_step(), replace(gated(expires=HOUR), asks=Asks.NOTHING)])
def test_what_waits_at_no_gate_or_at_one_without_an_end_does_not_expire(step):
    assert gate.expires(step) is None
    assert not gate.is_expired(step, now=NOW * 2)
    assert gate.defaulted(step, now=NOW * 2) is None


@pytest.mark.parametrize(("passed", "is_expired"), [(HOUR - 1, False), (HOUR, True)])
def test_a_gate_has_expired_at_that_moment_and_not_before(passed, is_expired):
    step = gated(expires=HOUR)
    assert gate.is_expired(step, now=NOW + passed) is is_expired
    assert (gate.defaulted(step, now=NOW + passed) is not None) is is_expired


@pytest.mark.parametrize("default", ["approve", "deny"])
def test_after_that_the_default_answer_holds(default):
    after = gate.defaulted(gated(expires=HOUR, default=default), now=NOW + HOUR)
    assert (after.state, after.asks, after.decision.answer) == ("pending", "", default)
    assert (after.decision.by, after.decision.why) == ("expiry", "nobody answered until 2027-01-15T09:00:00Z")


@pytest.mark.parametrize(
    ("steps", "until"),
    [
        ([gated(expires=HOUR), gated(since=NOW + 60, expires=HOUR), a_step()], NOW + 60 + HOUR),
        ([gated(expires=HOUR), gated()], None),
        ([gated(expires=HOUR), a_step(state=StepState.STARTED)], None),
        ([gated(expires=HOUR), a_step(state=StepState.FAILED, is_handled=False)], None),
        ([gated(expires=HOUR), a_step(state=StepState.FAILED, is_handled=True)], NOW + HOUR),
        ([a_step()], None),
    ],
)
def test_leases_are_kept_until_all_that_waits_has_expired_or_without_an_end(steps, until):
    assert gate.kept_until(steps) == until


def test_without_approvers_nobody_is_a_stranger():
    assert not gate.is_stranger(gated(), "ann")
    assert not gate.is_stranger(gated(approvers=("ann",)), "ann")
    assert gate.is_stranger(gated(approvers=("ann",)), "bob")


def test_only_where_two_persons_are_wanted_the_launchers_are_barred():
    assert gate.barred(gated(), {"ann"}) == ()
    assert gate.barred(gated(is_two_person=True), {"bob", "ann"}) == ("ann", "bob")
