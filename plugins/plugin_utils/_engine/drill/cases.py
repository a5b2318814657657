# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is tried: every step that an uninterrupted run has done, at every moment that matters."""

from __future__ import annotations

import fnmatch
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum

from .. import points
from ..promises import Contract
from ..records import Step, StepState
from ..slotted import dataclass
from .orders import Act, Order


class Moment(StrEnum):
    """When a step is interrupted, or how it fails."""

    BEFORE = "before"  # all is killed: nothing of it has happened
    DURING = "during"  # the controller alone is killed, while the module runs: its worker goes on
    TORN = "torn"  # all is killed, half way through the module
    UNSAID = "unsaid"  # all is killed: it has happened, and nobody has heard of it
    AFTER = "after"  # the controller is killed: its outcome is on the record
    FAILS = "fails"  # it fails, and nothing of it has happened
    CUT_OFF = "cut off"  # it fails like at a time limit: it has happened, and its result is lost

    @property
    def is_kill(self) -> bool:
        return self not in {Moment.FAILS, Moment.CUT_OFF}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A step that an uninterrupted run has done on a host; `seconds` is how long its module took."""

    host: str  # as in its key
    on: str  # the host that did it
    key: str
    name: str
    where: str
    contract: Contract
    seconds: float = 0.0
    is_loop: bool = False

    @property
    def place(self) -> points.Place:
        return self.host, self.key

    @property
    def title(self) -> str:
        return f"{self.name!r} on {self.on}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One moment of one step. In lanes it may be tried on any of some hosts that are alike: on the one of its part."""

    part: Part
    moment: Moment
    is_in_lane: bool = False

    @property
    def row(self) -> points.Place:
        """Where it stands in the matrix: beside the other moments of its step, on its host if that was not free."""
        return ("" if self.is_in_lane else self.part.host), self.part.key

    @property
    def order(self) -> Order:
        """What the callback is told."""
        act, point = _ORDERS[self.moment]
        if self.moment is Moment.BEFORE and not self.part.contract.has_effect:
            point = points.WORKER_STARTED  # such a step has no intent
        after = self.part.seconds / 2 if self.moment is Moment.TORN else 0.0
        return Order(act=act, point=point, host=self.part.host, key=self.part.key, after=after)


_ORDERS: Mapping[Moment, tuple[Act, str]] = {
    Moment.BEFORE: (Act.KILL_ALL, points.BEFORE_INTENT),
    Moment.DURING: (Act.KILL, points.WORK_BEGUN),
    Moment.TORN: (Act.KILL_ALL, points.WORK_BEGUN),
    Moment.UNSAID: (Act.KILL_ALL, points.AFTER_EFFECT),
    Moment.AFTER: (Act.KILL, points.AFTER_OUTCOME),
    Moment.FAILS: (Act.FAIL, points.WORK_BEGUN),
    Moment.CUT_OFF: (Act.CUT_OFF, points.AFTER_EFFECT),
}
_WITHOUT_EFFECT = frozenset({Moment.BEFORE, Moment.DURING, Moment.AFTER, Moment.FAILS})


def parts(
    steps: Iterable[Step], seconds: Mapping[points.Place, float], loops: Collection[points.Place]
) -> tuple[Part, ...]:
    """Return what of a run is tried, in the order in which it was started: what was done, and done in going forward."""
    done = (step for step in steps if step.is_forward and not step.is_unit and step.state is StepState.OK)
    return tuple(
        Part(
            host=step.host,
            on=step.doer,
            key=step.key,
            name=step.name,
            where=step.where,
            contract=step.contract,
            seconds=seconds.get((step.host, step.key), 0.0),
            is_loop=(step.host, step.key) in loops,
        )
        for step in sorted(done, key=lambda step: step.seq)
    )


def cases(
    found: Sequence[Part],
    *,
    moments: Collection[Moment],
    names: Sequence[str] = (),
    every_host: bool = False,
    in_lane: bool = False,
) -> Iterator[Case]:
    """Yield the cases, step after step: on the first host that did it or on every one; `names` may have wildcards."""
    seen: set[str] = set()
    for part in found:
        if part.key in seen and not every_host:
            continue
        seen.add(part.key)
        if names and not any(fnmatch.fnmatchcase(part.name, name) for name in names):
            continue
        for moment in Moment:
            if moment in moments and _matters(part, moment):
                yield Case(part=part, moment=moment, is_in_lane=in_lane)


def _matters(part: Part, moment: Moment) -> bool:
    if not part.contract.has_effect:
        return moment in _WITHOUT_EFFECT
    return moment is not Moment.CUT_OFF or not part.is_loop  # a loop that ran into its limit has told of its items
