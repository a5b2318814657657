# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drift: what changed in the part of a playbook that a run has already done.

Steps after the frontier may change freely; a step that failed or is in doubt *is* the frontier, so it may be mended.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from ..records import Inputs, PlannedStep, Step, StepState
from .change import Change
from .inputs import Given, others

_DONE = frozenset({StepState.OK, StepState.SKIPPED})

Planned = Mapping[str, Sequence[PlannedStep]]
"""The steps of a plan by their paths; a path may have several."""


def has_changed(step: Step, fingerprint: str) -> bool:
    """Tell whether a step that is done was done from another text."""
    return step.state in _DONE and not step.is_withheld and step.fingerprint not in {"", fingerprint}


def change_of(step: Step, *, where: str, fingerprint: str, inputs: Inputs, given: Given) -> Change | None:
    """Return how a step that is done differs from the same step as it is met again."""
    if has_changed(step, fingerprint):
        return Change(what="changed", path=step.path, where=where, before=step.where)
    names = others(step.inputs, inputs, given) if step.state in _DONE and not step.is_withheld else set()
    return Change(what="input", path=step.path, where=where, names=tuple(sorted(names))) if names else None


def drifted(
    before: Sequence[PlannedStep], after: Sequence[PlannedStep], steps: Iterable[Step], given: Given | None = None
) -> list[Change]:
    """Return what changed between two plans where `steps` were already done, in the order of the playbook.

    Steps that neither plan foresaw (dynamic includes) are not judged here but when they are met again.
    """
    done: dict[str, list[Step]] = {}
    for step in steps:
        # A step whose result was withheld is no checkpoint: it is done again, as it is now, or the run stops there.
        if step.state in _DONE and step.is_forward and not step.is_withheld:
            done.setdefault(step.path, []).append(step)
    foreseen, planned = by_path(before), by_path(after)
    # Handlers stand at the end of a play and run in its middle: they are no mark of how far it came.
    last = max(
        (index for index, step in enumerate(after) if step.path in done and not is_handler(step.path)), default=-1
    )
    changes = [
        Change(what="gone", path=path, where=foreseen[path][0].where)
        for path in done
        if path in foreseen and path not in planned
    ]
    for path in planned:
        if path in done:
            changes.extend(_differences(planned[path], done[path], given or Given()))
    early = (step for index, step in enumerate(after) if index <= last and not is_handler(step.path))
    inserted = {step.path: step for step in reversed([*early]) if step.path not in foreseen}
    changes += [Change(what="inserted", path=step.path, where=step.where) for step in inserted.values()]
    place = {path: number for number, path in enumerate(planned)}
    return sorted(changes, key=lambda change: place.get(change.path, -1))


def settled(after: Sequence[PlannedStep], steps: Iterable[Step], given: Given) -> list[Step]:
    """Return the done steps that an operator took for done as the playbook now has them, with its marks."""
    planned = by_path(after)
    accepted = []
    for step in steps:
        now = planned.get(step.path, ())
        is_checkpoint = step.state in _DONE and step.is_forward and not step.is_withheld
        if is_checkpoint and now and next(_differences(now, [step], given), None):
            accepted.append(replace(step, fingerprint=now[0].fingerprint, inputs=now[0].inputs))
    return accepted


def by_path(plan: Iterable[PlannedStep]) -> Planned:
    """Return a plan's steps by their paths, in order."""
    found: dict[str, list[PlannedStep]] = {}
    for step in plan:
        found.setdefault(step.path, []).append(step)
    return found


def is_handler(path: str) -> bool:
    """Tell whether a path is a handler's."""
    return path.split("/")[1:2] == ["handlers"]


def _differences(now: Sequence[PlannedStep], done: Iterable[Step], given: Given) -> Iterator[Change]:
    """Yield how what is done differs from all the steps that have its path now, each difference once."""
    names: set[str] = set()
    for step in done:
        alike = [planned for planned in now if planned.fingerprint == step.fingerprint]
        if not alike:
            yield Change(what="changed", path=step.path, where=now[0].where, before=step.where)
            return
        names |= set.intersection(*(others(step.inputs, planned.inputs, given) for planned in alike))
    if names:
        yield Change(what="input", path=now[0].path, where=now[0].where, names=tuple(sorted(names)))
