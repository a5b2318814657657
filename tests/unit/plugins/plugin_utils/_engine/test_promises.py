# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A contract as the journal keeps it, and what follows from its words."""

import json
from dataclasses import asdict

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import (
    Approval,
    Contract,
    Effect,
    OnDoubt,
    OnFailure,
    Retry,
    Then,
)
from hypothesis import given
from hypothesis import strategies as st

names = st.lists(st.text(max_size=5), max_size=3).map(tuple)
seconds = st.floats(0, 1e6)
retries = st.builds(
    Retry,
    attempts=st.integers(1, 9),
    delay=seconds,
    backoff=st.floats(1, 9),
    max_delay=st.none() | seconds,
    jitter=st.floats(0, 1),
    on=st.sampled_from([("failed",), ("failed", "unreachable")]),
)
contracts = st.builds(
    Contract,
    effect=st.sampled_from(Effect),
    is_idempotent=st.booleans(),
    compensate=names,
    id=st.text(max_size=5),
    is_declared=st.booleans(),
    verify=names,
    on_failure=st.none() | st.builds(OnFailure, then=st.none() | st.sampled_from(Then), retry=st.none() | retries),
    on_in_doubt=st.none() | st.sampled_from(OnDoubt),
    approval=st.none()
    | st.builds(Approval, approvers=names, expires=st.none() | seconds, is_two_person=st.booleans(), prompt=st.text()),
    locks=names,
    capture=st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), max_size=3).map(tuple),
)


@given(contracts)
def test_a_contract_comes_back_from_the_journal_as_it_was(contract):
    back = Contract.of(json.loads(json.dumps(asdict(contract))))
    assert back == contract
    assert hash(back) == hash(contract), "nothing in it is a list"


def test_a_contract_of_a_journal_of_schema_2_says_nothing_of_what_was_not_known_then():
    stored = '{"effect":"side_effect","is_idempotent":false,"compensate":["Undo"],"id":"x","is_declared":true}'
    assert Contract.of(json.loads(stored)) == Contract(compensate=("Undo",), id="x", is_declared=True)


@pytest.mark.parametrize(
    ("facts", "may_rerun"),
    [
        ({}, False),
        ({"is_idempotent": True}, True),
        ({"effect": Effect.NONE}, True),
        ({"on_in_doubt": OnDoubt.RERUN}, True),
        ({"on_in_doubt": OnDoubt.ESCALATE, "is_idempotent": True}, False),
        ({"on_in_doubt": OnDoubt.VERIFY, "is_idempotent": True}, False),
        ({"on_in_doubt": OnDoubt.COMPENSATE}, False),
    ],
)
def test_a_doubt_is_answered_by_doing_it_again_if_that_is_harmless_or_asked_for(facts, may_rerun):
    assert Contract(**facts).may_rerun is may_rerun


@pytest.mark.parametrize(
    ("said", "then", "retry"),
    [
        (None, None, None),
        (OnFailure(then=Then.STOP), Then.STOP, None),
        (OnFailure(retry=Retry(attempts=2)), None, Retry(attempts=2)),
    ],
)
def test_a_contract_tells_what_follows_a_failure(said, then, retry):
    contract = Contract(on_failure=said)
    assert (contract.then, contract.retry) == (then, retry)
