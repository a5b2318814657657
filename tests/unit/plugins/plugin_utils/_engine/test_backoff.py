# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Waits between tries."""

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.backoff import Backoff
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import Retry
from hypothesis import given
from hypothesis import strategies as some


def middle():
    return 0.5


def test_waits_grow_by_their_factor_and_stop_at_the_ceiling():
    backoff = Backoff(first=2, factor=3, ceiling=30)
    assert [backoff.after(tries, middle) for tries in (1, 2, 3, 4, 5)] == [2, 6, 18, 30, 30]


def test_jitter_spreads_a_wait_around_itself():
    backoff = Backoff(first=10, jitter=0.2)
    assert [backoff.after(1, lambda drawn=drawn: drawn) for drawn in (0.0, 0.5, 1.0)] == pytest.approx([8, 10, 12])


def test_a_contract_without_a_delay_waits_for_nothing():
    assert Backoff.of(Retry(attempts=3)).after(2, middle) == 0


BACKOFFS = some.builds(
    Backoff,
    first=some.floats(0, 1e6),
    factor=some.floats(1, 1e6),
    ceiling=some.none() | some.floats(0, 1e5),
    jitter=some.floats(0, 1),
)


@given(backoff=BACKOFFS, tries=some.integers(1, 10_000), drawn=some.floats(0, 1))
def test_no_wait_is_negative_endless_or_above_the_ceiling(backoff, tries, drawn):
    wait = backoff.after(tries, lambda: drawn)
    assert 0 <= wait <= (24 * 3600 if backoff.ceiling is None else backoff.ceiling)
