# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which compensations are owed: a pure function over the steps of a run.

Sagas: Garcia-Molina and Salem, 1987. Compensations run in reverse order of the steps' starts [I7]; a completed pivot
stops the way back altogether [I8]. Where the way back is shorter than the run, both hold for that part of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from ..promises import Effect
from ..records import EVERY_HOST, Step, StepState, Undo, WayBack
from ..slotted import dataclass

ALL_THE_WAY = WayBack()

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


def owed(steps: Iterable[Step], back: WayBack = ALL_THE_WAY) -> Debt:
    """Return what is owed for a run's steps, as far as `back` goes.

    That is each step with a compensation whose effect is there or may be.
    """
    forward = sorted((step for step in steps if step.is_forward), key=lambda step: step.seq, reverse=True)
    pivots = (step for step in forward if step.contract.effect is Effect.IRREVERSIBLE and is_there(step))
    due = [
        step
        for step in forward
        if step.contract.compensate and step.undo not in _SETTLED and is_there(step) and is_within(step, back)
    ]
    # Neighbours of one key are one task over several hosts: undone in lockstep, as they were done.
    groups = [tuple(group) for _key, group in groupby(due, key=lambda step: (step.key, step.contract.compensate))]
    pivot = next((step for step in pivots if _concerns(step, back)), None)
    return Debt(undoings=tuple(_undoing(group) for group in groups), pivot=pivot)


def remaining(steps: Iterable[Step], back: WayBack = ALL_THE_WAY) -> list[Step]:
    """Return the steps whose compensation is still owed, as a list for people."""
    return [step for undoing in owed(steps, back).undoings for step in undoing.steps]


def is_within(step: Step, back: WayBack) -> bool:
    """Tell whether a way back goes as far as a step; one that was done for several hosts takes all of them."""
    if back.hosts and step.host == EVERY_HOST:
        return _is_since(step, back) and bool(step.batch) and set(step.batch) <= set(back.hosts)
    return _is_since(step, back) and (not back.hosts or step.doer in back.hosts)


def is_there(step: Step) -> bool:
    """Tell whether the step's effect is there or may be: done, in doubt, or done in part."""
    return step.state in _THERE or step.may_remain or (step.state is StepState.VOID and step.executions > 0)


def _concerns(pivot: Step, back: WayBack) -> bool:
    """Tell whether a pivot is in a way back's way: one that was done for several hosts is, if for one of its own."""
    if not back.hosts or not _is_since(pivot, back):
        return _is_since(pivot, back)
    if pivot.host == EVERY_HOST:
        return not pivot.batch or bool(set(pivot.batch) & set(back.hosts))
    return pivot.doer in back.hosts


def _is_since(step: Step, back: WayBack) -> bool:
    return step.seq > back.after and back.play in {0, step.play}


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
