# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking at a run as it is now: who works on it, where it stands, whether its audit holds. Nothing is changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from . import clock, owners
from .audit import End, Finding, Kept
from .audit.anchors import Anchor
from .audit.breaks import Chain
from .audit.kept import Told
from .audit.kept import doubt as doubted
from .audit.verifying import Hearing, Walk, examine
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
_MOST_CHOSEN = 100  # keys of steps that a store is asked for at once; of more, all are read
_LAUNCHES = frozenset({"run.started", "run.resumed"})

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
    end: End  # of the events, up to the first that cannot be read
    is_cut_short: bool  # there is one that cannot
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What is stored of a step's results: the whole under "", loop items under their keys.

    `doubt` says in words what of that, or of what it has captured, is not as the run's events tell; empty: all is.
    """

    results: Mapping[str, str]
    doubt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """All that there is to tell of a run, with what verifying its audit found."""

    sight: Sight
    steps: tuple[Step, ...]
    events: tuple[Event, ...]
    leases: tuple[Lease, ...]
    findings: tuple[Finding, ...] | None  # None: it was written to while it was read


def heard(means: Means, run: str, keys: Collection[str]) -> tuple[Told, list[Event]]:
    """Return what the run's events tell of what is stored beside steps with these keys, and those about them."""
    told, journal = Told(), means.journal
    told.hear(journal.events(run, types=_LAUNCHES))
    chosen = keys if len(keys) <= _MOST_CHOSEN else ()
    return told, [event for event in told.heard(journal.events(run, steps=chosen)) if event.step in keys]


def stored(means: Means, step: Step, told: Told | None = None) -> Stored:
    """Return a step's results; `told` is what :func:`heard` has returned of it."""
    journal = means.journal
    while True:
        results = journal.results(step.run, step.host, step.key)
        doubt = doubted(step, results, told or heard(means, step.run, {step.key})[0])
        if not doubt:
            return Stored(results=results, doubt="")
        # It may have been written meanwhile: what is told then is told by later events, and the step is another.
        there = (each for each in journal.steps(step.run) if (each.host, each.key) == (step.host, step.key))
        now = next(there, step)
        if told is None and now == step:
            return Stored(results=results, doubt=doubt)
        step, told = now, None


def who_works(means: Means, run: Run) -> AtWork:
    """Return who works on the run: its processes, workers that outlived one, or nobody, with the reason to think so."""
    parts = means.journal.slices(run.id)
    # Whoever has ended in good order holds nothing that would tell: a list of ended runs asks for no leases.
    held = means.journal.leases() if any(part.owner is not None for part in parts) else []
    return _who_works(means, run, parts, held)


def _who_works(means: Means, run: Run, parts: Iterable[Slice], held: Sequence[Lease]) -> AtWork:
    workers, now = means.spool.workers(run.id), means.journal.now()
    known = [part for part in parts if part.owner is not None]
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
    return launched_by(means.journal.events(run.id, types=_LAUNCHES))


def waiting(means: Means, run: Run) -> tuple[Question, ...]:
    """Return what a run waits for somebody to decide; nothing while somebody is at work on it."""
    return _sight(means, run).view.questions


def _sight(means: Means, run: Run, known: Sequence[Step] | None = None) -> Sight:
    """Return a run as it is now; `known` are its steps, if they have been read already."""
    parts, held = means.journal.slices(run.id), means.journal.leases()
    at_work = _who_works(means, run, parts, held)
    steps, plan = means.journal.steps(run.id) if known is None else known, means.journal.plan(run.id)
    left = _left(means, steps) if at_work.is_free else {}
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
    now = means.journal.now()
    slices = tuple((part, is_at_work(part, held, now=now)) for part in parts if run.slices)
    own = [lease for lease in held if lease.run == run.id]
    line = waiting_for(means.journal, own) if own else ()
    return Sight(view=seen, at_work=at_work, steps=tuple(steps), asked=asked, slices=slices, line=line)


def _verified(means: Means, run: Run, anchors: Sequence[Anchor]) -> Verified:
    journal = means.journal
    end, walk, hearing = _end(journal, run), Walk(run.id, anchors), Hearing()
    hearing.hear(walk.over(journal.events(run.id)))
    if walk.holds and walk.end == end:
        steps = journal.steps(run.id)
        found = tuple(hearing.objections(run, steps, _kept(journal, run)))
        return Verified(run=run, end=end, is_cut_short=False, findings=found)
    # Where it does not hold, what was done to it shows by all that is there.
    chain = Chain.of(run.id, journal.events(run.id))
    found = tuple(examine(run, journal.steps(run.id), chain, _kept(journal, run), end=end, anchors=anchors))
    return Verified(run=run, end=chain.end, is_cut_short=bool(chain.trouble), findings=found)


def _account(means: Means, run: Run) -> Account:
    journal = means.journal
    end = _end(journal, run)
    steps, chain = tuple(journal.steps(run.id)), Chain.of(run.id, journal.events(run.id))
    return Account(
        sight=_sight(means, run, steps),
        steps=steps,
        events=tuple(chain.events),
        leases=tuple(lease for lease in journal.leases() if lease.run == run.id),
        findings=tuple(examine(run, steps, chain, _kept(journal, run), end=end)),
    )


def _end(journal: Journal, run: Run) -> End:
    """Return where the run's record says that its events end."""
    count, head = journal.head(run.id)
    return End(count=count, head=head)


def _kept(journal: Journal, run: Run) -> Kept:
    """Return what the audit tells of beside states."""
    return Kept.stored(journal.all_results(run.id), journal.slices(run.id))
