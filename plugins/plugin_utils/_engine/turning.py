# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run is turned around on request: marked on the record, with who and why; the next attempt goes back.

The run gets a new version, as by every decision: an attempt that begins at the same moment looks again instead of
overwriting it.
"""

from __future__ import annotations

from dataclasses import replace

from . import owners
from .back import told
from .begin import Means
from .entries import run_entry
from .errors import PivotDoneError, RunBusyError, RunChangedError, RunOverError
from .inspection import who_works
from .records import Fence, Fencing, Run, RunState, WayBack
from .saga import back_to, owed

_OVER = frozenset({RunState.COMPENSATED, RunState.ABANDONED})


def turn_back(means: Means, run: Run, *, to: str, why: str) -> Run:
    """Turn a run around, all the way or back to after the step `to`; return it as it is now.

    A completed run may be undone, too. Raise a RunError, with nothing changed, when that may not be.
    """
    journal = means.journal
    _must_not_be_over(run)
    _must_be_free(means, run)
    if run.is_going_back and to:
        raise RunOverError(run.id, state=str(run.state), why="it goes back already; --remaining goes on with that")
    if run.state is RunState.COMPLETED:
        _must_be_the_last(means, run)
    steps = journal.steps(run.id)
    back = back_to(run, steps, to)
    debt = owed(steps, back)
    if debt.pivot is not None:
        pivot = debt.pivot
        hosts = [step.doer for step in steps if step.key == pivot.key]
        raise PivotDoneError(run.id, step=pivot.name, hosts=hosts, where=pivot.where)
    if not debt.undoings:
        raise RunOverError(
            run.id, state=str(run.state), why="there is nothing to undo" + (f" after {to!r}" if to else "")
        )
    return _turned(means, run, back, to=to, why=why)


def on_its_way_back(means: Means, run: Run) -> Run:
    """Return a run that may go on undoing what is left; raise a RunError when it does not go back, or may not now."""
    _must_not_be_over(run)
    _must_be_free(means, run)
    if not run.is_going_back:
        raise RunOverError(run.id, state=str(run.state), why="it is not on its way back, so nothing is left of that")
    return run


def _turned(means: Means, run: Run, back: WayBack, *, to: str, why: str) -> Run:
    user, now = owners.user(), means.clock.now()
    after = replace(
        run,
        # A parked run keeps its targets, and says so.
        state=RunState.PARKED if run.state is RunState.PARKED else RunState.STOPPED,
        version=run.version + 1,
        updated=now,
        is_going_back=True,
        back=back,
        reason=f"{user} asked for it: {why}",
    )
    facts = {"was": str(run.state), "why": why, **({"to": to} if to else {}), **told(back)}
    turned = run_entry("run.turned_back", after, actor=user, **facts)
    fencing = Fencing(run=run.id, token=means.journal.next_token())
    try:
        means.journal.commit(
            [replace(turned, puts=(*turned.puts, fencing))], fence=Fence(run=run.id, version=run.version)
        )
    except RunChangedError as error:
        who = "someone who has just resumed it"
        raise RunBusyError(run.id, workflow=run.workflow, who=who, since=now) from error
    return after


def _must_not_be_over(run: Run) -> None:
    if run.state in _OVER:
        raise RunOverError(run.id, state=str(run.state), why="there is nothing to undo any more")


def _must_be_free(means: Means, run: Run) -> None:
    at_work = who_works(means, run)
    if not at_work.is_free:
        raise RunBusyError(run.id, workflow=run.workflow, who=at_work.who, since=run.updated)


def _must_be_the_last(means: Means, run: Run) -> None:
    """Raise RunOverError if an unfinished run has followed a completed one: a start would find two of them."""
    for other in means.journal.runs(workflow=run.workflow):
        if other.state.is_resumable and set(other.targets) & set(run.targets):
            why = f"run {other.id} has begun since on the same targets, and is {other.state}: end that one first"
            raise RunOverError(run.id, state=str(run.state), why=why)
