# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a resume would do, read and shown; nothing is changed.

``--format json`` prints one document:

=========  =========================================================================================================
schema     1
run        id, workflow, state, attempt
refused    whether the resume would be refused because of what changed
changes    what changed since the last attempt, a sentence each
steps      in the order of the playbook: name, where, play, path, is_handler, is_new, notes (a list of sentences) and
           hosts: {host: word}; the words are explained under words
words      each word that occurs: what it means
=========  =========================================================================================================
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from typing import Any

from .._engine.errors import PlaybookError, RunBusyError, RunOverError
from .._engine.finding import find_run
from .._engine.inspection import who_works
from .._engine.records import Run
from .._engine.report.resume import REASONS, ResumePlan, Row
from .._engine.request import Means
from .._screen.screen import Screen
from . import facts
from .opening import opened
from .rerun import recorded
from .wording import some

_MOST_COLUMNS = 6  # hosts side by side; more of them are grouped by what they have in common


def forecast(arguments: Namespace) -> ResumePlan:
    """Return the plan of the resume that is asked for; raise EngineError."""
    with opened(arguments) as means:
        run = find_run(means.journal, arguments.resume)
        if not run.state.is_resumable:
            raise RunOverError(run.id, state=run.state, why="there is nothing to resume; the next start is a new run")
        at_work = who_works(means, run)
        if at_work.is_live:
            raise RunBusyError(run.id, workflow=run.workflow, who=at_work.who, since=run.updated)
        typed = arguments.rest or recorded(run, command=f"saga plan --resume {run.id}")
        return _read(typed, means, run, arguments.journal)


def draw(screen: Screen, plan: ResumePlan) -> None:
    """Draw the plan."""
    screen.heading(f"resume of run {plan.run.id} of {plan.run.workflow} ({plan.run.state}, attempt {plan.run.attempt})")
    if plan.is_refused:
        screen.alarm("It would be refused, because of what changed; see saga_drift")
    for change in plan.changes:
        screen.line(f"  {change}")
    hosts = list(dict.fromkeys(host for row in plan.rows for host in row.hosts))
    screen.line()
    heads = ("step", *hosts)
    rows = [(_title(row), *(row.hosts.get(host, "-") for host in hosts)) for row in plan.rows]
    if len(hosts) <= _MOST_COLUMNS and screen.fits(heads, rows):
        screen.table(heads, rows)
    else:
        grouped = [cells for row in plan.rows for cells in _grouped(row, hosts)]
        screen.table(("step", "a resume", "hosts"), grouped, folding=("step", "hosts"))
    notes = [f"  {row.name!r}: {note}" for row in plan.rows for note in row.notes]
    if notes:
        screen.line()
        for note in notes:
            screen.line(note)
    screen.line()
    for word, meaning in _words(plan).items():
        screen.line(f"  {word:<16} {meaning}")


def document(plan: ResumePlan) -> str:
    """Return the plan as JSON."""
    run = plan.run
    return facts.document(
        run={"id": run.id, "workflow": run.workflow, "state": str(run.state), "attempt": run.attempt},
        refused=plan.is_refused,
        changes=[str(change) for change in plan.changes],
        steps=[_step(row) for row in plan.rows],
        words=_words(plan),
    )


def _read(typed: Sequence[str], means: Means, run: Run, journal: str) -> ResumePlan:
    from ansible.errors import AnsibleError  # noqa: PLC0415  costs more than all the rest

    try:
        from .._bridge.resuming import planned  # noqa: PLC0415  reads ansible.cfg as it is imported

        return planned(typed, means, run, journal)
    except AnsibleError as error:
        raise PlaybookError(str(error)) from error


def _step(row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "where": row.where,
        "play": row.play,
        "path": row.path,
        "is_handler": row.is_handler,
        "is_new": row.is_new,
        "hosts": dict(row.hosts),
        "notes": list(row.notes),
    }


def _words(plan: ResumePlan) -> dict[str, str]:
    met = dict.fromkeys(word for row in plan.rows for word in row.hosts.values())
    return {word: REASONS.get(word) or REASONS.get(word.partition(" (")[0], "") for word in met}


def _title(row: Row) -> str:
    mark = "handler: " if row.is_handler else ""
    new = " (new)" if row.is_new else ""
    return f"{mark}{row.name}{new}" + (f"  {row.where}" if row.where else "")


def _grouped(row: Row, everyone: Sequence[str]) -> list[tuple[str, str, str]]:
    cells: dict[str, list[str]] = {}
    for host, word in row.hosts.items():
        cells.setdefault(word, []).append(host)
    titles = [_title(row), *[""] * (len(cells) - 1)]
    return [(title, word, some(hosts, everyone)) for title, (word, hosts) in zip(titles, cells.items(), strict=True)]
