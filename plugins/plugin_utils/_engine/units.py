# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Blocks that are undone as a whole: recorded beside their steps when the first effect in them starts.

A unit's record is like a step's that has been done: its compensation is owed from its beginning on, whatever became of
the steps in it. It starts before the first of them, so it is undone after all of them. Whether a step is skipped is
known only when it has been started: what began with such a step is skipped, too, and begins with a later one. One that
was undone and reopened begins anew, in its new place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from . import codec
from .meeting import Reference, Whole
from .records import Run, Step, StepState
from .sealing import CAPTURED, DataKey, Place, is_sealed, unsealed

Steps = Mapping[tuple[str, str], Step]
"""A run's steps by host and key."""


def begun(step: Reference, steps: Steps, run: Run, *, seq: int, now: float) -> list[Step]:
    """Return records of the units that begin with this step, the outer first; `seq` is the last that was given."""
    if step.undoes or step.verifies or not step.contract.has_effect:
        return []
    found: list[Step] = []
    for index in reversed(range(len(step.wholes))):
        whole = step.wholes[index]
        known = steps.get((step.on, whole.key))
        if known is None or not known.executions:
            shared = _shared(step, index, steps)
            seq += 0 if shared else 1
            found.append(_record(step, whole, run, seq=shared or seq, now=now))
    return found


def skipped(begun_with: Iterable[Step], *, now: float) -> list[Step]:
    """Return units as not begun after all: the step that they began with was skipped."""
    return [replace(unit, state=StepState.SKIPPED, executions=0, updated=now) for unit in begun_with]


def captured(
    step: Reference, found: Iterable[tuple[str, str]], steps: Steps, *, now: float, key: DataKey | None = None
) -> list[Step]:
    """Return the records of begun units for which something new was captured; a later value stands for an earlier.

    With what one of its steps has captured sealed, all that is captured for a unit is.
    """
    changed = []
    for name, text in found:
        unit = steps.get((step.on, name))
        if unit is None or not unit.executions:
            continue
        place = Place(unit.run, unit.host, unit.key, CAPTURED)
        known = unsealed(unit.captured, place, key)
        after = codec.encode({**codec.decode(known or "{}"), **codec.decode(unsealed(text, place, key))})
        if after not in {known, "{}"}:
            is_secret = is_sealed(unit.captured) or is_sealed(text)
            kept = key.seal(after, place) if key is not None and is_secret else after
            changed.append(replace(unit, captured=kept, updated=now))
    return changed


def _shared(step: Reference, index: int, steps: Steps) -> int:
    """Return when other hosts began the unit, if nothing outside it has started since: they are one lockstep.

    Then it is undone on all of them together.
    """
    key = step.wholes[index].key
    first = max((known.seq for known in steps.values() if known.key == key and known.executions), default=0)
    inside = {whole.key for whole in step.wholes[: index + 1]}
    return first if all(known.unit in inside for known in steps.values() if known.seq > first) else 0


def _record(step: Reference, whole: Whole, run: Run, *, seq: int, now: float) -> Step:
    return Step(
        run=run.id,
        host=step.on,
        key=whole.key,
        path=whole.unit.path,
        name=whole.unit.name,
        play=step.play,
        where=whole.unit.where,
        contract=whole.unit.contract,
        state=StepState.OK,
        seq=seq,
        attempt=run.attempt,
        executions=1,
        updated=now,
        unit=whole.key,
    )
