# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a resume would do: the playbook as a command line has it, met with the journal, and nothing changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from .._engine.begin import Means, resumption_of
from .._engine.clock import SystemClock
from .._engine.errors import EngineError, JournalAbsentError, RunOverError
from .._engine.finding import find
from .._engine.inspection import look
from .._engine.journal.opening import existing_journal, spool_path
from .._engine.records import Run
from .._engine.report.resume import Now, ResumePlan, resume_plan, summary
from .._engine.slices import hosts_of, parted
from .._engine.spool import Spool
from . import settings
from .inputs import ExtraVars
from .opening import request
from .outline import strategy_of
from .planning import Site, chosen_for, on_site
from .survey import loaded, survey
from .telling import tell


def forecast(tqm: Any, play: Any) -> None:
    """Say, once, what a resume would do, to whoever runs in check mode while a run is unfinished; change nothing."""
    if getattr(tqm, "_saga_forecast", False):
        return
    tqm._saga_forecast = True
    chosen = settings.read(tqm.get_variable_manager().get_vars(play=play), tqm.get_loader())
    clock = SystemClock()
    try:
        journal = existing_journal(chosen.journal, clock=clock, access=chosen.access)
    except JournalAbsentError:
        return
    except EngineError as error:
        tell(f"what a resume would do cannot be told: {error}", color="yellow")
        return
    try:
        means = Means(journal=journal, spool=Spool(spool_path(chosen.journal)).guarded(), clock=clock, tell=tell)
        plan = resuming(tqm, play, chosen, means)
    except EngineError as error:
        tell(f"what a resume would do cannot be told: {error}", color="yellow")
        return
    finally:
        journal.close()
    if plan is not None:
        refused = "; it would be refused, because of what changed" if plan.is_refused else ""
        lines = "".join(f"\n  {line}" for line in summary(plan))
        run = plan.run
        tell(f"check mode records nothing. A resume of run {run.id} ({run.state}) would do this{refused}:{lines}")
        tell(f"step by step: saga plan --resume {plan.run.id}")


def resuming(
    tqm: Any, play: Any, chosen: settings.Settings, means: Means, *, run: Run | None = None
) -> ResumePlan | None:
    """Return what would happen to a run if this command line resumed it; without one, to that which it would find.

    None: there is nothing to resume. Raise EngineError when it would be refused for another reason than drift.
    """
    extra = ExtraVars.of(tqm, means.journal, may_make_key=False)
    found = survey(tqm, play, extra, chosen, records=lambda play: strategy_of(play)[1])
    asked = request(tqm, chosen, found)
    run = run or find(means.journal, asked)
    if run is None or not run.state.is_resumable:
        return None
    share = parted(run, means.journal.slices(run.id), targets=asked.targets, slices=asked.slices)
    sight = look(means, run.id)
    now = Now(
        plan=found.plan,
        hosts={
            number: [host.name for host in found.hosts if members is None or host.name in members]
            for number, members in enumerate(found.members, start=1)
        },
        changes=resumption_of(means.journal, run, asked, share).changes,
        drift=chosen.drift,
        beside=hosts_of(share.beside),
    )
    return resume_plan(sight.view, means.journal.steps(run.id), now)


def planned(arguments: Sequence[str], means: Means, run: Run, journal: str) -> ResumePlan:
    """Return what ansible-playbook with these arguments would do when it resumed a run; raise EngineError."""

    def read(site: Site) -> ResumePlan:
        plays = [play for _book, play in loaded(site, site.names)]
        chosen = chosen_for(site, plays)
        chosen = replace(chosen, journal=journal or chosen.journal, run_id=run.id, slices=run.slices)
        found = resuming(site, plays[0], chosen, means, run=run) if plays else None
        if found is None:
            raise RunOverError(run.id, state=run.state, why="there is nothing to resume")
        return found

    return on_site(arguments, read)
