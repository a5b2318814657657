# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``saga compensate``: undo what a run did, all of it or back to a step; ansible-playbook does it, on this very run."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from .._engine.finding import find_run
from .._engine.slices import unfinished
from .._engine.turning import on_its_way_back, turn_back
from .._screen.text import complain
from .exits import Exit
from .opening import opened
from .reasons import add_reason
from .rerun import recorded, rerun

HELP = "undo what a run did: all of it, back to a step, or what an earlier way back has left"
USAGE = "saga compensate RUN [--to STEP] [--remaining] --why TEXT [PLAYBOOK] [options of ansible-playbook]"


def add_arguments(parser: ArgumentParser) -> None:
    """Add what only this command takes."""
    parser.add_argument("run", metavar="RUN", help="how the run's id begins")
    parser.add_argument(
        "--to",
        metavar="STEP",
        default="",
        help="undo only what was started after this step, by its name, path or key; the run can go forward again then",
    )
    parser.add_argument(
        "--remaining", action="store_true", help="go on with what a way back has left, such as hosts that are back now"
    )
    add_reason(parser, is_required=False)


def do(arguments: Namespace) -> Exit:
    """Turn the run around, and become ansible-playbook; return only when that cannot be."""
    if problem := _problem(arguments):
        complain(f"saga: {problem}; see 'saga compensate --help'")
        raise SystemExit(Exit.USAGE)
    with opened(arguments) as means:
        run = find_run(means.journal, arguments.run)
        command = f"saga compensate {run.id}"
        if not arguments.rest:
            recorded(run, command=command)  # what cannot be typed again must not be turned around
        if arguments.remaining:
            run = on_its_way_back(means, run)
        else:
            run = turn_back(means, run, to=arguments.to, why=arguments.why)
        parts = unfinished(run, means.journal.slices(run.id))
    rerun(run, arguments.rest, parts=parts, journal=arguments.journal, command=command)


def _problem(arguments: Namespace) -> str:
    if arguments.remaining and arguments.to:
        return "--remaining goes on as far as the run goes back already, so it takes no --to"
    if not arguments.remaining and not arguments.why:
        return "say why, with --why; it goes into the audit"
    return ""
