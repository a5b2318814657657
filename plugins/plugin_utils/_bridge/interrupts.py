# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIGINT and SIGTERM: the first asks to stop in good order, the second stops at once as stock Ansible does."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupted(BaseException):
    """A signal has ended a pause; no Exception, so that nobody on the way out takes it for a failure."""


class Interrupts:
    """Remembers a signal until the main thread asks; does nothing else in the handler, where no lock may be taken."""

    def __init__(self, end_workers: Callable[[], None]) -> None:
        self.asked: signal.Signals | None = None
        self._end_workers = end_workers
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
        if number:
            self._call(before, number, None)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.asked is None:
            self.asked = signal.Signals(number)
            return
        self._call(self._before.get(signal.Signals(number)), number, frame)

    def _call(self, handler: Any, number: int, frame: FrameType | None) -> None:
        self._end_workers()
        if callable(handler):
            handler(number, frame)
        elif handler is signal.SIG_DFL:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)


class Patience:
    """Pauses that a signal ends, for whoever waits while there is no attempt yet that could end in good order."""

    def __init__(self) -> None:
        self._interrupts = Interrupts(lambda: None)  # there are no workers either

    @property
    def ended_by(self) -> str:
        """The name of the signal."""
        return self._interrupts.asked.name if self._interrupts.asked else ""

    def pause(self, seconds: float) -> None:
        """Sleep; raise Interrupted if a signal comes meanwhile."""
        self._interrupts.install()
        time.sleep(seconds)
        if self._interrupts.asked is not None:
            raise Interrupted
        self._interrupts.restore()

    def pass_on(self) -> None:
        """Let whoever had the signal do what they do."""
        self._interrupts.pass_on()
