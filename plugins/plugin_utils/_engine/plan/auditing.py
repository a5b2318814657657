# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many events a run will write, by type."""

from __future__ import annotations

from collections import Counter

from ..slotted import dataclass
from .forward import forward
from .outline import Outline, PlannedTask, Section


@dataclass(frozen=True, slots=True, kw_only=True)
class Auditing:
    """The events of a run in which nothing fails, crashes or is retried.

    `least`: without the steps that may not be met (conditions, rescues, handlers); `all_steps`: with each of them.
    Steps on hosts that nobody knows yet are in neither.
    """

    least: tuple[tuple[str, int], ...]
    all_steps: tuple[tuple[str, int], ...]


def auditing(outline: Outline) -> Auditing:
    """Return what the audit will hold, at least and with all steps."""
    ends = ["run.started", "run.completed"]
    if outline.locks.targets:
        ends += ["lease.acquired", "lease.released"]
    least, all_steps = Counter(ends), Counter(ends)
    for play, task in forward(outline):
        if not play.is_durable:
            continue
        events = {"step.outcome": task.hosts}
        if task.contract.has_effect or task.is_async:
            events["step.intent"] = task.hosts
        all_steps.update(events)
        if _is_met(task):
            least.update(events)
    return Auditing(least=_in_order(least), all_steps=_in_order(all_steps))


def _is_met(task: PlannedTask) -> bool:
    return task.section in {Section.MAIN, Section.ALWAYS} and not task.is_conditional


def _in_order(counts: Counter[str]) -> tuple[tuple[str, int], ...]:
    order = ("run.started", "lease.acquired", "step.intent", "step.outcome", "run.completed", "lease.released")
    return tuple((kind, counts[kind]) for kind in order if counts[kind])
