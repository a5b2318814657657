# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to do next with a run: a sentence, and the command to type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..records import Run, RunState, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """The next thing to do; `command` is empty when there is nothing to type, `directory` where to type it."""

    say: str
    command: tuple[str, ...] = ()
    directory: str = ""


def advise(run: Run, doubts: Sequence[Step], asked: Step | None, *, is_live: bool | None) -> Advice:
    """Return the next thing to do; `asked` is the first of the `doubts` at which a resume would stop and ask."""
    if not run.state.is_resumable:
        return _over(run)
    if is_live is not False:
        where = "somebody is at work on it" if is_live else "it may be at work on another machine"
        return Advice(say=f"{where}; look again in a moment", command=("saga", "status", run.id))
    if run.is_going_back:
        return _again(run, "the same command goes on undoing what is owed")
    if asked is not None:
        return Advice(
            say=f"look at {asked.doer}; if {asked.name!r} happened there, it is 'done', if not, 'retry'",
            command=decision(asked, "done", doubts),
        )
    return _again(run, "the same command resumes it")


def decision(step: Step, answer: str, doubts: Sequence[Step]) -> tuple[str, ...]:
    """Return the command that decides about a step in doubt; the reason is left to whoever types it."""
    alike = [other for other in doubts if (other.doer, other.name) == (step.doer, step.name)]
    name = step.name if len(alike) < 2 else step.key  # noqa: PLR2004  one of a name needs no key
    return ("saga", "decide", step.run, "--host", step.doer, "--step", name, answer, "--why", "...")


def _over(run: Run) -> Advice:
    if run.state is RunState.ABANDONED:
        return _again(run, "the run is abandoned; the same command starts a new one")
    return Advice(say=f"the run is {run.state}, nothing is left to do; the next start is a new run")


def _again(run: Run, say: str) -> Advice:
    return Advice(say=say, command=run.command, directory=run.directory)
