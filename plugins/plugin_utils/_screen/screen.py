# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drawing, the one door to rich.

On a terminal rich draws: colours by the meaning of a word, tables folded to the width. Anywhere else, or where rich is
not installed, the same is plain text without colour, in lines as long as they need to be. Nothing is ever cut.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from .text import printable

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
_MOST_ROWS = 2000  # that are drawn in colours, and folded
_NARROWEST = 16  # of a column that folds


class Screen:
    """Standard output, as a terminal or as a file."""

    def __init__(self) -> None:
        self._console = _console() if sys.stdout.isatty() else None

    def line(self, text: str = "", *, style: str = "") -> None:
        """Draw a line; it is never broken, so that a command in it can be copied."""
        if self._console is None:
            print(printable(text))
        else:
            self._console.print(_text(printable(text), style), soft_wrap=True)

    def _lines(self, texts: Iterable[str]) -> None:
        if self._console is None:
            sys.stdout.writelines(f"{text}\n" for text in texts)
            return
        for text in texts:
            self.line(text)

    def heading(self, text: str) -> None:
        """Draw a line that others stand under."""
        self.line(text, style="bold")

    def alarm(self, text: str) -> None:
        """Draw a line that nobody should miss."""
        self.line(text, style=_BAD)

    def table(self, heads: Sequence[str], rows: Sequence[Sequence[str]], *, folding: Collection[str] = ()) -> None:
        """Draw a table; a cell takes its colour from its words up to a colon, the columns named in `folding` may fold.

        A terminal that is too narrow for the others gets the plain lines, and breaks them itself. So does any terminal
        where there are many rows: rich takes a millisecond for each.
        """
        clean = [[printable(cell) for cell in row] for row in rows]
        if self._console is None or len(rows) > _MOST_ROWS or self._is_too_narrow(heads, clean, folding):
            self._lines(_aligned([heads, *clean]))
            return
        from rich.table import Table  # noqa: PLC0415  see _console

        table = Table(box=None, pad_edge=False, padding=(0, len(_BETWEEN), 0, 0), header_style="bold")
        for head in heads:
            table.add_column(head, overflow="fold", no_wrap=head not in folding)
        for row in clean:
            table.add_row(*(_text(cell, _style(cell)) for cell in row))
        self._console.print(table)

    def _is_too_narrow(self, heads: Sequence[str], rows: Sequence[Sequence[str]], folding: Collection[str]) -> bool:
        least = sum(_least(head, column, head in folding) for head, *column in zip(heads, *rows, strict=True))
        return self._console is not None and least + len(_BETWEEN) * len(heads) > self._console.width

    def fits(self, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
        """Tell whether a table can be drawn without folding; always true of a file."""
        return self._console is None or max(map(len, _aligned([heads, *rows]))) < self._console.width


def _console() -> Any:
    """Return what rich draws on, or None; nobody but a terminal waits until it is loaded."""
    try:
        from rich.console import Console  # noqa: PLC0415
    except ImportError:
        return None
    return Console(highlight=False, markup=False, emoji=False)


def _text(text: str, style: str) -> Any:
    from rich.text import Text  # noqa: PLC0415  see _console

    return Text(text, style=style)


def _style(cell: str) -> str:
    return _STYLES.get(cell.partition(":")[0], "")


def _least(head: str, column: Sequence[str], may_fold: bool) -> int:  # noqa: FBT001  private to this file
    width = max(map(len, [head, *column]))
    return min(width, _NARROWEST) if may_fold else width


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield lines in which the columns stand below one another."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield _BETWEEN.join(map(str.ljust, row, widths)).rstrip()
