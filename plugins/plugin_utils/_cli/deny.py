# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``saga deny``: keep a step from beginning that waits for an approval."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from .._engine.operator import Answer
from .decide import add_place, say
from .exits import Exit
from .reasons import add_reason

HELP = "keep a step from beginning that waits for an approval: it fails"


def add_arguments(parser: ArgumentParser) -> None:
    """Add what only this command takes."""
    add_place(parser)
    add_reason(parser)


def do(arguments: Namespace) -> Exit:
    """Put the denial on the record and say what is next."""
    return say(arguments, Answer.DENY)
