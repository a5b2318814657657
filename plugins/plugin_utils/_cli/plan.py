# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``saga plan``: what a playbook would do and how it goes back, or what a resume would do; nothing is run."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path

from .._engine import rules
from .._engine.errors import PlaybookError
from .._engine.report.plan import Finding, PlanView, document, markdown, page, view_plan
from .._engine.report.plan.exports import EXPORTS, graph_of
from .._screen.screen import Screen
from .._screen.text import complain
from . import forecast, way_back
from .exits import Exit
from .plan_text import terminal
from .planned import outline

HELP = "say what a playbook would do, what a crash leads to and how it goes back, before anything runs"
USAGE = (
    "saga plan [--format FORMAT] [--output FILE] [--resume [RUN]] PLAYBOOK [options of ansible-playbook]\n"
    "       saga plan [--format FORMAT] [--output FILE] --compensate RUN [--to STEP]\n"
    "       saga plan --export ENGINE [--output FILE] PLAYBOOK [options of ansible-playbook]"
)

_FORMATS: dict[str, Callable[[PlanView], str]] = {"json": document, "markdown": markdown, "html": page}


def add_arguments(parser: ArgumentParser) -> None:
    """Add what only this command takes."""
    parser.add_argument("--format", choices=["text", *_FORMATS], default="text", help="how to show it (default: text)")
    parser.add_argument("--output", metavar="FILE", default="", help="write it to a file")
    parser.add_argument(
        "--export",
        choices=[*EXPORTS],
        help="write the plays as a workflow of another engine, or the program that its nodes run",
    )
    parser.add_argument(
        "--resume",
        metavar="RUN",
        nargs="?",
        const="",
        help="plan the resume of a run, by the beginning of its id (default: the newest run); without a PLAYBOOK, by "
        "the command that began it",
    )
    parser.add_argument("--compensate", metavar="RUN", help="plan the way back of a run, as 'saga compensate' would go")
    parser.add_argument("--to", metavar="STEP", default="", help="with --compensate: only what was started after this")


def do(arguments: Namespace) -> Exit:
    """Print the plan."""
    if arguments.resume is not None:
        return _resume(arguments)
    if arguments.compensate is not None:
        return _compensation(arguments)
    found = outline(arguments)
    if arguments.export:
        graph = graph_of(found)
        _give(EXPORTS[arguments.export](graph), arguments.output)
        for note in graph.notes:
            complain(f"saga: {note}")
        return Exit.FINE
    problems = {(problem.kind, problem.where) for problem in found.problems}  # the plan tells of these itself
    findings = [each for each in rules.check(found, rules.read) if (each.rule, each.where) not in problems]
    view = view_plan(found, [_told(finding) for finding in findings if not finding.is_excused])
    if arguments.format == "text" and not arguments.output:
        terminal(view, Screen())
    elif arguments.format == "text":
        raise PlaybookError("--output wants --format json, markdown or html")
    else:
        _give(_FORMATS[arguments.format](view), arguments.output)
    return Exit.FINE


def _told(finding: rules.Finding) -> Finding:
    return Finding(
        rule=finding.rule,
        severity=str(finding.severity),
        where=finding.where,
        task=finding.task,
        message=finding.message,
    )


def _resume(arguments: Namespace) -> Exit:
    if Path(arguments.resume).is_file():  # no id: the playbook, behind an option that may stand alone
        arguments.rest.insert(0, arguments.resume)
        arguments.resume = ""
    if arguments.format not in {"text", "json"}:
        raise PlaybookError("a resume is planned as --format text or json")
    plan = forecast.forecast(arguments)
    if arguments.format == "json":
        _give(forecast.document(plan), arguments.output)
    else:
        forecast.draw(Screen(), plan)
    return Exit.FINE


def _compensation(arguments: Namespace) -> Exit:
    if arguments.format not in {"text", "json"}:
        raise PlaybookError("a way back is planned as --format text or json")
    view = way_back.foreseen(arguments)
    if arguments.format == "json":
        _give(way_back.document(view), arguments.output)
    else:
        way_back.draw(Screen(), view)
    return Exit.FINE


def _give(text: str, output: str) -> None:
    if not output:
        print(text)
        return
    try:
        Path(output).write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise PlaybookError(f"{output} cannot be written: {error.strerror}") from error
    complain(f"saga: the plan is in {output}")
