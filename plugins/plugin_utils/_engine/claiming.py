# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking leases: what is known of their holders, and the entries that tell of it; for a start, and on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from . import owners
from .journal import Journal
from .leases import Claim, Holding, takings
from .line import Waiting
from .records import Entry, Fencing, Lease, Put, Slice, StepState, Taking
from .run import Attempt
from .spool import Spool


def extend(
    attempt: Attempt,
    names: Sequence[str],
    *,
    lock_ttl: float,
    on_orphan: str,
    waiting: Waiting | None = None,
    are_targets: bool = True,
    is_shared: bool = False,
) -> None:
    """Take leases that the attempt does not hold yet; `waiting` says how they are waited for; None: they are not.

    Those that are shared are left to another slice of the run that holds them.

    Raise TargetHeldError or TargetAwaitedError if they cannot be had in time.
    """
    line = attempt.line(names, waiting)

    def take(new: tuple[str, ...], mine: Slice, journal: Journal) -> list[Entry]:
        now, beside, held = journal.now(), attempt.tokens_beside(), journal.leases(new)
        if is_shared:
            theirs = {lease.name for lease in held if lease.run == mine.run and lease.token in beside}
            new = tuple(name for name in new if name not in theirs)
        claim = Claim(
            names=new,
            run=mine.run,
            token=mine.token,
            owner=mine.owner or owners.this_process(),
            now=now,
            expires=now + lock_ttl,
            beside=beside,
            on_orphan=on_orphan,
        )
        take = takings(claim, held, lambda lease: know(journal, attempt.spool, lease))
        line.must_be_next(claim)
        return [
            # Whoever has begun later has a larger token than this attempt, and is fenced off all the same.
            *lease_entries(mine, take, held, actor=attempt.actor, draw=journal.next_token),
            *_taken_from_slices(mine, take, attempt.actor, draw=journal.next_token),
        ]

    line.until(lambda: attempt.claim(names, take, are_targets=are_targets, is_shared=is_shared))


def lease_entries(
    mine: Slice, take: Sequence[Taking], held: Sequence[Lease], *, actor: str, draw: Callable[[], int]
) -> list[Entry]:
    """Return the entries that take leases, and tell from which runs; `draw` gives the numbers that fence those off."""
    entries = []
    if take:
        names = [taking.lease.name for taking in take]
        entries.append(entry_of("lease.acquired", mine, actor, {"targets": names, "token": mine.token}, *take))
    holders = {lease.name: (lease.run, lease.token) for lease in held}
    losers = {holders[taking.lease.name] for taking in take if taking.lease.name in holders}
    for loser, token in sorted(losers):
        if loser != mine.run:
            names = [taking.lease.name for taking in take if holders.get(taking.lease.name) == (loser, token)]
            data = {"targets": names, "from": loser, "token": mine.token}
            fencing = Fencing(run=loser, token=draw(), of=token)
            entries.append(entry_of("lease.taken_over", mine, actor, data, fencing))
    return entries


def _taken_from_slices(mine: Slice, take: Sequence[Taking], actor: str, *, draw: Callable[[], int]) -> Iterator[Entry]:
    """Yield the entries that tell of leases taken from other slices of the run, whose attempts write no more."""
    lost = [lease for taking in take if (lease := taking.expect) and lease.run == mine.run]
    for loser in sorted({lease.token for lease in lost}):
        names = [lease.name for lease in lost if lease.token == loser]
        data: dict[str, object] = {"targets": names, "from": mine.run, "token": mine.token}
        yield entry_of("lease.taken_over", mine, actor, data, Fencing(run=mine.run, token=draw(), of=loser))


def know(journal: Journal, spool: Spool, lease: Lease) -> Holding:
    """Return what is known of a lease's holder."""
    run = next((found for found in journal.runs(run=lease.run) if found.id == lease.run), None)
    # The process that parked a run is done with it, even while it lives; workers it may have left are not.
    parts = journal.slices(lease.run)
    has_let_go = any(part.token == lease.token and part.owner is None for part in parts)
    alive = False if has_let_go else owners.is_alive(lease.owner)
    if alive is False and spool.workers(lease.run):
        alive = True
    started = [step for step in journal.steps(lease.run) if step.state is StepState.STARTED]
    return Holding(run=run, step=started[-1].name if started else "", is_alive=alive)


def entry_of(kind: str, mine: Slice, actor: str, data: dict[str, object], *puts: Put) -> Entry:
    """Return an entry that an attempt writes about its run."""
    return Entry(type=kind, run=mine.run, attempt=mine.attempt, actor=actor, data=data, puts=puts)
