# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits between tries: exponential, capped, jittered.

The jitter is spread around the wait, as a part of it: hosts that failed together do not come back together. See Marc
Brooker, "Exponential Backoff And Jitter", 2015.
"""

from __future__ import annotations

from collections.abc import Callable

from .promises import Retry
from .slotted import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Waits in seconds: first, first * factor, ..., never above the ceiling, each varied by up to its jitter's part."""

    first: float
    factor: float = 1.0
    ceiling: float | None = None
    jitter: float = 0.0

    @classmethod
    def of(cls, retry: Retry) -> Backoff:
        """Return the waits that a contract asks for."""
        return cls(first=retry.delay, factor=retry.backoff, ceiling=retry.max_delay, jitter=retry.jitter)

    def after(self, tries: int, draw: Callable[[], float]) -> float:
        """Return the wait after so many tries; `draw` returns numbers from 0 up to 1."""
        try:
            wait = self.first * self.factor ** (tries - 1)
        except OverflowError:
            wait = float("inf")
        varied = min(wait, self._most) * (1 + self.jitter * (2 * draw() - 1))
        return max(0.0, min(varied, self._most))

    @property
    def _most(self) -> float:
        return _LONGEST if self.ceiling is None else self.ceiling


_LONGEST = 24 * 3600.0  # a step that is to wait longer than a day is not waiting, it is forgotten
