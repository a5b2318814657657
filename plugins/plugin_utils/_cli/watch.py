# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``saga watch``: look on while others work on a run, on this machine or another one.

``--json`` prints JSON Lines, a picture whenever it is another one; the last line is the end:

==============  ======================================================================================================
schema          1
at              when, in UTC, as all times are
run             id, workflow, state, reason, attempt, is_going_back, began (the attempt), ended (null: it has not)
worker          who works on it, in words
step            number, of (how many are known), is_open (more may come that nobody foresaw), name, where: the furthest
                step that a host has come to
share           of all hosts' ways, from 0 to 1; on the way back, of what is to be undone
left            about how many seconds the rest takes, by earlier runs; null: nobody knows
counts          steps: done, restored (known when the attempt has ended), retried, failed, in_doubt, waiting,
                compensated, compensation_failed, owed (still to be undone)
standings       how many hosts stand where: failed, unreachable, compensation failed, in doubt, waiting, retrying,
                compensating, at work, between steps, compensated, done
hosts           those that somebody should look at first: host, standing, position, step, where, since
slices          of a run that is spread over several controllers: attempt, state, targets (how many), is_at_work
==============  ======================================================================================================
"""

from __future__ import annotations

import itertools
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from threading import Lock
from typing import Any

from .._engine import clock
from .._engine.finding import find_run
from .._engine.inspection import who_works
from .._engine.records import Run, RunState
from .._engine.report.progress import Pace, Picture, Progress, SliceProgress, pace
from .._engine.request import Means
from .._engine.slices import is_at_work
from .._screen.layout import plain
from .._screen.live import Live
from .._screen.progress import drawn
from .._screen.terminal import may_be_coloured, may_be_live, painted, size_of
from . import facts
from .exits import Exit
from .opening import opened

HELP = "look on while a run is at work, from anywhere that reaches its journal"

_POLL = 0.5  # seconds between two looks at the journal
_LOOK = 2.0  # seconds between two looks whether somebody is at work, when nothing happens
_EARLIER = 3  # completed runs, to measure by
_SHOWN = 10  # hosts
_WIDTH, _HEIGHT = 100, 30  # where there is no terminal
_MINUTE = 60.0
_AT_WORK = frozenset({RunState.RUNNING, RunState.COMPENSATING})


def add_arguments(parser: ArgumentParser) -> None:
    """Add what only this command takes."""
    parser.add_argument("run", metavar="RUN", nargs="?", default="", help="how the run's id begins (default: newest)")
    parser.add_argument("--json", action="store_true", help="print JSON Lines, a picture whenever it is another one")
    parser.add_argument("--once", action="store_true", help="draw one picture, and end")
    parser.add_argument(
        "--hosts", metavar="N", type=int, default=_SHOWN, help=f"how many hosts have a line (default: {_SHOWN})"
    )


def do(arguments: Namespace) -> Exit:
    """Draw the run until nobody works on it any more."""
    with opened(arguments) as means:
        pictures = watched(means, arguments.run)
        if arguments.once:
            pictures = itertools.islice(pictures, 1)
        if arguments.json:
            _print_lines(pictures)
        elif may_be_live(1) and not arguments.once:
            _draw_live(pictures, arguments.hosts)
        else:
            _draw_plain(pictures, arguments.hosts)
    return Exit.FINE


def watched(means: Means, prefix: str, *, sleep: Callable[[float], None] = time.sleep) -> Iterator[Picture]:
    """Yield pictures of a run, one with every look at the journal, the last one when nobody works on it any more."""
    run = find_run(means.journal, prefix)
    progress = Progress()
    progress.adopt(run, means.journal.plan(run.id))
    progress.meet(_hosts(means, run))
    progress.pace = _pace(means, run)
    seen, looked, is_free, worker = 0, None, False, ""
    while True:
        events = list(means.journal.events(run.id, after=seen))
        seen = events[-1].seq if events else seen
        progress.see(events)
        run = find_run(means.journal, run.id)
        if progress.wants_steps:
            progress.learn(run, means.journal.steps(run.id))
        if events or looked is None or time.monotonic() - looked > _LOOK:
            at_work = who_works(means, run)
            is_free, worker, looked = at_work.is_free, at_work.who, time.monotonic()
        picture = _picture(means, run, progress, worker=worker, is_free=is_free)
        yield picture
        # What was written between the look at the events and the one at who works is still to be told.
        if _is_over(run, is_free=is_free) and means.journal.head(run.id)[0] == seen:
            return
        sleep(_POLL)


def _is_over(run: Run, *, is_free: bool) -> bool:
    """Tell whether nothing more is to be seen: the run has ended, or its controller has, and no slice is to come."""
    return run.state not in _AT_WORK or (is_free and not run.awaited)


def _picture(means: Means, run: Run, progress: Progress, *, worker: str, is_free: bool) -> Picture:
    held, now = means.journal.leases(), means.journal.now()
    parts = means.journal.slices(run.id) if run.slices else ()
    slices = [
        SliceProgress(
            attempt=part.attempt,
            state=str(part.state),
            targets=len(part.targets),
            is_at_work=is_at_work(part, held, now=now) if part.owner else False,
        )
        for part in parts
    ]
    is_lost = is_free and run.state in _AT_WORK
    picture = progress.picture(means.clock.now(), slices=slices, worker=worker, is_lost=is_lost)
    return replace(picture, reason=worker, left=None) if is_lost else picture


def _hosts(means: Means, run: Run) -> list[str]:
    return [host for part in means.journal.slices(run.id) for host in part.surroundings.hosts]


def _pace(means: Means, run: Run) -> Pace:
    """Return how long completed runs of the workflow took, those over as many targets."""
    runs = means.journal.runs(workflow=run.workflow)
    before = (old for old in runs if old.state is RunState.COMPLETED and old.id != run.id)
    alike = itertools.islice((old for old in before if len(old.targets) == len(run.targets)), _EARLIER)
    return pace([means.journal.steps(old.id) for old in alike])


# As data


def _print_lines(pictures: Iterator[Picture]) -> None:
    last: dict[str, Any] = {}
    for picture in pictures:
        told = _facts(picture)
        # What changes with time alone is no news.
        news = {**told, "at": "", "left": None}
        if news != last:
            print(facts.line(**told), flush=True)
        last = news


def _facts(picture: Picture) -> dict[str, Any]:
    ended = None if picture.ended is None else clock.text(picture.ended)
    return {
        "at": clock.text(picture.at),
        "run": {
            "id": picture.run,
            "workflow": picture.workflow,
            "state": str(picture.state),
            "reason": picture.reason,
            "attempt": picture.attempt,
            "is_going_back": picture.is_going_back,
            "began": clock.text(picture.began),
            "ended": ended,
        },
        "worker": picture.worker,
        "step": {
            "number": picture.step,
            "of": picture.steps,
            "is_open": picture.is_open,
            "name": picture.name,
            "where": picture.where,
        },
        "share": round(picture.share, 3),
        "left": None if picture.left is None else round(picture.left),
        "counts": asdict(picture.counts),
        "standings": {str(standing): count for standing, count in picture.standings.items()},
        "hosts": [
            {
                "host": host.host,
                "standing": str(host.standing),
                "position": host.position,
                "step": host.step,
                "where": host.where,
                "since": clock.text(host.since) if host.since else None,
            }
            for host in picture.hosts
        ],
        "slices": [asdict(part) for part in picture.slices],
    }


# As a drawing


def _draw_live(pictures: Iterator[Picture], most: int) -> None:
    """Draw on the terminal in place; the journal is read here, the area is drawn by its own thread."""
    shown: list[Picture] = []
    system = clock.SystemClock()

    def draw(width: int, height: int) -> list[Any]:
        return drawn(shown[-1], width=width, height=height, now=system.now(), most=most) if shown else []

    live = Live(draw, Lock())
    live.start()
    try:
        for picture in pictures:
            shown[:] = [picture]
            live.touch()
    finally:
        live.stop()
    if shown:
        _draw(shown[-1], most)


def _draw_plain(pictures: Iterator[Picture], most: int) -> None:
    """Draw the picture below the last one when it is another one, at most once a minute, and at the end."""
    last, drawn_at = None, 0.0
    for picture in pictures:
        told = (picture.state, picture.step, picture.counts, picture.standings)
        if last is None or (told != last[0] and picture.at - drawn_at >= _MINUTE):
            _draw(picture, most)
            drawn_at = picture.at
        last = (told, picture)
    if last is not None and last[1].at != drawn_at:
        _draw(last[1], most)


def _draw(picture: Picture, most: int) -> None:
    is_terminal = sys.stdout.isatty()
    width, height = size_of(1) if is_terminal else (_WIDTH, _HEIGHT)
    for line in drawn(picture, width=width - 1, height=height - 1, now=picture.at, most=most):
        print(painted(line, is_coloured=may_be_coloured()) if is_terminal else plain(line), flush=True)
