# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs compensations: the play's handlers, as Ansible runs handlers, in reverse order of what they undo."""

from __future__ import annotations

from typing import Any

from .._engine import points
from .._engine.promises import Then
from .._engine.records import RunState, Step
from .._engine.saga import Debt, Undoing, remaining
from . import capturing, results, sealing
from .controls import NOT_UNDONE, why_back
from .core import text
from .extent import extent, undone_words
from .handlers import run_handlers
from .session import Session
from .telling import tell, why_not_undone


def after_play(strategy: Any, session: Session, iterator: Any, result: Any) -> Any:
    """Decide at a play's end whether the run goes back, and do it; return the play's result code."""
    attempt = session.attempt
    session.note_failed_hosts(iterator)
    if attempt.run.is_going_back:
        if not _has_come_to_its_turn(session, iterator):
            return _not_well(strategy, session, result)
        reason = why_back(attempt.run) or session.failures.why_now()
        # What was to be done has been passed over in this process: it cannot go forward any more.
        _go_back(strategy, session, iterator, reason, may_go_on=False)
        return strategy._tqm.RUN_FAILED_BREAK_PLAY
    if session.controls.turning:  # it comes before what the failures ask for
        if not _has_come_to_its_turn(session, iterator):
            return _not_well(strategy, session, result)
        _turn(strategy, session, iterator, session.controls.turning)
        return strategy._tqm.RUN_FAILED_BREAK_PLAY
    return _after_failures(strategy, session, iterator, result)


def _not_well(strategy: Any, session: Session, result: Any) -> Any:
    """Return the result of a play that turned around nowhere: if it is the last one, the run has not ended well."""
    # After a bad result, Ansible does not begin the next playbook of its command line.
    return result or (strategy._tqm.RUN_FAILED_HOSTS if session.is_in_last_playbook else strategy._tqm.RUN_OK)


def _after_failures(strategy: Any, session: Session, iterator: Any, result: Any) -> Any:
    attempt = session.attempt
    back = extent(session, iterator)
    debt, policy, reason = attempt.debt(back), session.failures.policy(), session.failures.why_now()
    is_due = policy is Then.ESCALATE or (policy is not Then.STOP and bool(debt.undoings))
    if not session.failures.of_play or not is_due or result == strategy._tqm.RUN_OK:
        return result
    if policy is Then.ESCALATE:
        attempt.escalate()
        session.conclude(RunState.PARKED, f"{reason}; nothing is undone, because its contract says escalate")
    elif debt.pivot is not None:
        attempt.escalate()
        session.conclude(RunState.PARKED, why_not_undone(debt.pivot, reason))
    elif (pivot := attempt.go_back(reason, back)) is not None:
        attempt.escalate()
        session.conclude(RunState.PARKED, why_not_undone(pivot, reason))
    elif _go_back(strategy, session, iterator, reason, may_go_on=session.scope == "host"):
        return result
    return strategy._tqm.RUN_FAILED_BREAK_PLAY


def _turn(strategy: Any, session: Session, iterator: Any, reason: str) -> None:
    """Turn the run around because an operator, or a doubt, asks for it."""
    pivot = session.attempt.debt().pivot or session.attempt.go_back(reason)
    if pivot is not None:
        session.attempt.escalate()
        session.conclude(RunState.PARKED, why_not_undone(pivot, reason))
        return
    _go_back(strategy, session, iterator, reason, may_go_on=False)


def stops_others(session: Session, iterator: Any) -> bool:
    """Tell whether nobody goes forward any more: the run has failed with something to undo, or has come to its turn."""
    attempt = session.attempt
    session.note_failed_hosts(iterator)
    if session.controls.turning:  # once all that is owed was met: only then are its handlers known
        return attempt.has_met_all_owed()
    if attempt.run.is_going_back:
        # Up to there all is replayed, so that compensations find the variables as they were.
        return (session.has_passed_over or bool(session.failures.of_play)) and attempt.has_met_all_owed()
    if not session.failures.of_play:
        return False
    policy = session.failures.policy()
    if policy in {Then.ESCALATE, Then.STOP} or session.scope == "host":
        return policy is Then.ESCALATE
    debt = attempt.debt(extent(session, iterator))
    return bool(debt.undoings) and debt.pivot is None


def _has_come_to_its_turn(session: Session, iterator: Any) -> bool:
    """Tell whether a resumed way back is where it turned around: all that is owed was met, or no more of it will be."""
    last = max((undoing.play for undoing in session.attempt.debt().undoings), default=0)
    is_last = session.plays.ordinal_of(iterator._play) >= last and not iterator._play.serial
    return session.attempt.has_met_all_owed() or (bool(session.failures.of_play) and is_last)


def _go_back(strategy: Any, session: Session, iterator: Any, reason: str, *, may_go_on: bool) -> bool:
    """Undo all that is owed, as far as the run goes back; return whether it goes on forward, else it has ended."""
    attempt = session.attempt
    known = strategy._inventory.hosts if attempt.is_sliced and not attempt.run.back.hosts else ()
    while True:
        attempt.take_in(known)
        if not attempt.run.back.hosts:
            # A resume with --limit holds some of the slice's targets; the way back is about all of them.
            session.lock(attempt.slice.targets)
        _undo_all(strategy, session, attempt.debt())
        if not attempt.take_in(known):  # another slice may have ended meanwhile
            break
    strategy._set_hosts_cache(iterator._play)
    back = attempt.run.back
    left = remaining(attempt.steps(), back)
    if left:
        listed = ", ".join(f"{step.name!r} on {step.doer}" for step in left)
        session.conclude(RunState.PARKED, f"{reason}; {NOT_UNDONE}{listed}")
    elif not back.is_forward_after:
        session.conclude(RunState.COMPENSATED, reason)
    else:
        words = undone_words(back, attempt.steps())
        attempt.turn_forward()
        if may_go_on:
            tell(words, color="yellow")
            session.undone.append(words)
            return True
        session.conclude(RunState.STOPPED, f"{reason}; {words}")
    return False


def told(session: Session, undoing: Undoing, host: str) -> dict[str, Any]:
    """Return saga_step: what a compensation sees of the step that it undoes, as it was when the step completed."""
    return told_of(session, next((found for found in undoing.steps if found.doer == host), undoing.steps[0]))


def told_of(session: Session, step: Step) -> dict[str, Any]:
    """Return saga_step, of one step."""
    attempt = session.attempt
    stored = {item: sealing.opened(attempt, step, payload, item) for item, payload in attempt.results_of(step).items()}
    told, is_secret = sealing.captured_of(attempt, step)
    result = results.public(stored[""]) if stored.get("") else {}
    listed = result.get("results")
    items = (
        listed if isinstance(listed, list) else [results.public(payload) for item, payload in stored.items() if item]
    )
    seen = {
        "host": step.doer,
        "name": step.name,
        "result": result,
        "item_results": items,
        "attempt": step.attempt,
        "captured": capturing.seen_by(told, is_secret=is_secret),
    }
    return dict(text.untrusted(seen))


def _undo_all(strategy: Any, session: Session, debt: Debt) -> None:
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
