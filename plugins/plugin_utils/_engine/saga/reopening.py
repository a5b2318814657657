# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be done again after a part of a run was undone: a pure function over the steps of the run.

A step that is reopened is as if it had not been met: it starts anew, with a new place in the order of starts, so that a
later way back undoes it by that [I7]. What undid it is reopened, too: it may be needed once more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ..records import EVERY_HOST, Asks, Step, StepState, Undo, WayBack
from .owed import is_there, is_within


def reopened(steps: Iterable[Step], back: WayBack, *, now: float) -> list[Step]:
    """Return the records of the steps that a way back has opened again: undone, or no longer to be relied on.

    What has an effect that nothing undoes stays done.
    """
    known = list(steps)
    undone = [step for step in known if step.undo is Undo.COMPENSATED and is_within(step, back)]
    if not undone:
        return []
    parts = list(_parts(known, undone))
    again = {(step.host, step.key) for step in (*undone, *parts)}
    again |= {(step.host, step.key) for step in _undoings(known, undone)}
    again |= {(step.host, step.key) for step in _consequences(known, [*undone, *parts]) if _is_open_to_doubt(step)}
    return [_anew(step, now=now) for step in known if (step.host, step.key) in again]


def _parts(known: Iterable[Step], undone: Iterable[Step]) -> Iterator[Step]:
    """Yield the steps that were undone with the unit that they are a part of."""
    units = {(step.doer, step.key) for step in undone if step.is_unit}
    return (step for step in known if not step.is_unit and (step.doer, step.unit) in units)


def _undoings(known: Iterable[Step], undone: Iterable[Step]) -> Iterator[Step]:
    done = {(step.doer, step.key) for step in undone}
    keys = {key for _host, key in done}
    # One that runs once for all hosts undoes the step on each of them.
    return (
        step for step in known if step.undoes in keys and (step.host == EVERY_HOST or (step.doer, step.undoes) in done)
    )


def _consequences(known: Iterable[Step], opened: Iterable[Step]) -> Iterator[Step]:
    """Yield what has started on the hosts since; a step that was done for all of them concerns them all."""
    since = min(step.seq for step in opened)
    hosts = {step.doer for step in opened}
    is_about_all = any(step.host == EVERY_HOST and not step.batch for step in opened)
    hosts |= {host for step in opened for host in step.batch}
    return (step for step in known if step.is_forward and step.seq > since and (is_about_all or step.doer in hosts))


def _is_open_to_doubt(step: Step) -> bool:
    """Tell whether a step has to look again, or was kept from its effect by what it saw."""
    if step.is_unit or step.state in {StepState.STARTED, StepState.WAITING}:
        return False
    if not step.contract.has_effect:
        return True
    return not is_there(step) and not step.is_handled


def _anew(step: Step, *, now: float) -> Step:
    return replace(
        step,
        state=StepState.VOID,
        executions=0,
        undo=Undo.NONE,
        may_remain=False,
        is_handled=None,
        is_withheld=False,
        is_aftermath=False,
        asks=Asks.NOTHING,
        decision=None,
        tries=0,
        due=0.0,
        captured="",
        updated=now,
    )
