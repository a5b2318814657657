# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a drill is drawn: its progress, its matrix, and what is wrong."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from .._engine.drill import Blame, Moment, Verdict
from .._engine.drill.matrix import rows, worded
from .._screen.screen import Screen
from .._screen.text import printable

_MINUTE = 60


def progress(number: int, total: int, verdict: Verdict, *, left: float) -> None:
    """Tell that a case has ended, and for how many seconds the others will take."""
    case = verdict.case
    rest = f", about {_time(left)} left" if number < total else ""
    line = f"[{number}/{total}{rest}] {case.part.title}, {case.moment}: {worded(verdict)}"
    say(line if verdict.is_right else f"{line}: {'; '.join(fault.what for fault in verdict.faults)}")


def say(text: str) -> None:
    """Tell whoever waits; the result alone goes to the standard output."""
    print(printable(text.replace("\n", " ")), file=sys.stderr, flush=True)


def draw(screen: Screen, verdicts: Sequence[Verdict], blames: Sequence[Blame], *, seconds: float) -> None:
    """Draw the matrix, then each step whose contract is wrong."""
    moments = [moment for moment in Moment if any(verdict.case.moment is moment for verdict in verdicts)]
    table = [(row.title, *(row.words.get(moment, "-") for moment in moments)) for row in rows(verdicts)]
    screen.table(("step", *map(str, moments)), table)
    screen.line()
    wrong = sum(not verdict.is_right for verdict in verdicts)
    if not wrong:
        screen.line(f"All {len(verdicts)} cases ended as the contracts promise, in {_time(seconds)}.")
        return
    for blame in blames:
        screen.alarm(f"{blame.step!r}: {blame.what}" + (f"  {blame.where}" if blame.where else ""))
        for line in blame.difference.splitlines():
            screen.line(f"    {line}")
        screen.line(f"  seen in {len(blame.cases)} {'case' if len(blame.cases) == 1 else 'cases'}: {blame.cases[0]}")
    screen.line(f"{wrong} of {len(verdicts)} cases did not end as the contracts promise, in {_time(seconds)}.")


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 2 * _MINUTE else f"{seconds / _MINUTE:.0f} min"
