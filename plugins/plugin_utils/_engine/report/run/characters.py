# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text as a page, a ticket or XML may hold it: what a target says may hold anything."""

from __future__ import annotations

import re

_LOST = "\N{REPLACEMENT CHARACTER}"

# Controls but tab and line feed; halves of a surrogate pair; what turns the direction of the text that follows it; what
# XML 1.0 forbids, or what is no character.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff]"
)
_BREAKS = re.compile("\r\n?|[\u0085\u2028\u2029]")


def clean(text: str) -> str:
    """Return text with a mark in place of each character that a reader must not be given."""
    if text.isprintable():  # none of those is
        return text
    return _FORBIDDEN.sub(_LOST, _BREAKS.sub("\n", text))


def one_line(text: str) -> str:
    """Return clean text without line breaks."""
    return " ".join(clean(text).split())


def short(text: str, most: int) -> str:
    """Return text of at most so many characters, and say so where some are left out."""
    return text if len(text) <= most else f"{text[: most - 1]}\N{HORIZONTAL ELLIPSIS}"
