# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator asks of this attempt from another process, and what the attempt does about it."""

from __future__ import annotations

from typing import NamedTuple

from .._engine.records import Control, Run, RunState, Wish
from .._engine.run import Attempt
from .._engine.slices import LEFT
from .telling import tell, why_not_undone

PAUSED = "paused by "
NOT_UNDONE = "not undone: "
_ELSEWHERE = "another slice of the run did not come to its end: "
NOT_REACHED = "the steps that are still to be undone were not reached in the playbook"


class Halted(BaseException):
    """The attempt stops here, in good order; no Exception, so that nobody on the way out takes it for a failure."""


class Halt(NamedTuple):
    """How an attempt ends that stops because it was asked to."""

    state: RunState
    reason: str


class Controls:
    """Looks for a wish and says what follows; `turning` tells why the run goes back at the end of its play, if so."""

    def __init__(self, attempt: Attempt) -> None:
        self.turning = ""
        self._attempt = attempt

    def halt(self, *, is_sure: bool = False) -> Halt | None:
        """Return how the attempt has to end now; None: it goes on. Raise JournalError."""
        asked = self._attempt.wishes.now()
        if asked is None:
            return self._halt_elsewhere(is_sure=is_sure)
        if asked.wish is Wish.PAUSE:
            return Halt(RunState.PARKED, self._beside(_by(PAUSED, asked)))
        reason = _by("cancelled by ", asked)
        if asked.wish is Wish.CANCEL:
            return Halt(RunState.ABANDONED, reason)
        return self._turn(reason)

    def _halt_elsewhere(self, *, is_sure: bool) -> Halt | None:
        """Return how the attempt has to end because of another slice of its run."""
        run = self._attempt.halt(is_sure=is_sure)
        if run is None:
            return None
        if not run.is_going_back:
            return Halt(run.state, f"{_ELSEWHERE}{run.reason}")
        self.turn(run.reason)
        return None

    def turn(self, reason: str) -> None:
        """Turn the run around: nothing more is done, and the end of the play undoes."""
        if not self.turning and not self._attempt.run.is_going_back:
            self.turning = reason
            tell(f"{reason}: no further step starts, what was done is undone", color="yellow")

    def _turn(self, reason: str) -> Halt | None:
        if self.turning or self._attempt.run.is_going_back:
            return None
        pivot = self._attempt.debt().pivot
        if pivot is not None:
            return Halt(RunState.PARKED, why_not_undone(pivot, reason))
        self.turn(reason)
        return None

    def _beside(self, reason: str) -> str:
        """Return a reason that does not make a run that goes back forget why it does."""
        run = self._attempt.run
        return f"{run.reason}; {reason}" if run.is_going_back and run.reason else reason


def why_back(run: Run) -> str:
    """Return why a run goes back, without what kept it from coming to the end of that."""
    reason = run.reason
    for hindrance in (NOT_UNDONE, NOT_REACHED, PAUSED, LEFT):
        reason = reason.partition(f"; {hindrance}")[0]
    return reason


def _by(what: str, asked: Control) -> str:
    return f"{what}{asked.by}" + (f": {asked.why}" if asked.why else "")
