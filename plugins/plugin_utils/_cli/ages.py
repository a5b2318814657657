# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long ago something ended, as it is typed: with its unit, for a bare number is seconds to some, days to others."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError

from .._engine.contracts.values import duration
from .._engine.errors import ContractError


def add_age(parser: ArgumentParser, *, is_required: bool = False) -> None:
    """Add the option that selects runs by how long ago they ended."""
    parser.add_argument(
        "--older-than",
        metavar="AGE",
        type=_age,
        required=is_required,
        help="only runs that ended longer ago than this, like 12h or 30d",
    )


def _age(text: str) -> float:
    try:
        if text.strip().isdigit():
            raise ArgumentTypeError(f"{text} of what? Say 12h, or 30d")
        return duration(text, "older-than", "")
    except ContractError as error:
        raise ArgumentTypeError(f"{text!r} must be a time like 12h or 30d") from error
