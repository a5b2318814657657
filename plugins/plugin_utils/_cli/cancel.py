# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``saga cancel``: end a run, at its next step boundary if somebody works on it; undo what it did, or leave that."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from .._engine.control import ask, is_at_work, must_be_open
from .._engine.finding import find_run
from .._engine.operator import abandon
from .._engine.records import Wish
from .._screen.screen import Screen
from .abandon import draw_abandoned
from .exits import Exit
from .opening import opened
from .reasons import add_reason
from .wording import typed

HELP = "end a run, at work or not: what it did stays, or is undone"


def add_arguments(parser: ArgumentParser) -> None:
    """Add what only this command takes."""
    parser.add_argument("run", metavar="RUN", help="how the run's id begins")
    parser.add_argument("--compensate", action="store_true", help="undo what it did")
    add_reason(parser)


def do(arguments: Namespace) -> Exit:
    """Give up a run that nobody works on; ask one that is at work to end, and say what it will do."""
    wish = Wish.COMPENSATE if arguments.compensate else Wish.CANCEL
    screen = Screen()
    with opened(arguments) as means:
        run = find_run(means.journal, arguments.run)
        must_be_open(run, wish)
        if wish is Wish.CANCEL and not is_at_work(means, run):
            draw_abandoned(screen, abandon(means, run, why=arguments.why), arguments.journal)
            return Exit.FINE
        ask(means, run, wish, why=arguments.why)
    what = (
        "no further step starts, and what was done is undone"
        if arguments.compensate
        else "it ends when the steps in hand have ended, its targets are free then, and what it did stays"
    )
    screen.line(f"Run {run.id} of {run.workflow} is asked to cancel: {what}. Look whether it has:")
    screen.heading("  " + typed(("saga", "status", run.id), journal=arguments.journal))
    return Exit.FINE
