# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``saga prune``: forget ended runs that nobody needs any more, and what was left of runs that are forgotten."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace

from .._engine import clock
from .._engine.pruning import due, forget, leftovers
from .._engine.records import Run
from .._engine.request import Means
from .._screen.screen import Screen
from .ages import add_age
from .exits import Exit
from .opening import opened

HELP = "forget ended runs with all that is known of them; unfinished ones are never forgotten"

_HEADS = ("run", "workflow", "state", "ended", "what")


def add_arguments(parser: ArgumentParser) -> None:
    """Add what only this command takes."""
    add_age(parser, is_required=True)
    parser.add_argument(
        "--keep",
        metavar="N",
        type=_count,
        default=1,
        help="keep the last N ended runs of each workflow, however old (default: 1)",
    )
    parser.add_argument("--workflow", metavar="W", default="", help="only the runs of this workflow")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be forgotten")


def do(arguments: Namespace) -> Exit:
    """Forget the runs that are due, and say which."""
    with opened(arguments) as means:
        runs = due(means, older_than=arguments.older_than, keep=arguments.keep, workflow=arguments.workflow)
        fates = ["would be forgotten" if arguments.dry_run else _forgotten(means, run) for run in runs]
        pages = leftovers(means)
        if not arguments.dry_run:
            for run in pages:
                means.spool.drop_run(run)
            if runs:
                means.journal.reclaim()
    _tell(runs, fates, pages, arguments)
    return Exit.FINE


def _forgotten(means: Means, run: Run) -> str:
    return "forgotten" if forget(means, run) else "left: somebody works on it, or has just changed it"


def _tell(runs: list[Run], fates: list[str], pages: list[str], arguments: Namespace) -> None:
    screen = Screen()
    if runs:
        rows = [
            (run.id, run.workflow, str(run.state), clock.text(run.updated), fate)
            for run, fate in zip(runs, fates, strict=True)
        ]
        screen.table(_HEADS, rows, folding=("workflow",))
    else:
        screen.line("No run is to be forgotten.")
    for run in pages:
        would = "would be" if arguments.dry_run else "are"
        screen.line(f"The pages that workers left of run {run}, which the journal does not know, {would} removed.")


def _count(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text!r} is no number of runs")
    return int(text)
