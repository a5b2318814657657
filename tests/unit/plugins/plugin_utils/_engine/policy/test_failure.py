# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Which policy is in force, and which one a step's risk asks for."""

from dataclasses import replace

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.policy import Risk, advise, in_force
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import OnFailure, Retry, Then
from hypothesis import given
from hypothesis import strategies as st

from samples import IDEMPOTENT, ONCE, PIVOT, READ_ONLY

VERIFIED = replace(ONCE, verify=("Is it there",))
OUTCOMES = ("goes back", "parks", "goes back or parks", "stops", "goes on", "not recorded")


def a_risk(contract=IDEMPOTENT, **facts):
    return Risk(**({"contract": contract, "is_undone": True, "at_once": 3, "outcome": "goes back"} | facts))


@pytest.mark.parametrize(("outcome", "word"), [("goes back", "compensate"), ("stops", "stop"), ("parks", "escalate")])
def test_of_itself_a_run_goes_back_if_it_can_and_stops_or_parks_if_not(outcome, word):
    assert in_force(a_risk(outcome=outcome)) == word


@pytest.mark.parametrize(
    ("risk", "words"),
    [
        (a_risk(READ_ONLY), "retry 3x, then compensate"),
        (a_risk(IDEMPOTENT), "retry 3x, then compensate"),
        (a_risk(VERIFIED), "retry 3x, then compensate"),
        (a_risk(ONCE), "compensate"),
        (a_risk(ONCE, is_undone=False), "escalate"),
        (a_risk(ONCE, is_undone=False, at_once=1), "compensate"),
        (a_risk(ONCE, outcome="stops", at_once=1), "stop"),
        (a_risk(IDEMPOTENT, is_tried_again=True), "compensate"),
        (a_risk(READ_ONLY, is_local=True), "compensate"),
        (a_risk(READ_ONLY, is_report=True), "continue"),
        (a_risk(PIVOT), "escalate"),
        (a_risk(IDEMPOTENT, outcome="parks", is_past_pivot=True), "retry 3x, then escalate"),
        (a_risk(ONCE, outcome="parks", is_past_pivot=True), "escalate"),
        (a_risk(ONCE, outcome="goes on", is_handled=True), "continue"),
        (a_risk(ONCE, outcome="not recorded"), "stop"),
    ],
)
def test_what_is_proposed_follows_from_what_can_be_taken_back(risk, words):
    assert advise(risk).words == words


def test_a_declared_policy_is_the_one_in_force_and_the_one_that_is_justified():
    contract = replace(VERIFIED, on_failure=OnFailure(retry=Retry(attempts=5), then=Then.ESCALATE))
    found = advise(a_risk(contract))
    assert (found.words, found.is_declared) == ("retry 5x, then escalate", True)
    assert in_force(a_risk(contract)) == found.words


def test_a_declared_retry_without_an_end_takes_that_of_the_run():
    contract = replace(IDEMPOTENT, on_failure=OnFailure(retry=Retry(attempts=5)))
    assert in_force(a_risk(contract, outcome="stops")) == "retry 5x, then stop"


def test_a_chosen_retry_that_may_do_harm_is_said_to():
    contract = replace(ONCE, on_failure=OnFailure(retry=Retry(attempts=5)))
    assert "not harmless" in advise(a_risk(contract)).why


@given(
    st.builds(
        Risk,
        contract=st.sampled_from([READ_ONLY, IDEMPOTENT, ONCE, VERIFIED, PIVOT]),
        is_undone=st.booleans(),
        at_once=st.integers(0, 20),
        outcome=st.sampled_from(OUTCOMES),
        is_past_pivot=st.booleans(),
        is_handled=st.booleans(),
        is_local=st.booleans(),
        is_tried_again=st.booleans(),
        is_report=st.booleans(),
    )
)
def test_nothing_that_may_do_harm_is_proposed_to_be_tried_again_unless_something_verifies_it(risk):
    found = advise(risk)
    if found.words.startswith("retry"):
        assert risk.contract.is_repeatable or risk.contract.verify
    assert found.why.endswith(".")
