# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way back of a run, before anybody takes it: read from the journal and shown; nothing is changed.

``--format json`` prints one document:

=========  =========================================================================================================
schema     1
run        id, workflow, state, attempt
to         the step after which the way back ends; empty: it goes all the way
pivot      what forbids it: name, where, play, key, hosts, doubtful (hosts of which nobody knows whether it happened);
           null: nothing does
undone     in the order in which it would be undone: the same, and handlers
staying    what was done and nothing undoes, in the order in which it was started: the same, without handlers
=========  =========================================================================================================
"""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from .._engine.errors import RunOverError
from .._engine.finding import find_run
from .._engine.records import RunState
from .._engine.report.way_back import CompensationView, Undone, compensation
from .._engine.saga import back_to
from .._screen.screen import Screen
from . import facts
from .opening import opened
from .wording import some


def foreseen(arguments: Namespace) -> CompensationView:
    """Return the way back that is asked for; raise EngineError."""
    with opened(arguments) as means:
        run = find_run(means.journal, arguments.compensate)
        if run.state in {RunState.ABANDONED, RunState.COMPENSATED}:
            raise RunOverError(run.id, state=str(run.state), why="there is nothing to undo any more")
        steps = means.journal.steps(run.id)
        back = back_to(run, steps, arguments.to) if arguments.to or not run.is_going_back else run.back
        return compensation(run, steps, back)


def draw(screen: Screen, view: CompensationView) -> None:
    """Draw the way back."""
    run = view.run
    end = f", back to after {view.to!r}" if view.to else ""
    screen.heading(f"way back of run {run.id} of {run.workflow} ({run.state}, attempt {run.attempt}){end}")
    everyone = list(dict.fromkeys(host for each in (*view.undone, *view.staying) for host in each.hosts))
    if view.pivot is not None:
        screen.alarm(f"It would be refused: {_named(view.pivot, everyone)} is irreversible and was done")
    screen.line("Undone in this order:" if view.undone else "There is nothing to undo.")
    for each in view.undone:
        screen.line(f"  {_named(each, everyone)}: {', '.join(each.handlers)}")
    if view.staying:
        screen.line("Stays, because nothing undoes it:")
        for each in view.staying:
            screen.line(f"  {_named(each, everyone)}")


def document(view: CompensationView) -> str:
    """Return the way back as JSON."""
    run = view.run
    return facts.document(
        run={"id": run.id, "workflow": run.workflow, "state": str(run.state), "attempt": run.attempt},
        to=view.to,
        pivot=_facts(view.pivot) if view.pivot else None,
        undone=[{**_facts(each), "handlers": list(each.handlers)} for each in view.undone],
        staying=[_facts(each) for each in view.staying],
    )


def _facts(each: Undone) -> dict[str, Any]:
    return {
        "name": each.name,
        "where": each.where,
        "play": each.play,
        "key": each.key,
        "hosts": list(each.hosts),
        "doubtful": list(each.doubtful),
    }


def _named(each: Undone, everyone: list[str]) -> str:
    doubt = f" (perhaps, or in part: {some(each.doubtful, everyone)})" if each.doubtful else ""
    return f"{each.name!r} on {some(each.hosts, everyone)}{doubt}  {each.where}"
