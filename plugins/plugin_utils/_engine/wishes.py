# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What others ask of an attempt while it works: looked for now and then, because every look costs a read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from .clock import Clock

Found = TypeVar("Found")

_APART = 0.5  # seconds between two looks


class Wishes(Generic[Found]):
    """Looks into the journal at most twice a second, however often it is asked."""

    def __init__(self, look: Callable[[], Found | None], *, clock: Clock) -> None:
        self._look = look
        self._clock = clock
        self._looked: float | None = None
        self._found: Found | None = None

    def now(self) -> Found | None:
        """Return what is there, as it was half a second ago at most; None: nothing."""
        moment = self._clock.monotonic()
        if self._looked is None or moment - self._looked >= _APART:
            self._found, self._looked = self._look(), moment
        return self._found

    def forget(self) -> None:
        """Look again when asked next, however soon that is."""
        self._looked = None
