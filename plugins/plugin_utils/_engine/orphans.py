# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Workers that outlived the process that started them: they are waited for, or ended."""

from __future__ import annotations

from collections.abc import Collection

from . import owners
from .errors import WorkersAliveError
from .records import Run
from .request import Means, Request


def has_awaited_workers(means: Means, run: Run, request: Request, *, without: Collection[int]) -> bool:
    """Wait until nobody works for a dead attempt of the run any more; tell whether somebody did.

    `without` are the attempts that others go on with, or work on.
    """
    clock, tell = means.clock, means.tell
    workers = means.spool.workers(run.id, without=without)
    if not workers:
        return False
    pids = [worker.pid for worker in workers]
    if request.orphan_workers == "kill":
        tell(f"ending what still works for the dead attempt: pid {', '.join(map(str, pids))}")
        for pid in pids:
            owners.end(pid)  # the module in hand ends with its worker
    else:
        many = f"{len(pids)} workers" if len(pids) > 1 else "a worker"
        tell(f"waiting for the results of {many} of the dead attempt, still at work")
    deadline = clock.monotonic() + request.orphan_wait
    while workers:
        if clock.monotonic() > deadline:
            raise WorkersAliveError(run.id, [worker.pid for worker in workers])
        means.pause(0.05)
        workers = [worker for worker in workers if owners.is_alive(worker)]
    return True
