# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An attempt on its way back: what is owed, how it was undone, and what may be done again afterwards."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

from .keys import Keys
from .ledger import Ledger
from .records import EVERY_HOST, Dropping, Run, RunState, Step, Undo, WayBack
from .saga import ALL_THE_WAY, Debt, Undoing, owed, reopened
from .slices import hosts_of


class GoingBack(Ledger):
    """The part of an attempt that turns the run around; that it goes back, and how far, is on the run's record."""

    _keys: Keys
    _ahead: list[Step] | None = None  # owed when this was first asked, and perhaps not met yet
    _unfinished: frozenset[str] = frozenset()  # hosts that have something to do again

    def has_met_all_owed(self) -> bool:
        """Tell whether this attempt has come past every step that is owed, so that their handlers are known."""
        if self._ahead is None:
            self._ahead = [step for undoing in self.debt().undoings for step in undoing.steps]
        while self._ahead and self._keys.has_met(self._ahead[-1]):
            self._ahead.pop()
        return not self._ahead

    def debt(self, back: WayBack | None = None) -> Debt:
        """Return what this attempt owes to undo, now: as far as `back` goes, else as far as the run does.

        A pivot in another slice is in the way of a run that goes all the way back, too [I8].
        """
        back = self.run.back if back is None else back
        debt = owed(self._steps.values(), back)
        if debt.pivot is not None or not self.is_sliced or back != ALL_THE_WAY:
            return debt
        return replace(debt, pivot=owed(self._journal.steps(self.run.id), back).pivot)

    def go_back(self, reason: str, back: WayBack = ALL_THE_WAY) -> Step | None:
        """Turn the run around: from now on it only undoes, as far as `back` goes, over any number of attempts.

        A shorter way back than the run is the slice's own, where the run is sliced. Return the pivot that stands in
        the way, if another slice has come to one meanwhile: then nothing is changed.
        """
        if self.run.is_going_back:
            return None
        self._ahead = None
        if self.is_sliced and back != ALL_THE_WAY:
            mine = replace(self.slice, state=RunState.COMPENSATING, back=back)
            self._change(lambda run: run, "slice.compensating", puts=[mine], reason=reason, **told(back))
            return None

        def turned(run: Run) -> Run:
            if run.is_going_back:  # another slice was faster
                return run
            # Whoever begins a pivot changes the run's version: what is read here holds when this is written.
            if self.is_sliced and (pivot := self.debt(back).pivot) is not None:
                raise _PivotError(pivot)
            return replace(run, state=RunState.COMPENSATING, reason=reason, is_going_back=True, back=back)

        try:
            mine = replace(self.slice, state=RunState.COMPENSATING)
            self._change(turned, "run.compensating", puts=[mine], reason=reason, **told(back))
        except _PivotError as error:
            return error.pivot
        self._has_turned = True
        self.run = self._as_mine(self._known)
        return None

    def take_in(self, known: Collection[str]) -> bool:
        """Go on with the slices that nobody works on any more, where all their hosts are among those known here.

        So that a run that goes back leaves as little as may be to somebody who has to start another controller. Return
        whether there were any.
        """
        found = [part for part in self._beside() if part.owner is None and {*part.surroundings.hosts} <= {*known}]
        if not found:
            return False
        mine, met = self.slice, self.slice.surroundings
        hosts = {host: lease for part in (*found, mine) for host, lease in part.surroundings.hosts.items()}
        targets = tuple(dict.fromkeys([name for part in (mine, *found) for name in part.targets]))
        mine = replace(mine, targets=targets, surroundings=replace(met, hosts=hosts))
        dropping = [Dropping(run=self.run.id, attempt=part.attempt) for part in found]
        self._change(lambda run: run, "slice.taken_in", puts=[mine, *dropping], targets=list(targets))
        self._put(self._read(hosts_of(self._beside())))
        return True

    def undone(self, undoing: Undoing, failed: Iterable[str]) -> None:
        """Record how one step's compensation ended, host by host; `failed` names hosts."""
        bad = set(failed)
        entries = []
        for before in undoing.steps:
            word = Undo.FAILED if before.doer in bad else Undo.COMPENSATED
            after = replace(before, undo=word, updated=self._clock.now())
            self._steps[after.host, after.key] = after
            kind = "compensation.failed" if word is Undo.FAILED else "compensation.done"
            entries.append(self._entry(kind, after))
        self._write(entries)

    def turn_forward(self) -> list[Step]:
        """Let the run go forward again, all its undone steps to be done anew; return their records."""
        now = self._clock.now()
        again = reopened(self._steps.values(), self.run.back, now=now)
        everybody = frozenset(self.slice.surroundings.hosts)
        is_for_all = any(step.host == EVERY_HOST for step in again)
        self._unfinished |= everybody if is_for_all else {step.doer for step in again}
        met = self.slice.surroundings
        met = replace(met, finished=tuple(host for host in met.finished if host not in self._unfinished))
        mine = replace(self.slice, state=RunState.RUNNING, surroundings=met, back=None)
        entries = [self._entry("step.reopened", step, *self._forget(step)) for step in again]
        count = sum(step.is_forward for step in again)
        self._has_turned = False
        if self.slice.back is None:
            self._change(_forward, "run.turned_forward", *entries, puts=[mine], reopened=count)
        else:
            self._change(lambda run: run, "slice.turned_forward", *entries, puts=[mine], reopened=count)
        self._put(again)
        return again


class _PivotError(Exception):
    def __init__(self, pivot: Step) -> None:
        super().__init__(pivot.name)
        self.pivot = pivot


def _forward(run: Run) -> Run:
    return replace(run, state=RunState.RUNNING, reason="", is_going_back=False, back=ALL_THE_WAY)


def told(back: WayBack) -> dict[str, Any]:
    """Return how far a way back goes, as its event tells it; nothing, if it is all the way."""
    facts = {"hosts": list(back.hosts), "play": back.play, "after": back.after}
    return {name: value for name, value in facts.items() if value}
