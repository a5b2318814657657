# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to do next with a run: a sentence, and the command to type."""

from __future__ import annotations

from collections.abc import Sequence

from ..records import Answer, Run, RunState, Slice
from ..slices import unfinished, yet_to_begin
from ..slotted import dataclass
from .play_by_play import next_command
from .questions import About, Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """The next thing to do; `command` is empty when there is nothing to type, `directory` where to type it."""

    say: str
    command: tuple[str, ...] = ()
    directory: str = ""


def advise(run: Run, asked: Sequence[Question], *, is_live: bool | None, parts: Sequence[Slice] = ()) -> Advice:
    """Return the next thing to do; `asked` is what the run waits for, `parts` are the slices of a run that has such."""
    if not run.state.is_resumable:
        return _over(run)
    if is_live is not False:
        where = "somebody is at work on it" if is_live else "it may be at work on another machine"
        return Advice(say=f"{where}; look again in a moment", command=("saga", "status", run.id))
    if run.is_going_back:
        return _again(run, "the same command goes on undoing what is owed", parts)
    if question := next((question for question in asked if not question.is_expired), None):
        return Advice(say=_asking(question), command=question.command)
    if following := next_command(run):
        return Advice(say="the next play goes on with", command=following, directory=run.directory)
    return _again(run, "the same command resumes it", parts)


def _asking(question: Question) -> str:
    name, hosts = question.step.name, ", ".join(question.hosts)
    match question.about:
        case About.DOUBT | About.FAILURE if question.answers[0] is Answer.DONE:
            host = question.step.doer
            return f"look at {host}; if {name!r} happened there, it is 'done', if not, 'retry'"
        case About.APPROVAL:
            who = f" by {' or '.join(question.approvers)}" if question.approvers else ""
            prompt = f": {question.prompt}" if question.prompt else ""
            return f"{name!r} on {hosts} waits to be approved{who}, or denied{prompt}"
        case _:
            others = ", ".join(question.answers[1:])
            return f"{name!r} failed on {hosts}; mend the cause and try it again, or decide otherwise ({others})"


def _over(run: Run) -> Advice:
    if run.state is RunState.ABANDONED:
        return _again(run, "the run is abandoned; the same command starts a new one")
    return Advice(say=f"the run is {run.state}, nothing is left to do; the next start is a new run")


def _again(run: Run, say: str, parts: Sequence[Slice] = ()) -> Advice:
    if not run.slices or not parts:
        return Advice(say=say, command=run.command, directory=run.directory)
    if not unfinished(run, parts):
        return Advice(say=yet_to_begin(run))
    each = "each unfinished slice goes on with its own command; all of them, one after the other, with"
    return Advice(say=each, command=("saga", "resume", run.id))
