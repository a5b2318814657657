# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines of a given width, as values: what is left of a text, columns, a bar. Nothing here draws."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from .._engine.slotted import dataclass
from .text import printable

_GAP = 2  # columns between the cells of a row
_CUT = "…"


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line, and what it means to whoever reads: a word that has a style."""

    text: str
    style: str = ""


Line = tuple[Span, ...]


def clean(text: str) -> str:
    """Return a text as one line that cannot steer a terminal."""
    return printable(" ".join(text.split()))


def width_of(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def cut(text: str, width: int) -> str:
    """Return as much of a text as fits, with a mark where something is missing."""
    if width_of(text) <= width:
        return text
    kept, left = [], width - 1
    for mark in text:
        left -= _columns(mark)
        if left < 0:
            break
        kept.append(mark)
    return "".join(kept) + _CUT if width > 0 else ""


def plain(line: Line) -> str:
    """Return a line without its meaning."""
    return "".join(span.text for span in line).rstrip()


def fitted(line: Line, width: int) -> Line:
    """Return as much of a line as fits."""
    kept = []
    for span in line:
        text = cut(span.text, width)
        kept.append(Span(text, span.style))
        width -= width_of(text)
        if width <= 0:
            break
    return tuple(kept)


def spread(left: Line, right: Line, width: int) -> Line:
    """Return a line with one part at each end; the left one is cut, the right one goes where there is no room."""
    taken = sum(width_of(span.text) for span in right)
    if taken + _GAP + 8 > width:
        return fitted(left, width)
    kept = fitted(left, width - taken - _GAP)
    room = width - taken - sum(width_of(span.text) for span in kept)
    return (*kept, Span(" " * room), *right)


def columns(rows: Sequence[Sequence[Span]], width: int, *, elastic: int) -> list[Line]:
    """Return rows in columns; the elastic one gives way where they do not fit, then whatever stands last."""
    if not rows:
        return []
    widths = [max(width_of(row[number].text) for row in rows) for number in range(len(rows[0]))]
    over = sum(widths) + _GAP * (len(widths) - 1) - width
    widths[elastic] = max(widths[elastic] - max(over, 0), min(widths[elastic], 8))
    return [fitted(_row(row, widths), width) for row in rows]


def gauge(share: float, width: int, *, style: str) -> Line:
    """Return a bar that is filled by a share from 0 to 1."""
    full = min(max(round(share * width), 0), width)
    return (Span("━" * full, style), Span("─" * (width - full), "quiet"))


def _row(row: Sequence[Span], widths: Sequence[int]) -> Line:
    cells = []
    for span, width in zip(row, widths, strict=True):
        text = cut(span.text, width)
        cells += [Span(text, span.style), Span(" " * (width - width_of(text) + _GAP))]
    return tuple(cells[:-1])


def _columns(mark: str) -> int:
    if unicodedata.combining(mark) or unicodedata.category(mark) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(mark) in "WF" else 1
