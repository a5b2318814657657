# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drawing, the one door to rich.

On a terminal rich draws: colours by the meaning of a word, tables folded to the width. Anywhere else, or where rich is
not installed, the same is plain text without colour, in lines as long as they need to be. Nothing is ever cut.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence

try:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text
except ImportError:
    HAS_RICH = False
else:
    HAS_RICH = True

_GOOD, _BAD, _WAITING, _QUIET = "green", "bold red", "yellow", "dim"
_STYLES = {
    "abandoned": _QUIET,
    "at work": _WAITING,
    "begun": _QUIET,
    "compensated": _GOOD,
    "compensating": _WAITING,
    "compensation failed": _BAD,
    "completed": _GOOD,
    "done in part": _WAITING,
    "failed": _BAD,
    "failed, handled": _WAITING,
    "if notified": _QUIET,
    "in doubt": _BAD,
    "not begun": _WAITING,
    "left as it is": _QUIET,
    "ok": _GOOD,
    "parked": _WAITING,
    "pending": _WAITING,
    "retrying": _WAITING,
    "running": _WAITING,
    "skipped": _QUIET,
    "stopped": _WAITING,
    "to come": _QUIET,
    "unreachable": _BAD,
    "void": _QUIET,
    "waiting": _BAD,
}
_BETWEEN = "  "  # columns
_NARROWEST = 16  # of a column that folds


class Screen:
    """Standard output, as a terminal or as a file."""

    def __init__(self) -> None:
        self._console = (
            Console(highlight=False, markup=False, emoji=False) if HAS_RICH and sys.stdout.isatty() else None
        )

    def line(self, text: str = "", *, style: str = "") -> None:
        """Draw a line; it is never broken, so that a command in it can be copied."""
        if self._console is None:
            print(printable(text))
        else:
            self._console.print(Text(printable(text), style=style), soft_wrap=True)

    def heading(self, text: str) -> None:
        """Draw a line that others stand under."""
        self.line(text, style="bold")

    def alarm(self, text: str) -> None:
        """Draw a line that nobody should miss."""
        self.line(text, style=_BAD)

    def table(self, heads: Sequence[str], rows: Sequence[Sequence[str]], *, folding: Collection[str] = ()) -> None:
        """Draw a table; a cell takes its colour from its words up to a colon, the columns named in `folding` may fold.

        A terminal that is too narrow for the others gets the plain lines, and breaks them itself.
        """
        clean = [[printable(cell) for cell in row] for row in rows]
        least = sum(_least(head, column, head in folding) for head, *column in zip(heads, *clean, strict=True))
        if self._console is None or least + len(_BETWEEN) * len(heads) > self._console.width:
            for text in _aligned([heads, *clean]):
                self.line(text)
            return
        table = Table(box=None, pad_edge=False, padding=(0, len(_BETWEEN), 0, 0), header_style="bold")
        for head in heads:
            table.add_column(head, overflow="fold", no_wrap=head not in folding)
        for row in clean:
            table.add_row(*(Text(cell, style=_style(cell)) for cell in row))
        self._console.print(table)

    def fits(self, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
        """Tell whether a table can be drawn without folding; always true of a file."""
        return self._console is None or max(map(len, _aligned([heads, *rows]))) < self._console.width


def complain(text: str) -> None:
    """Say something beside the output, on standard error: lines, each as it may be shown."""
    print("\n".join(map(printable, text.split("\n"))), file=sys.stderr)


def printable(text: str) -> str:
    """Return text that cannot steer a terminal: what is recorded may come from a target."""
    return "".join(mark if mark.isprintable() else mark.encode("unicode_escape").decode("ascii") for mark in text)


def _style(cell: str) -> str:
    return _STYLES.get(cell.partition(":")[0], "")


def _least(head: str, column: Sequence[str], may_fold: bool) -> int:  # noqa: FBT001  private to this file
    width = max(map(len, [head, *column]))
    return min(width, _NARROWEST) if may_fold else width


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [_BETWEEN.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
