# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the last attempt left: open intents, a failure's consequences, expired gates; judged when the next begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from .entries import step_entry
from .policy import gate
from .records import Entry, Result, Run, Step, StepState
from .spool import Leavings, Spool, Verdict


def judged(spool: Spool, step: Step, run: Run, *, actor: str) -> Iterator[Entry]:
    """Yield what becomes of a step when `run`, a new attempt, begins; nothing for most steps."""
    if step.is_aftermath and not run.is_going_back:
        # The failure that ended the attempt had this as its consequence; the run goes on from before the failure.
        if step.state is not StepState.VOID:
            yield step_entry("step.void", replace(step, state=StepState.VOID), attempt=run.attempt, actor=actor)
    elif step.state is StepState.STARTED:
        left = spool.judge(step.run, step.attempt, step.host, step.key)
        yield _judged_start(left, step, run, actor=actor)
    elif not run.is_going_back and (after := gate.defaulted(step, now=run.updated)) is not None:
        told = {"answer": str(after.decision.answer), "why": after.decision.why} if after.decision else {}
        yield step_entry("step.resolved", after, attempt=run.attempt, actor=gate.EXPIRY, **told)


def _judged_start(left: Leavings, step: Step, run: Run, *, actor: str) -> Entry:
    results = tuple(
        Result(run=step.run, host=step.host, key=step.key, payload=payload, item=item)
        for item, payload in left.items.items()
    )
    may_remain = step.may_remain or bool(left.items)
    match left.verdict:
        case Verdict.ENDED:
            state = StepState(left.state)
            after = replace(
                step,
                state=state,
                is_handled=None,
                is_withheld=left.result is None,
                may_remain=may_remain and state is not StepState.OK,
            )
            if left.result is not None:
                results = (*results, Result(run=step.run, host=step.host, key=step.key, payload=left.result))
            kind = "step.found_ended"
        case Verdict.NOT_STARTED | Verdict.BETWEEN:
            kind, after = "step.found_not_at_work", replace(step, state=StepState.PENDING, may_remain=may_remain)
        case _:
            kind, after = "step.in_doubt", replace(step, may_remain=may_remain)
    return step_entry(kind, after, *results, attempt=run.attempt, actor=actor)
