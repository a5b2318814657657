# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Leases are renewed at a third of their TTL; whether they are still ours is told by our own clock."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

from ..clock import Clock
from ..errors import EngineError, LeaseLostError, StaleAttemptError
from ..records import Fence

Renew = Callable[[Fence, float], None]
"""Renews the leases that go with a fence, for so many seconds from now."""


class Heartbeat:
    """Renews a run's leases in a thread and answers, at any moment, whether they can be relied on.

    `ttl` in seconds. The last sixth of it is a margin: a step that begins must not find its lease run out. `taken` is
    when the leases were asked for, on the monotonic clock.
    """

    def __init__(self, renew: Renew, fence: Fence, *, ttl: float, taken: float, clock: Clock) -> None:
        self._renew = renew
        self._fence = fence
        self.ttl = ttl
        self._clock = clock
        self._renewed = taken
        self._trouble: EngineError | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="saga-heartbeat", daemon=True)

    def start(self) -> None:
        """Begin to renew."""
        self._thread.start()

    def stop(self) -> None:
        """Renew no more, and wait for a renewal in hand."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def check(self) -> None:
        """Raise LeaseLostError if a step that begins now could outlive the lease [I6]."""
        if isinstance(self._trouble, StaleAttemptError):
            raise LeaseLostError(self._fence.run, "another attempt or run has taken over")
        if self._clock.monotonic() - self._renewed > self.ttl * 5 / 6:
            why = f"they could not be renewed: {self._trouble}" if self._trouble else "the process was held up too long"
            raise LeaseLostError(self._fence.run, why)

    def beat(self) -> None:
        """Renew once."""
        with contextlib.suppress(EngineError):
            self.renew()

    def renew(self) -> None:
        """Renew once; raise what the store says against it."""
        moment = self._clock.monotonic()
        try:
            self._renew(self._fence, self.ttl)
        except EngineError as error:
            self._trouble = error
            raise
        else:
            self._renewed, self._trouble = moment, None

    def _beat(self) -> None:
        while not self._stopped.wait(self.ttl / 3):
            self.beat()
            if isinstance(self._trouble, StaleAttemptError):
                return
