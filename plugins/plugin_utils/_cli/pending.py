# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``saga pending``: what waits for somebody to decide, in one run or in all of a journal.

``--json`` prints one document: ``{"schema": 1, "waiting": [...]}``, latest run first, each of:

==================  ==================================================================================
run, workflow       the run's id and the name of its workflow
about               approval, failure, doubt, compensation (what undoes the step has failed)
step, key, where    the step's name, its key, where it stands
hosts               on which it waits
since               since when
known               what is known of it, in words
prompt              what its gate says; may be empty
approvers           who may answer, of an approval; empty: anybody who can write the journal
barred              who may not approve or skip: two persons are wanted, and they have launched the run
is_reason_required  whether an approval wants to know why
expires, default    until when it may be answered, and what holds then: approve or deny; both may be empty
is_expired          whether that time has passed: the next start takes the default
answers             the answers that fit, the proposed one first
command             the proposed one as it is typed, a list of words
==================  ==================================================================================
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from .._engine import clock
from .._engine.finding import find_run
from .._engine.inspection import waiting
from .._engine.records import RunState
from .._engine.report import Question, as_data
from .._screen.screen import Screen
from . import facts
from .exits import Exit
from .opening import opened
from .wording import some, typed, when

HELP = "list what waits for somebody to decide, and what to type"


def add_arguments(parser: ArgumentParser) -> None:
    """Add what only this command takes."""
    parser.add_argument("run", metavar="RUN", nargs="?", default="", help="how the run's id begins (default: all runs)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def do(arguments: Namespace) -> Exit:
    """Print what waits."""
    with opened(arguments) as means:
        if arguments.run:
            runs = [find_run(means.journal, arguments.run)]
        else:
            runs = [run for run in means.journal.runs() if run.state.is_resumable]
        found = [(run, waiting(means, run)) for run in runs]
        now = means.clock.now()
    if arguments.json:
        print(facts.document(waiting=[as_data(question) for _run, asked in found for question in asked]))
        return Exit.FINE
    screen, is_first = Screen(), True
    for run, asked in found:
        if not asked:
            continue
        if not is_first:
            screen.line()
        is_first = False
        died = ", and nobody is at work on it" if run.state in {RunState.RUNNING, RunState.COMPENSATING} else ""
        screen.heading(f"run {run.id} of {run.workflow}, {run.state} since {when(run.updated, now=now)}{died}")
        for question in asked:
            draw(screen, question, now=now, journal=arguments.journal)
    if is_first:
        screen.line(f"Nothing of run {runs[0].id} waits." if arguments.run else "Nothing waits for a decision.")
    return Exit.FINE


def draw(screen: Screen, question: Question, *, now: float, journal: str) -> None:
    """Draw a question: what waits, who may decide until when, and the command to type."""
    step = question.step
    hosts = some(question.hosts, question.hosts)
    waits = f"  {step.name!r} on {hosts}: {question.about}, since {when(question.since, now=now)}"
    screen.line(f"{waits}  {step.where}".rstrip())
    told = {
        "known": question.known,
        "prompt": question.prompt,
        "who": who(question),
        "expires": until(question),
        "answers": ", ".join(question.answers),
    }
    for word, value in told.items():
        if value:
            screen.line(f"    {word:<8} {value}")
    screen.heading("    " + typed(question.command, journal=journal))


def who(question: Question) -> str:
    """Return who may answer, in words; empty: anybody."""
    named = " or ".join(question.approvers)
    others = f"not {' or '.join(question.barred)}, who launched it" if question.barred else ""
    return ", ".join(part for part in (named or ("anybody" if others else ""), others) if part)


def until(question: Question) -> str:
    """Return when the time to answer ends or has ended, and what holds then; empty: never."""
    if question.expires is None:
        return ""
    moment = clock.text(question.expires)
    if question.is_expired:
        return f"{moment}, which has passed: the next start takes the default, {question.default}"
    return f"{moment}, then the default: {question.default}"
