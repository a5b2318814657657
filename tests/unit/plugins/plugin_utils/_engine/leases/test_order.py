# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Who is served before whom, and that nobody waits for somebody who waits for him."""

from dataclasses import replace

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.leases import Standing, ahead

from samples import ELSEWHERE, HERE, a_lease, a_waiter

OURS = "T9"


def someone(number):
    return replace(ELSEWHERE, pid=number)


def one(*names, ticket=OURS, run="R9"):
    return Standing(ticket=ticket, names=names, run=run, owner=HERE)


def waiter(number, *names):
    return a_waiter(ticket=f"T{number}", names=names, owner=someone(number))


def held(number, name):
    return a_lease(name=name, run=f"R{number}", owner=someone(number))


US = a_waiter(ticket=OURS, names=("a",), owner=HERE)


def before(who, line, *leases):
    return [waiter.ticket for waiter in ahead(who, line, leases)]


def test_nobody_is_before_the_only_one():
    assert before(one("a"), []) == []


def test_whoever_came_before_and_wants_the_same_is_served_first():
    assert before(one("a"), [waiter(1, "a"), US, waiter(2, "a")]) == ["T1"]


def test_a_newcomer_comes_after_all_that_stand_in_line():
    assert before(one("a"), [waiter(1, "a"), waiter(2, "a")]) == ["T1", "T2"]


def test_whoever_wants_something_else_is_in_nobodys_way():
    assert before(one("a"), [waiter(1, "b"), US]) == []


@pytest.mark.parametrize("names", [("a",), ("c",), ("a", "d")])
def test_a_large_claim_is_not_starved_by_small_ones(names):
    """It waits for what is held, and what is free of it is kept for it."""
    assert before(one(*names), [waiter(1, "a", "b", "c")], held(7, "b")) == ["T1"]


def test_what_our_run_holds_needs_no_line():
    assert before(one("a"), [waiter(1, "a")], a_lease(name="a", run="R9", owner=someone(5))) == []


def test_whoever_waits_for_what_we_hold_is_not_before_us():
    """We would wait for each other: it has wanted both since before, and has neither until we end."""
    assert before(one("lock"), [waiter(1, "a", "lock")], a_lease(name="a", owner=HERE)) == []


def test_whoever_waits_for_what_our_parked_run_keeps_is_not_before_us():
    kept = a_lease(name="a", run="R9", owner=someone(5), expires=None)
    assert before(one("a", "b"), [waiter(1, "a", "b")], kept) == []


def test_whoever_waits_for_us_over_somebody_else_is_not_before_us():
    """It waits for b, whose holder waits for a, which is ours."""
    line = [waiter(1, "b", "lock"), waiter(2, "a")]
    assert before(one("lock"), line, held(2, "b"), a_lease(name="a", owner=HERE)) == []


def test_whoever_waits_behind_one_who_waits_for_us_is_not_before_us():
    line = [waiter(1, "a", "b"), waiter(2, "b", "lock")]
    assert before(one("lock"), line, a_lease(name="a", owner=HERE)) == []


def test_those_who_wait_for_each_other_do_not_confuse_the_order():
    line = [waiter(1, "a", "lock"), waiter(2, "b")]
    assert before(one("lock"), line, held(1, "b"), held(2, "a")) == ["T1"]


def test_a_place_that_this_process_has_left_behind_is_not_in_its_own_way():
    assert before(one("a"), [a_waiter(ticket="an older one", names=("a",), owner=HERE)]) == []
