# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``saga approve``: let a step begin that waits for an approval."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from .._engine.operator import Answer
from .decide import add_place, say
from .exits import Exit
from .reasons import add_reason

HELP = "let a step begin that waits for an approval"


def add_arguments(parser: ArgumentParser) -> None:
    """Add what only this command takes."""
    add_place(parser)
    add_reason(parser, is_required=False)


def do(arguments: Namespace) -> Exit:
    """Put the approval on the record and say what is next."""
    return say(arguments, Answer.APPROVE)
