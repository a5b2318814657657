# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A step as an attempt meets it: what it is, what is decided about it, how it ended."""

from __future__ import annotations

from enum import Enum

from .promises import Contract, Unit
from .records import Asks, Inputs, Step, StepState
from .slotted import dataclass


class Way(Enum):
    """What to do with a step that Ansible wants to start."""

    REPLAY = "replay"  # answer from the journal
    EXECUTE = "execute"
    VERIFY = "verify"  # look first whether its effect is there
    WAIT = "wait"  # for an operator
    REFUSE = "refuse"  # it fails before it begins: its approval was denied
    TURN_BACK = "turn back"  # nothing more is done, the run goes back
    PASS_OVER = "skip"  # noqa: S105  no secret: the linter reads PASS  # the run is going back: nothing new is done


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A unit that a step is a part of, as its host meets it."""

    key: str
    unit: Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A step as Ansible meets it: one task on one host."""

    host: str
    on: str
    key: str
    path: str
    name: str
    play: int
    where: str
    contract: Contract
    fingerprint: str
    is_aftermath: bool = False
    is_asked_anew: bool = False  # what an earlier attempt learned by it does not count
    undoes: str = ""
    verifies: str = ""
    is_job: bool = False  # async: what it starts at the target goes on without us, and can be found there [I4]
    batch: tuple[str, ...] = ()  # of a step that is done once for a batch: the batch's hosts
    inputs: Inputs = ()
    wholes: tuple[Whole, ...] = ()  # what it is a part of and is undone as a whole, inner first

    @property
    def is_forward(self) -> bool:
        return not self.undoes and not self.verifies

    @property
    def has_intent(self) -> bool:
        return self.contract.has_effect or self.is_job


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What to do, and what the journal has for it."""

    way: Way
    payload: str = ""
    items: tuple[tuple[str, str], ...] = ()
    known: Step | None = None  # of a step to execute that was met before
    ended: float = 0.0  # of a step to replay: when it ended, in seconds
    is_news: bool = False  # a result that a worker left: Ansible has not acted on it, its outcome is to be finished
    asks: Asks = Asks.NOTHING  # of a step that waits: for what
    due: float = 0.0  # of a step that is tried again: when, in seconds
    words: str = ""  # of a step that is refused: why
    accepted: str = ""  # of a step to replay: how it has changed, which an operator has accepted


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """What a step keeps for its compensation, as encoded text; and for those of its units, by their keys."""

    own: str = ""
    of_units: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """How a started step ended; `payload` is None when its result must not be stored."""

    reference: Reference
    state: StepState
    payload: str | None
    is_handled: bool | None = None
    may_remain: bool = False
    was_cut_off: bool = False
    captured: str = ""
    of_units: tuple[tuple[str, str], ...] = ()  # what is captured for the units around it, by their keys
