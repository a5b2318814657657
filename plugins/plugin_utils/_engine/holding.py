# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An attempt and its leases: those it takes on its way, those it shares with other slices, what becomes of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from .beside import Beside
from .clock import Clock
from .journal import Journal
from .leases import Heartbeat
from .leases.taking import kept
from .line import Line, Waiting
from .policy import gate
from .records import Entry, Freeing, Lease, Run, RunState, Slice, Taking


class Holding(Beside):
    """The part of an attempt that holds leases, beside those that it began with."""

    heartbeat: Heartbeat

    def __init__(self, run: Run, mine: Slice, journal: Journal, *, clock: Clock, actor: str) -> None:
        super().__init__(run, mine, journal, clock=clock, actor=actor)
        self._own_locks: set[str] = set()  # that steps have asked for, and that no other slice shares
        self._line: Line | None = None  # the last one that it stood in

    def claim(
        self,
        names: Sequence[str],
        take: Callable[[tuple[str, ...], Slice, Journal], Sequence[Entry]],
        *,
        are_targets: bool = True,
        is_shared: bool = False,
    ) -> None:
        """Hold these leases too, those that are not held yet; `take` says how, in entries, or raises.

        A lock that a step asks for is no target: nothing is missing when a resume does not come to it. Raise a
        StaleAttemptError if somebody has taken one of them again by the time that they are had.
        """
        self._own_locks.update(() if are_targets or is_shared else names)
        held = self.held(names)
        new = tuple(name for name in names if name not in held)
        if not new:
            return
        taking = take(new, self.slice, self._journal)
        if are_targets:
            mine = replace(self.slice, targets=tuple(dict.fromkeys((*self.slice.targets, *new))))
            self._change(lambda run: _widened(run, new), "run.widened", *taking, puts=[mine], targets=list(new))
        else:
            self._write(taking)
        # Their time counts from before they were asked for; the heartbeat's word is about the others. Now it is one.
        self.heartbeat.renew()

    def line(self, names: Sequence[str], waiting: Waiting | None) -> Line:
        """Return a place among those that wait for leases."""
        workflow = self.run.workflow
        self._line = Line(self._journal, clock=self._clock, names=names, workflow=workflow, waiting=waiting)
        return self._line

    def held(self, names: Sequence[str]) -> set[str]:
        """Return which of these leases this very attempt holds."""
        return {lease.name for lease in self._journal.leases(names) if self._is_mine(lease)}

    def _letting_go(self, state: RunState) -> list[Entry]:
        """Return the entries that tell what becomes of the attempt's leases, and stand in line no more."""
        if self._line is not None:  # a signal may end the attempt while it waits, and leave no time for it later
            self._line.leave()
        held = [lease for lease in self._journal.leases() if self._is_mine(lease)]
        heir = next(iter(self._at_work(self._beside())), None)
        passed = [lease for lease in held if heir is not None and self._is_shared(lease)]
        return [*self._leaving(state, [lease for lease in held if lease not in passed]), *self._passing(passed, heir)]

    def _is_mine(self, lease: Lease) -> bool:
        return (lease.run, lease.token) == (self.run.id, self.slice.token)

    def _leaving(self, state: RunState, held: Sequence[Lease]) -> list[Entry]:
        """Return the entry that tells what becomes of the attempt's leases."""
        names = [lease.name for lease in held]
        if state is RunState.PARKED:
            until = None if self.run.is_going_back else gate.kept_until(self._steps.values())
            keeping = tuple(Taking(lease=kept(lease, until), expect=lease) for lease in held)
            return [self._lease_entry("lease.kept", names, *keeping)]
        freeing = tuple(Freeing(name=lease.name, token=lease.token) for lease in held)
        return [self._lease_entry("lease.released", names, *freeing)] if held else []

    def _is_shared(self, lease: Lease) -> bool:
        """Tell whether a lease may be held for another slice, too: a delegate's, or one that was passed on before."""
        return lease.name not in self._own_locks and lease.name not in self.slice.targets

    def _passing(self, passed: Sequence[Lease], heir: Slice | None) -> list[Entry]:
        """Return the entry that gives leases to another slice: it may still work where it did not have to take them."""
        if heir is None or heir.owner is None or not passed:
            return []
        # For as long as the heir's own leases last at most: its heartbeat speaks of all of them from now on.
        until = self._journal.now() + self.heartbeat.ttl
        puts = [
            Taking(lease=replace(lease, token=heir.token, owner=heir.owner, expires=until), expect=lease)
            for lease in passed
        ]
        told = self._lease_entry("lease.passed_on", [lease.name for lease in passed], *puts)
        return [replace(told, data={**told.data, "to": heir.attempt})]

    def _lease_entry(self, kind: str, names: list[str], *puts: Taking | Freeing) -> Entry:
        data = {"targets": names, "token": self.slice.token}
        return Entry(type=kind, run=self.run.id, attempt=self.run.attempt, actor=self.actor, data=data, puts=puts)


def _widened(run: Run, names: Sequence[str]) -> Run:
    return replace(run, targets=tuple(dict.fromkeys((*run.targets, *names))))
