# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator decides about a run that nobody works on: each decision is on the record, with who and why.

Every decision gives the run a new token. So an attempt that begins at the same moment fails instead of overwriting the
decision, and one that was taken for dead, and is not, can no longer write.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from . import codec, owners
from .begin import Means
from .entries import step_entry
from .errors import (
    NotInDoubtError,
    RunBusyError,
    RunOverError,
    RunUnknownError,
    StaleAttemptError,
    StepUnknownError,
    TargetFreeError,
)
from .inspection import AtWork, left_by_workers, who_works
from .leavings import judged
from .records import Entry, Fence, Fencing, Freeing, Lease, Result, Run, RunState, Step, StepState, Taking
from .report import Left, describe, in_doubt, standing


class Answer(StrEnum):
    """What an operator says of a step in doubt."""

    DONE = "done"
    RETRY = "retry"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A step that is in doubt no more, and the steps of its run that still are."""

    run: Run
    step: Step
    in_doubt: tuple[Step, ...]


def abandon(means: Means, run: Run, *, why: str) -> Abandoned:
    """Give a run up: it is never resumed, its targets are free, what it did stays as it is.

    Raise RunOverError or RunBusyError, with nothing changed, when that may not be.
    """
    journal = means.journal
    _must_be_open(run, "there is nothing to give up")
    _must_be_free(means, run)
    now, token = means.clock.now(), journal.next_token()
    after = replace(run, state=RunState.ABANDONED, owner=None, token=token, updated=now, reason=why)
    held = [lease for lease in journal.leases() if lease.run == run.id]
    names = tuple(lease.name for lease in held)
    entries = [_entry("run.abandoned", after, after, state=str(after.state), was=str(run.state), why=why)]
    if held:
        freeing = [Freeing(name=lease.name, token=lease.token) for lease in held]
        entries.append(_entry("lease.released", after, *freeing, targets=list(names), token=token))
    # What workers left goes with the spool: what it proves is written down first.
    started = [step for step in journal.steps(run.id) if step.state is StepState.STARTED]
    entries += [entry for step in started for entry in judged(means.spool, step, after, actor=owners.user())]
    _commit(means, run, entries)
    means.spool.drop_run(run.id)
    return Abandoned(run=after, freed=names, standing=tuple(standing(journal.steps(run.id))))


def unlock(means: Means, target: str, *, why: str) -> Unlocked:
    """Free one target whoever holds it; the holder's attempt, if it lives, can write no more.

    Raise TargetFreeError when nobody holds it, LeaseConflictError when it changes hands at this moment.
    """
    journal = means.journal
    held = journal.leases()
    lease = next((found for found in held if found.name == target), None)
    if lease is None:
        raise TargetFreeError(target, held=[found.name for found in held])
    run = next((found for found in journal.runs(run=lease.run) if found.id == lease.run), None)
    if run is None:
        raise RunUnknownError(lease.run, f"it holds {target} all the same")
    at_work = who_works(means, run)
    token = journal.next_token()
    # Taken before it is freed, so that nobody else's lease is freed who took it since we looked.
    take = Taking(lease=replace(lease, token=token), expect=lease.token)
    puts = (take, Freeing(name=target, token=token), Fencing(run=run.id, token=token))
    told = {"targets": [target], "from": str(lease.owner), "token": token, "why": why}
    journal.commit([_entry("lease.unlocked", run, *puts, **told)])
    return Unlocked(lease=lease, run=run, at_work=at_work)


def decide(means: Means, run: Run, *, host: str, name: str, answer: Answer, why: str) -> Decided:
    """Say what became of a step in doubt: done, or to be done again; the run stays as it is, to be resumed.

    `name` is the step's name, path or key. Raise RunOverError, RunBusyError, StepUnknownError or NotInDoubtError, with
    nothing changed, when there is nothing to decide.
    """
    journal = means.journal
    _must_be_open(run, "there is nothing to decide")
    _must_be_free(means, run)
    if run.is_going_back:
        raise RunOverError(
            run.id, state=str(run.state), why="it goes back, and steps in doubt are undone with the rest"
        )
    steps, left = journal.steps(run.id), left_by_workers(means, run)
    step = _chosen(run, steps, left, host=host, name=name)
    now = means.clock.now()
    # Items that are done are kept: a retry is about the rest.
    results = [
        Result(run=run.id, host=step.host, key=step.key, item=item, payload=payload)
        for item, payload in left[step.host, step.key].items.items()
    ]
    item = left[step.host, step.key].item
    if answer is Answer.DONE and item:
        # The word is about the item that was in hand; those after it never began, and are still to be done.
        after = replace(step, state=StepState.PENDING, may_remain=True, updated=now)
        results.append(Result(run=run.id, host=step.host, key=step.key, item=item, payload=_said(why)))
    elif answer is Answer.DONE:
        after = replace(step, state=StepState.OK, is_handled=None, is_withheld=False, may_remain=False, updated=now)
        results.append(Result(run=run.id, host=step.host, key=step.key, payload=_said(why)))
    else:
        after = replace(step, state=StepState.PENDING, may_remain=True, updated=now)
    entry = step_entry(
        "step.resolved", after, *results, attempt=run.attempt, actor=owners.user(), answer=str(answer), why=why
    )
    fencing = Fencing(run=run.id, token=journal.next_token())
    _commit(means, run, [replace(entry, puts=(*entry.puts, fencing))])
    others = tuple(other for other in in_doubt(steps, left) if other is not step)
    return Decided(run=run, step=after, in_doubt=others)


def _must_be_open(run: Run, why: str) -> None:
    if not run.state.is_resumable:
        raise RunOverError(run.id, state=str(run.state), why=why)


def _must_be_free(means: Means, run: Run) -> None:
    at_work = who_works(means, run)
    if not at_work.is_free:
        raise RunBusyError(run.id, workflow=run.workflow, who=at_work.who, since=run.updated)


def _chosen(run: Run, steps: Sequence[Step], left: Left, *, host: str, name: str) -> Step:
    doubtful = in_doubt(steps, left)
    meant = [step for step in steps if host in {step.host, step.doer} and name in {step.name, step.path, step.key}]
    chosen = [step for step in meant if step in doubtful]
    if len(chosen) == 1:
        return chosen[0]
    if meant and not chosen:
        known = describe(meant[-1], is_live=False, left=left.get((meant[-1].host, meant[-1].key)))
        raise NotInDoubtError(run.id, step=name, host=host, known=f"it is {known}")
    candidates = [f"{step.name!r} on {step.doer}, key {step.key!r}" for step in chosen or doubtful]
    raise StepUnknownError(run.id, step=name, host=host, candidates=candidates, is_ambiguous=bool(chosen))


def _said(why: str) -> str:
    return codec.encode({"family": "operator", "result": {"changed": True, "msg": why}, "fields": {}})


def _commit(means: Means, run: Run, entries: Sequence[Entry]) -> None:
    try:
        means.journal.commit(entries, fence=Fence(run=run.id, token=run.token))
    except StaleAttemptError as error:
        who = "someone who has just resumed it"
        raise RunBusyError(run.id, workflow=run.workflow, who=who, since=means.clock.now()) from error


def _entry(kind: str, run: Run, *puts: Run | Taking | Freeing | Fencing, **data: object) -> Entry:
    return Entry(type=kind, run=run.id, attempt=run.attempt, actor=owners.user(), data=data, puts=puts)
