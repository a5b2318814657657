# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking at a run as it is now: who works on it, where it stands, whether its audit holds. Nothing is changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from . import clock, owners
from .audit import End, Finding, Kept
from .audit.anchors import Anchor
from .audit.breaks import Chain
from .audit.verifying import examine
from .errors import RunBusyError
from .finding import find_run
from .journal import Journal
from .line import waiting_for
from .records import Asks, Control, Event, Lease, Owner, Run, Slice, Step, StepState, Waiter
from .report import Left, Question, View, launched_by, view
from .request import Means
from .slices import is_at_work
from .slotted import dataclass

_LOOKS = 20  # at a run that is being written to, until one falls between two writes
_LONG_LOOKS = 3  # likewise, where a look reads all that there is, which takes long

Seen = TypeVar("Seen")


@dataclass(frozen=True, slots=True, kw_only=True)
class AtWork:
    """Who works on a run, in words; `is_live` is None when it ran on another machine and its leases still last."""

    is_live: bool | None
    who: str

    @property
    def is_free(self) -> bool:
        """True when nobody can be at work on it."""
        return self.is_live is False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """A run as people see it, who works on it, and what whoever works on it is asked for."""

    view: View
    at_work: AtWork
    steps: tuple[Step, ...]
    asked: Control | None = None
    line: tuple[Waiter, ...] = ()  # who waits for what it holds, first come first
    slices: tuple[tuple[Slice, bool | None], ...] = ()  # of a sliced run, each with whether somebody is at work on it


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What verifying a run's audit found; no findings: it holds."""

    run: Run
    chain: Chain
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """All that there is to tell of a run, with what verifying its audit found."""

    sight: Sight
    steps: tuple[Step, ...]
    events: tuple[Event, ...]
    leases: tuple[Lease, ...]
    findings: tuple[Finding, ...] | None  # None: it was written to while it was read


def who_works(means: Means, run: Run) -> AtWork:
    """Return who works on the run: its processes, workers that outlived one, or nobody, with the reason to think so."""
    workers = means.spool.workers(run.id)
    held, now = means.journal.leases(), means.journal.now()
    known = [part for part in means.journal.slices(run.id) if part.owner is not None]
    living = {part.attempt: is_at_work(part, held, now=now) for part in known}
    if live := [_words(part.owner) for part in known if part.owner and living[part.attempt]]:
        return AtWork(is_live=True, who=" and ".join(live))
    if workers:
        pids = ", ".join(str(worker.pid) for worker in workers)
        return AtWork(is_live=True, who=f"workers {pids} of an attempt whose controller is gone")
    if not known or not run.state.is_resumable:
        return AtWork(is_live=False, who="nobody")
    if perhaps := [part for part in known if living[part.attempt] is None]:
        tokens = {part.token for part in perhaps}
        last = max(lease.expires or 0 for lease in held if lease.run == run.id and lease.token in tokens)
        who = " and ".join(str(part.owner) for part in perhaps)
        return AtWork(is_live=None, who=f"{who}, unless it died (its leases last until {clock.text(last)})")
    gone = [part.owner for part in known if part.owner]
    how = "is gone" if all(owners.is_here(owner) for owner in gone) else "has let its leases run out"
    return AtWork(is_live=False, who=f"nobody: {' and '.join(map(str, gone))} {how}")


def _words(owner: Owner) -> str:
    return f"{owner} ({owner.user})" if owner.user else str(owner)


def look(means: Means, run: str) -> Sight:
    """Return the run whose id begins with `run` (the newest of all, if that is empty) as it is now."""
    sight, _is_steady = steadily(means, run, lambda found: _sight(means, found))
    return sight


def verify(means: Means, run: str, anchors: Sequence[Anchor] = ()) -> Verified:
    """Verify the run's audit, and that it has these anchors of it at their places.

    Raise RunBusyError when it is written to faster than it can be read.
    """
    verified, is_steady = steadily(means, run, lambda found: _verified(means, found, anchors))
    if verified.findings and not is_steady:
        busy = verified.run
        raise RunBusyError(busy.id, workflow=busy.workflow, who=who_works(means, busy).who, since=busy.updated)
    return verified


def account(means: Means, run: str) -> Account:
    """Return all that there is to tell of a run; read between two writes, unless these follow one another too fast."""
    told, is_steady = steadily(means, run, lambda found: _account(means, found), looks=_LONG_LOOKS)
    return told if is_steady or not told.findings else replace(told, findings=None)


def left_by_workers(means: Means, run: Run) -> Left:
    """Return what workers left of the run's steps without an outcome; they must be gone."""
    return _left(means, means.journal.steps(run.id))


def _left(means: Means, steps: Iterable[Step]) -> Left:
    return {
        (step.host, step.key): means.spool.judge(step.run, step.attempt, step.host, step.key)
        for step in steps
        if step.state is StepState.STARTED
    }


def steadily(means: Means, prefix: str, read: Callable[[Run], Seen], *, looks: int = _LOOKS) -> tuple[Seen, bool]:
    """Return what is read of a run between two writes, and whether it was: each change of state has an event."""
    journal = means.journal
    known = find_run(journal, prefix)
    for _look in range(looks - 1):
        before = journal.head(known.id)
        seen = read(find_run(journal, known.id))
        if journal.head(known.id) == before:
            return seen, True
    return read(find_run(journal, known.id)), False


def launchers(means: Means, run: Run) -> frozenset[str]:
    """Return who began or resumed the run."""
    return launched_by(means.journal.events(run.id))


def waiting(means: Means, run: Run) -> tuple[Question, ...]:
    """Return what a run waits for somebody to decide; nothing while somebody is at work on it."""
    return _sight(means, run).view.questions


def _sight(means: Means, run: Run, known: Sequence[Step] | None = None) -> Sight:
    """Return a run as it is now; `known` are its steps, if they have been read already."""
    at_work = who_works(means, run)
    steps, plan = means.journal.steps(run.id) if known is None else known, means.journal.plan(run.id)
    left = _left(means, steps) if at_work.is_free else {}
    parts = means.journal.slices(run.id)
    gone = tuple(host for part in parts for host in part.surroundings.gone)
    asked = None if at_work.is_free else means.journal.control(run.id)
    seen = view(
        run,
        steps,
        plan,
        is_live=at_work.is_live,
        left=left,
        gone=gone,
        launchers=launchers(means, run) if any(step.asks is Asks.APPROVAL for step in steps) else (),
        parts=parts,
        now=means.clock.now(),
    )
    held, now = means.journal.leases(), means.journal.now()
    slices = tuple((part, is_at_work(part, held, now=now)) for part in parts if run.slices)
    own = [lease for lease in held if lease.run == run.id]
    line = waiting_for(means.journal, own) if own else ()
    return Sight(view=seen, at_work=at_work, steps=tuple(steps), asked=asked, slices=slices, line=line)


def _verified(means: Means, run: Run, anchors: Sequence[Anchor]) -> Verified:
    journal = means.journal
    count, head = journal.head(run.id)
    chain = Chain.of(run.id, journal.events(run.id))
    steps = journal.steps(run.id)
    end, kept = End(count=count, head=head), _kept(journal, run, steps)
    found = examine(run, steps, chain, kept, end=end, anchors=anchors)
    return Verified(run=run, chain=chain, findings=tuple(found))


def _account(means: Means, run: Run) -> Account:
    journal = means.journal
    count, head = journal.head(run.id)
    steps, chain = tuple(journal.steps(run.id)), Chain.of(run.id, journal.events(run.id))
    return Account(
        sight=_sight(means, run, steps),
        steps=steps,
        events=tuple(chain.events),
        leases=tuple(lease for lease in journal.leases() if lease.run == run.id),
        findings=tuple(examine(run, steps, chain, _kept(journal, run, steps), end=End(count=count, head=head))),
    )


def _kept(journal: Journal, run: Run, steps: Iterable[Step]) -> Kept:
    """Return what the audit tells of beside states."""
    return Kept.of(steps, journal.slices(run.id), lambda step: journal.results(run.id, step.host, step.key))
