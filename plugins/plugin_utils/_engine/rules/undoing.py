# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way back: what nothing undoes, where it ends too early, who guards its end."""

from __future__ import annotations

from collections.abc import Iterator

from ..plan.outline import Outline, PlannedTask, Role
from ..promises import Then
from .finding import Finding
from .telling import Spot, assumed, found, has_side_effect, is_declared, is_on_the_way_back, judged, steps


def no_compensation(outline: Outline) -> Iterator[Finding]:
    """SAGA003: steps with a side effect that stays when the run goes back."""
    for task in steps(outline):
        if has_side_effect(task) and not task.is_undone:
            yield found(
                "SAGA003",
                Spot.of(task),
                f"{task.name!r} has a side effect{assumed(task, 'effect')}, and nothing undoes it when the run "
                f"goes back. Name a handler with compensate, on the step or on a block around it; or declare it "
                f"irreversible",
                subject=f"Undo: {task.name}",
            )


def pivot_too_early(outline: Outline) -> Iterator[Finding]:
    """SAGA004: irreversible steps with one behind them whose compensation would never run."""
    undoable = [task for task in steps(outline) if has_side_effect(task) and task.is_undone and not _is_rescue(task)]
    for pivot in steps(outline):
        later = next((task for task in undoable if task.number > pivot.number), None) if pivot.is_pivot else None
        if later:
            yield found(
                "SAGA004",
                Spot.of(pivot),
                f"{pivot.name!r} is irreversible and comes before {later.name!r} ({later.where}): once it is done "
                f"nothing is undone any more, so {_undoing(later)} would never run. Move it behind the last step that "
                f"can be undone, or take compensate off those that follow",
                subject=later.name,
            )


def pivot_unguarded(outline: Outline) -> Iterator[Finding]:
    """SAGA006: irreversible steps that nobody decides about, neither before nor after."""
    for task in judged(outline):
        contract = task.contract
        is_guarded = contract.approval is not None or contract.then is Then.ESCALATE
        if task.is_pivot and not is_guarded and not is_on_the_way_back(task):
            yield found(
                "SAGA006",
                Spot.of(task),
                f"{task.name!r} is irreversible, and nobody decides about it: it has no approval, and its failure does "
                f"not escalate. Declare approval: required, or on_failure: escalate",
            )


def compensation_irreversible(outline: Outline) -> Iterator[Finding]:
    """SAGA009: handlers that undo a step and cannot be taken back themselves."""
    for task in judged(outline):
        if task.is_handler and task.is_pivot and Role.COMPENSATION in task.serves:
            yield found(
                "SAGA009",
                Spot.of(task),
                f"{task.name!r} undoes a step and is irreversible itself: a compensation must be safe, and bear being "
                f"run twice. Undo with something that can be repeated, or declare the step that it undoes irreversible",
                is_contradiction=is_declared(task, "effect"),
            )


def _is_rescue(task: PlannedTask) -> bool:
    """Tell whether a step runs only where another has failed: a pivot before it may be the one."""
    return task.section == "rescue"


def _undoing(task: PlannedTask) -> str:
    """Return the names of what undoes a step, its own first."""
    names = task.contract.compensate or next(
        unit.contract.compensate for unit in task.units if unit.contract.compensate
    )
    return " and ".join(repr(name) for name in names)
