# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The machine's clocks."""

import time

from ansible_collections.saga.ops.plugins.plugin_utils._engine import clock


def test_the_wall_clock_is_the_machines():
    before = time.time()
    assert before <= clock.SystemClock().now() <= time.time()


def test_the_monotonic_clock_never_goes_back():
    system = clock.SystemClock()
    readings = [system.monotonic() for _ in range(1000)]
    assert readings == sorted(readings)


def test_people_read_a_moment_in_utc_to_the_second():
    assert clock.text(1_800_000_000.9) == "2027-01-15T08:00:00Z"
