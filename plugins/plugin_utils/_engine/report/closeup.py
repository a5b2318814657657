# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One step of a run, seen closely: its contract, and on each host its state, its tries and what undid it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..promises import Contract
from ..records import Step
from ..slotted import dataclass
from .status import View
from .timeline import Bar


@dataclass(frozen=True, slots=True, kw_only=True)
class OnHost:
    """A step on one host: where it stands, what a resume does with it, each try of it, and the last step undoing it."""

    step: Step
    state: str
    resume: str
    tries: tuple[Bar, ...]
    undoing: Step | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Closeup:
    """A step over the hosts that have met it; the contract is as the last of them met it."""

    name: str
    where: str
    play: int
    key: str
    contract: Contract
    hosts: tuple[OnHost, ...]


def meant(steps: Iterable[Step], *, name: str, host: str = "") -> list[Step]:
    """Return the steps that go by a name, a path or a key, on the hosts asked for.

    A name in other letters, or a part of one, will do where no step has it as it is.
    """
    there = [step for step in steps if not host or host in {step.host, step.doer}]
    found = [step for step in there if name in {step.name, step.path, step.key}]
    return found or [step for step in there if step.is_forward and name.casefold() in step.name.casefold()]


def closeups(view: View, steps: Sequence[Step], bars: Iterable[Bar], *, name: str, host: str = "") -> list[Closeup]:
    """Return the steps that are :func:`meant`, in the order of their starts, each on the hosts asked for."""
    found = meant(steps, name=name, host=host)
    tries: dict[tuple[str, str], list[Bar]] = {}
    for each in bars:
        tries.setdefault((each.host, each.key), []).append(each)
    groups: dict[str, list[Step]] = {}
    for step in found:
        groups.setdefault(step.key, []).append(step)
    undoing = {(step.doer, step.undoes): step for step in steps if step.undoes}
    lines = {line.key: line for line in view.lines}
    return [
        Closeup(
            name=here[-1].name,
            where=here[-1].where,
            play=here[-1].play,
            key=key,
            contract=here[-1].contract,
            hosts=tuple(
                OnHost(
                    step=step,
                    state=lines[key].states[step.doer],
                    resume=lines[key].forecasts[step.doer],
                    tries=tuple(tries.get((step.doer, key), ())),
                    undoing=undoing.get((step.doer, key)),
                )
                for step in here
            ),
        )
        for key, here in groups.items()
    ]
