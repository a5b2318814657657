# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A moment, as it is typed: ISO 8601, in UTC unless it says otherwise, or how long ago it was."""

from __future__ import annotations

import re
import time
from argparse import ArgumentParser, ArgumentTypeError
from datetime import UTC, datetime

from .._engine.contracts.values import duration
from .._engine.errors import ContractError

_AGE = re.compile(r"-?\d+(\.\d+)?(ms|s|m|h|d)")


def add_moments(parser: ArgumentParser) -> None:
    """Add the options that select by time."""
    # Without that, argparse takes -2h for an option, and not for what --since is given.
    parser._negative_number_matcher = re.compile(f"^{_AGE.pattern}$")  # noqa: SLF001  no other way to say it
    for name, what in (("--since", "from then on"), ("--until", "up to then")):
        parser.add_argument(
            name, metavar="TIME", type=_moment, help=f"only events {what}: 2026-01-31T23:59:59Z, or -2h: two hours ago"
        )


def _moment(text: str) -> float:
    """Return a moment in seconds since the epoch."""
    word = text.strip()
    try:
        if _AGE.fullmatch(word):
            return time.time() - duration(word.removeprefix("-"), "since", "")
        moment = datetime.fromisoformat(word)
    except (ValueError, ContractError) as error:
        raise ArgumentTypeError(f"{text!r} must be a time like 2026-01-31T23:59:59Z, or like -2h") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
