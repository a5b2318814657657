# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Forgetting ended runs that nobody needs any more; an unfinished one is never forgotten."""

from __future__ import annotations

from collections import Counter

from .errors import RunChangedError
from .inspection import who_works
from .records import Run
from .request import Means


def due(means: Means, *, older_than: float, keep: int, workflow: str = "") -> list[Run]:
    """Return the runs that may be forgotten, oldest first: ended, more than `older_than` seconds ago.

    The last `keep` ended runs of each workflow stay, however old.
    """
    now, kept, found = means.clock.now(), Counter[str](), []
    ended = [run for run in means.journal.runs(workflow=workflow) if not run.state.is_resumable]
    for run in sorted(ended, key=lambda run: run.updated, reverse=True):
        if kept[run.workflow] < keep:
            kept[run.workflow] += 1
        elif run.updated <= now - older_than:
            found.append(run)
    return found[::-1]


def forget(means: Means, run: Run) -> bool:
    """Forget a run as it was seen; False, with all of it kept, if somebody works on it or has changed it since."""
    if not who_works(means, run).is_free:
        return False
    try:
        means.journal.drop(run.id, version=run.version)
    except RunChangedError:
        return False
    means.spool.drop_run(run.id)
    return True


def leftovers(means: Means) -> list[str]:
    """Return the runs of which the spool has pages and the journal knows nothing, and whose workers are gone."""
    # Looked for here first: a run is in the journal before anything of it is in the spool.
    folders = means.spool.runs()
    known = {run.id for run in means.journal.runs()}
    return [run for run in folders if run not in known and not means.spool.workers(run)]
