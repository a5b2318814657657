# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Async steps in doubt, while their workers look for the jobs: what is ordered, and what is not found [I4]."""

from __future__ import annotations

import time

from .._engine.meeting import Course, Reference
from .._engine.run import Attempt
from .._engine.spool import in_hand
from .jobs import Order

_PAUSE = 0.1  # seconds between two looks at the pages


class Doubts:
    """The steps of one strategy whose jobs are being looked for."""

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
        self._sought: dict[tuple[str, str], Reference] = {}
        self._looked = 0.0

    def order(self, reference: Reference, decision: Course) -> Order | None:
        """Return what a step's worker is told of its jobs; None of a step that is not async."""
        known = decision.known
        if not reference.is_job:
            return None
        may_start = reference.contract.may_rerun or bool(reference.undoes)
        if known is None or not known.is_in_doubt:
            return Order(in_doubt={}, has_been_met=known is not None, may_start=may_start)
        if not may_start:
            self._sought[reference.host, reference.key] = reference
        run = self._attempt.run
        page = self._attempt.spool.page(run.id, run.attempt, reference.host, reference.key)
        return Order(in_doubt=in_hand(page), has_been_met=True, may_start=may_start)

    def unfound(self) -> list[Reference]:
        """Return the steps whose jobs were given up, once each; looks at the pages, though not at each call."""
        if not self._sought or time.monotonic() - self._looked < _PAUSE:
            return []
        self._looked = time.monotonic()
        run, found = self._attempt.run, []
        for key, reference in list(self._sought.items()):
            is_unfound = self._attempt.spool.is_unfound(run.id, run.attempt, *key)
            if is_unfound is not False:  # None: it has ended
                del self._sought[key]
            if is_unfound:
                found.append(reference)
        return found
