# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run has changed: the effects that are there, or may be, and those that were undone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..promises import Effect
from ..records import Step, StepState, Undo
from ..slotted import dataclass
from .status import standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An effect of a step on a host; `by` are the handlers that would undo it, or did."""

    step: Step
    state: str  # done, perhaps in part, at work, in doubt, undone
    by: tuple[str, ...]

    @property
    def is_for_good(self) -> bool:
        return self.step.contract.effect is Effect.IRREVERSIBLE


def changes(steps: Sequence[Step], *, is_live: bool) -> tuple[Change, ...]:
    """Return the effects in the order in which their steps started; `is_live`: somebody may be at work on the run."""
    there = [
        Change(step=step, state=_state(step, is_live=is_live), by=step.contract.compensate) for step in standing(steps)
    ]
    gone = [
        Change(step=step, state="undone", by=step.contract.compensate)
        for step in steps
        if step.undo is Undo.COMPENSATED
    ]
    return tuple(sorted([*there, *gone], key=lambda change: change.step.seq))


def alike(changes: Iterable[Change]) -> list[list[Change]]:
    """Return the changes by step, state and what undoes them: what can be said of several hosts at once."""
    groups: dict[tuple[object, ...], list[Change]] = {}
    for change in changes:
        groups.setdefault((change.step.key, change.state, change.by, change.is_for_good), []).append(change)
    return list(groups.values())


def _state(step: Step, *, is_live: bool) -> str:
    if step.state is StepState.STARTED and not step.is_unit:
        return "at work" if is_live else "in doubt"
    return "perhaps in part" if step.may_remain and step.state is not StepState.OK else "done"
