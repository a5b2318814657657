# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``saga pause``: ask a run that is at work to stop at its next step boundary, everything kept."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from .._engine.control import ask
from .._engine.finding import find_run
from .._engine.records import Wish
from .._screen.screen import Screen
from .exits import Exit
from .opening import opened
from .reasons import add_reason
from .wording import typed

HELP = "ask a run that is at work to stop before its next step; it keeps its targets and can be resumed"


def add_arguments(parser: ArgumentParser) -> None:
    """Add what only this command takes."""
    parser.add_argument("run", metavar="RUN", help="how the run's id begins")
    add_reason(parser, is_required=False)


def do(arguments: Namespace) -> Exit:
    """Put the wish where the attempt looks for it and say how to go on."""
    with opened(arguments) as means:
        run = find_run(means.journal, arguments.run)
        ask(means, run, Wish.PAUSE, why=arguments.why or "")
    screen = Screen()
    screen.line(
        f"Run {run.id} of {run.workflow} is asked to pause: it parks when the steps in hand have ended, and keeps its "
        f"targets. Once it has, it goes on with:"
    )
    screen.heading("  " + typed(("saga", "resume", run.id), journal=arguments.journal))
    return Exit.FINE
