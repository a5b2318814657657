# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps that Ansible takes for queued and that wait: for each other, a next try, a look at the target, an operator.

To Ansible they are pending, so a lockstep strategy goes on pumping results, and a free one leaves the host alone. No
worker is held up by them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .._engine.meeting import Course, Reference, Way
from .._engine.slotted import dataclass

Place = tuple[str, str]
"""A host and the uuid of a task, by which Ansible knows what it has queued."""

_STILL = 3  # passes in which nothing moved, after which nothing will: a free strategy may need one to queue a host


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A step that waits, with what Ansible needs to queue it; `due` in seconds, as the journal's clock has them."""

    reference: Reference
    course: Course
    queued: dict[str, Any]
    due: float = 0.0

    @property
    def place(self) -> Place:
        return self.queued["host"].name, self.queued["task"]._uuid

    @property
    def is_ready(self) -> bool:
        return self.course.way is Way.EXECUTE and not self.due

    @property
    def is_asking(self) -> bool:
        return self.course.way is Way.WAIT


class Waiting:
    """The steps of one iterator that wait; `outer` are those of the iterator within which it runs."""

    def __init__(self, outer: Waiting | None = None, outside: Iterable[Place] = ()) -> None:
        self.outer = outer
        self.outside = frozenset(outside)
        """What was queued before: its results are not this iterator's."""
        self._held: dict[Place, Held] = {}
        self._passes = 0

    def hold(self, held: Held) -> None:
        """Let a step wait."""
        if self.outer is not None and held.place in self.outside:
            self.outer.hold(held)
        else:
            self._held[held.place] = held
        self.stir()

    def stir(self) -> None:
        """Note that something moves."""
        self._passes = 0

    def due(self, now: float) -> Iterator[Held]:
        """Take out and return what has waited long enough."""
        for held in list(self._held.values()):
            if not held.is_asking and held.due <= now:
                yield self._held.pop(held.place)

    def __bool__(self) -> bool:
        return bool(self._held)

    def ready(self) -> Iterator[Held]:
        """Yield the steps that wait for nothing but each other: their intents are written together."""
        return (held for held in self._held.values() if held.is_ready)

    def take(self, is_wanted: Callable[[Held], bool]) -> Iterator[Held]:
        """Take out and return some of what waits."""
        for held in list(self._held.values()):
            if is_wanted(held):
                yield self._held.pop(held.place)

    def questions(self, pending: int) -> list[Held]:
        """Return the steps that wait for an operator, once nothing else moves; `pending` is what Ansible waits for."""
        asking = [held for held in self._held.values() if held.is_asking]
        if not asking or len(asking) != pending:
            self._passes = 0
            return []
        self._passes += 1
        return asking if self._passes > _STILL else []
