# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps that have failed and are tried again, before Ansible hears of the failure."""

from __future__ import annotations

import random
from typing import Any

from .._engine.meeting import Finish
from .._engine.policy import next_try
from .._engine.records import Step
from .._engine.run import Attempt
from . import results
from .core import core
from .telling import tell

_MOST_TOLD = 200  # characters of why a try has failed


class Retries:
    """Decides about failed tries of one attempt, and says so."""

    def __init__(self, attempt: Attempt, budget: int) -> None:
        self._attempt = attempt
        self._budget = budget

    def delay(self, finish: Finish, *, ahead: int) -> float | None:
        """Return after how many seconds a step is tried again; None: it is not, or it has not failed.

        `ahead` is how many are tried again before it that are not on the record yet.
        """
        reference, attempt = finish.reference, self._attempt
        step = attempt.known(reference)
        if step is None or not finish.state.is_failure or not step.executions:  # what was denied has not been tried
            return None
        if reference.is_aftermath or (attempt.run.is_going_back and step.is_forward):
            return None
        following = next_try(
            step, finish.state, spent=attempt.retries() + ahead, budget=self._budget, draw=random.random
        )
        if following is None:
            return None
        if following.is_over_budget:
            tell(f"{step.name!r} is not tried again on {step.doer}: the run's {self._budget} retries are spent")
            return None
        return following.delay

    def tell(self, finish: Finish, delay: float, result: Any) -> None:
        """Say that a step has failed and is tried again."""
        if (step := self._attempt.known(finish.reference)) is not None:
            tell(_told(step, finish, delay, result), color="yellow")


def _told(step: Step, finish: Finish, delay: float, result: Any) -> str:
    seen = core.look(result)
    most = step.contract.retry.attempts if step.contract.retry else step.tries
    text = "" if seen.is_secret else str(results.shown(seen).get("msg") or "")
    why = f": {text.splitlines()[0][:_MOST_TOLD]}" if text.strip() else ""
    return (
        f"{step.name!r} {finish.state} on {step.doer} (try {step.tries} of {most}), tried again in {delay:.1f} s{why}"
    )
