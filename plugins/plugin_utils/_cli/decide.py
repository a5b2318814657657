# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``saga decide``: say of a step in doubt that it is done, or that it is to be done again."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from .._engine.begin import find_run
from .._engine.operator import Answer, decide
from .._engine.report import decision
from .exits import Exit
from .opening import opened
from .reasons import add_reason
from .screen import Screen
from .wording import typed

HELP = "say what became of a step in doubt"

_MEANING = {
    Answer.DONE: "a resume goes on after it",
    Answer.RETRY: "a resume does it again",
}


def add_arguments(parser: ArgumentParser) -> None:
    """Add what only this command takes."""
    parser.add_argument("run", metavar="RUN", help="how the run's id begins")
    parser.add_argument("--host", required=True, help="the host on which the step is in doubt")
    parser.add_argument("--step", required=True, help="the step's name; its path or key, if several have that name")
    parser.add_argument(
        "answer",
        choices=[str(answer) for answer in Answer],
        help="done: it happened, a resume goes on after it; retry: a resume does it again",
    )
    add_reason(parser)


def do(arguments: Namespace) -> Exit:
    """Put the decision on the record and say what is next."""
    answer = Answer(arguments.answer)
    with opened(arguments) as means:
        run = find_run(means.journal, arguments.run)
        decided = decide(means, run, host=arguments.host, name=arguments.step, answer=answer, why=arguments.why)
    step, screen = decided.step, Screen()
    screen.line(f"{step.name!r} on {step.doer} is {step.state} by your word: {_MEANING[answer]}.")
    if decided.in_doubt:
        screen.line(f"Still in doubt: {len(decided.in_doubt)}. The next one:")
        following = decision(decided.in_doubt[0], "done", decided.in_doubt)
        screen.heading("  " + typed(following, journal=arguments.journal))
    else:
        screen.line("Nothing is in doubt any more. Resume the run:")
        screen.heading("  " + typed(run.command, directory=run.directory, journal=arguments.journal))
    return Exit.FINE
