# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a step that has failed is tried again: by its contract, by what it failed of, by the run's budget."""

from __future__ import annotations

from collections.abc import Callable

from ..backoff import Backoff
from ..records import Step, StepState
from ..slotted import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class NextTry:
    """What follows a failed try: another one after `delay` seconds, or none because the run's budget is spent."""

    delay: float = 0.0
    is_over_budget: bool = False


def next_try(step: Step, state: StepState, *, spent: int, budget: int, draw: Callable[[], float]) -> NextTry | None:
    """Return what follows a try that ended in `state`; None: the contract wants no more.

    `spent` is how many retries the run has had, `budget` how many it may have; 0: as many as it wants.
    """
    retry = step.contract.retry
    if retry is None or str(state) not in retry.on or step.tries >= retry.attempts:
        return None
    if budget and spent >= budget:
        return NextTry(is_over_budget=True)
    return NextTry(delay=Backoff.of(retry).after(step.tries, draw))
