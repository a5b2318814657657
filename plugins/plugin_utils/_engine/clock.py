# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time, as a value that a test can hold still."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import Protocol


class Clock(Protocol):
    """Where the engine reads time; both readings are in seconds."""

    def now(self) -> float:
        """Return the wall clock as seconds since the epoch, comparable between processes."""

    def monotonic(self) -> float:
        """Return a clock that never goes back and does not stop with the process."""


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        # CLOCK_BOOTTIME goes on while the machine sleeps: a lease must not outlive a suspended laptop.
        return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


def sleep(seconds: float) -> None:
    """Let so much time pass; for whoever is given a way to wait."""
    time.sleep(seconds)


@lru_cache(maxsize=1024)  # what is written together has one time
def text(moment: float) -> str:
    """Return a wall clock reading as people and logs read it: UTC, to the second."""
    return datetime.fromtimestamp(moment, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
