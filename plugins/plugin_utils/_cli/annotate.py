# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``saga annotate``: a proposal for the contracts that nobody has written, as a file beside the playbook."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from .._engine.errors import PlaybookError
from .._engine.plan.annotation import annotation
from .._screen.text import complain
from .exits import Exit
from .planned import outline

HELP = "propose contracts for the steps whose effect nobody knows; edits nothing"
HAS_JOURNAL = False
USAGE = "saga annotate [--output FILE] PLAYBOOK [options of ansible-playbook]"


def add_arguments(parser: ArgumentParser) -> None:
    """Add what only this command takes."""
    parser.add_argument("--output", metavar="FILE", help="write a new file; one that is there is left alone")


def do(arguments: Namespace) -> Exit:
    """Print the proposal, or write it."""
    found = outline(arguments)
    text = annotation(found)
    if not text:
        complain("saga: the effect of every step is known; there is nothing to propose")
        return Exit.FINE
    if not arguments.output:
        print(text, end="")
        return Exit.FINE
    try:
        with Path(arguments.output).open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise PlaybookError(f"{arguments.output} is there, and is not overwritten; name another file") from error
    except OSError as error:
        raise PlaybookError(f"{arguments.output} cannot be written: {error.strerror}") from error
    complain(f"saga: {arguments.output} is a proposal: read each contract in it before you rely on it")
    return Exit.FINE
