# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Waiting for leases in line, at a start and on the way; each test waits by a clock of its own."""

from dataclasses import replace

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.begin import extend
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import (
    JournalUnusableError,
    StaleAttemptError,
    TargetAwaitedError,
    TargetHeldError,
)
from ansible_collections.saga.ops.plugins.plugin_utils._engine.line import Waiting, waiting_for
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import RunState

from samples import DEAD, ELSEWHERE, NOW, a_waiter

PATIENCE = 10_000  # pauses, until a test is taken to wait for ever


class Pauses:
    """Stands for sleeping: lets the scene's time pass, and does what a test wants done meanwhile."""

    def __init__(self, scene, *acts):
        self.scene, self.acts, self.count = scene, dict(enumerate(acts, start=1)), 0

    def __call__(self, seconds):
        self.count += 1
        assert self.count < PATIENCE, "waited for something that does not come"
        self.scene.clock.wait(seconds)
        self.acts.get(self.count, lambda: None)()


def begin(scene, *acts, pauses=None, **wish):
    """Begin a run while other things happen, one in each pause."""
    scene.means = replace(scene.means, pause=pauses or Pauses(scene, *acts))
    return scene.begin(**wish)


def other(scene, *targets, workflow="other.yml"):
    return scene.begin(workflow=workflow, targets=targets or ("h2",))


def stand(scene, *names, ticket="T1", seconds=3600, owner=ELSEWHERE):
    """Let somebody else stand in line."""
    now = scene.journal.now()
    scene.journal.wait(
        a_waiter(ticket=ticket, names=names, workflow="before.yml", owner=owner, since=now, until=now + seconds)
    )


def line(scene):
    return [waiter.workflow for waiter in scene.journal.waiters()]


def test_a_free_target_is_taken_without_standing_in_line(scene):
    begin(scene, lock_wait=60)
    assert (line(scene), scene.told) == ([], [])


def test_whoever_waits_stands_in_line_and_leaves_it_with_the_targets(scene):
    seen = []
    holder = other(scene)
    begin(scene, lambda: seen.extend(scene.journal.waiters()), lambda: holder.end(RunState.COMPLETED), lock_wait=60)
    [waiter] = seen
    assert (waiter.names, waiter.workflow) == (("h1", "h2"), "site.yml")
    assert line(scene) == []


def test_whoever_is_refused_at_once_never_stands_in_line(scene, monkeypatch):
    other(scene)
    monkeypatch.setattr(scene.journal, "wait", lambda waiter: pytest.fail("it stood in line"))
    with pytest.raises(TargetHeldError):
        begin(scene)


def test_whoever_waits_long_keeps_the_place(scene):
    holder = other(scene)
    acts = [lambda: None] * 40
    begin(scene, lambda: stand(scene, "h2"), *acts, lambda: holder.end(RunState.COMPLETED), lock_wait=600)
    assert scene.held()["h2"] == scene.run().id
    assert line(scene) == ["before.yml"]


def test_whoever_gives_up_leaves_the_line(scene):
    other(scene)
    with pytest.raises(TargetHeldError):
        begin(scene, lock_wait=60)
    assert line(scene) == []
    assert scene.clock.now() == pytest.approx(NOW + 60)


class Signal(BaseException):
    pass


def test_whoever_is_interrupted_leaves_the_line(scene):
    def interrupt():
        assert line(scene) == ["site.yml"]
        raise Signal

    other(scene)
    with pytest.raises(Signal):
        begin(scene, interrupt, lock_wait=60)
    assert line(scene) == []


def test_whoever_meets_an_error_while_waiting_leaves_the_line(scene, monkeypatch):
    def lose_the_journal():
        monkeypatch.setattr(scene.journal, "leases", unusable)

    def unusable(names=None):
        raise JournalUnusableError("j", "it is locked")

    other(scene)
    with pytest.raises(JournalUnusableError):
        begin(scene, lose_the_journal, lock_wait=60)
    assert line(scene) == []


def test_a_journal_that_cannot_be_left_does_not_hide_why_the_waiting_ended(scene, monkeypatch):
    def unusable(ticket):
        raise JournalUnusableError("j", "it is locked")

    other(scene)
    monkeypatch.setattr(scene.journal, "leave", unusable)
    with pytest.raises(TargetHeldError):
        begin(scene, lock_wait=60)


# First come, first served


def test_a_newcomer_who_would_not_wait_is_refused_with_the_name_of_who_waits_before(scene):
    stand(scene, "h2", "h9")
    with pytest.raises(TargetAwaitedError) as refused:
        begin(scene)
    for words in ("h2 is free", "before.yml", "process 1 on another.example", "2027-01-15T08:00:00Z", "saga_lock_wait"):
        assert words in str(refused.value)
    assert scene.journal.runs() == []


def test_a_newcomer_who_waits_gets_a_free_target_after_who_came_before(scene):
    stand(scene, "h2", "h9")
    begin(scene, lambda: None, lambda: scene.journal.leave("T1"), lock_wait=60)
    [told] = scene.told
    assert "h2 is free, but before.yml" in told
    assert "one waits before this" in told


def test_whoever_has_died_in_line_is_passed_by_at_once_where_that_is_known(scene):
    stand(scene, "h2", owner=DEAD)
    assert begin(scene).run.targets == ("h1", "h2")


def test_whoever_has_died_in_line_elsewhere_is_passed_by_after_a_few_seconds(scene):
    stand(scene, "h2", seconds=4)
    begin(scene, lock_wait=60)
    assert scene.clock.now() - NOW < 5


def test_a_waiter_wants_only_its_own_names(scene):
    stand(scene, "h9")
    assert begin(scene).run.targets == ("h1", "h2")


def test_a_run_goes_on_with_what_it_kept_whoever_waits_for_it(scene):
    scene.begin().end(RunState.PARKED, "waits")
    stand(scene, "h1", "h2")
    assert begin(scene).run.attempt == 2


def test_a_run_that_was_stopped_has_given_its_targets_up_and_stands_in_line(scene):
    scene.begin().end(RunState.STOPPED, "failed")
    stand(scene, "h1")
    with pytest.raises(TargetAwaitedError):
        begin(scene)


# What is told


def test_the_holder_is_told_and_the_place(scene):
    holder = scene.begin(workflow="other.yml", targets=("h2",), lock_ttl=3600)
    scene.start(holder, "Copy", "h2")
    scene.give(holder.run, replace(ELSEWHERE, pid=2))
    stand(scene, "h2")
    begin(scene, lambda: scene.journal.leave("T1"), lambda: holder.end(RunState.COMPLETED), lock_wait=60)
    first, second = scene.told
    for words in ("waiting up to 60 s", f"run {holder.run.id} of other.yml", "at step 'Copy'", "one waits before this"):
        assert words in first
    assert "next in line" in second


def test_a_new_holder_is_told(scene):
    def hand_over():
        first.end(RunState.COMPLETED)
        nonlocal second
        second = scene.begin(workflow="third.yml", targets=("h2",))

    second = None
    first = other(scene)
    begin(scene, hand_over, *[lambda: None] * 20, lambda: second.end(RunState.COMPLETED), lock_wait=60)
    assert [f"held by run {run.id}" in told for run, told in zip((first.run, second.run), scene.told, strict=True)] == [
        True,
        True,
    ]


def test_who_waits_for_a_runs_targets_can_be_told(scene):
    other(scene)
    stand(scene, "h2", "h9")
    stand(scene, "h9", ticket="T2")
    assert [waiter.ticket for waiter in waiting_for(scene.journal, scene.journal.leases())] == ["T1"]


# On the way


def widen(attempt, *names, pauses=None, limit=0.0, told=None):
    waiting = Waiting(limit=limit, pause=pauses, tell=told.append if told is not None else print)
    extend(attempt, names, lock_ttl=60, on_orphan="takeover", waiting=waiting, are_targets=False)


def test_a_lock_on_the_way_is_waited_for_in_line(scene):
    holder, attempt = other(scene, "lock"), scene.begin()
    stand(scene, "lock")
    acts = Pauses(scene, lambda: holder.end(RunState.COMPLETED), lambda: scene.journal.leave("T1"))
    widen(attempt, "lock", pauses=acts, limit=60)
    assert scene.held()["lock"] == attempt.run.id
    assert acts.count == 2


def test_a_lock_on_the_way_is_not_taken_from_who_came_before(scene):
    attempt = scene.begin()
    stand(scene, "lock")
    with pytest.raises(TargetAwaitedError):
        widen(attempt, "lock")


def test_a_lock_on_the_way_is_taken_before_who_waits_for_us(scene):
    """It wants the lock and our host: it has neither before we end."""
    attempt = scene.begin()
    stand(scene, "h1", "lock")
    widen(attempt, "lock")
    assert scene.held()["lock"] == attempt.run.id


def test_an_attempt_that_ends_while_it_waits_leaves_the_line(scene):
    """A signal may leave no time for it later."""

    def end():
        assert line(scene) == ["site.yml"]
        attempt.end(RunState.STOPPED, "interrupted")
        seen.extend(line(scene))
        raise Signal

    seen = []
    attempt = (other(scene, "lock"), scene.begin())[1]
    with pytest.raises(Signal):
        widen(attempt, "lock", pauses=Pauses(scene, end), limit=60)
    assert (seen, line(scene)) == ([], [])


# Slices of one run


def sliced(scene, *targets):
    return scene.begin(targets=targets, run_id="deploy-7", slices=2)


def test_a_slice_waits_for_another_slice_without_a_limit(scene):
    first, second, told = sliced(scene, "h1"), sliced(scene, "h2"), []
    widen(first, "lock")
    acts = [lambda: None] * 50
    widen(second, "lock", pauses=Pauses(scene, *acts, lambda: first.end(RunState.COMPLETED)), told=told)
    assert [lease.token for lease in scene.journal.leases(["lock"])] == [second.slice.token]
    assert "until another slice lets go" in told[0]


def test_a_slice_that_has_waited_for_another_is_not_refused_because_of_who_came_before(scene):
    first, second = sliced(scene, "h1"), sliced(scene, "h2")
    widen(first, "lock")
    stand(scene, "lock")
    acts = [lambda: first.end(RunState.COMPLETED), *[lambda: None] * 50, lambda: scene.journal.leave("T1")]
    widen(second, "lock", pauses=Pauses(scene, *acts))
    assert [lease.token for lease in scene.journal.leases(["lock"])] == [second.slice.token]


def test_a_slice_that_waits_for_another_ends_when_it_is_told_to(scene):
    def halt():
        raise Signal

    first, second = sliced(scene, "h1"), sliced(scene, "h2")
    widen(first, "lock")
    with pytest.raises(Signal):
        widen(second, "lock", pauses=Pauses(scene, lambda: None, halt))


def test_a_slice_is_refused_a_lock_of_another_run_as_any_run_is(scene):
    other(scene, "lock")
    with pytest.raises(TargetHeldError):
        widen(sliced(scene, "h1"), "lock")


def test_a_slice_that_died_with_a_lock_of_another_can_write_no_more(scene):
    """It may only have been held up: what it believes to hold is another slice's by now [I11]."""
    first, second = sliced(scene, "h1"), sliced(scene, "h2")
    widen(first, "lock")
    scene.give(replace(first.run, attempt=1), DEAD)
    widen(second, "lock")
    assert [lease.token for lease in scene.journal.leases(["lock"])] == [second.slice.token]
    with pytest.raises(StaleAttemptError):
        scene.do(first, "Copy")
    scene.do(second, "Copy", "h2")


# What slices share: delegates


def share(attempt, *names):
    extend(attempt, names, lock_ttl=60, on_orphan="takeover", are_targets=False, is_shared=True)


def test_what_slices_share_is_held_by_one_of_them_and_waited_for_by_none(scene):
    first, second = sliced(scene, "h1"), sliced(scene, "h2")
    share(first, "lb")
    share(second, "lb", "lb2")
    assert (first.held(["lb", "lb2"]), second.held(["lb", "lb2"])) == ({"lb"}, {"lb2"})


@pytest.mark.parametrize("state", [RunState.COMPLETED, RunState.STOPPED, RunState.PARKED])
def test_what_slices_share_is_passed_on_by_the_one_that_ends_and_freed_by_the_last(scene, state):
    attempts = [sliced(scene, "h1"), sliced(scene, "h2")]
    share(attempts[0], "lb")
    attempts[0].end(state, "waits")
    assert attempts[1].held(["lb"]) == {"lb"}
    assert scene.types().count("lease.passed_on") == 1
    attempts[1].end(RunState.COMPLETED)
    assert scene.journal.leases(["lb"]) == []


def test_what_is_passed_on_lasts_as_long_as_the_heirs_own_leases(scene):
    """[I6] Its heartbeat speaks of all of them."""
    first, second = sliced(scene, "h1"), sliced(scene, "h2")
    share(first, "lb")
    scene.clock.wait(30)
    second.heartbeat.beat()
    first.end(RunState.COMPLETED)
    assert {lease.name: lease.expires for lease in scene.journal.leases()} == dict.fromkeys(
        ("h2", "lb"), scene.clock.now() + 60
    )


def test_what_was_passed_on_is_passed_on_again(scene):
    first, second, third = (sliced(scene, host) for host in ("h1", "h2", "h3"))
    share(first, "lb")
    first.end(RunState.COMPLETED)
    heir, other_one = (second, third) if second.held(["lb"]) else (third, second)
    heir.end(RunState.COMPLETED)
    assert other_one.held(["lb"]) == {"lb"}


def test_a_lock_that_slices_do_not_share_is_freed_by_the_one_that_ends(scene):
    first, _second = sliced(scene, "h1"), sliced(scene, "h2")
    widen(first, "lock")
    first.end(RunState.COMPLETED)
    assert scene.journal.leases(["lock"]) == []


def test_what_slices_share_is_waited_for_when_another_run_has_it(scene):
    other(scene, "lb")
    with pytest.raises(TargetHeldError):
        share(sliced(scene, "h1"), "lb")
