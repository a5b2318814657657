# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an answer makes of a step: pure functions from record to record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from .. import codec
from ..records import Answer, Asks, Decision, Result, Step, StepState, Undo
from ..report import About
from ..saga import is_there
from ..spool import Leavings

_UNDO = {Answer.RETRY: Undo.NONE, Answer.DONE: Undo.COMPENSATED, Answer.SKIP: Undo.LEFT}


def answered(
    step: Step, about: About, decision: Decision, left: Leavings | None = None
) -> tuple[Step, tuple[Result, ...]]:
    """Return a step as a decision about it leaves it, and the results that are stored with it.

    `left` is what the worker of a step in doubt left.
    """
    decided = replace(step, decision=decision, updated=decision.at)
    if about is About.COMPENSATION:
        return replace(decided, undo=_UNDO[decision.answer]), ()
    decided = replace(decided, asks=Asks.NOTHING, due=0.0)
    # Items that are done are kept: a retry is about the rest.
    items = left.items if left is not None else {}
    kept = tuple(_result(step, payload, item) for item, payload in items.items())
    match decision.answer:
        case Answer.APPROVE | Answer.DENY:
            return replace(decided, state=StepState.PENDING), ()
        case Answer.DONE if left is not None and left.item:
            # The word is about the item that was in hand; those after it never began, and are still to be done.
            after = replace(decided, state=StepState.PENDING, may_remain=True)
            return after, (*kept, _result(step, _said(decision, changed=True), left.item))
        case Answer.DONE:
            after = replace(decided, state=StepState.OK, is_handled=None, is_withheld=False, may_remain=False)
            return after, (*kept, _result(step, _said(decision, changed=True)))
        case Answer.SKIP:
            # What a failure or a doubt has done of it may be there: it is undone if the run goes back.
            after = replace(
                decided, state=StepState.SKIPPED, is_handled=None, is_withheld=False, may_remain=is_there(step)
            )
            return after, (*kept, _result(step, _said(decision, skipped=True, changed=False)))
        case _:
            after = replace(decided, state=StepState.PENDING, is_handled=None, tries=0, may_remain=is_there(step))
            return after, kept


def encoded(variables: Mapping[str, object]) -> str:
    """Return the variables that a step is tried again with as a decision keeps them."""
    return codec.encode(dict(variables)) if variables else ""


def _result(step: Step, payload: str, item: str = "") -> Result:
    return Result(run=step.run, host=step.host, key=step.key, payload=payload, item=item)


def _said(decision: Decision, **facts: bool) -> str:
    return codec.encode({"family": "operator", "result": {**facts, "msg": decision.why}, "fields": {}})
