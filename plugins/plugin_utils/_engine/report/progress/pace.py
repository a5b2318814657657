# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long the rest takes, by what it took before: a pure function over the steps of earlier runs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from statistics import median

from ...records import Step
from ...slotted import dataclass, field

_ALIKE = 2.0  # a run over more than so many times the hosts, or fewer, says nothing about this one


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds that each step took in earlier runs, over all hosts, by its path; in their order."""

    seconds: dict[str, float] = field(default_factory=dict)

    def left(self, over: Iterable[str], current: str, *, spent: float) -> float | None:
        """Return how many seconds are left after the steps that are over, `spent` of them in the current one.

        None when that is not known: nothing was measured, or not what is done now.
        """
        if not self.seconds or (current and current not in self.seconds):
            return None
        done = set(over)
        rest = sum(each for path, each in self.seconds.items() if path not in done and path != current)
        return rest + (max(self.seconds[current] - spent, 0.0) if current else 0.0)


def pace(earlier: Sequence[Sequence[Step]], *, hosts: int = 0) -> Pace:
    """Return the pace of earlier runs, each given as its steps; `hosts` is how many this one is for, 0: any number.

    A step takes as long as it is from the end of the one before it to its own, on whichever host that was last. For
    the first step of an attempt nobody knows when it began. A step counts that half of the runs have done at least.
    """
    runs = [forward for steps in earlier if (forward := _forward(steps)) and _is_alike(forward, hosts)]
    found: dict[str, list[float]] = defaultdict(list)
    met: dict[str, int] = defaultdict(int)
    for steps in runs:
        for path, seconds in _increments(steps):
            met[path] += 1
            found[path] += [] if seconds is None else [seconds]
    return Pace(
        seconds={path: median(found[path]) for path in found if found[path] and 2 * met[path] >= len(runs)},
    )


def _forward(steps: Iterable[Step]) -> list[Step]:
    return [step for step in steps if step.is_forward and not step.is_unit and step.updated]


def _is_alike(steps: Sequence[Step], hosts: int) -> bool:
    before = len({step.doer for step in steps})
    return not hosts or hosts / _ALIKE <= before <= hosts * _ALIKE


def _increments(steps: Iterable[Step]) -> list[tuple[str, float | None]]:
    ends: dict[tuple[int, str], float] = {}
    for step in steps:
        key = (step.attempt, step.path)
        ends[key] = max(ends.get(key, 0.0), step.updated)
    told: list[tuple[str, float | None]] = []
    before: tuple[int, float] | None = None
    for (attempt, path), end in sorted(ends.items(), key=lambda found: (found[0][0], found[1])):
        told.append((path, end - before[1] if before is not None and before[0] == attempt else None))
        before = attempt, end
    return told
