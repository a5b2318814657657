# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The axis of time: hours in which nobody worked on a run are cut out, or the minutes of work would not be seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .view import Report

_LEAST_GAP = 0.1  # of all the time in which somebody worked: a shorter gap is not worth a cut


def pieces(report: Report) -> tuple[tuple[float, float], ...]:
    """Return the stretches of time in which somebody worked on the run, in seconds, in order."""
    found = sorted((each.began, _end(report, each.ended, each.last)) for each in report.attempts)
    if not found:
        return ((report.run.started, max(report.run.started, report.run.updated)),)
    merged = list(_merged(found, 0.0))
    at_work = sum(end - begin for begin, end in merged)
    return tuple(_merged(merged, max(1.0, _LEAST_GAP * at_work)))


def _end(report: Report, ended: float | None, last: float) -> float:
    if ended is not None:
        return ended
    return report.made if report.is_live and report.attempts[-1].last == last else last


def _merged(found: Iterable[tuple[float, float]], gap: float) -> Iterator[tuple[float, float]]:
    """Yield stretches, those in one that are not further apart than the gap."""
    begin, end = None, 0.0
    for first, last in found:
        if begin is None:
            begin, end = first, last
        elif first - end <= gap:
            end = max(end, last)
        else:
            yield begin, end
            begin, end = first, last
    if begin is not None:
        yield begin, end
