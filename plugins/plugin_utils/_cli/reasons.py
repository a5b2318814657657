# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reason that every decision asks for: it goes into the audit, for whoever reads that later."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError


def add_reason(parser: ArgumentParser, *, is_required: bool = True) -> None:
    """Add the option that every decision must have."""
    parser.add_argument("--why", metavar="TEXT", type=_reason, required=is_required, help="why; it goes into the audit")


def _reason(text: str) -> str:
    if not any(mark.isalnum() for mark in text):
        raise ArgumentTypeError("say in words why; it goes into the audit")
    return text.strip()
