# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an attempt begins: find the run, prove that nobody else is at work on it, judge what was left, take the leases.

All that is done before the first step; whatever is refused here is refused before anything has run.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from . import owners
from .clock import Clock
from .errors import (
    DriftError,
    LeaseConflictError,
    RunBusyError,
    RunEndedError,
    RunUnfinishedError,
    RunUnknownError,
    StaleAttemptError,
    TargetHeldError,
    WorkersAliveError,
)
from .ids import ulid
from .journal import Journal
from .leases import Claim, Holding, takings
from .leavings import judged
from .plan import drifted
from .records import (
    Entry,
    Fence,
    Fencing,
    Lease,
    Plan,
    PlannedStep,
    Run,
    RunState,
    Step,
    StepState,
    Taking,
)
from .run import Attempt
from .spool import Spool

_MOST_CHANGES_TOLD = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a process asks for; times in seconds."""

    workflow: str
    targets: tuple[str, ...]
    plan: tuple[PlannedStep, ...]
    run_id: str = ""
    resume: str = "auto"  # or "new"
    drift: str = "refuse"  # or "accept", "rerun"
    lock_ttl: float = 60.0
    lock_wait: float = 0.0
    on_orphan: str = "takeover"  # or "wait", "fail"
    orphan_workers: str = "wait"  # or "kill"
    orphan_wait: float = 300.0
    command: tuple[str, ...] = ()
    directory: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The run that was asked for by its id has ended already: nothing is to be done."""

    run: Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What beginning needs of the world; `tell` gets sentences for whoever watches."""

    journal: Journal
    spool: Spool
    clock: Clock
    tell: Callable[[str], None]


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
    before = _find(journal, request)
    if before is not None and not before.state.is_resumable:
        return Ended(run=before)
    steps: list[Step] = []
    if before is not None:
        _must_be_free(journal, before, means.clock)
        if _has_awaited_workers(means, before, request):
            return _try(means, request)  # what was read is old by now
        steps = journal.steps(before.id)
        _must_not_have_drifted(journal, before, steps, request)
    run = _take(means, request, before, steps=steps, held=held)
    means.spool.open_attempt(run.id, run.attempt)
    return Attempt(
        run,
        journal,
        means.spool,
        clock=means.clock,
        lease_ttl=request.lock_ttl,
        leased=moment,
        drift=request.drift,
        actor=owners.user(),
    )


def extend(attempt: Attempt, names: Sequence[str], *, clock: Clock, lock_ttl: float, on_orphan: str) -> None:
    """Take the leases of targets that the attempt does not hold yet; raise TargetHeldError if another run holds one."""

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
        return _lease_entries(run, takings(claim, held, lambda lease: _know(journal, attempt.spool, lease)), held)

    attempt.claim(names, take)


def find_run(journal: Journal, prefix: str) -> Run:
    """Return the one run whose id begins with `prefix`; the newest of all for an empty one."""
    found = journal.runs(run=prefix.upper()) or journal.runs(run=prefix)
    if not found:
        raise RunUnknownError(prefix, "there is none" if prefix else "the journal has no runs")
    exact = [run for run in found if run.id in {prefix, prefix.upper()}]
    if prefix and len(found) > 1 and not exact:
        raise RunUnknownError(prefix, "several begin so: " + ", ".join(run.id for run in found))
    return (exact or found)[0]


def is_live(journal: Journal, spool: Spool, run: Run, *, now: float) -> bool | None:
    """Tell whether a process or a worker is at work on the run; None: its machine is another, and its lease runs."""
    if spool.workers(run.id):
        return True
    if run.owner is None:
        return False
    alive = owners.is_alive(run.owner)
    if alive is None:
        held = [lease for lease in journal.leases() if lease.run == run.id and lease.expires is not None]
        return None if any(lease.expires > now for lease in held if lease.expires is not None) else False
    return alive


def _find(journal: Journal, request: Request) -> Run | None:
    if request.run_id:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}", request.run_id):
            raise RunUnknownError(request.run_id, "an id is made of letters, digits and _.:-")
        found = next((run for run in journal.runs(run=request.run_id) if run.id == request.run_id), None)
        if found is None:
            return None
        if found.workflow != request.workflow:
            raise RunUnknownError(request.run_id, f"that id is a run of {found.workflow}, not of {request.workflow}")
        if found.state is RunState.ABANDONED:
            raise RunEndedError(found.id, state=found.state)
        return found
    unfinished = [
        run
        for run in journal.runs(workflow=request.workflow)
        if run.state.is_resumable and _is_same_place(run.targets, request.targets)
    ]
    if unfinished and request.resume == "new":
        raise RunUnfinishedError(unfinished[0].id, workflow=request.workflow, state=unfinished[0].state)
    return unfinished[0] if unfinished else None


def _is_same_place(before: Sequence[str], now: Sequence[str]) -> bool:
    # One playbook on other targets (staging, production) is another undertaking: it must not resume this one.
    return not before or not now or bool(set(before) & set(now))


def _must_be_free(journal: Journal, run: Run, clock: Clock) -> None:
    if run.owner is None:
        return
    alive = owners.is_alive(run.owner)
    if alive is None:  # another machine: only its leases tell
        live = [lease for lease in journal.leases() if lease.run == run.id]
        alive = any(lease.expires is not None and lease.expires > clock.now() for lease in live)
    if alive:
        raise RunBusyError(run.id, workflow=run.workflow, who=str(run.owner), since=run.updated)


def _has_awaited_workers(means: Means, run: Run, request: Request) -> bool:
    clock, tell = means.clock, means.tell
    workers = means.spool.workers(run.id)
    if not workers:
        return False
    pids = [worker.pid for worker in workers]
    if request.orphan_workers == "kill":
        tell(f"ending what still works for the dead attempt: pid {', '.join(map(str, pids))}")
        for pid in pids:
            owners.end(pid)  # the module in hand ends with its worker
    else:
        many = f"{len(pids)} workers" if len(pids) > 1 else "a worker"
        tell(f"waiting for the results of {many} of the dead attempt, still at work")
    deadline = clock.monotonic() + request.orphan_wait
    while workers:
        if clock.monotonic() > deadline:
            raise WorkersAliveError(run.id, [worker.pid for worker in workers])
        time.sleep(0.05)
        workers = [worker for worker in workers if owners.is_alive(worker)]
    return True


def _must_not_have_drifted(journal: Journal, run: Run, steps: Sequence[Step], request: Request) -> None:
    if request.drift != "refuse" or run.is_going_back:
        return
    changes = [str(change) for change in drifted(journal.plan(run.id), request.plan, steps)]
    if changes:
        more = len(changes) - _MOST_CHANGES_TOLD
        told = changes[:_MOST_CHANGES_TOLD] + ([f"and {more} more"] if more > 0 else [])
        raise DriftError(run.id, told)


def _take(means: Means, request: Request, before: Run | None, *, steps: Sequence[Step], held: Sequence[Lease]) -> Run:
    journal, now = means.journal, means.clock.now()
    token = journal.next_token()
    owner = owners.this_process()
    run = replace(_next(before, request, now), token=token, owner=owner)
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
    # A lease that a parked run kept for a target it does not want now moves on with the token, so that it is freed.
    take += [
        Taking(lease=replace(lease, token=token, owner=owner, expires=claim.expires), expect=lease.token)
        for lease in held
        if lease.run == run.id and lease.name not in request.targets
    ]
    entries = [_run_entry(before, run, request), *_lease_entries(run, take, held)]
    entries += [entry for step in steps for entry in judged(means.spool, step, run, actor=owner.user)]
    try:
        journal.commit(entries, fence=Fence(run=run.id, token=before.token if before else 0))
    except StaleAttemptError as error:
        raise RunBusyError(run.id, workflow=run.workflow, who="another process", since=now) from error
    return run


def _next(before: Run | None, request: Request, now: float) -> Run:
    if before is None:
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
    return replace(
        before,
        state=RunState.COMPENSATING if before.is_going_back else RunState.RUNNING,
        updated=now,
        attempt=before.attempt + 1,
        # A resume with --limit works on some; the run stays a run over all.
        targets=tuple(dict.fromkeys((*before.targets, *request.targets))),
        reason=before.reason if before.is_going_back else "",
    )


def _run_entry(before: Run | None, run: Run, request: Request) -> Entry:
    data = {"state": str(run.state), "workflow": run.workflow, "token": run.token, "process": str(run.owner)}
    if before is None:
        return _entry("run.started", run, data, run, Plan(run=run.id, steps=request.plan))
    if request.drift == "refuse":
        return _entry("run.resumed", run, data, run)
    # From now on the playbook as it is now is what the run is measured by.
    data["drift"] = request.drift
    return _entry("run.resumed", run, data, run, Plan(run=run.id, steps=request.plan))


def _lease_entries(run: Run, take: Sequence[Taking], held: Sequence[Lease]) -> list[Entry]:
    entries = []
    if take:
        names = [taking.lease.name for taking in take]
        entries.append(_entry("lease.acquired", run, {"targets": names, "token": run.token}, *take))
    holders = {lease.name: lease.run for lease in held}
    losers = {holders[taking.lease.name] for taking in take if taking.lease.name in holders} - {run.id}
    for loser in sorted(losers):
        names = [taking.lease.name for taking in take if holders.get(taking.lease.name) == loser]
        data = {"targets": names, "from": loser, "token": run.token}
        entries.append(_entry("lease.taken_over", run, data, Fencing(run=loser, token=run.token)))
    return entries


def _know(journal: Journal, spool: Spool, lease: Lease) -> Holding:
    run = next((found for found in journal.runs(run=lease.run) if found.id == lease.run), None)
    alive = owners.is_alive(lease.owner)
    if alive is False and spool.workers(lease.run):
        alive = True
    started = [step for step in journal.steps(lease.run) if step.state is StepState.STARTED]
    return Holding(run=run, step=started[-1].name if started else "", is_alive=alive)


def _entry(kind: str, run: Run, data: dict[str, object], *puts: Run | Plan | Taking | Fencing) -> Entry:
    return Entry(type=kind, run=run.id, attempt=run.attempt, actor=owners.user(), data=data, puts=puts)
