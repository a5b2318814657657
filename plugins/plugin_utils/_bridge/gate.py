# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results wait here until their outcome is durable.

Ansible's results thread appends to a strategy's deque while its main thread pops. Looking into that deque before the
pop would race: results that arrive in between would be processed without a record. So appended results go aside, and
the main thread lets in what it has written.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any


class Gate(deque[Any]):
    """A strategy's deque of results: append() puts aside, admit() lets in."""

    def __init__(self, results: Iterable[Any] = ()) -> None:
        super().__init__(results)
        self._arrived: deque[Any] = deque()

    def append(self, result: Any) -> None:
        """Put a result that has just arrived aside; called by the results thread."""
        self._arrived.append(result)

    def arrived(self) -> list[Any]:
        """Take out all that has arrived, in order."""
        taken = []
        while self._arrived:
            taken.append(self._arrived.popleft())
        return taken

    def admit(self, results: Iterable[Any]) -> None:
        """Let results in: the strategy may act on them."""
        super().extend(results)
