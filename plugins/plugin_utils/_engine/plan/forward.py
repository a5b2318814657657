# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps that a run comes to on its way forward, in the order of their starts."""

from __future__ import annotations

from collections.abc import Iterator

from .outline import Outline, PlannedPlay, PlannedTask, Role, Section


def forward(outline: Outline) -> Iterator[tuple[PlannedPlay, PlannedTask]]:
    """Yield each step that may run forward, with its play; of the handlers those that something notifies."""
    for play in outline.plays:
        for task in play.tasks:
            if not task.is_handler or Role.NOTIFIED in task.serves:
                yield play, task


def is_certain(task: PlannedTask) -> bool:
    """Tell whether a run that comes past a step has done it: nothing may skip it, and it cannot fail and go on."""
    is_always_met = task.section in {Section.MAIN, Section.ALWAYS} and not task.is_conditional
    return is_always_met and not task.ignores_errors and not task.is_rescued


def at_once(play: PlannedPlay, task: PlannedTask) -> int:
    """Return how many hosts a step may hit before anybody sees that it is wrong; 0: only a run knows."""
    if task.is_once or task.delegate:
        return 1
    return min(max(play.batches, default=task.hosts), task.hosts)
