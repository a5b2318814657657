# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a resume would do: the playbook as a command line has it, met with the journal, and nothing changed."""

from __future__ import annotations

from typing import Any

from .._engine.begin import Means, resumption_of
from .._engine.finding import find
from .._engine.inspection import look
from .._engine.records import Run
from .._engine.report.resume import Now, ResumePlan, resume_plan
from . import settings
from .inputs import ExtraVars
from .opening import request
from .outline import strategy_of
from .survey import survey


def resuming(
    tqm: Any, play: Any, chosen: settings.Settings, means: Means, *, run: Run | None = None
) -> ResumePlan | None:
    """Return what would happen to a run if this command line resumed it; without one, to that which it would find.

    None: there is nothing to resume. Raise EngineError when it would be refused for another reason than drift.
    """
    extra = ExtraVars.of(tqm, chosen.journal, may_make_key=False)
    found = survey(tqm, play, extra, chosen, records=lambda play: strategy_of(play)[1])
    asked = request(tqm, chosen, found)
    run = run or find(means.journal, asked)
    if run is None or not run.state.is_resumable:
        return None
    sight = look(means, run.id)
    now = Now(
        plan=found.plan,
        hosts={
            number: [host.name for host in found.hosts if members is None or host.name in members]
            for number, members in enumerate(found.members, start=1)
        },
        changes=resumption_of(means.journal, run, asked).changes,
        drift=chosen.drift,
    )
    return resume_plan(sight.view, means.journal.steps(run.id), now)
