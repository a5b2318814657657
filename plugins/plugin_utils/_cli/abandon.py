# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``saga abandon``: give a run up, on the record; what it did stays as it is, and its targets are free."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from .._engine.finding import find_run
from .._engine.operator import Abandoned, abandon
from .._screen.screen import Screen
from .exits import Exit
from .opening import opened
from .reasons import add_reason
from .standing import draw_standing
from .wording import some, typed

HELP = "give a run up: it is never resumed, nothing is undone, its targets are free"


def add_arguments(parser: ArgumentParser) -> None:
    """Add what only this command takes."""
    parser.add_argument("run", metavar="RUN", help="how the run's id begins")
    add_reason(parser)


def do(arguments: Namespace) -> Exit:
    """Give the run up and say what stays behind."""
    with opened(arguments) as means:
        given_up = abandon(means, find_run(means.journal, arguments.run), why=arguments.why)
    draw_abandoned(Screen(), given_up, arguments.journal)
    return Exit.FINE


def draw_abandoned(screen: Screen, given_up: Abandoned, journal: str) -> None:
    """Draw what was given up, what stays behind, and what the next start is."""
    run = given_up.run
    freed = f"free again: {some(given_up.freed, given_up.freed)}" if given_up.freed else "it held no target"
    screen.line(f"Run {run.id} of {run.workflow} is abandoned; {freed}.")
    if given_up.standing:
        draw_standing(screen, given_up.standing)
    else:
        screen.line("It has left nothing behind that is not undone.")
    screen.line("The next start is a new run:")
    screen.heading("  " + typed(run.command, directory=run.directory, journal=journal))
