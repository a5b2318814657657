# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``saga runs``: the runs of a journal, newest first.

``--json`` prints one document: ``{"schema": 1, "runs": [...]}``, each run as :mod:`facts` describes it.
"""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace

from .._engine import clock
from .._engine.inspection import AtWork, who_works
from .._engine.records import Run, RunState
from .._engine.request import Means
from .._screen.screen import Screen
from .._screen.text import complain
from . import facts
from .exits import Exit
from .opening import opened
from .wording import one_line

HELP = "list the runs, newest first"

_HEADS = ("run", "workflow", "state", "started", "attempt", "targets", "at work", "reason")
_OPEN = "open"
_STATES = (*(str(state) for state in RunState), _OPEN)


def add_arguments(parser: ArgumentParser) -> None:
    """Add what only this command takes."""
    parser.add_argument("--workflow", metavar="W", default="", help="only the runs of this workflow")
    parser.add_argument(
        "--state",
        metavar="STATE[,STATE]",
        action="extend",
        type=_states,
        default=[],
        help=f"only runs in one of these states: {', '.join(_STATES)}; open: all that can be resumed",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def do(arguments: Namespace) -> Exit:
    """Print the runs that were asked for."""
    with opened(arguments) as means:
        found = [
            (run, who_works(means, run))
            for run in means.journal.runs(workflow=arguments.workflow)
            if not arguments.state or run.state in arguments.state
        ]
        if not found:
            complain(f"saga: {_none(means, arguments)}")
    if arguments.json:
        print(facts.document(runs=[facts.of_run(run, at_work) for run, at_work in found]))
    elif found:
        Screen().table(_HEADS, [_row(*each) for each in found], folding=("workflow", "at work", "reason"))
    return Exit.FINE


def _states(text: str) -> list[RunState]:
    words = [word.strip() for word in text.split(",")]
    if wrong := [word for word in words if word not in _STATES]:
        raise ArgumentTypeError(f"{wrong[0]!r} is no state; there are {', '.join(_STATES)}")
    return [state for state in RunState if state in words or (_OPEN in words and state.is_resumable)]


def _row(run: Run, at_work: AtWork) -> tuple[str, ...]:
    return (
        run.id,
        run.workflow,
        str(run.state),
        clock.text(run.started),
        str(run.attempt),
        str(len(run.targets)),
        at_work.who,
        one_line(run.reason),
    )


def _none(means: Means, arguments: Namespace) -> str:
    known = sorted({run.workflow for run in means.journal.runs()})
    if not known:
        return "the journal has no runs yet"
    of = f" of {arguments.workflow!r}" if arguments.workflow else ""
    state = f" that is {' or '.join(dict.fromkeys(arguments.state))}" if arguments.state else ""
    return f"there is no run{of}{state}; the workflows in this journal are {', '.join(known)}"
