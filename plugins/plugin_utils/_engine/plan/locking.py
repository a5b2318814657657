# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which targets a run locks, and which it touches without a lease."""

from __future__ import annotations

from ..slotted import dataclass
from .outline import Locks, Outline, PlannedTask


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncovered:
    """A target of steps that no lease covers; `why` in words."""

    target: str
    why: str
    steps: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Locking:
    """The locks of a workflow, and their gaps."""

    locks: Locks
    delegates: tuple[str, ...]  # whose leases are taken with the steps that are delegated to them, as written
    uncovered: tuple[Uncovered, ...]


def locking(outline: Outline) -> Locking:
    """Return what is locked, and what is not."""
    covered = {*outline.locks.targets}
    for play in outline.plays:
        if play.is_durable:
            covered |= {*play.hosts} - {*play.unlocked}
    gaps: dict[tuple[str, str], list[int]] = {}
    for play in outline.plays:
        if play.is_durable:
            for host in play.unlocked:
                gaps[host, "it is the controller, and not in the inventory"] = [task.number for task in play.steps]
        elif play.hosts:
            why = f"play {play.number} runs under another strategy, so its hosts are not locked for it"
            gaps[", ".join(play.hosts), why] = [task.number for task in play.steps]
        for task in play.tasks:
            if play.is_durable and task.delegate and (why := _gap(task, covered)):
                gaps.setdefault((task.delegate, why), []).append(task.number)
    taken = {
        task.delegate: None
        for play in outline.plays
        for task in play.tasks
        if play.is_durable and task.is_delegate_locked and task.contract.has_effect and task.delegate not in covered
    }
    return Locking(
        locks=outline.locks,
        delegates=tuple(taken),
        uncovered=tuple(Uncovered(target=name, why=why, steps=tuple(steps)) for (name, why), steps in gaps.items()),
    )


def _gap(task: PlannedTask, covered: set[str]) -> str:
    if task.delegate in covered or task.contract.locks or not task.contract.has_effect or task.is_delegate_locked:
        return ""
    if "{{" in task.delegate or "{%" in task.delegate:
        return "delegate_to is a template that only a step knows, or its lease is not asked for"
    if task.delegate in {"localhost", "127.0.0.1", "::1"}:
        return "it is the controller, and not a host of the plays"
    return "it is only delegated to, and is no host of the plays or of the inventory, or its lease is not asked for"
