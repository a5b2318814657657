# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking a run out of a journal: all of it as it was at one moment, and giving it up where it was."""

from __future__ import annotations

from operator import attrgetter

from .. import owners
from ..errors import RunBusyError
from ..inspection import AtWork, steadily, who_works
from ..journal import Journal
from ..leavings import judged
from ..operator import Abandoned, abandon
from ..operator.writing import commit, must_be_free, must_be_open
from ..records import Bundle, Entry, Result, Run, StepState
from ..request import Means
from ..slotted import dataclass
from .checking import broken
from .reading import How
from .refusals import AuditBrokenError


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A run as it was at one moment, and how it was found."""

    bundle: Bundle
    how: How


def take(means: Means, run: Run, *, may_be_live: bool = False) -> Taken:
    """Return all that the journal has of a run.

    Raise RunBusyError when somebody is at work on it and that is not asked for, or writes faster than it can be read;
    AuditBrokenError when its record does not hold.
    """

    def read(found: Run) -> tuple[Bundle, AtWork]:
        return _bundle(means.journal, found), who_works(means, found)

    if not may_be_live:
        must_be_free(means, run)  # before all of it is read
    (bundle, at_work), is_steady = steadily(means, run.id, read)
    if not is_steady or not (at_work.is_free or may_be_live):
        raise RunBusyError(run.id, workflow=run.workflow, who=at_work.who, since=bundle.run.updated)
    if what := next(broken(bundle), ""):
        raise AuditBrokenError(run.id, what)
    return Taken(bundle=bundle, how=How.STILL if at_work.is_free else How.LIVE)


def settle(means: Means, run: Run) -> None:
    """Write down what workers left of an unfinished run, as its next attempt would: their pages stay on this machine.

    Raise RunOverError or RunBusyError, with nothing changed.
    """
    must_be_open(means, run, "there is nothing to move; without --move it is copied")
    must_be_free(means, run)
    started = [step for step in means.journal.steps(run.id) if step.state is StepState.STARTED]
    entries = [found for step in started for found in judged(means.spool, step, run, actor=owners.user())]
    if entries:
        commit(means, run, entries)


def give_up(means: Means, taken: Taken, *, to: str) -> Abandoned:
    """Give a run up that was taken: it can be resumed only where it went. Raise a RunError if it has gone on since."""
    bundle = taken.bundle
    told = {"to": to, "events": len(bundle.events), "head": bundle.events[-1].hash}
    run = bundle.run
    exported = Entry(type="run.exported", run=run.id, attempt=run.attempt, actor=owners.user(), data=told)
    return abandon(means, run, why=f"moved to {to}", first=[exported])


def _bundle(journal: Journal, run: Run) -> Bundle:
    steps = journal.steps(run.id)
    results: dict[tuple[str, str], list[Result]] = {}
    for result in journal.all_results(run.id):
        results.setdefault((result.host, result.key), []).append(result)
    return Bundle(
        run=run,
        plan=journal.plan(run.id),
        slices=tuple(journal.slices(run.id)),
        steps=tuple(steps),
        results=tuple(
            result
            for step in steps
            for result in sorted(results.get((step.host, step.key), ()), key=attrgetter("item"))
        ),
        events=tuple(journal.events(run.id)),
    )
