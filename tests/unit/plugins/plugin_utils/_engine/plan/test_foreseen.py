# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Locks, audit and totals of a plan."""

from dataclasses import replace

from ansible_collections.saga.ops.plugins.plugin_utils._engine.plan.auditing import auditing
from ansible_collections.saga.ops.plugins.plugin_utils._engine.plan.forward import at_once
from ansible_collections.saga.ops.plugins.plugin_utils._engine.plan.locking import locking
from ansible_collections.saga.ops.plugins.plugin_utils._engine.plan.outline import Role, Section, Unfollowed
from ansible_collections.saga.ops.plugins.plugin_utils._engine.plan.totals import totals

from planned import a_handler, a_move, a_play, a_task, an_outline
from samples import ONCE, READ_ONLY


def gaps(*plays):
    return {(gap.target, gap.steps) for gap in locking(an_outline(*plays)).uncovered}


def test_a_target_that_is_only_delegated_to_has_no_lease():
    assert gaps(a_play(a_task("A", ONCE, delegate="lb1"), a_task("B", ONCE, delegate="db1"))) == {("lb1", (1,))}


def test_a_host_of_a_later_play_has_a_lease():
    assert gaps(a_play(a_task("A", ONCE, delegate="lb1")), a_play(hosts=("lb1",))) == set()


def test_a_delegate_that_is_a_template_may_have_no_lease():
    [gap] = locking(an_outline(a_play(a_task("A", ONCE, delegate="{{ item }}")))).uncovered
    assert "only a step knows" in gap.why


def test_a_delegate_whose_lease_is_taken_with_the_step_is_no_gap():
    found = locking(an_outline(a_play(a_task("A", ONCE, delegate="lb1", is_delegate_locked=True))))
    assert (found.delegates, found.uncovered) == (("lb1",), ())


def test_looking_at_a_delegate_needs_no_lease_and_a_lock_of_the_step_is_one():
    locked = replace(ONCE, locks=("lb",))
    assert gaps(a_play(a_task("A", READ_ONLY, delegate="lb1"), a_task("B", locked, delegate="lb1"))) == set()


def test_the_controller_and_plays_of_other_strategies_have_no_lease():
    local = a_play(a_task("A"), hosts=("localhost",), unlocked=("localhost",))
    assert gaps(local, a_play(a_task("B"), hosts=("web1",), is_durable=False)) == {
        ("localhost", (1,)),
        ("web1", (2,)),
    }


def test_each_step_on_each_host_is_an_outcome_and_with_an_effect_an_intent():
    found = auditing(an_outline(a_play(a_task("A", READ_ONLY), a_task("B", ONCE, hosts=1))))
    assert dict(found.least) == {
        "run.started": 1,
        "lease.acquired": 1,
        "step.intent": 1,
        "step.outcome": 4,
        "run.completed": 1,
        "lease.released": 1,
    }


def test_what_may_not_be_met_is_not_counted_as_the_least():
    tasks = (
        a_task("A", is_conditional=True),
        a_task("B", section=Section.RESCUE),
        a_handler("C", serves=(Role.NOTIFIED,)),
    )
    found = auditing(an_outline(a_play(*tasks)))
    assert "step.outcome" not in dict(found.least)
    assert dict(found.all_steps)["step.outcome"] == 9


def test_a_play_of_another_strategy_writes_no_step():
    assert "step.outcome" not in dict(auditing(an_outline(a_play(a_task("A"), is_durable=False))).all_steps)


def test_the_totals_count_by_effect_and_say_what_is_not_known():
    found = totals(a_move())
    assert (found.plays, found.steps, found.handlers, found.hosts, found.host_steps) == (2, 8, 3, 3, 20)
    assert (found.read_only, found.side_effects, found.irreversible) == (3, 4, 1)
    assert (found.unknown, found.not_undone, found.unfollowed) == (1, 2, 0)
    include = Unfollowed(play=1, name="More", where="site.yml:2", what="{{ x }}.yml", why="its name is a template")
    play = a_play(unfollowed=(include,), are_hosts_known=False, hosts=(), is_durable=False)
    strange = totals(an_outline(play))
    assert (strange.unfollowed, strange.plays_not_durable, strange.plays_of_unknown_hosts) == (1, 1, 1)


def test_a_step_hits_a_batch_at_once_and_one_host_if_it_is_done_once_or_elsewhere():
    play = a_play(batches=(1, 2))
    assert at_once(play, a_task()) == 2
    assert at_once(a_play(), a_task()) == 3
    assert at_once(play, a_task(hosts=1, is_once=True)) == 1
    assert at_once(play, a_task(delegate="lb1")) == 1
    assert at_once(play, a_task(hosts=0)) == 0
