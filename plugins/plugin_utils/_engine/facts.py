# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run as plain data: what the command line prints as JSON, and what modules return.

Stable: names and meanings stay, and new names may come. Whatever hands it on says ``"schema": 1`` beside it; the number
changes with a meaning. Times are UTC, ``2026-01-31T23:59:59Z``.

Of a run:

========================  ==============================================================
id, workflow              the run's id and the name of its workflow
state                     running, compensating, stopped, parked, completed, compensated, abandoned
reason                    why it is in that state; may be empty
started, updated          when it began; when its record last changed
attempt                   how many processes have worked on it
targets                   the names of its leases
is_going_back             whether it undoes what it did
command, directory        the command that began it, as a list of words, and where it was typed
at_work.is_live           true: somebody is at work on it; false: nobody; null: it may be so, on another machine
at_work.who               who that is, in words
========================  ==============================================================

Of where it stands:

==========  ==========================================================================================
run         the run, as above
slices      of a run that is spread over several controllers: attempt, state, targets, who works on it, or did last
            (null: it has ended), is_at_work (null: that cannot be known from here)
asked       what whoever works on it is asked for and has not done yet: wish (pause, cancel, compensate), by, at, why;
            null: nothing
steps       in the order of their starts, those still to come last; each with name, where, play, key, undoes (of a
            compensation, the key of the step it undoes), is_handler, is_for_all (run_once) and hosts: {host: {state,
            resume}}; no hosts: the step is still to come
            state is where the step stands on that host: pending, at work, in doubt, not begun, done in part, ok,
            skipped, failed, "failed, handled", unreachable, void, waiting, retrying, compensated, compensation failed,
            left as it is; or one of ok, skipped, failed, unreachable with ", not taken in" behind it: its worker left
            that word
            resume is what a resume does with it: nothing, replay, take in, run, run again, run the rest, look for
            its job, verify, ask, refuse, stop, go back, compensate; perhaps with the reason in parentheses
in_doubt    steps of which nobody knows whether they happened: host, step, key, where, since
changed     what it has changed: host, step, key, where, state (done, perhaps in part, at work, in doubt, undone), by
            (the handlers that would undo it, or did), is_irreversible
line        who waits for what it holds, first come first: workflow, process, names, since
waiting     what it waits for somebody to decide, as ``saga pending`` describes it
owed        steps that are still to be undone, latest first: host, step, key, where, by (the handlers)
standing    of a run that goes back or was given up, steps that nothing will undo: host, step, key, where
next        say: what to do, in words; command, directory: what to type and where, both may be empty
==========  ==========================================================================================

Of a lease:

==========  ==========================================================================================
target      its name
run         the id of the run that holds it; workflow, state: that run's
owner       the process that took it, and user: whose it was
since       since when; expires: until when, by the journal's clock, if it is not renewed; null: until it is decided
waiting     who waits for it, first come first: workflow, process, names (of all that it waits for), since
==========  ==========================================================================================
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from . import clock
from .inspection import AtWork, Sight
from .records import Control, Lease, Run, Slice, Step, Waiter
from .report import Line, as_data
from .report.changes import Change, changes

SCHEMA = 1


def of_run(run: Run, at_work: AtWork) -> dict[str, Any]:
    """Return a run's facts."""
    return {
        "id": run.id,
        "workflow": run.workflow,
        "state": str(run.state),
        "reason": run.reason,
        "started": clock.text(run.started),
        "updated": clock.text(run.updated),
        "attempt": run.attempt,
        "targets": list(run.targets),
        "is_going_back": run.is_going_back,
        "command": list(run.command),
        "directory": run.directory,
        "at_work": {"is_live": at_work.is_live, "who": at_work.who},
    }


def of_sight(sight: Sight) -> dict[str, Any]:
    """Return where a run stands."""
    view = sight.view
    return {
        "run": of_run(view.run, sight.at_work),
        "slices": [_slice(part, is_live=is_live) for part, is_live in sight.slices],
        "asked": _wish(sight.asked),
        "steps": [_line(line) for line in view.lines],
        "in_doubt": [{**of_step(step), "since": clock.text(step.updated)} for step in view.in_doubt],
        "changed": [_change(change) for change in made(sight)],
        "line": [_in_line(waiter) for waiter in sight.line],
        "waiting": [as_data(question) for question in view.questions],
        "owed": [{**of_step(step), "by": list(step.contract.compensate)} for step in view.owed],
        "standing": [of_step(step) for step in view.standing],
        "next": {"say": view.next.say, "command": list(view.next.command), "directory": view.next.directory},
    }


def made(sight: Sight) -> Sequence[Change]:
    """Return what a run has changed."""
    return changes(sight.steps, is_live=sight.at_work.is_live is not False)


def of_step(step: Step) -> dict[str, Any]:
    """Return which step on which host is meant."""
    return {"host": step.doer, "step": step.name, "key": step.key, "where": step.where}


def of_lease(lease: Lease, run: Run | None, line: Iterable[Waiter]) -> dict[str, Any]:
    """Return who holds a target, and who of those in `line` waits for it; `run` is None where its record is gone."""
    return {
        "target": lease.name,
        "run": lease.run,
        "workflow": run.workflow if run else "",
        "state": str(run.state) if run else "",
        "owner": str(lease.owner),
        "user": lease.owner.user,
        "since": clock.text(lease.acquired),
        "expires": None if lease.expires is None else clock.text(lease.expires),
        "waiting": [_in_line(waiter) for waiter in line if lease.name in waiter.names],
    }


def _wish(asked: Control | None) -> dict[str, Any] | None:
    if asked is None:
        return None
    return {"wish": str(asked.wish), "by": asked.by, "at": clock.text(asked.at), "why": asked.why}


def _in_line(waiter: Waiter) -> dict[str, Any]:
    return {
        "workflow": waiter.workflow,
        "process": str(waiter.owner),
        "names": list(waiter.names),
        "since": clock.text(waiter.since),
    }


def _slice(part: Slice, *, is_live: bool | None) -> dict[str, Any]:
    return {
        "attempt": part.attempt,
        "state": str(part.state),
        "targets": list(part.targets),
        "who": None if part.owner is None else str(part.owner),
        "is_at_work": is_live,
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "name": line.name,
        "where": line.where,
        "play": line.play,
        "key": line.key,
        "undoes": line.undoes,
        "is_handler": line.is_handler,
        "is_for_all": line.is_for_all,
        "hosts": {host: {"state": state, "resume": line.forecasts[host]} for host, state in line.states.items()},
    }


def _change(change: Change) -> dict[str, Any]:
    return {**of_step(change.step), "state": change.state, "by": list(change.by), "is_irreversible": change.is_for_good}
