# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Targets: what is not locked, and what is not recorded at all."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..plan.change import listed
from ..plan.outline import Outline, PlannedPlay, PlannedTask
from .finding import Finding
from .telling import Spot, found, judged

_THE_HOST_ITSELF = re.compile(r"\{\{\s*inventory_hostname\s*\}\}")


def delegate_unlocked(outline: Outline) -> Iterator[Finding]:
    """SAGA010: steps with an effect on a host that this run may not be the only one to work on."""
    durable = [play for play in outline.plays if play.is_durable]
    if not all(play.are_hosts_known for play in durable):
        return  # the delegate may be one of them
    locked = {host for play in durable for host in play.hosts if host not in play.unlocked}
    for task in judged(outline):
        if task.is_delegate_locked:
            continue  # its lease is taken with the step
        if _is_elsewhere(task) and _is_unguarded(task) and task.delegate not in locked:
            yield found(
                "SAGA010",
                Spot.of(task),
                f"{task.name!r} has its effect on its delegate, {_delegate(task)}: another run could work on it at the "
                f"same time. Name a lock for it with locks",
                subject=task.delegate,
            )


def not_durable(outline: Outline) -> Iterator[Finding]:
    """SAGA011: plays with effects that a crash makes start from zero."""
    for play in outline.plays:
        effects = [] if play.is_durable else [task for task in play.steps if task.contract.has_effect]
        if effects:
            yield found(
                "SAGA011",
                _spot(play),
                f"the play {play.name!r} is not durable (strategy {play.strategy}), and {_steps(effects)}: after a "
                f"crash it would start from zero, and nothing undoes it. Give it strategy: saga.ops.linear, or enable "
                f"the callback saga.ops.durable",
                subject=play.name,
            )


def target_unlocked(outline: Outline) -> Iterator[Finding]:
    """SAGA012: plays with effects on hosts that have no lease, or of which nobody knows yet which they are."""
    for play in outline.plays:
        open_steps = [task for task in play.steps if _is_unguarded(task) and not _is_elsewhere(task)]
        if play.is_durable and open_steps and (play.unlocked or not play.are_hosts_known):
            yield found(
                "SAGA012",
                _spot(play),
                f"{_unlocked(play)}, and {_steps(open_steps)}: another run could do the same there at the same time. "
                f"Name a lock with locks, on the play for all its steps; or have the hosts in the inventory",
                subject=play.name,
            )


def _is_unguarded(task: PlannedTask) -> bool:
    return task.contract.has_effect and not task.contract.locks and task.is_readable


def _is_elsewhere(task: PlannedTask) -> bool:
    """Tell whether the step's effect is on another host than the play's."""
    return bool(task.delegate) and not _THE_HOST_ITSELF.fullmatch(task.delegate.strip())


def _delegate(task: PlannedTask) -> str:
    if "{{" in task.delegate:
        return f"{task.delegate!r}, which only the step knows, or saga_lock_delegates is off"
    return f"{task.delegate!r}, which is no host that this run takes a lease of"


def _unlocked(play: PlannedPlay) -> str:
    if play.are_hosts_known:
        return f"the play {play.name!r} runs on {listed(play.unlocked)} without a lease"
    return f"only a run knows the hosts of the play {play.name!r} ({play.pattern!r})"


def _steps(tasks: list[PlannedTask]) -> str:
    """Return how many steps have an effect, and which is the first."""
    first = f"{tasks[0].name!r} ({tasks[0].where})"
    return f"{first} has an effect" if len(tasks) == 1 else f"{len(tasks)} steps have effects, the first is {first}"


def _spot(play: PlannedPlay) -> Spot:
    return Spot(where=play.where, name=play.name)
