# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A step's record, from one state to the next: pure functions; `now` and all other times in seconds."""

from __future__ import annotations

from dataclasses import replace

from .meeting import Finish, Reference
from .promises import Then
from .records import EVERY_HOST, Asks, Run, Step, StepState, Undo
from .saga import is_there

_GOES_ON = frozenset({StepState.RETRYING, StepState.STARTED, StepState.PENDING})


def is_fresh(known: Step | None) -> bool:
    """Tell whether a step begins for the first time, as far as order counts: it may have waited, or been undone."""
    return known is None or not known.executions


def started(step: Reference, known: Step | None, run: Run, *, seq: int, now: float) -> Step:
    """Return the record of a step that starts; `seq` is the next number."""
    goes_on = known is not None and known.state in _GOES_ON
    return Step(
        run=run.id,
        host=step.host,
        on=step.on if step.host == EVERY_HOST else "",
        key=step.key,
        path=step.path,
        name=step.name,
        play=step.play,
        where=step.where,
        contract=step.contract,
        fingerprint=step.fingerprint,
        state=StepState.STARTED,
        seq=seq if known is None or is_fresh(known) else known.seq,
        attempt=run.attempt,
        executions=(known.executions if known else 0) + 1,
        updated=now,
        is_aftermath=step.is_aftermath,
        undoes=step.undoes,
        verifies=step.verifies,
        batch=step.batch,
        inputs=step.inputs,
        unit=step.wholes[0].key if step.wholes else "",
        undo=known.undo if known else Undo.NONE,
        may_remain=known is not None and is_there(known),
        decision=known.decision if known else None,
        tries=(known.tries if known and goes_on else 0) + 1,
        retries=known.retries if known else 0,
    )


def at_gate(step: Reference, known: Step | None, run: Run, *, seq: int, now: float) -> Step:
    """Return the record of a step that waits for an approval: it has not been executed."""
    fresh = started(step, known, run, seq=seq, now=now)
    return replace(fresh, state=StepState.WAITING, asks=Asks.APPROVAL, executions=0, tries=0, decision=None)


def ended(before: Step, finish: Finish, run: Run, *, now: float) -> Step:
    """Return the record of a step that has ended."""
    is_failure = finish.state.is_failure
    # One that was denied has not been executed: that it did not happen asks for no decision.
    is_open = is_failure and finish.is_handled is False and before.is_forward and before.executions > 0
    return replace(
        before,
        asks=Asks.FAILURE if is_open and before.contract.then is Then.ESCALATE else Asks.NOTHING,
        captured=finish.captured,
        due=0.0,
        state=finish.state,
        updated=now,
        attempt=run.attempt,
        is_handled=finish.is_handled,
        is_withheld=finish.payload is None,
        was_cut_off=finish.was_cut_off,
        may_remain=finish.may_remain or finish.was_cut_off or (before.may_remain and finish.state is not StepState.OK),
    )


def retrying(before: Step, finish: Finish, *, now: float, delay: float) -> Step:
    """Return the record of a step that has failed and is tried again after the delay."""
    return replace(
        before,
        state=StepState.RETRYING,
        updated=now,
        due=now + delay,
        retries=before.retries + 1,
        was_cut_off=finish.was_cut_off,
        may_remain=before.may_remain or finish.may_remain or finish.was_cut_off,
    )


def found(before: Step, *, is_there: bool, now: float) -> Step:
    """Return the record of a step in doubt, or failed, whose effect was looked for at the target."""
    state = StepState.OK if is_there else StepState.PENDING
    after = replace(before, state=state, asks=Asks.NOTHING, updated=now, due=0.0)
    return replace(after, is_handled=None, is_withheld=False, may_remain=False) if is_there else after


def is_unanswered(step: Step) -> bool:
    """Tell whether a failure ended what the playbook does on a host, and nobody has been asked about it."""
    is_open = step.state.is_failure and step.is_handled is False and step.executions > 0
    return is_open and step.is_forward and not step.is_aftermath and step.asks is Asks.NOTHING
