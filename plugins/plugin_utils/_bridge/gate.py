# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results wait here until their outcome is durable, and until it is their turn.

Ansible's results thread appends to a strategy's deque while its main thread pops. Looking into that deque before the
pop would race: results that arrive in between would be processed without a record. So appended results go aside, and
the main thread lets in what it has written.

Where hosts write to one place (facts of another host, statistics) the last one wins. So results that are restored are
let in by the order in which their steps ended, and before those that end now.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable
from typing import Any

from .core import core


class Gate(deque[Any]):
    """A strategy's deque of results: append(), record() and hold() put aside, admit() lets in."""

    def __init__(self, results: Iterable[Any] = ()) -> None:
        super().__init__(results)
        self._arrived: deque[Any] = deque()
        self._recorded: list[Any] = []
        self._held: list[tuple[float, Any]] = []

    def append(self, result: Any) -> None:
        """Put a result that has just arrived aside; called by the results thread."""
        self._arrived.append(result)

    @property
    def waiting(self) -> int:
        """How many have arrived."""
        return len(self._arrived)

    def arrived(self) -> list[Any]:
        """Take out all that has arrived, in order."""
        taken = []
        while self._arrived:
            taken.append(self._arrived.popleft())
        return taken

    def record(self, results: Iterable[Any]) -> None:
        """Put results aside whose outcomes are durable."""
        self._recorded.extend(results)

    def hold(self, result: Any, *, ended: float) -> None:
        """Put a restored result aside; `ended` is when its step did, in seconds."""
        self._held.append((ended, result))

    @property
    def is_holding(self) -> bool:
        return bool(self._held)

    def admit(self, *, withhold: Collection[tuple[str, str]] = ()) -> None:
        """Let in all that is held or recorded: the strategy may act on it; but not the results of these tasks."""
        self._held.sort(key=lambda held: held[0])
        if not withhold:
            super().extend(result for _ended, result in self._held)
            super().extend(self._recorded)
            self._held, self._recorded = [], []
            return
        let_in = [(ended, result) for ended, result in self._held if _place_of(result) not in withhold]
        super().extend(result for _ended, result in let_in)
        self._held = [(ended, result) for ended, result in self._held if _place_of(result) in withhold]
        super().extend(result for result in self._recorded if _place_of(result) not in withhold)
        self._recorded = [result for result in self._recorded if _place_of(result) in withhold]


def _place_of(result: Any) -> tuple[str, str]:
    return core.host_of(result).name, core.task_of(result)._uuid
