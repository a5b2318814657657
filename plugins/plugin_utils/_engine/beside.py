# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An attempt beside others: what it asks of the other slices of its run before it starts a step, and when it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .back import GoingBack
from .clock import Clock
from .errors import RunChangedError, RunHaltedError
from .journal import Journal
from .promises import Effect
from .records import Entry, Run, RunState, Slice, Step
from .saga import owed
from .slices import hosts_of, is_at_work
from .wishes import Wishes

_UNDONE = RunState.COMPENSATED


class Beside(GoingBack):
    """The part of an attempt that minds the attempts at other slices; of a run that is not sliced there are none."""

    def __init__(self, run: Run, mine: Slice, journal: Journal, *, clock: Clock, actor: str) -> None:
        super().__init__(run, mine, journal, clock=clock, actor=actor)
        self._elsewhere = Wishes(self._look_elsewhere, clock=clock)

    def tokens_beside(self) -> frozenset[int]:
        """Return the tokens of the attempts that are at work on other slices of the run."""
        held, now = self._journal.leases() if self.is_sliced else (), self._journal.now()
        return frozenset(part.token for part in self._beside() if is_at_work(part, held, now=now) is not False)

    def halt(self, *, is_sure: bool = False) -> Run | None:
        """Return the run if another slice has failed or turned it around, and this one goes on; None: it may.

        That may be half a second old, unless it has to be `is_sure`.
        """
        if is_sure:
            self._elsewhere.forget()
        found = self._elsewhere.now() if self.is_sliced else None
        return found if found is not None and self._is_halt(found) else None

    def _look_elsewhere(self) -> Run | None:
        return self._stored()

    def _is_halt(self, run: Run) -> bool:
        if self.run.is_going_back:  # what is begun of that is brought to its end
            return False
        return run.is_going_back or run.state in {RunState.STOPPED, RunState.PARKED}

    def _intend(self, entries: Sequence[Entry], steps: Sequence[Step]) -> None:
        """Write intents, of these steps; raise RunHaltedError, nothing written, if another slice has halted the run.

        A pivot changes the run's record, so that nobody turns the run around without having seen it [I8].
        """
        while self.is_sliced:
            known = self._known
            is_pivot = any(step.contract.effect is Effect.IRREVERSIBLE and step.is_forward for step in steps)
            after = replace(known, version=known.version + 1) if is_pivot else known
            last = replace(entries[-1], puts=(*entries[-1].puts, *([after] if is_pivot else [])))
            try:
                self._commit([*entries[:-1], last], version=known.version)
            except RunChangedError:
                self._look_again()
                if self._is_halt(self._known) and any(step.is_forward for step in steps):
                    self._elsewhere.forget()
                    raise RunHaltedError(self.run.id, reason=self._known.reason) from None
            else:
                self._known = after
                return
        self._write(entries)

    def _at_work(self, beside: Sequence[Slice]) -> list[Slice]:
        held, now = self._journal.leases() if beside else (), self._journal.now()
        return [part for part in beside if is_at_work(part, held, now=now) is not False]

    def _settled(self, run: Run) -> list[Slice]:
        """Return the other slices; one that had come to its end and owes nothing has gone back by that."""
        beside = self._beside()
        if not run.is_going_back:
            return beside
        steps = self._journal.steps(run.id)
        owing = {step.doer for undoing in owed(steps, run.back).undoings for step in undoing.steps}
        return [
            part if part.state is not RunState.COMPLETED or owing & hosts_of([part]) else replace(part, state=_UNDONE)
            for part in beside
        ]
