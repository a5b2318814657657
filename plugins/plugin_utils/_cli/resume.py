# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``saga resume``: go on with a run, from anywhere: the command that began it, in its folder."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from .._engine.control import is_at_work
from .._engine.errors import RunBusyError, RunOverError, SliceError
from .._engine.finding import find_run
from .._engine.inspection import who_works
from .._engine.slices import unfinished, yet_to_begin
from .exits import Exit
from .opening import journal_url, opened
from .rerun import rerun

HELP = "go on with a run: with the command that began it in its folder, or with another one typed here"
USAGE = "saga resume [--journal URL] RUN [PLAYBOOK and options of ansible-playbook]"


def add_arguments(parser: ArgumentParser) -> None:
    """Add what only this command takes; all the rest is ansible-playbook's."""
    parser.add_argument("run", metavar="RUN", help="how the run's id begins")


def do(arguments: Namespace) -> Exit:
    """Become ansible-playbook, at work on this run; return only when that cannot be."""
    with opened(arguments) as means:
        run = find_run(means.journal, arguments.run)
        if not run.state.is_resumable:
            raise RunOverError(
                run.id, state=str(run.state), why="there is nothing to resume; the next start is a new run"
            )
        if is_at_work(means, run):
            raise RunBusyError(run.id, workflow=run.workflow, who=who_works(means, run).who, since=run.updated)
        # The folder it goes to may be configured for another journal: the run is in this one.
        journal = journal_url(arguments)
        parts = unfinished(run, means.journal.slices(run.id))
        if run.slices and not parts and not arguments.rest:
            raise SliceError(f"there is nothing to resume of run {run.id}: {yet_to_begin(run)}")
    rerun(run, arguments.rest, parts=parts, journal=journal, command=f"saga resume {run.id}")
