# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``saga export``: runs with all that is known of them, as JSON Lines for another journal, a backup or an archive.

The lines are described in docs/moving.md, and by :mod:`writing`.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from dataclasses import replace

from .._engine import moving
from .._engine.errors import EngineError, RunBusyError, RunUnknownError
from .._engine.moving import How, Taken
from .._engine.records import Run
from .._engine.request import Means
from .._engine.slotted import dataclass, field
from .._screen.text import complain
from .ages import add_age
from .drafts import Draft, draft_of
from .exits import Exit
from .opening import journal_url, opened
from .release import version

HELP = "write runs to a file, for another journal, a backup or an archive"

_STDOUT = "-"

Write = Callable[[str], object]


@dataclass(slots=True)
class _Tally:
    """What was exported, and what was left out because somebody is at work on it."""

    taken: list[tuple[Run, How]] = field(default_factory=list)
    left: list[Run] = field(default_factory=list)


def add_arguments(parser: ArgumentParser) -> None:
    """Add what only this command takes."""
    parser.add_argument("runs", metavar="RUN", nargs="*", help="how a run's id begins")
    parser.add_argument("--all", action="store_true", help="all runs")
    parser.add_argument("--ended", action="store_true", help="all runs that have ended")
    add_age(parser)
    parser.add_argument(
        "--live", action="store_true", help="runs that somebody is at work on, too, as they are at this moment"
    )
    parser.add_argument(
        "--move", action="store_true", help="one unfinished run, which is given up here: it can be resumed there only"
    )
    parser.add_argument(
        "-o", "--output", metavar="FILE", default=_STDOUT, help="write this file (default: standard output)"
    )


def do(arguments: Namespace) -> Exit:
    """Write the runs that were asked for."""
    if problem := _problem(arguments):
        complain(f"saga: {problem}; see 'saga export --help'")
        raise SystemExit(Exit.USAGE)
    with opened(arguments) as means:
        choice = moving.Choice(named=tuple(arguments.runs), has_ended=arguments.ended, older_than=arguments.older_than)
        runs = moving.chosen(means, choice)
        if arguments.move:
            return _move(means, runs[0], arguments)
        if arguments.output == _STDOUT:
            tally = _written(means, runs, arguments, sys.stdout.write)
        else:
            with draft_of(arguments.output) as draft:
                tally = _written(means, runs, arguments, _into(draft))
    _tell(tally, arguments)
    return Exit.FINE


def _problem(arguments: Namespace) -> str:
    is_chosen = arguments.all or arguments.ended or arguments.older_than is not None
    if arguments.move:
        if len(arguments.runs) != 1 or is_chosen or arguments.live:
            return "--move takes one RUN, and no other choice"
        return "--move wants a file, with -o FILE" if arguments.output == _STDOUT else ""
    if arguments.runs and is_chosen:
        return "name runs, or choose them with --all, --ended or --older-than, but not both"
    return "" if arguments.runs or is_chosen else "say which runs: RUN ..., --all, --ended or --older-than 30d"


def _written(means: Means, runs: Sequence[Run], arguments: Namespace, write: Write) -> _Tally:
    """Write an export of runs, one at a time; those that were named and are at work are refused, others left out."""
    tally = _Tally()
    write(_opening(means, arguments))
    for run in runs:
        try:
            taken = moving.take(means, run, may_be_live=arguments.live)
        except RunBusyError:
            if arguments.runs:
                raise
            tally.left.append(run)
            continue
        except RunUnknownError:  # forgotten since they were listed
            if arguments.runs:
                raise
            continue
        _write(taken, write)
        tally.taken.append((taken.bundle.run, taken.how))
    write(moving.closing(len(tally.taken)))
    return tally


def _move(means: Means, run: Run, arguments: Namespace) -> Exit:
    """Write one run, see that it can be read, and give it up: never is it to be resumed in two places, or in none."""
    moving.settle(means, run)
    taken = replace(moving.take(means, run), how=How.MOVED)
    with draft_of(arguments.output) as draft:
        write = _into(draft)
        write(_opening(means, arguments))
        _write(taken, write)
        write(moving.closing(1))
        draft.save()
        _must_be_readable(draft)
        draft.is_kept = True  # from now on it may be the only place where the run goes on
        try:
            moving.give_up(means, taken, to=arguments.output)
        except EngineError:
            draft.is_kept = False
            raise
    print(f"Run {run.id} of {run.workflow} is in {arguments.output}, and given up here: go on with it where you import")
    print("it. Its targets are free until then.")
    return Exit.FINE


def _must_be_readable(draft: Draft) -> None:
    draft.file.seek(0)
    _header, found = moving.read(draft.file)
    for _run in found:
        pass


def _opening(means: Means, arguments: Namespace) -> str:
    return moving.opening(version=version(), journal=journal_url(arguments), moment=means.clock.now())


def _write(taken: Taken, write: Write) -> None:
    for line in moving.lines(taken.bundle, taken=str(taken.how)):
        write(line)


def _into(draft: Draft) -> Write:
    def write(text: str) -> None:
        draft.file.write(text.encode("ascii"))

    return write


def _tell(tally: _Tally, arguments: Namespace) -> None:
    """Say on standard error what somebody should know, since standard output may be the export."""
    for run, how in tally.taken:
        if run.state.is_resumable:
            still = "somebody is at work on it" if how is How.LIVE else f"it can be resumed with 'saga resume {run.id}'"
            _say(
                f"run {run.id} of {run.workflow} is unfinished ({run.state}), and {still} here, too. Go on with it in "
                f"one place only: its steps would be done twice. 'saga export {run.id} --move -o FILE' gives it up here"
            )
    for run in tally.left:
        _say(f"run {run.id} of {run.workflow} is left out, because somebody is at work on it; --live takes it as it is")
    if arguments.output != _STDOUT:
        count = len(tally.taken)
        _say(f"{count} run{'' if count == 1 else 's'} written to {arguments.output}")


def _say(text: str) -> None:
    complain(f"saga: {text}")
