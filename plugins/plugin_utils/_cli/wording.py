# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How times, hosts and commands are put in words."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Sequence

from .._engine import clock

_FEW = 8  # hosts that are named one by one

_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


def ago(moment: float, *, now: float) -> str:
    """Return how long ago something was, in its largest unit."""
    passed = int(now - moment)
    for size, unit in _UNITS:
        if passed >= size:
            count = passed // size
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"


def lasted(seconds: float) -> str:
    """Return how long something took."""
    if seconds < 60:  # noqa: PLR2004  a minute
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def when(moment: float, *, now: float) -> str:
    """Return a moment by the clock, and how long ago it was."""
    return f"{clock.text(moment)} ({ago(moment, now=now)})"


def some(hosts: Sequence[str], everyone: Collection[str]) -> str:
    """Return the names of some hosts out of all, as short as can be said without leaving one in the dark."""
    named = set(hosts)
    rest = [host for host in everyone if host not in named]
    if not rest and len(hosts) > _FEW:
        return f"all {len(hosts)} hosts"
    if len(hosts) > _FEW and len(rest) <= _FEW:
        return f"{len(hosts)} hosts, all but {', '.join(rest)}"
    return ", ".join(hosts)


def typed(command: Sequence[str], *, directory: str = "", journal: str = "") -> str:
    """Return a command as it is typed; `journal` is the one that was asked for, if it is not the configured one."""
    words = list(command)
    if journal and words[:1] == ["saga"]:
        words[2:2] = ["--journal", journal]
    elif journal and words:
        words = ["env", f"SAGA_JOURNAL={journal}", *words]
    line = shlex.join(words)
    return f"cd {shlex.quote(directory)} && {line}" if directory and words else line


def one_line(text: str) -> str:
    """Return a text without line breaks, for a cell of a table."""
    return " ".join(text.split())
