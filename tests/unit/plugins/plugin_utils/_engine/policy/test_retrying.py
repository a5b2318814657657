# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Whether a step that has failed is tried again."""

from dataclasses import replace

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.policy import NextTry, next_try
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import OnFailure, Retry
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import StepState

from samples import ONCE, a_step


def tried(tries, *, on=("failed",), attempts=3):
    retry = Retry(attempts=attempts, delay=4, backoff=2, on=on)
    return a_step(contract=replace(ONCE, on_failure=OnFailure(retry=retry)), tries=tries)


def following(step, state=StepState.FAILED, *, spent=0, budget=0):
    return next_try(step, state, spent=spent, budget=budget, draw=lambda: 0.5)


def test_a_step_whose_contract_says_nothing_is_not_tried_again():
    assert following(a_step(contract=ONCE, tries=1)) is None


@pytest.mark.parametrize(("tries", "expected"), [(1, NextTry(delay=4)), (2, NextTry(delay=8)), (3, None), (4, None)])
def test_attempts_count_the_first_try_too(tries, expected):
    assert following(tried(tries)) == expected


@pytest.mark.parametrize(
    ("on", "state", "is_tried"),
    [
        (("failed",), StepState.UNREACHABLE, False),
        (("unreachable",), StepState.UNREACHABLE, True),
        (("unreachable",), StepState.FAILED, False),
        (("failed", "unreachable"), StepState.UNREACHABLE, True),
    ],
)
def test_only_what_the_contract_names_is_tried_again(on, state, is_tried):
    assert (following(tried(1, on=on), state) is not None) == is_tried


@pytest.mark.parametrize(("spent", "budget", "is_over"), [(4, 5, False), (5, 5, True), (500, 0, False)])
def test_a_run_that_has_spent_its_budget_tries_nothing_again(spent, budget, is_over):
    assert following(tried(1), spent=spent, budget=budget).is_over_budget == is_over
