# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said to whoever watches a play."""

from __future__ import annotations

import contextlib
import shlex
import sys
from collections.abc import Iterable, Mapping, Sequence

from ansible.utils.display import Display

from .._engine.meeting import Reference
from .._engine.promises import Effect
from .._engine.records import EVERY_HOST, Asks, RunState, Step
from .._engine.report import Question, launched_by, play_by_play, questions, standing
from .._engine.run import Attempt
from .._screen.text import printable

_MOST_HOSTS = 10
_WAITS = {
    Asks.APPROVAL: "waits for an approval on",
    Asks.DOUBT: "is in doubt on",
    Asks.FAILURE: "has failed, and waits for a decision on",
}

display = Display()


def tell(text: str, color: str | None = None) -> None:
    """Say something to whoever watches, at once: output that is piped would wait in a buffer."""
    with contextlib.suppress(OSError):  # a reader that has gone away must not keep us from our work
        # Names of hosts and messages of modules may come from a target.
        clean = "\n".join(printable(line) for line in text.splitlines())
        display.display(f"saga: {clean}", color=color)
        sys.stdout.flush()


def listed(steps: Iterable[Step]) -> str:
    """Return the steps that have an effect, by name and host."""
    return ", ".join(f"{step.name!r} on {step.doer}" for step in steps if step.contract.effect is not Effect.NONE)


def counted(hosts: Mapping[str, int]) -> str:
    """Return how many steps each host has, for a few hosts; the sum for the others."""
    names = sorted(hosts)
    told = [f"{name} {hosts[name]}" for name in names[:_MOST_HOSTS]]
    if more := names[_MOST_HOSTS:]:
        told.append(f"and {sum(hosts[name] for name in more)} on {len(more)} more hosts")
    return ", ".join(told)


def asked(waiting: Sequence[tuple[Reference, Asks]]) -> str:
    """Return in words what a run waits for, a step at a time."""
    steps: dict[tuple[str, str, Asks], list[str]] = {}
    for reference, asks in waiting:
        where = f" ({reference.where})" if reference.where else ""
        steps.setdefault((reference.name, where, asks), []).append(reference.on)
    return "; ".join(f"{name!r} {_WAITS[asks]} {_some(hosts)}{at}" for (name, at, asks), hosts in steps.items())


def farewell(attempt: Attempt, state: RunState, reason: str) -> str:
    """Return the last words of an attempt: where the run stands, and what to type next."""
    run = attempt.run
    restored = f", {attempt.restored} steps restored" if attempt.restored else ""
    why = f": {reason}" if reason else ""
    text = f"run {run.id} is {state}{restored}{why}"
    if attempt.is_sliced and run.state is not state:
        since = f" ({run.reason})" if run.reason and run.reason != reason else ""
        text = f"this slice of run {run.id} is {state}{restored}{why}; the run is {run.state}{since}"
    doubtful = listed(attempt.in_hand())
    if state.is_resumable and doubtful:
        text += f"\nsaga: not known to have ended: {doubtful}; the next start finds out, or asks"
    if state is RunState.ABANDONED:
        text += f"\nsaga: {_left_behind(standing(attempt.steps()))}"
    if state.is_resumable:
        first = next((shlex.join(question.command) for question in asked_of(attempt)), f"saga status {run.id}")
        word = "next" if first != f"saga status {run.id}" else "look with"
        following = shlex.join(play_by_play.next_command(run))
        again = f"'{following}'" if following else "the same command"
        text += f"\nsaga: {word} '{first}'; it goes on with 'saga resume {run.id}' or {again}"
    return text


def waiting_of(attempt: Attempt) -> tuple[Question, ...]:
    """Return what the attempt's run waits for somebody to decide, once the attempt has ended."""
    run, steps = attempt.run, attempt.steps()
    if run.state is not RunState.PARKED:
        return ()
    left = {
        (step.host, step.key): attempt.spool.judge(run.id, step.attempt, step.host, step.key)
        for step in steps
        if step.is_in_doubt
    }
    is_gated = any(step.asks is Asks.APPROVAL for step in steps)
    return questions(run, steps, left, launchers=launched_by(attempt.events()) if is_gated else ())


def asked_of(attempt: Attempt) -> tuple[Question, ...]:
    """Return of that what has to be answered before the run can go on: a way back is gone on with as it is."""
    return () if attempt.run.is_going_back else waiting_of(attempt)


def next_command(attempt: Attempt) -> tuple[str, ...]:
    """Return what to type next, once the attempt has ended; nothing where nothing is left to do."""
    run, asked = attempt.run, asked_of(attempt)
    if asked:
        return asked[0].command
    if not run.state.is_resumable:
        return ()
    # Where somebody has to look before it can go on, that is what comes next.
    word = "status" if run.state is RunState.PARKED and attempt.in_hand() else "resume"
    return ("saga", word, run.id)


def why_not_undone(pivot: Step, reason: str) -> str:
    """Return a reason to park: the run should go back, and a pivot that has completed is in the way."""
    where = "" if pivot.host == EVERY_HOST else f" on {pivot.doer}"
    return f"{reason}; nothing is undone, because {pivot.name!r} is irreversible and was done{where}"


def _left_behind(steps: Sequence[Step]) -> str:
    if not steps:
        return "it has left nothing behind that is not undone"
    hosts: dict[str, list[str]] = {}
    for step in steps:
        doubt = " (in doubt)" if step.is_in_doubt else " (perhaps in part)" if step.may_remain else ""
        hosts.setdefault(f"{step.name!r}{doubt}", []).append(step.doer)
    return "done, or perhaps done, and not undone: " + "; ".join(
        f"{step} on {_some(names)}" for step, names in hosts.items()
    )


def _some(names: Sequence[str]) -> str:
    more = len(names) - _MOST_HOSTS
    return ", ".join(names[:_MOST_HOSTS]) + (f" and {more} more" if more > 0 else "")
