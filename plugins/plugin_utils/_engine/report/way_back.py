# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What would be undone if a run went back now: in which order, what would stay, and what is in the way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from ..records import Run, Step, WayBack
from ..saga import is_within, owed
from ..slotted import dataclass
from .status import standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """A step, or a block as a whole, on its hosts; on the doubtful ones it has perhaps not happened, or in part."""

    name: str
    where: str
    play: int
    key: str
    hosts: tuple[str, ...]
    doubtful: tuple[str, ...]
    handlers: tuple[str, ...] = ()  # that undo it; nothing does, if there are none


@dataclass(frozen=True, slots=True, kw_only=True)
class CompensationView:
    """The way back of a run: `undone` in order, `staying` as it was done; `pivot` forbids it, if there is one."""

    run: Run
    to: str  # the name of the step after which it ends; empty: all the way
    undone: tuple[Undone, ...]
    staying: tuple[Undone, ...]
    pivot: Undone | None


def compensation(run: Run, steps: Sequence[Step], back: WayBack) -> CompensationView:
    """Return the way back of a run, as far as `back` goes."""
    debt = owed(steps, back)
    due = {(step.host, step.key) for undoing in debt.undoings for step in undoing.steps}
    left = [step for step in standing(steps) if is_within(step, back) and (step.host, step.key) not in due]
    pivot = debt.pivot
    pivots = [step for step in left if pivot is not None and step.key == pivot.key] or ([pivot] if pivot else [])
    return CompensationView(
        run=run,
        to=next((step.name for step in steps if step.seq == back.after and not step.is_unit), ""),
        undone=tuple(_undone(undoing.steps, undoing.handlers) for undoing in debt.undoings),
        staying=tuple(_staying(left)),
        pivot=_undone(pivots) if pivots else None,
    )


def _staying(steps: Iterable[Step]) -> Iterable[Undone]:
    for _key, group in groupby(sorted(steps, key=lambda step: step.seq), key=lambda step: step.key):
        yield _undone(list(group))


def _undone(steps: Sequence[Step], handlers: tuple[str, ...] = ()) -> Undone:
    first = steps[0]
    return Undone(
        name=first.name,
        where=first.where,
        play=first.play,
        key=first.key,
        hosts=tuple(step.doer for step in steps),
        doubtful=tuple(step.doer for step in steps if step.is_in_doubt or step.may_remain),
        handlers=handlers,
    )
