# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An attempt and what was done before it: a step on many hosts, answered at once where nothing is to be decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .courses import Courses
from .errors import EngineError
from .holding import Holding
from .meeting import Course, Reference, Way
from .records import StepState

_DONE = frozenset({StepState.OK, StepState.SKIPPED})


class Recalling(Holding):
    """The part of an attempt that knows what it need not do."""

    _courses: Courses
    restored = 0

    def coming(self, host: str, path: str) -> str:
        """Return the key that a step has when this host meets it next, if it was done by an earlier attempt; or ""."""
        key = self._keys.coming(host, path)
        known = self._steps.get((host, key))
        return key if known is not None and known.state in _DONE else ""

    def recall(self, steps: Sequence[Reference]) -> Iterator[Course | None]:
        """Yield how steps are answered that were done, and count them; None: it is not met yet, all is to be decided.

        Nothing is written, and of what a decision would refuse nothing raised: that is told when it is decided.
        """
        with self._reading_ahead((step.host, step.key) for step in steps):
            for step in steps:
                yield self._recalled(step)

    def _recalled(self, step: Reference) -> Course | None:
        try:
            course = self._courses.of(step, self.run)
        except EngineError:
            return None
        if course.way is not Way.REPLAY or course.is_news or course.accepted:
            return None
        self.restored += 1
        self._keys.meet(step.host, step.path)
        return course
