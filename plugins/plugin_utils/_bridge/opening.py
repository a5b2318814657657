# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a process's first durable play to an attempt: options read, playbooks looked over, journal opened."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible.utils.display import Display

from .._engine.begin import Ended, Means, Request, begin
from .._engine.clock import SystemClock
from .._engine.errors import EngineError
from .._engine.finding import find
from .._engine.journal.opening import open_journal, sightings_path, spool_path
from .._engine.records import Run
from .._engine.run import Attempt
from .._engine.sightings import Sightings
from .._engine.spool import Spool
from . import command, settings
from .core import core_version, versions
from .enforcing import enforce
from .inputs import ExtraVars
from .interrupts import Interrupted, Patience
from .launcher import launcher, sliced_run
from .sealing import Passwords
from .surroundings import surroundings
from .survey import Survey, survey
from .targets import lease_names
from .telling import tell

display = Display()


def opened(tqm: Any, play: Any) -> tuple[settings.Settings, Survey, Attempt | Ended]:
    """Begin an attempt, or learn that the run which was asked for has ended; raise AnsibleError, with nothing run."""
    if doubt := versions.doubt(core_version):
        display.warning(doubt)
    chosen = settings.read(tqm.get_variable_manager().get_vars(play=play), tqm.get_loader())
    patience = Patience()
    try:
        clock = SystemClock()
        journal = open_journal(chosen.journal, clock=clock, access=chosen.access, warn=display.warning)
        found = survey(tqm, play, ExtraVars.of(tqm, journal), chosen)
        spool = Spool(spool_path(chosen.journal)).guarded()
        vault = Passwords(tqm.get_loader(), chosen.vault_id)
        seen = Sightings(sightings_path(chosen.journal), tell=display.warning)
        means = Means(
            journal=journal, spool=spool, clock=clock, tell=tell, pause=patience.pause, vault=vault, seen=seen
        )
        asked = request(tqm, chosen, found)
        run = find(journal, asked)
        has_key = bool(chosen.vault_id or (run and run.seal))
        if chosen.encrypt and not has_key:
            raise AnsibleError("saga: saga_encrypt is set, and no saga_vault_id says with which vault id: name one")
        found.must_be_sealable(has_key=has_key)
        enforce(tqm, chosen, found, is_resumed=_is_unfinished(run))
        return chosen, found, _ended(means, asked, chosen, run) or begin(means, asked)
    except EngineError as error:
        raise AnsibleError(f"saga: {error}") from None
    except Interrupted:
        tell(f"{patience.ended_by}: it waits no longer, and nothing was begun", color="yellow")
        patience.pass_on()
        raise KeyboardInterrupt from None


def _ended(means: Means, asked: Request, chosen: settings.Settings, run: Run | None) -> Ended | None:
    """Make the decision that comes with the launch, if one does; return the run if that ends it."""
    if not chosen.decision:
        return None
    from .answering import answered  # noqa: PLC0415  few launches bring one

    return answered(means, asked, chosen, run)


def _is_unfinished(run: Run | None) -> bool:
    return run is not None and run.state.is_resumable


def request(tqm: Any, chosen: settings.Settings, found: Survey) -> Request:
    """Return what this process asks of the engine."""
    given, workflow = tqm.get_variable_manager().extra_vars, chosen.workflow or found.workflow
    return Request(
        workflow=workflow,
        targets=lease_names(tqm, chosen, found.hosts),
        plan=found.plan,
        surroundings=surroundings(tqm, chosen, found),
        hosts=found.known,
        run_id=chosen.run_id or (sliced_run(given, workflow) if chosen.slices else ""),
        slices=chosen.slices,
        resume=chosen.resume,
        drift=chosen.drift,
        lock_ttl=chosen.lock_ttl,
        lock_wait=chosen.lock_wait,
        on_orphan=chosen.on_orphan,
        orphan_workers=chosen.orphan_workers,
        orphan_wait=chosen.orphan_wait,
        command=command.typed(sys.argv, os.environ.get("SAGA_TYPED", "")),
        directory=str(Path.cwd()),
        actor=launcher(given),
    )
