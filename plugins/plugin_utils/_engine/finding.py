# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding a run: by its id, by what a process asks for; and telling whether somebody is at work on it."""

from __future__ import annotations

from collections.abc import Sequence

from .errors import RunEndedError, RunUnfinishedError, RunUnknownError
from .ids import may_be_name
from .journal import Journal
from .records import Run, RunState, Slice
from .request import Request
from .slices import is_at_work
from .spool import Spool


def find_run(journal: Journal, prefix: str) -> Run:
    """Return the one run whose id begins with `prefix`; the newest of all for an empty one."""
    as_typed = journal.runs(run=prefix)
    if meant := [run for run in as_typed if run.id == prefix]:
        return meant[0]  # whatever else begins so, or is told apart by its case alone
    found = journal.runs(run=prefix.upper()) or as_typed
    if not found:
        raise RunUnknownError(prefix, "there is none" if prefix else "the journal has no runs")
    exact = [run for run in found if run.id == prefix.upper()]
    if prefix and len(found) > 1 and not exact:
        raise RunUnknownError(prefix, "several begin so: " + ", ".join(run.id for run in found))
    return (exact or found)[0]


def at_work(journal: Journal, run: Run) -> list[Slice]:
    """Return the slices of the run whose attempts live, or may live on another machine."""
    held, now = journal.leases(), journal.now()
    return [part for part in journal.slices(run.id) if is_at_work(part, held, now=now) is not False]


def is_live(journal: Journal, spool: Spool, run: Run) -> bool | None:
    """Tell whether a process or a worker is at work on the run; None: its machine is another, and its lease runs."""
    if spool.workers(run.id):
        return True
    held, now = journal.leases(), journal.now()
    found = {is_at_work(part, held, now=now) for part in journal.slices(run.id)}
    return True if True in found else None if None in found else False


def find(journal: Journal, request: Request) -> Run | None:
    """Return the run that a process asks for: the one with its id, or the workflow's unfinished one."""
    if request.run_id:
        if not may_be_id(request.run_id):
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
        if run.state.is_resumable and is_same_place(run.targets, request.targets)
    ]
    if unfinished and request.resume == "new":
        raise RunUnfinishedError(unfinished[0].id, workflow=request.workflow, state=unfinished[0].state)
    return unfinished[0] if unfinished else None


def may_be_id(text: str) -> bool:
    """Tell whether a run may be called so; it is the name of a folder, too."""
    return may_be_name(text)


def is_same_place(before: Sequence[str], now: Sequence[str]) -> bool:
    """Tell whether runs of one workflow on these targets are one undertaking."""
    # One playbook on other targets (staging, production) is another: it must not resume this one.
    return not before or not now or bool(set(before) & set(now))
