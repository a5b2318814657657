# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``saga import``: runs out of an export into a journal that does not have them; nothing is overwritten.

All of the file is read and judged before anything is written; then each run is written as a whole.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO

from .._engine import moving
from .._engine.clock import SystemClock
from .._engine.errors import JournalAbsentError
from .._engine.journal.memory import MemoryJournal
from .._engine.moving import Brought, Fate, How
from .._engine.moving.refusals import ExportUnreadableError
from .._engine.request import Means
from .._engine.spool import Spool
from .._screen.screen import Screen
from .._screen.text import complain
from .exits import Exit
from .opening import opened

HELP = "take runs out of an export into this journal, which is made if there is none"

_HEADS = ("run", "workflow", "state", "what")
_STDIN = "-"


def add_arguments(parser: ArgumentParser) -> None:
    """Add what only this command takes."""
    parser.add_argument("file", metavar="FILE", help="what 'saga export' has written; - is standard input")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be imported")
    parser.add_argument(
        "--live",
        action="store_true",
        help="runs that were at work when they were exported, too, although they have gone on since",
    )


def do(arguments: Namespace) -> Exit:
    """Import what is new, and say what became of each run."""
    with _export(arguments.file) as file:
        brought = _judged(file, arguments)
        if not arguments.dry_run:
            _write(file, arguments)
    _tell(brought, arguments)
    return Exit.FINE


def _judged(file: BinaryIO, arguments: Namespace) -> list[Brought]:
    """Return what becomes of each run of a whole export; nothing is changed, and no journal made."""
    with _looked_at(arguments) as means:
        header, found = moving.read(file)
        return [moving.judge(means, each, header, may_be_live=arguments.live) for each in found]


def _write(file: BinaryIO, arguments: Namespace) -> None:
    file.seek(0)
    with opened(arguments, may_make=True) as means:
        header, found = moving.read(file)
        for each in found:
            if moving.judge(means, each, header, may_be_live=arguments.live).fate is Fate.NEW:
                moving.bring(means, each, header)


@contextmanager
def _looked_at(arguments: Namespace) -> Iterator[Means]:
    """Open the journal that is meant; an empty one stands for it as long as there is none."""
    try:
        with opened(arguments) as means:
            yield means
    except JournalAbsentError:
        clock = SystemClock()
        with tempfile.TemporaryDirectory() as folder:
            nothing = Spool(Path(folder))
            yield Means(journal=MemoryJournal(clock=clock), spool=nothing, clock=clock, tell=lambda _text: None)


@contextmanager
def _export(name: str) -> Iterator[BinaryIO]:
    """Open an export so that it can be read twice: what comes through a pipe is kept meanwhile."""
    try:
        with nullcontext(sys.stdin.buffer) if name == _STDIN else Path(name).open("rb") as given:
            if name != _STDIN and stat.S_ISREG(os.fstat(given.fileno()).st_mode):
                yield given
                return
            with tempfile.TemporaryFile() as copy:
                shutil.copyfileobj(given, copy)
                copy.seek(0)
                yield copy
    except OSError as error:
        raise ExportUnreadableError(0, f"{name}: {error.strerror or error}") from error


def _tell(brought: list[Brought], arguments: Namespace) -> None:
    would = "would be " if arguments.dry_run else ""
    screen = Screen()
    if brought:
        rows = [
            (each.run.id, each.run.workflow, str(each.run.state), would * (each.fate is Fate.NEW) + each.fate)
            for each in brought
        ]
        screen.table(_HEADS, rows, folding=("workflow",))
    else:
        complain("saga: there are no runs in this export")
    for each in brought:
        if each.fate is Fate.NEW and each.run.state.is_resumable:
            _warn(each)


def _warn(each: Brought) -> None:
    run = each.run
    if each.how is not How.MOVED:
        complain(
            f"saga: run {run.id} is unfinished, and was not given up where it came from: go on with it here or there, "
            f"never in both places. Its steps would be done twice"
        )
    if each.rival is not None:
        complain(
            f"saga: run {each.rival.id} of {run.workflow} is unfinished here on the same targets: a start takes the "
            f"newer of the two. Go on with this one by 'saga resume {run.id}'"
        )
