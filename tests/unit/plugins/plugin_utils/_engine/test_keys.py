# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""By which key a step is known again: counted for a host, by its hosts for a batch."""

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import MixedBatchError
from ansible_collections.saga.ops.plugins.plugin_utils._engine.keys import Keys
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import StepState

from samples import IDEMPOTENT, ONCE, READ_ONLY, a_step

PATH = "1 Move/Drain"


def keys(*steps):
    return Keys("R1", {(step.host, step.key): step for step in steps})


def meet(known, *batch, contract=ONCE, drift="refuse"):
    return known.meet_batch(PATH, contract, batch, drift=drift)


def once(*batch, number=1, **facts):
    """Return what an attempt left that met the step for a batch."""
    return a_step(host="*", path=PATH, key=f"{meet(keys(), *batch).partition('#')[0]}#{number}", batch=batch, **facts)


def test_a_host_meets_a_step_for_the_first_time_and_again():
    known = keys()
    assert [known.meet("h1", PATH) for _ in range(2)] == [f"{PATH}#1", f"{PATH}#2"]
    assert known.meet("h2", PATH) == f"{PATH}#1"


def test_a_unit_is_known_by_its_mark_and_counted_among_those_of_its_path():
    known = keys()
    marks = ["first", "second", "first", "second", "third"]
    assert [known.meet_unit("h1", PATH, mark) for mark in marks] == [f"{PATH}#{number}" for number in (1, 2, 1, 2, 3)]
    assert known.meet_unit("h2", PATH, "second") == f"{PATH}#1", "each host counts what it meets itself"
    assert known.meet_unit("h1", "1 Move/Other", "first") == "1 Move/Other#1"


def test_a_unit_that_was_met_counts_as_come_past():
    unit = a_step(path=PATH, key=f"{PATH}#1", unit=f"{PATH}#1")
    known = keys(unit)
    assert not known.has_met(unit)
    known.meet_unit("h1", PATH, "mark")
    assert known.has_met(unit)


def test_batches_have_keys_of_their_own_whatever_the_order_of_their_hosts():
    assert meet(keys(), "h1", "h2") == meet(keys(), "h2", "h1") != meet(keys(), "h1", "h3")


def test_a_step_that_was_done_for_a_bigger_batch_is_known_again():
    done = once("h1", "h2")
    known = keys(done)
    assert (meet(known, "h1"), meet(known, "h2")) == (done.key, done.key)
    assert known.has_met(done)


def test_the_second_time_in_a_batch_is_not_answered_by_the_first():
    first, second = once("h1", "h2"), once("h1", "h2", number=2)
    known = keys(first, second)
    assert [meet(known, "h2") for _ in range(2)] == [first.key, second.key]


def test_a_step_of_older_journals_is_known_by_its_very_batch():
    old = a_step(host="*", path=f"{PATH} for x", key=meet(keys(), "h1", "h2"))
    assert meet(keys(old), "h2", "h1") == old.key


def test_what_failed_for_some_of_a_batch_is_gone_on_with():
    failed = once("h1", "h2", state=StepState.FAILED, is_handled=False)
    assert meet(keys(failed), "h2", "h3") == failed.key


def test_a_mixed_batch_is_refused_with_who_is_missing():
    with pytest.raises(MixedBatchError) as refused:
        meet(keys(once("h1", "h2")), "h0", "h1")
    assert (refused.value.done, refused.value.missing) == (("h1",), ("h0",))


@pytest.mark.parametrize("contract", [IDEMPOTENT, READ_ONLY])
def test_what_may_be_repeated_is_a_step_of_its_own_for_a_mixed_batch(contract):
    assert meet(keys(once("h1", "h2")), "h0", "h1", contract=contract) == meet(keys(), "h0", "h1")


@pytest.mark.parametrize("contract", [ONCE, IDEMPOTENT])
def test_a_mixed_batch_may_be_accepted_as_done_or_done_again(contract):
    done = once("h1", "h2")
    assert meet(keys(done), "h0", "h1", contract=contract, drift="accept") == done.key
    assert meet(keys(done), "h0", "h1", contract=contract, drift="rerun") == meet(keys(), "h0", "h1")
