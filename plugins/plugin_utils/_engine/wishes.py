# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator asks of an attempt while it works: looked for now and then, because every look costs a read."""

from __future__ import annotations

from collections.abc import Callable

from .clock import Clock
from .records import Control

_APART = 0.5  # seconds between two looks


class Wishes:
    """Looks into the journal at most twice a second, however often it is asked."""

    def __init__(self, look: Callable[[], Control | None], *, clock: Clock) -> None:
        self._look = look
        self._clock = clock
        self._looked: float | None = None
        self._found: Control | None = None

    def now(self) -> Control | None:
        """Return what is asked, as it was half a second ago at most; None: nothing."""
        moment = self._clock.monotonic()
        if self._looked is None or moment - self._looked >= _APART:
            self._found, self._looked = self._look(), moment
        return self._found
