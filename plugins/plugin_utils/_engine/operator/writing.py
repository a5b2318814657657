# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every decision stands on: the run is unfinished, nobody works on it, and it is all written at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..begin import Means
from ..clock import text
from ..errors import RunBusyError, RunChangedError, RunOverError
from ..inspection import who_works
from ..records import Entry, Fence, Fencing, Freeing, Put, Run


def must_be_open(means: Means, run: Run, why: str) -> None:
    """Raise RunOverError if the run has ended, and say who decided that, if somebody did."""
    if not run.state.is_resumable:
        raise RunOverError(run.id, state=str(run.state), why=why, decided=last_decision(means, run))


def must_be_free(means: Means, run: Run) -> None:
    """Raise RunBusyError if somebody works, or may work, on the run."""
    at_work = who_works(means, run)
    if not at_work.is_free:
        raise RunBusyError(run.id, workflow=run.workflow, who=at_work.who, since=run.updated)


def last_decision(means: Means, run: Run) -> str:
    """Return who was the last to decide about the run, and what, in words; empty: nobody has."""
    made = list(means.journal.events(run.id, types=("decision.made",)))
    return f"{made[-1].actor} decided {made[-1].data['answer']!r} at {text(made[-1].time)}" if made else ""


def commit(means: Means, run: Run, entries: Sequence[Entry]) -> None:
    """Write all of it, or nothing; raise RunBusyError if somebody was faster since the run was looked at."""
    try:
        means.journal.commit(entries, fence=Fence(run=run.id, version=run.version))
    except RunChangedError as error:
        who = "someone who has just resumed it, or decided about it,"
        raise RunBusyError(run.id, workflow=run.workflow, who=who, since=means.clock.now()) from error


def entry(kind: str, run: Run, actor: str, *puts: Put, **data: object) -> Entry:
    """Return an entry about a run as a whole."""
    return Entry(type=kind, run=run.id, attempt=run.attempt, actor=actor, data=data, puts=puts)


def released(means: Means, run: Run, actor: str) -> tuple[tuple[str, ...], list[Entry]]:
    """Return the names of the leases that a run holds, and the entries that free them."""
    held = [lease for lease in means.journal.leases() if lease.run == run.id]
    names = tuple(lease.name for lease in held)
    freeing = [Freeing(name=lease.name, token=lease.token) for lease in held]
    told = {"targets": list(names), "token": max((lease.token for lease in held), default=0)}
    return names, [entry("lease.released", run, actor, *freeing, **told)] if held else []


def fenced(means: Means, run: Run) -> Fencing:
    """Return what keeps every attempt that has begun from writing."""
    return Fencing(run=run.id, token=means.journal.next_token())


def revised(run: Run, **facts: object) -> Run:
    """Return the run's next record: whoever has seen the one before, and is slower, is refused."""
    return replace(run, version=run.version + 1, **facts)  # type: ignore[arg-type]  # a field each
