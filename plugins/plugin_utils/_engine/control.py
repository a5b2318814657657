# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator asks of a run that is at work: to stop at its next step boundary, and what then.

It is asked through the journal, so it does not matter where the attempt runs. Nothing of the attempt's is written: it
goes on, sees the wish before it starts its next step, and carries it out itself. A wish that nobody has carried out
ends with its attempt.
"""

from __future__ import annotations

from . import owners
from .errors import RunChangedError, RunIdleError, RunOverError
from .finding import at_work, find_run
from .inspection import who_works
from .records import Control, Entry, Fence, Run, Wish
from .request import Means

_EVENTS = {
    Wish.PAUSE: "run.pause_asked",
    Wish.CANCEL: "run.cancel_asked",
    Wish.COMPENSATE: "run.compensate_asked",
}
_NOTHING_TO = {
    Wish.PAUSE: "there is nothing to pause",
    Wish.CANCEL: "there is nothing to cancel",
    Wish.COMPENSATE: "there is nothing to cancel",
}
_INSTEAD = {
    Wish.PAUSE: "it goes on with 'saga resume {run}'",
    Wish.CANCEL: "give it up with 'saga abandon {run} --why ...'",
    Wish.COMPENSATE: "undo what it did with 'saga compensate {run} --why ...'",
}


def ask(means: Means, run: Run, wish: Wish, *, why: str = "", by: str = "") -> Control:
    """Ask the attempt that works on a run to stop at its next step boundary; return what it will find.

    Raise what :func:`must_be_askable` does, or RunUnknownError if the run is forgotten meanwhile, with nothing changed.
    """
    while True:
        must_be_askable(means, run, wish)
        asked = Control(run=run.id, wish=wish, by=by or owners.user(), at=means.clock.now(), why=why)
        # No state of the run's is told: what it is, its attempt says when it has seen this.
        data = {"wish": str(wish), "why": why}
        kind = _EVENTS[wish]
        told = Entry(type=kind, run=run.id, attempt=run.attempt, actor=asked.by, data=data, puts=(asked,))
        try:
            # The run may end at this moment, and be forgotten: nothing is asked of it then, nor written behind its end.
            means.journal.commit([told], fence=Fence(run=run.id, version=run.version))
        except RunChangedError:
            run = find_run(means.journal, run.id)
        else:
            return asked


def must_be_askable(means: Means, run: Run, wish: Wish) -> None:
    """Raise RunOverError or RunIdleError when a wish may not be asked.

    The run has ended, or goes back already and is asked to; nobody works on it who could see the wish.
    """
    must_be_open(run, wish)
    if wish is Wish.COMPENSATE and run.is_going_back:
        raise RunOverError(run.id, state=str(run.state), why="it goes back already")
    if not is_at_work(means, run):
        instead = _INSTEAD[wish].format(run=run.id)
        raise RunIdleError(run.id, state=str(run.state), who=who_works(means, run).who, instead=instead)


def must_be_open(run: Run, wish: Wish) -> None:
    """Raise RunOverError unless the run is unfinished."""
    if not run.state.is_resumable:
        raise RunOverError(run.id, state=str(run.state), why=_NOTHING_TO[wish])


def is_at_work(means: Means, run: Run) -> bool:
    """Tell whether an attempt works, or may work, on the run: workers that outlived theirs look for no wishes."""
    return bool(at_work(means.journal, run))
