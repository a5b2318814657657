# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs compensations: the play's handlers, as Ansible runs handlers, in reverse order of what they undo."""

from __future__ import annotations

from typing import Any

from .._engine import points
from .._engine.promises import Then
from .._engine.records import Run, RunState, Step
from .._engine.saga import Debt, Undoing, remaining
from . import results
from .controls import PAUSED
from .core import text
from .handlers import run_handlers
from .session import Session
from .telling import tell, why_not_undone

_NOT_UNDONE = "; not undone: "


def after_play(strategy: Any, session: Session, iterator: Any, result: Any) -> Any:
    """Decide at a play's end whether the run goes back, and do it; return the play's result code."""
    attempt = session.attempt
    session.note_failed_hosts(iterator)
    debt = attempt.debt()
    policy = session.failures.policy()
    is_due = policy is Then.ESCALATE or (policy is not Then.STOP and bool(debt.undoings))
    has_failed = bool(session.failures.of_play) and is_due and result != strategy._tqm.RUN_OK
    turning = session.controls.turning  # an operator's word comes before what the failures ask for
    if not (_has_come_to_its_turn(session, debt, iterator) if attempt.run.is_going_back or turning else has_failed):
        return result
    reason = _reason_before(attempt.run) if attempt.run.is_going_back else turning
    reason = reason or session.failures.why_now()
    if policy is Then.ESCALATE and not attempt.run.is_going_back and not turning:
        attempt.escalate()
        session.conclude(RunState.PARKED, f"{reason}; nothing is undone, because its contract says escalate")
    elif debt.pivot is not None and not attempt.run.is_going_back:
        attempt.escalate()
        session.conclude(RunState.PARKED, why_not_undone(debt.pivot, reason))
    else:
        # A resume with --limit holds some of the run's targets; the way back is about all of them.
        session.lock(attempt.run.targets)
        attempt.go_back(reason)
        _undo_all(strategy, session, debt, reason)
        strategy._set_hosts_cache(iterator._play)
    return strategy._tqm.RUN_FAILED_BREAK_PLAY


def _reason_before(run: Run) -> str:
    """Return why a run goes back, without what kept it from coming to the end of that."""
    return run.reason.partition(_NOT_UNDONE)[0].partition(f"; {PAUSED}")[0]


def _has_come_to_its_turn(session: Session, debt: Debt, iterator: Any) -> bool:
    """Tell whether a resumed way back is where it turned around: all that is owed was met, or no more of it will be."""
    last = max((undoing.play for undoing in debt.undoings), default=0)
    is_last = session.plays.ordinal_of(iterator._play) >= last and not iterator._play.serial
    return session.attempt.has_met_all_owed() or (bool(session.failures.of_play) and is_last)


def told(session: Session, undoing: Undoing, host: str) -> dict[str, Any]:
    """Return saga_step: what a compensation sees of the step that it undoes, as it was when the step completed."""
    return told_of(session, next((found for found in undoing.steps if found.doer == host), undoing.steps[0]))


def told_of(session: Session, step: Step) -> dict[str, Any]:
    """Return saga_step, of one step."""
    stored = session.attempt.results_of(step)
    result = results.public(stored[""]) if stored.get("") else {}
    listed = result.get("results")
    items = (
        listed if isinstance(listed, list) else [results.public(payload) for item, payload in stored.items() if item]
    )
    seen = {"host": step.doer, "name": step.name, "result": result, "item_results": items, "attempt": step.attempt}
    return dict(text.untrusted(seen))


def _undo_all(strategy: Any, session: Session, debt: Debt, reason: str) -> None:
    count = len(debt.undoings)
    tell(f"going back: {count} step{'' if count == 1 else 's'} to undo, latest first", color="yellow")
    inventory = strategy._inventory
    restriction, limit = inventory._restriction, inventory._subset
    inventory.remove_restriction()
    inventory.subset(None)
    try:
        for undoing in debt.undoings:
            _undo(strategy, session, undoing)
    finally:
        inventory._restriction, inventory._subset = restriction, limit
    left = remaining(session.attempt.steps())
    if left:
        listed = ", ".join(f"{step.name!r} on {step.doer}" for step in left)
        session.conclude(RunState.PARKED, f"{reason}{_NOT_UNDONE}{listed}")
    else:
        session.conclude(RunState.COMPENSATED, reason)


def _undo(strategy: Any, session: Session, undoing: Undoing) -> None:
    points.reach(points.BEFORE_UNDO, undoing.name)
    origin = session.plays.of(undoing.play)
    session.undoing = undoing
    try:
        bad = run_handlers(strategy, origin, undoing.handlers, undoing.hosts) if origin is not None else None
    finally:
        session.undoing = None
    if bad is None:
        tell(f"{undoing.name!r} cannot be undone: no handler {', '.join(undoing.handlers)!r}", color="red")
        bad = set(undoing.hosts)
    session.attempt.undone(undoing, bad)
    points.reach(points.AFTER_UNDO, undoing.name)
