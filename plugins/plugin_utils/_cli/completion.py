# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``saga completion``: let a shell complete commands, options, runs, steps and hosts."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from .._screen.text import complain
from .completing import SHELLS, script
from .exits import Exit

HELP = "print what a shell has to read to complete the words of this command line"
HAS_JOURNAL = False


def add_arguments(parser: ArgumentParser) -> None:
    """Add what only this command takes."""
    parser.add_argument("shell", choices=SHELLS, help="the shell")


def do(arguments: Namespace) -> Exit:
    """Print the script."""
    found = script(arguments.shell)
    if found is None:
        complain("saga: completion needs the Python package argcomplete: pip install argcomplete")
        return Exit.REFUSED
    print(found)
    return Exit.FINE
