# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a resume: what would happen with each step on each host if the run went on now, and why.

What the journal has is met with what the playbook is now: steps that changed, came or went since are told as such.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from .. import clock
from ..plan import Change, is_handler, listed
from ..records import EVERY_HOST, PlannedStep, Run, Step, StepState
from ..slotted import dataclass
from .status import Line, View

REASONS = {
    "replay": "it is done: answered from the journal",
    "take in": "its worker ended after the controller and left the result",
    "run": "it has not begun",
    "run again": "doing it again does no harm, or it failed",
    "run the rest": "of its loop, the items that are missing",
    "ask": "somebody has to decide about it: the run parks",
    "refuse": "its approval was denied: it fails before it begins",
    "verify": "its verify handler looks whether it is there",
    "go back": "it is in doubt, and its contract says that the run goes back then",
    "stop": "its result was not kept, and it is not idempotent",
    "look for its job": "an async job may be at work: it is re-attached to",
    "compensate": "the run is going back: it is undone",
    "changed": "its text or an extra var in it changed since it was done",
    "gone": "it was done and is not in the playbook now",
    "if notified": "a handler",
    "nothing": "nothing is left to do with it",
    "left": "the host has left the plays",
    "elsewhere": "it is for another slice of the run",
}
"""What each word means; a word may have its own reason behind it, in parentheses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One step over its hosts: what a resume does with it on each, and anything beyond the word's own meaning."""

    name: str
    where: str
    play: int
    path: str
    is_handler: bool = False
    is_new: bool = False  # inserted before the place where the run stopped
    hosts: Mapping[str, str]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumePlan:
    """What a resume would do, and what keeps it from starting."""

    run: Run
    rows: tuple[Row, ...]
    changes: tuple[Change, ...]
    is_refused: bool  # for what changed, under the option drift as it stands

    def counts(self) -> dict[str, int]:
        """Return how many steps on hosts each word stands for."""
        found: dict[str, int] = {}
        for row in self.rows:
            for word in row.hosts.values():
                found[word] = found.get(word, 0) + 1
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """The playbook as it is now: its steps, the hosts of each play by number, what changed, and the option drift.

    `beside` are the hosts of other slices of the run, which are not gone on with.
    """

    plan: Sequence[PlannedStep]
    hosts: Mapping[int, Sequence[str]]
    changes: Sequence[Change]
    drift: str
    beside: Collection[str] = ()


def resume_plan(view: View, steps: Sequence[Step], now: Now) -> ResumePlan:
    """Return the plan of a resume, in the order of the playbook; what is there no more comes last."""
    known = {step.key: step for step in steps}
    lines: dict[str, list[Line]] = {}
    for line in view.lines:
        if line.states:
            lines.setdefault(known[line.key].path, []).append(line)
    planned = {step.path: step for step in reversed(now.plan)}
    changed = {change.path: change for change in now.changes if change.is_weighty}
    left = frozenset(change.path for change in now.changes if change.what == "vanished")
    begun: dict[str, list[Step]] = {}
    for step in steps:
        if step.state is StepState.STARTED:
            begun.setdefault(step.key, []).append(step)
    rows: list[Row] = []
    for path in (*dict.fromkeys(step.path for step in now.plan), *(path for path in lines if path not in planned)):
        change = changed.get(path)
        for line in lines.get(path, ()):
            cells = _cells(line, known[line.key], change, now, view, left)
            rows.append(_met(line, known[line.key], cells, begun.get(line.key, ())))
        if path not in lines and not view.run.is_going_back:
            rows.append(_to_come(planned[path], change, now))
    return ResumePlan(
        run=view.run, rows=tuple(rows), changes=tuple(now.changes), is_refused=bool(changed) and now.drift == "refuse"
    )


def _cells(  # noqa: PLR0917  private to this file
    line: Line, step: Step, change: Change | None, now: Now, view: View, left: Collection[str]
) -> dict[str, str]:
    """Return what a resume does with a step on each host; `left` are hosts that have left the plays."""
    cells = {host: "left" if host in left else _word(word, change, now.drift) for host, word in line.forecasts.items()}
    cells.update({host: "elsewhere" for host in cells if host in now.beside})
    if not (view.run.is_going_back or line.is_for_all or step.is_unit or line.undoes):
        missing = [host for host in now.hosts.get(line.play, ()) if host not in cells]
        cells.update(dict.fromkeys(missing, _unmet(line.is_handler)))
    return cells


def _met(line: Line, step: Step, cells: Mapping[str, str], begun: Iterable[Step]) -> Row:
    return Row(
        name=line.name,
        where=line.where,
        play=line.play,
        path=step.path,
        is_handler=line.is_handler,
        hosts=cells,
        notes=tuple(map(_note, begun)),
    )


def _to_come(step: PlannedStep, change: Change | None, now: Now) -> Row:
    return Row(
        name=step.path.rpartition("/")[2],
        where=step.where,
        play=step.play,
        path=step.path,
        is_handler=is_handler(step.path),
        is_new=change is not None and change.what == "inserted",
        hosts=dict.fromkeys(now.hosts.get(step.play, ()), _unmet(is_handler(step.path))),
    )


def _word(word: str, change: Change | None, drift: str) -> str:
    if change is None or word != "replay" or change.what not in {"changed", "input", "gone"}:
        return word
    if change.what == "gone":
        return "gone"
    return {"accept": "replay", "rerun": "run again"}.get(drift, "changed")


def _unmet(is_handler: bool) -> str:  # noqa: FBT001  private to this file
    return "if notified" if is_handler else "run"


def _note(step: Step) -> str:
    who = "once for all" if step.host == EVERY_HOST else f"on {step.doer}"
    return f"{who}: started {clock.text(step.updated)}, without an outcome"


def summary(plan: ResumePlan) -> list[str]:
    """Return what would happen in a few lines: counts for hosts that are alike, then what stops it."""
    counts: dict[str, dict[str, int]] = {}
    for row in plan.rows:
        for host, word in row.hosts.items():
            if word not in {"if notified", "nothing", "elsewhere"}:
                tally = counts.setdefault(host, {})
                tally[word] = tally.get(word, 0) + 1
    alike: dict[str, list[str]] = {}
    for host, tally in counts.items():
        alike.setdefault(", ".join(f"{word} {count}" for word, count in tally.items()), []).append(host)
    lines = [f"{listed(hosts)}: {told}" for told, hosts in alike.items()]
    for row in plan.rows:
        for word in ("ask", "refuse", "stop", "look for its job", "changed", "gone"):
            hosts = [host for host, found in row.hosts.items() if found == word]
            if hosts:
                lines.append(f"{word}: {row.name!r} on {listed(hosts)}  {row.where}".rstrip())
    return lines
