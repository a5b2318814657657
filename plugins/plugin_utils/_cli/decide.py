# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``saga decide``: answer what a run waits for."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from .._engine.finding import find_run
from .._engine.operator import Answer, Decided, Word, decide, outcome
from .._engine.records import RunState
from .._screen.screen import Screen
from . import pending
from .exits import Exit
from .opening import opened
from .reasons import add_reason
from .standing import draw_standing
from .variables import add_variables, merged
from .wording import typed

HELP = "answer what a run waits for: a failure, a doubt, a failed compensation, or for the run as a whole"

_ANSWERS = (Answer.RETRY, Answer.SKIP, Answer.DONE, Answer.COMPENSATE, Answer.ABORT)


def add_arguments(parser: ArgumentParser) -> None:
    """Add what only this command takes."""
    add_place(parser)
    parser.add_argument(
        "answer",
        choices=[str(answer) for answer in _ANSWERS],
        help="retry: do it again; skip: go on without it; done: it is done, go on after it; compensate: the run turns "
        "back; abort: give the run up",
    )
    add_variables(parser)
    add_reason(parser)


def add_place(parser: ArgumentParser) -> None:
    """Add what says which step of which run is meant."""
    parser.add_argument("run", metavar="RUN", help="how the run's id begins")
    parser.add_argument("--host", default="", help="the host; without it all on which the step waits")
    parser.add_argument(
        "--step",
        default="",
        help="the step's name; its path or key, if several have that name; not needed where only one waits",
    )


def do(arguments: Namespace) -> Exit:
    """Put the decision on the record and say what is next."""
    return say(arguments, Answer(arguments.answer), variables=merged(arguments.variables))


def say(arguments: Namespace, answer: Answer, variables: dict[str, object] | None = None) -> Exit:
    """Put an answer on the record and say what is next."""
    word = Word(
        answer=answer, host=arguments.host, step=arguments.step, why=arguments.why or "", variables=variables or {}
    )
    with opened(arguments) as means:
        decided = decide(means, find_run(means.journal, arguments.run), word)
        now = means.clock.now()
    _draw(Screen(), decided, now=now, journal=arguments.journal)
    return Exit.FINE


def _draw(screen: Screen, decided: Decided, *, now: float, journal: str) -> None:
    run = decided.run
    said = outcome(decided)
    screen.line(f"{said[0].upper()}{said[1:]}.")
    if run.state in {RunState.ABANDONED, RunState.COMPENSATED}:
        if decided.standing:
            draw_standing(screen, decided.standing)
        screen.line("The next start is a new run:")
        screen.heading("  " + typed(run.command, directory=run.directory, journal=journal))
        return
    waiting = [question for question in decided.waiting if not question.is_expired]
    if waiting:
        screen.line(f"Still waiting: {len(waiting)}. The next one:")
        pending.draw(screen, waiting[0], now=now, journal=journal)
    else:
        screen.line("Nothing waits for a decision any more. Resume the run:")
        screen.heading("  " + typed(("saga", "resume", run.id), journal=journal))
