# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A gate before a step: until when it may be answered, what holds after that, and who may answer.

Pure functions; `now` and all other times in seconds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from .. import clock
from ..records import Answer, Asks, Decision, Step, StepState

EXPIRY = "expiry"
"""Who decides about a gate that nobody has answered in time."""

OPENING = frozenset({Answer.APPROVE, Answer.SKIP})
"""The answers that let a run pass a gate: where two persons are wanted, whoever launched it gives neither."""

ANSWERS = OPENING | {Answer.DENY}
"""The answers to a gate; others are about the whole run."""


def expires(step: Step) -> float | None:
    """Return when a step's gate expires; None: never, or it is at none."""
    approval = step.contract.approval
    if step.asks is not Asks.APPROVAL or approval is None or approval.expires is None:
        return None
    return step.updated + approval.expires


def is_expired(step: Step, *, now: float) -> bool:
    """Tell whether a step waits at a gate that may be answered no more."""
    end = expires(step)
    return end is not None and now >= end


def defaulted(step: Step, *, now: float) -> Step | None:
    """Return the record of a step whose gate has expired, with the default answer; None: it has not, or has none."""
    end, approval = expires(step), step.contract.approval
    if end is None or approval is None or now < end:
        return None
    decision = Decision(
        answer=Answer(approval.default), by=EXPIRY, at=now, why=f"nobody answered until {clock.text(end)}"
    )
    return replace(step, state=StepState.PENDING, asks=Asks.NOTHING, decision=decision, updated=now)


def kept_until(steps: Iterable[Step]) -> float | None:
    """Return until when a parked run keeps its leases: the latest expiry, if gates that expire are all it waits for."""
    latest: float | None = None
    for step in steps:
        end = expires(step)
        if end is not None:
            latest = end if latest is None else max(latest, end)
        elif step.asks is not Asks.NOTHING or step.is_in_doubt or (step.state.is_failure and step.is_handled is False):
            return None
    return latest


def barred(step: Step, launchers: Collection[str]) -> tuple[str, ...]:
    """Return who may not let the run pass a step's gate: with two persons wanted, whoever has launched it."""
    approval = step.contract.approval
    return tuple(sorted(launchers)) if approval is not None and approval.is_two_person else ()


def is_stranger(step: Step, by: str) -> bool:
    """Tell whether a step's gate names approvers, and this one is none of them."""
    approval = step.contract.approval
    return approval is not None and bool(approval.approvers) and by not in approval.approvers
