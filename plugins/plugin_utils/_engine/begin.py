# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an attempt begins: find the run, prove that nobody else is at work on it, judge what was left, take the leases.

All that is done before the first step; whatever is refused here is refused before anything has run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from . import owners
from .claiming import entry_of, extend, know, lease_entries
from .errors import DriftError, SliceError
from .finding import find, find_run, is_live
from .ids import ulid
from .journal import Journal
from .leases import Claim, takings
from .leavings import judged
from .line import Line, Waiting
from .orphans import has_awaited_workers
from .plan import Change, Given, Past, Present, compare, follow, given_now, settled
from .records import (
    Control,
    Dropping,
    Entry,
    Fence,
    Freeing,
    Lease,
    Plan,
    Put,
    Run,
    RunState,
    Slice,
    Step,
    Surroundings,
    Taking,
)
from .request import Ended, Means, Request
from .run import Attempt
from .saga import remaining
from .sealing import key_of, vault_id_of
from .slices import Share, awaited, must_count, must_have_been_there, share
from .slotted import dataclass, field

__all__ = ["Ended", "Means", "Request", "begin", "extend", "find_run", "is_live"]

_MOST_CHANGES_TOLD = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumption:
    """A run that is to go on: what it has done, what its last attempt met, and what has changed since."""

    run: Run
    steps: Sequence[Step]
    surroundings: Surroundings | None
    changes: Sequence[Change]
    share: Share = field(default_factory=Share)

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
    line = Line(
        means.journal,
        clock=means.clock,
        names=_names(request),
        workflow=request.workflow,
        waiting=Waiting(limit=request.lock_wait, tell=means.tell, pause=means.pause),
    )
    return line.until(lambda: _try(means, request, line))


def _try(means: Means, request: Request, line: Line) -> Attempt | Ended:
    journal, moment = means.journal, means.clock.monotonic()
    if request.slices < 0:
        raise SliceError(f"saga_slices={request.slices} is no number of slices; leave it away, if one process has all")
    if request.slices and not request.run_id:
        raise SliceError(
            f"saga_slices={request.slices} spreads one run over several controllers, and they find it by its id: give "
            f"all of them the same saga_run_id"
        )
    # Read before the run is looked for: if another process begins one meanwhile, we shall find a lease changed.
    held = journal.leases()
    before = find(journal, request)
    if before is not None and not before.state.is_resumable:
        if before.slices:
            must_count(before, request.slices)
        must_have_been_there(before, targets=request.targets, slices=request.slices)
        return Ended(run=before)
    resumption = None
    if before is not None:
        found = share(
            before,
            journal.slices(before.id),
            held,
            targets=request.targets,
            slices=request.slices,
            now=journal.now(),
        )
        if has_awaited_workers(means, before, request, without=found.attempts_beside):
            return _try(means, request, line)  # what was read is old by now
        resumption = resumption_of(journal, before, request, found)
        _must_not_have_drifted(resumption, request)
    seal, data_key = key_of(before, means.vault)
    run, mine = _take(means, request, resumption, held=held, line=line, seal=seal)
    means.spool.open_attempt(run.id, mine.attempt)
    if resumption is not None and resumption.changes:
        means.tell(f"changed since the last attempt of run {run.id}:\n  " + "\n  ".join(_told(resumption.changes)))
    attempt = Attempt(
        run,
        mine,
        journal,
        means.spool,
        clock=means.clock,
        lease_ttl=request.lock_ttl,
        leased=moment,
        drift=request.drift,
        actor=request.actor,
        is_resumed=resumption is not None and bool(resumption.share.own),
        given=_given(resumption, request),
        data_key=data_key,
    )
    _look_on(means, attempt)
    return attempt


def _look_on(means: Means, attempt: Attempt) -> None:
    """Let this machine remember where the run's events end, from now on."""
    if (seen := means.seen) is not None:
        seen.tidy(means.journal)
        seen.note_end(means.journal, attempt.run.id)
        attempt.written.append(lambda: seen.follow(means.journal, attempt.run.id, now=means.clock.monotonic()))


def resumption_of(journal: Journal, run: Run, request: Request, found: Share | None = None) -> Resumption:
    """Return what is known of a run that is to go on, and what has changed since its last attempt.

    `found` is what a start finds of it; without, it goes on with all of it.
    """
    found = Share(own=tuple(journal.slices(run.id))) if found is None else found
    steps = journal.steps(run.id)
    own = [step for step in steps if found.is_its(step)]
    past = Past(
        plan=journal.plan(run.id),
        steps=steps,
        surroundings=found.has_met(),
        is_going_back=run.is_going_back,
        owed=remaining(own, run.back) if run.is_going_back else (),
    )
    present = Present(plan=request.plan, surroundings=request.surroundings, hosts=request.hosts)
    changes = compare(past, present)
    return Resumption(run=run, steps=own, surroundings=past.surroundings, changes=changes, share=found)


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
    means: Means, request: Request, resumption: Resumption | None, *, held: Sequence[Lease], line: Line, seal: str
) -> tuple[Run, Slice]:
    journal, now = means.journal, means.clock.now()
    before, found = (resumption.run, resumption.share) if resumption else (None, Share())
    surroundings = _surroundings(resumption, request)
    run = replace(_next(resumption, surroundings, request, now), seal=seal)
    token = journal.next_token()
    if means.seen is not None:
        means.seen.must_hold(journal, token, before.id if before else "")
        means.seen.note_token(token)
    mine = _slice(run, request, found, surroundings, token=token, now=now)
    moment = journal.now()
    claim = Claim(
        names=_names(request),
        run=run.id,
        token=mine.token,
        owner=owners.this_process(),
        now=moment,
        expires=moment + request.lock_ttl,
        beside=found.tokens_at_work,
        on_orphan=request.on_orphan,
    )
    take = takings(claim, held, lambda lease: know(journal, means.spool, lease))
    line.must_be_next(claim)
    others = [
        lease for lease in held if lease.run == run.id and lease.name not in claim.names and not found.is_theirs(lease)
    ]
    # What a parked run kept moves on, so that it is freed at the end: targets not wanted now, and locks of its steps.
    dropped = set(before.targets if before else ()) - set(run.targets)
    take += [
        Taking(lease=replace(lease, token=mine.token, owner=claim.owner, expires=claim.expires), expect=lease)
        for lease in others
        if lease.name not in dropped
    ]
    entries = [
        _run_entry(resumption, run, request, mine),
        *lease_entries(mine, take, held, actor=request.actor, draw=lambda: mine.token),
    ]
    if resumption is not None:
        entries += _settlements(resumption, mine, request, [lease for lease in others if lease.name in dropped])
        entries += [entry for step in resumption.steps for entry in judged(means.spool, step, run, actor=request.actor)]
    journal.commit(entries, fence=Fence(run=run.id, version=before.version if before else 0))
    return run, mine


def _slice(run: Run, request: Request, found: Share, surroundings: Surroundings, *, token: int, now: float) -> Slice:
    """Return the slice of a new attempt: what it asks for, and all of what it goes on with."""
    # A resume with --limit works on some; its slice stays a slice over all.
    known = dict.fromkeys([name for part in found.own for name in part.targets if name in run.targets])
    # And what resumes it is what began it: typed again, the command of those some would never come to the rest.
    is_limited = len(found.own) == 1 and not known.keys() <= {*request.targets}
    typed = found.own[0] if is_limited else request
    return Slice(
        run=run.id,
        attempt=run.attempt,
        token=token,
        owner=owners.this_process(),
        targets=tuple({**known, **dict.fromkeys(request.targets)}),
        state=run.state,
        updated=now,
        surroundings=surroundings,
        command=typed.command,
        directory=typed.directory,
        back=next((part.back for part in found.own if part.back is not None), None),
    )


def _names(request: Request) -> tuple[str, ...]:
    # An attempt without a target holds a lease all the same: it tells other machines that it lives.
    return request.targets or (f"run {request.run_id}" if request.run_id else f"workflow {request.workflow}",)


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
            slices=request.slices,
            awaited=max(request.slices - 1, 0),
        )
    before, known = resumption.run, resumption.surroundings
    # A target of hosts that are all gone is none of the run's any more.
    gone = {known.hosts[host] for host in resumption.dropped} - {*surroundings.hosts.values()} if known else set()
    return replace(
        before,
        state=RunState.COMPENSATING if before.is_going_back else RunState.RUNNING,
        updated=now,
        attempt=before.attempt + 1,
        version=before.version + 1,
        awaited=awaited(before, resumption.share, slices=request.slices),
        # A resume with --limit works on some; the run stays a run over all.
        targets=tuple(dict.fromkeys((*(name for name in before.targets if name not in gone), *request.targets))),
        reason=before.reason if before.is_going_back else "",
    )


def _run_entry(resumption: Resumption | None, run: Run, request: Request, mine: Slice) -> Entry:
    data = {"state": str(run.state), "workflow": run.workflow, "token": mine.token, "process": str(mine.owner)}
    if run.seal:
        data["vault_id"] = vault_id_of(run.seal)
    if run.slices:
        data["slice"] = list(mine.targets)
    plan = Plan(run=run.id, steps=request.plan)
    if resumption is None:
        return entry_of("run.started", mine, request.actor, data, run, mine, plan)
    if resumption.changes:
        data["changes"] = [str(change) for change in resumption.changes]
    found = resumption.share
    kind = "run.resumed" if found.own else "run.joined"
    puts: list[Put] = [run, mine, *(Dropping(run=run.id, attempt=part.attempt) for part in found.own)]
    if not found.at_work:
        puts.append(Control(run=run.id))  # what was asked was asked of the last attempt
    if request.drift != "refuse":
        # From now on the playbook as it now is is what the run is measured by.
        data["drift"] = request.drift
        puts.append(plan)
    return entry_of(kind, mine, request.actor, data, *puts)


def _settlements(resumption: Resumption, mine: Slice, request: Request, freed: Sequence[Lease]) -> list[Entry]:
    """Return the entries that tell of drift that an operator has accepted: steps taken as they now are, hosts gone."""
    entries = []
    data: dict[str, object]
    if weighty := resumption.weighty:
        steps = (
            settled(request.plan, resumption.steps, _given(resumption, request)) if request.drift == "accept" else []
        )
        data = {"drift": request.drift, "changes": [str(change) for change in weighty], "gone": resumption.dropped}
        entries.append(entry_of("run.drift_accepted", mine, request.actor, data, *steps))
    if freed:
        free = [Freeing(name=lease.name, token=lease.token) for lease in freed]
        data = {"targets": [lease.name for lease in freed], "token": mine.token}
        entries.append(entry_of("lease.released", mine, request.actor, data, *free))
    return entries
