# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An attempt on its way back: what is owed, how it was undone, and what may be done again afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from .keys import Keys
from .ledger import Ledger
from .records import EVERY_HOST, RunState, Step, Surroundings, Undo, WayBack
from .saga import ALL_THE_WAY, Debt, Undoing, owed, reopened


class GoingBack(Ledger):
    """The part of an attempt that turns the run around; that it goes back, and how far, is on the run's record."""

    _keys: Keys
    _surroundings: Surroundings
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
        """Return what is owed to undo, now: as far as `back` goes, else as far as the run does."""
        return owed(self._steps.values(), self.run.back if back is None else back)

    def go_back(self, reason: str, back: WayBack = ALL_THE_WAY) -> None:
        """Turn the run around: from now on it only undoes, as far as `back` goes, over any number of attempts."""
        if self.run.is_going_back:
            return
        self._ahead = None
        self.run = self._changed(state=RunState.COMPENSATING, reason=reason, is_going_back=True, back=back)
        self._write([self._run_entry("run.compensating", reason=reason, **told(back))])

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
        entries = [self._entry("step.reopened", step, *self._forget(step)) for step in again]
        everybody = frozenset(self._surroundings.hosts)
        is_for_all = any(step.host == EVERY_HOST for step in again)
        self._unfinished |= everybody if is_for_all else {step.doer for step in again}
        finished = tuple(host for host in self._surroundings.finished if host not in self._unfinished)
        self._surroundings = replace(self._surroundings, finished=finished)
        self.run = self._changed(state=RunState.RUNNING, reason="", is_going_back=False, back=ALL_THE_WAY)
        entry = self._run_entry("run.turned_forward", reopened=sum(step.is_forward for step in again))
        self._write([*entries, replace(entry, puts=(*entry.puts, self._surroundings))])
        self._put(again)
        return again


def told(back: WayBack) -> dict[str, object]:
    """Return how far a way back goes, as its event tells it; nothing, if it is all the way."""
    facts = {"hosts": list(back.hosts), "play": back.play, "after": back.after}
    return {name: value for name, value in facts.items() if value}
