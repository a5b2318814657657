# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines on a terminal: colours by meaning, and an area at the foot of the screen that is drawn again in place."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from .layout import Line, plain, width_of

_SGR = {
    "bad": "1;31",
    "alarm": "33",
    "busy": "33",
    "good": "32",
    "quiet": "2",
    "head": "1",
    "cyan": "36",
}
_ESC = "\x1b["
_FALSE = frozenset({"", "0", "false", "no", "off", "n", "f"})
_NARROWEST = 20
_SIZE = (80, 24)  # of a terminal that does not say


def may_be_live(descriptor: int, environment: Mapping[str, str] | None = None) -> bool:
    """Tell whether what is on a terminal there can be drawn again: a dumb one moves no cursor."""
    told = os.environ if environment is None else environment
    return os.isatty(descriptor) and told.get("TERM", "dumb") not in {"", "dumb", "unknown"}


def may_be_coloured(environment: Mapping[str, str] | None = None) -> bool:
    """Tell whether a terminal is given colours; what Ansible and everybody asks is heeded."""
    told = os.environ if environment is None else environment
    if _is_set(told, "ANSIBLE_FORCE_COLOR"):
        return True
    return not told.get("NO_COLOR") and not _is_set(told, "ANSIBLE_NOCOLOR")


def size_of(descriptor: int) -> tuple[int, int]:
    """Return a terminal's width and height, as it is now."""
    try:
        found = os.get_terminal_size(descriptor)
    except OSError:
        return _SIZE
    return (max(found.columns, _NARROWEST), max(found.lines, 2)) if found.columns else _SIZE


def painted(line: Line, *, is_coloured: bool) -> str:
    """Return a line as it is written to a terminal."""
    if not is_coloured:
        return plain(line)
    return "".join(
        f"{_ESC}{_SGR[span.style]}m{span.text}{_ESC}0m" if span.style in _SGR and span.text.strip() else span.text
        for span in line
    ).rstrip(" ")


class Area:
    """The last lines of a terminal; the cursor stands below them, so that a process that dies leaves no trace."""

    def __init__(self, *, is_coloured: bool) -> None:
        self._is_coloured = is_coloured
        self._drawn: list[int] = []  # the width of each line that is there

    @property
    def is_there(self) -> bool:
        return bool(self._drawn)

    def forget(self) -> None:
        """Take what is there for somebody else's text."""
        self._drawn = []

    def draw(self, lines: Sequence[Line], *, width: int) -> str:
        """Return what draws these lines over those that are there."""
        told = [f"{painted(line, is_coloured=self._is_coloured)}{_ESC}K\r\n" for line in lines]
        begin = self._back(width)
        self._drawn = [width_of(plain(line)) for line in lines]
        return f"\r{begin}{''.join(told)}{_ESC}J"

    def erase(self, *, width: int) -> str:
        """Return what takes the lines away; the cursor stands where they began."""
        if not self._drawn:
            return ""
        begin = self._back(width)
        self._drawn = []
        return f"\r{begin}{_ESC}J"

    def _back(self, width: int) -> str:
        # A terminal that has become narrower has broken the lines that are there.
        rows = sum(max(-(-length // width), 1) for length in self._drawn)
        return f"{_ESC}{rows}A" if rows else ""


def _is_set(environment: Mapping[str, str], name: str) -> bool:
    return environment.get(name, "").lower() not in _FALSE
