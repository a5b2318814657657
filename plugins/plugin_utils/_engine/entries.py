# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries for the journal: an event, and the state that it tells of."""

from __future__ import annotations

from .records import Entry, Result, Run, Step


def run_entry(kind: str, run: Run, *, actor: str, **data: object) -> Entry:
    """Return the entry that puts a run; its event tells the state that the audit will look for."""
    told = {"state": str(run.state), **data}
    return Entry(type=kind, run=run.id, attempt=run.attempt, actor=actor, data=told, puts=(run,))


def step_entry(kind: str, step: Step, *puts: Result, attempt: int, actor: str, **data: object) -> Entry:
    """Return the entry that puts a step; its event tells the state that the audit will look for."""
    return Entry(
        type=kind,
        run=step.run,
        attempt=attempt,
        host=step.host,
        step=step.key,
        actor=actor,
        data={"state": str(step.undo or step.state), **({"on": step.on} if step.on else {}), **data},
        puts=(step, *puts),
    )
