# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Whether an attempt may still rely on its leases, told by its own clock [I6]."""

import threading

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.clock import SystemClock
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import (
    JournalUnusableError,
    LeaseLostError,
    StaleAttemptError,
)
from ansible_collections.saga.ops.plugins.plugin_utils._engine.leases import Heartbeat
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import Fence

from samples import StillClock

FENCE = Fence(run="R1", token=9)
TTL = 60.0
RELIED_ON = 50.0  # the last sixth of the TTL is a margin
PATIENCE = 60  # seconds for another thread to be given its turn; reached only by a failure


class Store:
    """Where leases are renewed; it answers with the errors that it is given."""

    def __init__(self, *errors):
        self.errors = list(errors)
        self.renewed = []
        self.has_been_asked = threading.Event()

    def renew(self, fence, ttl):
        self.has_been_asked.set()
        if self.errors and (error := self.errors.pop(0)):
            raise error
        self.renewed.append((fence, ttl))


@pytest.fixture
def clock():
    return StillClock()


def heartbeat(clock, *errors):
    return Heartbeat(Store(*errors).renew, FENCE, ttl=TTL, taken=clock.monotonic(), clock=clock)


def test_leases_that_were_just_taken_can_be_relied_on(clock):
    heartbeat(clock).check()


def test_leases_can_be_relied_on_until_the_margin(clock):
    beating = heartbeat(clock)
    clock.wait(RELIED_ON)
    beating.check()


def test_no_step_starts_within_the_margin(clock):
    """[I6]"""
    beating = heartbeat(clock)
    clock.wait(RELIED_ON + 0.001)
    with pytest.raises(LeaseLostError, match="the process was held up too long"):
        beating.check()


def test_a_wall_clock_that_jumps_does_not_matter(clock):
    beating = heartbeat(clock)
    clock.wall += 10_000
    beating.check()


def test_a_renewal_lets_steps_start_for_another_while(clock):
    beating = heartbeat(clock)
    clock.wait(RELIED_ON)
    beating.beat()
    clock.wait(RELIED_ON)
    beating.check()


def test_a_renewal_that_comes_late_restores_the_right_to_start(clock):
    """Nobody has taken the targets meanwhile: the store would have refused."""
    beating = heartbeat(clock)
    clock.wait(10 * TTL)
    beating.beat()
    beating.check()


def test_a_renewal_asks_for_the_whole_ttl_from_now(clock):
    store = Store()
    Heartbeat(store.renew, FENCE, ttl=TTL, taken=clock.monotonic(), clock=clock).beat()
    assert store.renewed == [(FENCE, TTL)]


def test_a_renewal_counts_from_when_it_was_asked_for_not_from_when_it_was_granted(clock):
    beating = Heartbeat(
        lambda fence, ttl: clock.wait(RELIED_ON + 1), FENCE, ttl=TTL, taken=clock.monotonic(), clock=clock
    )
    beating.beat()
    with pytest.raises(LeaseLostError):
        beating.check()


def test_a_journal_in_trouble_does_not_stop_steps_while_the_lease_still_runs(clock):
    beating = heartbeat(clock, JournalUnusableError("j", "it is locked"))
    clock.wait(TTL / 3)
    beating.beat()
    beating.check()


def test_a_journal_in_trouble_is_named_once_the_leases_cannot_be_relied_on(clock):
    beating = heartbeat(clock, JournalUnusableError("j", "it is locked"))
    beating.beat()
    clock.wait(RELIED_ON + 1)
    with pytest.raises(LeaseLostError, match=r"could not be renewed: .*it is locked"):
        beating.check()


def test_a_journal_that_has_recovered_is_trusted_again(clock):
    beating = heartbeat(clock, JournalUnusableError("j", "it is locked"), None)
    clock.wait(RELIED_ON)
    beating.beat()
    beating.beat()
    clock.wait(RELIED_ON)
    beating.check()


def test_a_takeover_stops_steps_at_once(clock):
    """[I6] [I11]"""
    beating = heartbeat(clock, StaleAttemptError("R1"))
    beating.beat()
    with pytest.raises(LeaseLostError, match="another attempt or run has taken over"):
        beating.check()


def test_a_started_heart_beats_by_itself():
    store = Store()
    beating = Heartbeat(store.renew, FENCE, ttl=0.003, taken=0, clock=SystemClock())
    beating.start()
    assert store.has_been_asked.wait(PATIENCE)
    beating.stop()


def test_a_stopped_heart_beats_no_more():
    store = Store()
    beating = Heartbeat(store.renew, FENCE, ttl=0.003, taken=0, clock=SystemClock())
    beating.start()
    store.has_been_asked.wait(PATIENCE)
    beating.stop()
    assert "saga-heartbeat" not in {thread.name for thread in threading.enumerate()}


def test_a_heart_that_was_never_started_can_be_stopped(clock):
    heartbeat(clock).stop()


def test_a_heart_that_hears_of_a_takeover_stops_by_itself():
    beating = Heartbeat(Store(StaleAttemptError("R1")).renew, FENCE, ttl=0.003, taken=0, clock=SystemClock())
    beating.start()
    beating._thread.join(PATIENCE)
    assert not beating._thread.is_alive()
