# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Eight controllers at two hundred targets, while a nemesis kills, stops and cuts off: [I6] [I10] [I11] [I12].

What is promised stands in checker.py. A seed draws the jobs and the faults again, though not the moments at which
processes come to them.
"""

import os
import random
import sys
from pathlib import Path

import pytest

from history.checker import verdict
from history.history import gathered
from history.nursery import can_be_apart
from history.play import Play
from history.stores import store

pytestmark = [
    pytest.mark.xdist_group("history"),  # one at a time: each is eight processes and more
    pytest.mark.skipif(not Path("/proc/self/ns/pid").exists(), reason="only Linux can stop and tell"),
]

TTL = 1.5  # seconds
SEED = int(os.environ.get("SAGA_TEST_SEED") or random.SystemRandom().randrange(1 << 32))
SECONDS = float(os.environ.get("SAGA_TEST_SECONDS") or 60)


def tell(words):
    sys.stdout.write(f"{words}\n")


def must_be_well(folder, kind, *, seconds, is_fenced):
    """Play a history, and judge it."""
    if (journal := store(kind, folder)) is None:
        pytest.skip("this machine has no such server")
    how = f"SAGA_TEST_SEED={SEED} SAGA_TEST_SECONDS={seconds:g}"
    apart = "half of the controllers apart" if can_be_apart() else "all in one namespace of processes"
    tell(f"{kind}, {'with' if is_fenced else 'without'} fences, {apart}: {how}")
    try:
        end = Play(folder, journal, seed=SEED, ttl=TTL, seconds=seconds, is_fenced=is_fenced).run()
    finally:
        journal.close()
    history = gathered(folder, end, ttl=TTL, is_fenced=is_fenced)
    found = verdict(history)
    tell(", ".join(f"{count} {what}" for what, count in history.counts.items()))
    tell("could not be helped: " + (", ".join(f"{count} {why}" for why, count in found.excused.items()) or "nothing"))
    assert found.findings == ()
    assert history.counts["effects"] > 0


@pytest.mark.parametrize(("kind", "is_fenced"), [("sqlite", False), ("redis", False)])
def test_no_two_hold_a_target_however_controllers_and_the_journal_fail(tmp_path, kind, is_fenced):
    """[I6] [I10] [I11] [I12]."""
    must_be_well(tmp_path, kind, seconds=3, is_fenced=is_fenced)


@pytest.mark.sweep
@pytest.mark.parametrize("is_fenced", [False, True], ids=["", "fenced"])
@pytest.mark.parametrize("kind", ["sqlite", "redis", "valkey"])
def test_no_two_hold_a_target_for_a_long_time(tmp_path, kind, is_fenced):
    """[I6] [I10] [I11] [I12]."""
    must_be_well(tmp_path, kind, seconds=SECONDS, is_fenced=is_fenced)
