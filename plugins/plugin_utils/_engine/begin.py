# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an attempt begins: find the run, prove that nobody else is at work on it, judge what was left, take the leases.

All that is done before the first step; whatever is refused here is refused before anything has run.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from . import owners
from .clock import Clock
from .errors import DriftError, LeaseConflictError, RunBusyError, StaleAttemptError, TargetHeldError
from .finding import find, find_run, is_live, must_be_free
from .ids import ulid
from .journal import Journal
from .leases import Claim, Holding, takings
from .leavings import judged
from .orphans import has_awaited_workers
from .plan import Change, Given, Past, Present, compare, follow, given_now, settled
from .records import (
    Control,
    Entry,
    Fence,
    Fencing,
    Freeing,
    Lease,
    Plan,
    Put,
    Run,
    RunState,
    Step,
    StepState,
    Surroundings,
    Taking,
)
from .request import Ended, Means, Request
from .run import Attempt
from .saga import remaining
from .spool import Spool

__all__ = ["Ended", "Means", "Request", "begin", "extend", "find_run", "is_live"]

_MOST_CHANGES_TOLD = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumption:
    """A run that is to go on: what it has done, what its last attempt met, and what has changed since."""

    run: Run
    steps: Sequence[Step]
    surroundings: Surroundings | None
    changes: Sequence[Change]

    @property
    def weighty(self) -> list[Change]:
        return [change for change in self.changes if change.is_weighty]

    @property
    def dropped(self) -> list[str]:
        """The hosts that the run goes on without, where an operator has accepted that they are gone."""
        return [change.path for change in self.weighty if change.what == "vanished"]


def begin(means: Means, request: Request) -> Attempt | Ended:
    """Begin a run or resume the workflow's unfinished one.

    Raise a RunError or LeaseError, with nothing changed, when that may not be.
    """
    deadline = means.clock.monotonic() + request.lock_wait
    has_told = False
    while True:
        try:
            return _try(means, request)
        except LeaseConflictError:
            continue
        except TargetHeldError as error:
            if means.clock.monotonic() >= deadline:
                raise
            if not has_told:
                means.tell(f"waiting up to {request.lock_wait:.0f} s: {error}")
                has_told = True
            time.sleep(0.25)


def _try(means: Means, request: Request) -> Attempt | Ended:
    journal, moment = means.journal, means.clock.monotonic()
    # Read before the run is looked for: if another process begins one meanwhile, we shall find a lease changed.
    held = journal.leases()
    before = find(journal, request)
    if before is not None and not before.state.is_resumable:
        return Ended(run=before)
    resumption = None
    if before is not None:
        must_be_free(journal, before, means.clock)
        if has_awaited_workers(means, before, request):
            return _try(means, request)  # what was read is old by now
        resumption = resumption_of(journal, before, request)
        _must_not_have_drifted(resumption, request)
    run, surroundings = _take(means, request, resumption, held=held)
    means.spool.open_attempt(run.id, run.attempt)
    if resumption is not None and resumption.changes:
        means.tell(f"changed since the last attempt of run {run.id}:\n  " + "\n  ".join(_told(resumption.changes)))
    return Attempt(
        run,
        journal,
        means.spool,
        clock=means.clock,
        lease_ttl=request.lock_ttl,
        leased=moment,
        drift=request.drift,
        actor=request.actor,
        surroundings=surroundings,
        given=_given(resumption, request),
    )


def extend(
    attempt: Attempt, names: Sequence[str], *, clock: Clock, lock_ttl: float, on_orphan: str, are_targets: bool = True
) -> None:
    """Take leases that the attempt does not hold yet; raise TargetHeldError if another run holds one."""

    def take(new: tuple[str, ...], run: Run, journal: Journal) -> list[Entry]:
        now = clock.now()
        claim = Claim(
            names=new,
            run=run.id,
            token=run.token,
            owner=run.owner or owners.this_process(),
            now=now,
            expires=now + lock_ttl,
            on_orphan=on_orphan,
        )
        held = journal.leases(new)
        take = takings(claim, held, lambda lease: _know(journal, attempt.spool, lease))
        return _lease_entries(run, take, held, actor=attempt.actor)

    attempt.claim(names, take, are_targets=are_targets)


def resumption_of(journal: Journal, run: Run, request: Request) -> Resumption:
    """Return what is known of a run that is to go on, and what has changed since its last attempt."""
    steps = journal.steps(run.id)
    past = Past(
        plan=journal.plan(run.id),
        steps=steps,
        surroundings=journal.surroundings(run.id),
        is_going_back=run.is_going_back,
        owed=remaining(steps, run.back) if run.is_going_back else (),
    )
    present = Present(plan=request.plan, surroundings=request.surroundings, hosts=request.hosts)
    return Resumption(run=run, steps=steps, surroundings=past.surroundings, changes=compare(past, present))


def _given(resumption: Resumption | None, request: Request) -> Given:
    return given_now(resumption.surroundings if resumption else None, request.surroundings)


def _must_not_have_drifted(resumption: Resumption, request: Request) -> None:
    if request.drift == "refuse" and (weighty := resumption.weighty):
        subjects = sorted({change.subject for change in weighty}, reverse=True)  # the playbook first
        raise DriftError(resumption.run.id, _told(weighty), subjects=subjects)


def _told(changes: Sequence[Change]) -> list[str]:
    more = len(changes) - _MOST_CHANGES_TOLD
    return [str(change) for change in changes[:_MOST_CHANGES_TOLD]] + ([f"and {more} more"] if more > 0 else [])


def _take(
    means: Means, request: Request, resumption: Resumption | None, *, held: Sequence[Lease]
) -> tuple[Run, Surroundings]:
    journal, now = means.journal, means.clock.now()
    token = journal.next_token()
    owner = owners.this_process()
    before = resumption.run if resumption else None
    surroundings = _surroundings(resumption, request)
    run = replace(_next(resumption, surroundings, request, now), token=token, owner=owner)
    surroundings = replace(surroundings, run=run.id)
    claim = Claim(
        names=request.targets,
        run=run.id,
        token=token,
        owner=owner,
        now=now,
        expires=now + request.lock_ttl,
        on_orphan=request.on_orphan,
    )
    take = takings(claim, held, lambda lease: _know(journal, means.spool, lease))
    others = [lease for lease in held if lease.run == run.id and lease.name not in request.targets]
    # What a parked run kept moves on, so that it is freed at the end: targets not wanted now, and locks of its steps.
    dropped = set(before.targets if before else ()) - set(run.targets)
    take += [
        Taking(lease=replace(lease, token=token, owner=owner, expires=claim.expires), expect=lease.token)
        for lease in others
        if lease.name not in dropped
    ]
    entries = [
        _run_entry(resumption, run, request, surroundings),
        *_lease_entries(run, take, held, actor=request.actor),
    ]
    if resumption is not None:
        entries += _settlements(resumption, run, request, [lease for lease in others if lease.name in dropped])
        entries += [entry for step in resumption.steps for entry in judged(means.spool, step, run, actor=request.actor)]
    try:
        journal.commit(entries, fence=Fence(run=run.id, token=before.token if before else 0))
    except StaleAttemptError as error:
        raise RunBusyError(run.id, workflow=run.workflow, who="another process", since=now) from error
    return run, surroundings


def _surroundings(resumption: Resumption | None, request: Request) -> Surroundings:
    if resumption is None:
        return request.surroundings
    return follow(resumption.surroundings, request.surroundings, resumption.dropped, is_anew=request.drift == "rerun")


def _next(resumption: Resumption | None, surroundings: Surroundings, request: Request, now: float) -> Run:
    if resumption is None:
        return Run(
            id=request.run_id or ulid(now),
            workflow=request.workflow,
            state=RunState.RUNNING,
            started=now,
            updated=now,
            attempt=1,
            targets=request.targets,
            command=request.command,
            directory=request.directory,
        )
    before, known = resumption.run, resumption.surroundings
    # A target of hosts that are all gone is none of the run's any more.
    gone = {known.hosts[host] for host in resumption.dropped} - {*surroundings.hosts.values()} if known else set()
    return replace(
        before,
        state=RunState.COMPENSATING if before.is_going_back else RunState.RUNNING,
        updated=now,
        attempt=before.attempt + 1,
        # A resume with --limit works on some; the run stays a run over all.
        targets=tuple(dict.fromkeys((*(name for name in before.targets if name not in gone), *request.targets))),
        reason=before.reason if before.is_going_back else "",
    )


def _run_entry(resumption: Resumption | None, run: Run, request: Request, surroundings: Surroundings) -> Entry:
    data = {"state": str(run.state), "workflow": run.workflow, "token": run.token, "process": str(run.owner)}
    plan = Plan(run=run.id, steps=request.plan)
    if resumption is None:
        return _entry("run.started", run, request.actor, data, run, plan, surroundings)
    if resumption.changes:
        data["changes"] = [str(change) for change in resumption.changes]
    nothing = Control(run=run.id)  # what was asked was asked of the last attempt
    if request.drift == "refuse":
        return _entry("run.resumed", run, request.actor, data, run, surroundings, nothing)
    # From now on the playbook as it now is is what the run is measured by.
    data["drift"] = request.drift
    return _entry("run.resumed", run, request.actor, data, run, plan, surroundings, nothing)


def _settlements(resumption: Resumption, run: Run, request: Request, freed: Sequence[Lease]) -> list[Entry]:
    """Return the entries that tell of drift that an operator has accepted: steps taken as they now are, hosts gone."""
    entries = []
    data: dict[str, object]
    if weighty := resumption.weighty:
        steps = (
            settled(request.plan, resumption.steps, _given(resumption, request)) if request.drift == "accept" else []
        )
        data = {"drift": request.drift, "changes": [str(change) for change in weighty], "gone": resumption.dropped}
        entries.append(_entry("run.drift_accepted", run, request.actor, data, *steps))
    if freed:
        free = [Freeing(name=lease.name, token=lease.token) for lease in freed]
        data = {"targets": [lease.name for lease in freed], "token": run.token}
        entries.append(_entry("lease.released", run, request.actor, data, *free))
    return entries


def _lease_entries(run: Run, take: Sequence[Taking], held: Sequence[Lease], *, actor: str) -> list[Entry]:
    entries = []
    if take:
        names = [taking.lease.name for taking in take]
        entries.append(_entry("lease.acquired", run, actor, {"targets": names, "token": run.token}, *take))
    holders = {lease.name: lease.run for lease in held}
    losers = {holders[taking.lease.name] for taking in take if taking.lease.name in holders} - {run.id}
    for loser in sorted(losers):
        names = [taking.lease.name for taking in take if holders.get(taking.lease.name) == loser]
        data = {"targets": names, "from": loser, "token": run.token}
        entries.append(_entry("lease.taken_over", run, actor, data, Fencing(run=loser, token=run.token)))
    return entries


def _know(journal: Journal, spool: Spool, lease: Lease) -> Holding:
    run = next((found for found in journal.runs(run=lease.run) if found.id == lease.run), None)
    # The process that parked a run is done with it, even while it lives; workers it may have left are not.
    has_let_go = run is not None and run.state is RunState.PARKED and run.owner is None
    alive = False if has_let_go else owners.is_alive(lease.owner)
    if alive is False and spool.workers(lease.run):
        alive = True
    started = [step for step in journal.steps(lease.run) if step.state is StepState.STARTED]
    return Holding(run=run, step=started[-1].name if started else "", is_alive=alive)


def _entry(kind: str, run: Run, actor: str, data: dict[str, object], *puts: Put) -> Entry:
    return Entry(type=kind, run=run.id, attempt=run.attempt, actor=actor, data=data, puts=puts)
