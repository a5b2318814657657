# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which compensations are owed: a pure function over the steps of a run.

Sagas: Garcia-Molina and Salem, 1987. Compensations run in reverse order of the steps' starts [I7]; a completed pivot
stops the way back altogether [I8].
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from ..promises import Effect
from ..records import Step, StepState, Undo

_SETTLED = frozenset({Undo.COMPENSATED, Undo.LEFT})
_THERE = frozenset({StepState.OK, StepState.STARTED, StepState.UNREACHABLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoing:
    """One step's compensation on the hosts that are undone together."""

    key: str
    name: str
    play: int
    handlers: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def hosts(self) -> tuple[str, ...]:
        return tuple(step.doer for step in self.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Debt:
    """All that is owed, latest started step first, and the pivot that forbids to pay it, if there is one."""

    undoings: tuple[Undoing, ...] = ()
    pivot: Step | None = None


def owed(steps: Iterable[Step]) -> Debt:
    """Return what is owed for a run's steps: each step with a compensation whose effect is there or may be."""
    forward = sorted((step for step in steps if step.is_forward), key=lambda step: step.seq, reverse=True)
    pivot = next((step for step in forward if step.contract.effect is Effect.IRREVERSIBLE and is_there(step)), None)
    due = [step for step in forward if step.contract.compensate and step.undo not in _SETTLED and is_there(step)]
    # Neighbours of one key are one task over several hosts: undone in lockstep, as they were done.
    groups = [tuple(group) for _key, group in groupby(due, key=lambda step: (step.key, step.contract.compensate))]
    return Debt(undoings=tuple(_undoing(group) for group in groups), pivot=pivot)


def remaining(steps: Iterable[Step]) -> list[Step]:
    """Return the steps whose compensation is still owed, as a list for people."""
    return [step for undoing in owed(steps).undoings for step in undoing.steps]


def is_there(step: Step) -> bool:
    """Tell whether the step's effect is there or may be: done, in doubt, or done in part."""
    return step.state in _THERE or step.may_remain or (step.state is StepState.VOID and step.executions > 0)


def _undoing(group: Sequence[Step]) -> Undoing:
    first = group[0]
    # Within the group the hosts keep the order in which they started: it is one task.
    return Undoing(
        key=first.key,
        name=first.name,
        play=first.play,
        handlers=first.contract.compensate,
        steps=tuple(sorted(group, key=lambda step: step.seq)),
    )
