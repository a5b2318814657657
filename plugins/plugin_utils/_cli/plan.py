# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``saga plan``: what a playbook would do and how it goes back, or what a resume would do; nothing is run."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from . import forecast
from .exits import Exit
from .screen import Screen

HELP = "say what a playbook would do, what a crash leads to and how it goes back, before anything runs"
USAGE = "saga plan [--format FORMAT] [--output FILE] [--resume [RUN]] PLAYBOOK [options of ansible-playbook]"


def add_arguments(parser: ArgumentParser) -> None:
    """Add what only this command takes."""
    parser.add_argument(
        "--resume",
        metavar="RUN",
        nargs="?",
        const="",
        help="plan the resume of a run, by the beginning of its id (default: the newest run); without a PLAYBOOK, by "
        "the command that began it",
    )
    parser.add_argument("--format", choices=["text", "json"], default="text", help="how to print it (default: text)")


def do(arguments: Namespace) -> Exit:
    """Print the plan."""
    if arguments.resume is not None:
        if Path(arguments.resume).is_file():  # no id: the playbook, behind an option that may stand alone
            arguments.rest.insert(0, arguments.resume)
            arguments.resume = ""
        plan = forecast.forecast(arguments)
        if arguments.format == "json":
            print(forecast.document(plan))
        else:
            forecast.draw(Screen(), plan)
    return Exit.FINE
