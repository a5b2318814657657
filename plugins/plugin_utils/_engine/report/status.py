# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a run stands: a line per step, a word per host, and what a resume will do with each [I9]."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ..records import EVERY_HOST, PlannedStep, Run, RunState, Step, StepState, Undo
from ..saga import remaining

_OVER = frozenset({RunState.COMPLETED, RunState.COMPENSATED, RunState.ABANDONED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One step over all hosts: a state and a forecast per host; `is_undo` for a compensation."""

    name: str
    where: str
    play: int
    key: str
    is_undo: bool = False
    states: dict[str, str] = field(default_factory=dict)
    forecasts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A run as people see it."""

    run: Run
    hosts: tuple[str, ...]
    lines: tuple[Line, ...]
    in_doubt: tuple[Step, ...]
    owed: tuple[Step, ...]
    is_live: bool
    next: str


def view(run: Run, steps: Sequence[Step], plan: Iterable[PlannedStep], *, is_live: bool) -> View:
    """Return the whole picture; `is_live` says whether a process or a worker is at work on the run."""
    lines: dict[str, Line] = {}
    for step in steps:
        line = lines.setdefault(
            step.key,
            Line(name=step.name, where=step.where, play=step.play, key=step.key, is_undo=bool(step.undoes)),
        )
        host = step.doer if step.host != EVERY_HOST else f"{step.on} (for all)"
        line.states[host] = describe(step, is_live=is_live)
        line.forecasts[host] = forecast(run, step, is_live=is_live)
    met = {step.path for step in steps}
    is_open = run.state not in _OVER and not run.is_going_back
    to_come = [
        Line(name=planned.path.rpartition("/")[2], where=planned.where, play=planned.play, key=planned.path)
        for planned in plan
        if is_open and planned.path not in met
    ]
    doubts = () if is_live else tuple(step for step in steps if step.is_in_doubt and not step.undoes)
    return View(
        run=run,
        hosts=tuple(dict.fromkeys([*run.targets, *(host for line in lines.values() for host in line.states)])),
        lines=(*lines.values(), *to_come),
        in_doubt=doubts,
        owed=tuple(remaining(steps)) if run.is_going_back and run.state not in _OVER else (),
        is_live=is_live,
        next=_next(run, doubts, is_live=is_live),
    )


def describe(step: Step, *, is_live: bool) -> str:
    """Return the one word for where a step stands on its host."""
    if step.undo is not Undo.NONE:
        return step.undo
    if step.state is StepState.STARTED:
        return "at work" if is_live else "in doubt"
    if step.state is StepState.FAILED and step.is_handled:
        return "failed, handled"
    return step.state


def forecast(run: Run, step: Step, *, is_live: bool) -> str:
    """Return what a resume will do with a step on its host."""
    if run.state in _OVER or is_live:
        return "nothing"
    if step.undoes:
        return "replay" if step.state in {StepState.OK, StepState.SKIPPED} else "run"
    if run.is_going_back:
        return "compensate" if remaining([step]) else "nothing"
    return _open(step)


def _open(step: Step) -> str:
    match step.state:
        case StepState.OK | StepState.SKIPPED:
            return "run again (result not stored)" if step.is_withheld else "replay"
        case StepState.STARTED:
            # The worker's own leavings are looked at first: they may prove that it ended or never began.
            is_free = step.contract.is_idempotent or not step.contract.has_effect
            return "run again" if is_free else "take the worker's result, or ask"
        case StepState.FAILED | StepState.UNREACHABLE:
            return "replay" if step.is_handled else "run again"
        case _:
            return "run"


def _next(run: Run, doubts: Sequence[Step], *, is_live: bool) -> str:
    if run.state in _OVER:
        return f"the run is {run.state}: the next start is a new run"
    if is_live:
        return "a process is at work on it"
    if run.state is RunState.PARKED and doubts:
        return "look at the targets in doubt, say 'saga decide ...' for each, and run the same command again"
    if run.is_going_back:
        return "run the same command again: it goes on undoing what is owed"
    return "run the same command again: it resumes where it stopped"
