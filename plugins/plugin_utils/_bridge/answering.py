# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A decision that comes with a launch: made in the launcher's name, before the run that waits for it is resumed."""

from __future__ import annotations

from .._engine.begin import Ended, Means, Request, resumption_of
from .._engine.operator import Answer, Word, decide, may_be_decided, outcome
from .._engine.records import Run
from .._engine.refusals import NothingWaitsError
from .._engine.slices import parted
from .settings import Settings
from .telling import tell

_OF_THE_RUN = {Answer.ABORT, Answer.COMPENSATE}


def answered(means: Means, asked: Request, chosen: Settings, run: Run | None) -> Ended | None:
    """Put the decision on the record; return the run if it has ended by that, else None: it is to be resumed.

    Raise RunBusyError or a DecisionError, with nothing changed, when it may not be made.
    """
    if run is None or not may_be_decided(means, run):
        what = f"workflow {asked.workflow}" if run is None else f"run {run.id}"
        raise NothingWaitsError(what, answer=chosen.decision, way_out="start without saga_decision")
    word = Word(
        answer=Answer(chosen.decision),
        host=chosen.decision_host,
        step=chosen.decision_step,
        why=chosen.decision_why,
        by=asked.actor,
    )
    share = parted(run, means.journal.slices(run.id), targets=asked.targets, slices=asked.slices)
    resumption = resumption_of(means.journal, run, asked, share)
    if word.answer not in _OF_THE_RUN and asked.drift == "refuse" and resumption.weighty:
        return None  # it cannot go on, and beginning says why: what was decided would have to be given once more
    decided = decide(means, run, word)
    tell(outcome(decided, whose=f"{asked.actor}'s"))
    return None if decided.run.state.is_resumable else Ended(run=decided.run)
