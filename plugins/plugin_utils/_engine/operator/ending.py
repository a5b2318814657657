# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Giving a run up, and freeing a target whoever holds it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .. import owners
from ..begin import Means
from ..errors import RunUnknownError, TargetFreeError
from ..inspection import AtWork, who_works
from ..leavings import judged
from ..records import Entry, Fencing, Freeing, Lease, Run, RunState, Step, StepState, Taking
from ..report import standing
from ..slotted import dataclass
from .writing import commit, entry, fenced, must_be_free, must_be_open, released, revised


@dataclass(frozen=True, slots=True, kw_only=True)
class Abandoned:
    """A run that was given up: the targets it let go of, and the steps whose effects stay."""

    run: Run
    freed: tuple[str, ...]
    standing: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlocked:
    """A target that was freed, the lease that held it, and who worked on the holder's run at that moment."""

    lease: Lease
    run: Run
    at_work: AtWork


def abandon(
    means: Means, run: Run, *, why: str, by: str = "", first: Sequence[Entry] = (), may_write: bool = True
) -> Abandoned:
    """Give a run up: it is never resumed, its targets are free, what it did stays as it is.

    `first` is written with it, before it. Without `may_write` it is only looked at what it would be. Raise RunOverError
    or RunBusyError, with nothing changed, when it may not be.
    """
    journal, actor = means.journal, by or owners.user()
    must_be_open(means, run, "there is nothing to give up")
    must_be_free(means, run)
    after = revised(run, state=RunState.ABANDONED, updated=means.clock.now(), reason=why)
    told = {"state": str(after.state), "was": str(run.state), "why": why}
    if not may_write:
        held = tuple(lease.name for lease in journal.leases() if lease.run == run.id)
        return Abandoned(run=after, freed=held, standing=tuple(standing(journal.steps(run.id))))
    names, releasing = released(means, after, actor)
    entries = [*first, entry("run.abandoned", after, actor, after, fenced(means, run), **told), *releasing]
    # What workers left goes with the spool: what it proves is written down first.
    started = [step for step in journal.steps(run.id) if step.state is StepState.STARTED]
    entries += [found for step in started for found in judged(means.spool, step, after, actor=actor)]
    commit(means, run, entries)
    means.spool.drop_run(run.id)
    return Abandoned(run=after, freed=names, standing=tuple(standing(journal.steps(run.id))))


def unlock(means: Means, target: str, *, why: str, by: str = "") -> Unlocked:
    """Free one target whoever holds it; the attempt that holds it, if it lives, can write no more.

    Raise TargetFreeError when nobody holds it, LeaseConflictError when it changes hands at this moment.
    """
    found = holder(means, target)
    lease, run = found.lease, found.run
    token = means.journal.next_token()
    # Taken before it is freed, so that nobody else's lease is freed who took it since we looked.
    take = Taking(lease=replace(lease, token=token), expect=lease)
    puts = (take, Freeing(name=target, token=token), Fencing(run=run.id, token=token, of=lease.token))
    told = {"targets": [target], "from": str(lease.owner), "token": token, "why": why}
    means.journal.commit([entry("lease.unlocked", run, by or owners.user(), *puts, **told)])
    return found


def holder(means: Means, target: str) -> Unlocked:
    """Return what freeing a target would free; nothing is changed. Raise TargetFreeError when nobody holds it."""
    journal = means.journal
    held = journal.leases()
    lease = next((found for found in held if found.name == target), None)
    if lease is None:
        raise TargetFreeError(target, held=[found.name for found in held])
    run = next((found for found in journal.runs(run=lease.run) if found.id == lease.run), None)
    if run is None:
        raise RunUnknownError(lease.run, f"it holds {target} all the same")
    return Unlocked(lease=lease, run=run, at_work=who_works(means, run))
