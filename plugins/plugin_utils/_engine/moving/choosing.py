# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which runs are meant: those that are named, or all that are like this."""

from __future__ import annotations

from ..finding import find_run
from ..records import Run
from ..request import Means
from ..slotted import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is asked for; `older_than` in seconds since the run ended, and it is about ended runs then."""

    named: tuple[str, ...] = ()
    has_ended: bool = False
    older_than: float | None = None


def chosen(means: Means, choice: Choice) -> list[Run]:
    """Return the runs that are meant, oldest first; raise RunUnknownError for a name of none."""
    if choice.named:
        found = {run.id: run for run in (find_run(means.journal, name) for name in choice.named)}
        return sorted(found.values(), key=lambda run: (run.started, run.id))
    now = means.clock.now()
    return [
        run
        for run in reversed(means.journal.runs())
        if not (choice.has_ended or choice.older_than is not None)
        or (not run.state.is_resumable and run.updated <= now - (choice.older_than or 0))
    ]
