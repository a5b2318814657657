# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``saga status``: where a run stands, host by host, and what to do next.

``--changed`` is about its effects alone. ``--json`` prints one document, whatever else is asked for: where the run
stands, as :mod:`.._engine.facts` describes it.
"""

from __future__ import annotations

import itertools
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from dataclasses import replace

from .._engine.facts import made, of_sight
from .._engine.inspection import Sight, look
from .._engine.records import Control, Slice, Step, Waiter, Wish
from .._engine.report import About, Line, View, decision
from .._engine.request import Means
from .._screen.screen import Screen
from . import changed, facts, pending
from .exits import Exit
from .opening import opened
from .standing import draw_standing
from .wording import ago, one_line, some, typed, when

HELP = "say where a run stands, what a resume will do, and what to type next"

_TO_DO = {Wish.PAUSE: "to pause", Wish.CANCEL: "to cancel", Wish.COMPENSATE: "to cancel, and to undo what it did"}
_MOST_COLUMNS = 6  # hosts side by side; more of them are grouped by what they have in common


def add_arguments(parser: ArgumentParser) -> None:
    """Add what only this command takes."""
    parser.add_argument("run", metavar="RUN", nargs="?", default="", help="how the run's id begins (default: newest)")
    parser.add_argument("--changed", action="store_true", help="only what it has changed, and what would undo that")
    parser.add_argument("--json", action="store_true", help="print JSON")


def do(arguments: Namespace) -> Exit:
    """Print where the run stands."""
    with opened(arguments) as means:
        sight = look(means, arguments.run)
        if arguments.json:
            print(facts.document(**of_sight(sight)))
        elif arguments.changed:
            changed.draw(Screen(), sight.view.run, made(sight), sight.view.hosts)
        else:
            _draw(Screen(), sight, means, arguments.journal)
    return Exit.FINE


def _draw(screen: Screen, sight: Sight, means: Means, journal: str) -> None:
    view, now = sight.view, means.clock.now()
    _draw_head(screen, sight, now)
    screen.line()
    _draw_steps(screen, view)
    _draw_doubts(screen, view, now, journal)
    if asked := [question for question in view.questions if question.about is not About.DOUBT]:
        screen.line()
        screen.alarm("Waiting for a decision")
        for question in asked:
            pending.draw(screen, question, now=now, journal=journal)
    _draw_debts(screen, view)
    if view.standing:
        screen.line()
        draw_standing(screen, view.standing)
    screen.line()
    screen.line(f"Next: {view.next.say}" + (":" if view.next.command else "."))
    if view.next.command:
        screen.heading("  " + typed(view.next.command, directory=view.next.directory, journal=journal))


def _draw_head(screen: Screen, sight: Sight, now: float) -> None:
    run = sight.view.run
    way = ", going back" if run.is_going_back and run.state.is_resumable else ""
    screen.heading(f"run {run.id} of {run.workflow}")
    told = {
        "state": f"{run.state}{way}, since {when(run.updated, now=now)}",
        "at work": sight.at_work.who,
        "asked": _asked(sight.asked, now),
        "attempt": f"{run.attempt}, of a run that began {when(run.started, now=now)}",
        "reason": one_line(run.reason),
        "targets": some(run.targets, run.targets) or "none",
        "in line": "; ".join(_waits(waiter, run.targets, now) for waiter in sight.line),
        "command": typed(run.command, directory=run.directory),
    }
    for word, value in told.items():
        if value:
            screen.line(f"  {word:<8} {value}")
    if sight.slices:
        screen.line()
        awaited = f", {run.awaited} still to begin" if run.awaited and run.state.is_resumable else ""
        screen.line(f"It is spread over {run.slices} slices{awaited}:")
        rows = [
            (str(part.attempt), _stands(part, is_live=live), some(part.targets, part.targets))
            for part, live in sight.slices
        ]
        screen.table(("attempt", "state", "targets"), rows, folding=("targets",))


def _stands(part: Slice, *, is_live: bool | None) -> str:
    if part.owner is None:
        return str(part.state)
    if is_live is None:
        return f"{part.state}: {part.owner}, unless it died"
    return f"{part.state}: {part.owner}" if is_live else f"killed: {part.owner} is gone"


def _waits(waiter: Waiter, targets: Sequence[str], now: float) -> str:
    wanted = [name for name in waiter.names if name in targets] or waiter.names
    return f"{waiter.workflow} ({waiter.owner}) waits for {some(wanted, wanted)}, since {when(waiter.since, now=now)}"


def _asked(asked: Control | None, now: float) -> str:
    """Return what whoever works on the run is asked for, and has not done yet."""
    if asked is None:
        return ""
    why = f": {one_line(asked.why)}" if asked.why else ""
    return f"{_TO_DO[asked.wish]}, by {asked.by}, {ago(asked.at, now=now)}{why}"


def _draw_steps(screen: Screen, view: View) -> None:
    if not view.lines:
        screen.line("No step has begun.")
        return
    if view.is_live is False and view.run.state.is_resumable:
        screen.line("Where each step stands, and after the colon what a resume does with it:")
    names = {line.key: line.name for line in view.lines}
    titles = [_title(line, names, view) for line in view.lines]
    if len(view.hosts) <= _MOST_COLUMNS:
        heads = ("step", *view.hosts)
        rows = [
            (title, *(_cell(line, host) for host in view.hosts)) for title, line in zip(titles, view.lines, strict=True)
        ]
        if screen.fits(heads, rows):
            screen.table(heads, rows)
            return
    grouped = [row for title, line in zip(titles, view.lines, strict=True) for row in _grouped(line, title, view.hosts)]
    screen.table(("step", "state", "hosts"), grouped, folding=("step", "hosts"))


def _title(line: Line, names: Mapping[str, str], view: View) -> str:
    mark = f"undo of {names.get(line.undoes, '')}: " if line.undoes else "handler: " if line.is_handler else ""
    once = f" (once for {'its slice' if view.run.slices else 'all'})" if line.is_for_all else ""
    return f"{mark}{line.name}{once}" + (f"  {line.where}" if line.where else "")


def _cell(line: Line, host: str) -> str:
    """Return a state and what a resume does with it; a host that has not come to a step has neither."""
    if not line.states:
        return "if notified" if line.is_handler else "to come"
    if host not in line.states:
        return "-"
    resume = line.forecasts[host]
    return line.states[host] if resume == "nothing" else f"{line.states[host]}: {resume}"


def _grouped(line: Line, title: str, hosts: tuple[str, ...]) -> list[tuple[str, str, str]]:
    if not line.states:
        return [(title, _cell(line, ""), "")]
    cells: dict[str, list[str]] = {}
    for host in hosts:
        cells.setdefault(_cell(line, host), []).append(host)
    cells.pop("-", None)
    titles = itertools.chain([title], itertools.repeat(""))
    return [(title, cell, some(names, hosts)) for title, (cell, names) in zip(titles, cells.items(), strict=False)]


def _draw_doubts(screen: Screen, view: View, now: float, journal: str) -> None:
    if not view.in_doubt:
        return
    screen.line()
    screen.alarm("In doubt: these were started, and nobody knows whether they happened")
    for _key, group in itertools.groupby(sorted(view.in_doubt, key=_by_key), key=_by_key):
        steps = list(group)
        step = steps[0] if len(steps) == 1 else replace(steps[0], host="HOST", on="")
        hosts = some([found.doer for found in steps], view.hosts)
        screen.line(f"  {step.name!r} on {hosts}, since {when(step.updated, now=now)}  {step.where}".rstrip())
        if view.run.state.is_resumable and not view.run.is_going_back:
            for answer, meaning in (("done", "it happened:"), ("retry", "it did not: ")):
                screen.line(f"    {meaning} {typed(decision(step, answer, view.in_doubt), journal=journal)}")


def _by_key(step: Step) -> str:
    return step.key


def _draw_debts(screen: Screen, view: View) -> None:
    if not view.owed:
        return
    screen.line()
    screen.heading("Still to be undone, latest first")
    for (name, by), steps in itertools.groupby(view.owed, key=lambda step: (step.name, step.contract.compensate)):
        hosts = some([step.doer for step in steps], view.hosts)
        screen.line(f"  {name!r} on {hosts}, by {', '.join(repr(handler) for handler in by)}")
