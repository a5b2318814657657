# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What else is to be known of a step, in a few words each."""

from __future__ import annotations

from collections.abc import Iterator

from ...plan.outline import PlannedTask, Section
from ...promises import Approval


def notes(task: PlannedTask) -> Iterator[str]:
    """Yield the notes of a step."""
    told = {
        "run_once": task.is_once,
        f"delegated to {task.delegate}": bool(task.delegate),
        "when": task.is_conditional,
        "loop": task.is_loop,
        "async": task.is_async,
        "no_log": task.is_no_log,
        "until": task.has_until,
        "ignore_errors": task.ignores_errors,
        "rescued": task.is_rescued,
        "rescue": task.section is Section.RESCUE,
        "always": task.section is Section.ALWAYS,
    }
    yield from (note for note, is_so in told.items() if is_so)
    if task.listens:
        yield f"listens to {', '.join(task.listens)}"
    if task.contract.approval:
        yield f"approval by {_approvers(task.contract.approval)}"
    if task.contract.locks:
        yield f"locks {', '.join(task.contract.locks)}"


def _approvers(approval: Approval) -> str:
    who = ", ".join(approval.approvers) or "anybody"
    return f"{who}, two persons" if approval.is_two_person else who
