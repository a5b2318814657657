# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIGINT and SIGTERM: the first asks to stop in good order, the second stops at once as stock Ansible does."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """Remembers a signal until the main thread asks; does nothing else in the handler, where no lock may be taken."""

    def __init__(self) -> None:
        self.asked: signal.Signals | None = None
        self._before: dict[signal.Signals, Any] = {}

    def install(self) -> None:
        """Take the signals over; only the main thread can."""
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._handle) for number in _SIGNALS}

    def restore(self) -> None:
        """Give the signals back to who had them."""
        for number, before in self._before.items():
            signal.signal(number, before)
        self._before = {}

    def pass_on(self) -> None:
        """Let whoever had the signal do what they do: end the workers, then this process."""
        number = self.asked
        before = self._before.get(number) if number else None
        self.restore()
        if number and callable(before):
            _call(before, number, None)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.asked is None:
            self.asked = signal.Signals(number)
            return
        before = self._before.get(signal.Signals(number))
        if callable(before):
            _call(before, number, frame)


def _call(handler: Callable[..., Any], number: int, frame: FrameType | None) -> None:
    handler(number, frame)
