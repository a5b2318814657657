# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run as JSON: the part that several commands share.

Stable: names and meanings stay, and new names may come. Whatever prints JSON says ``"schema": 1`` beside it; the number
changes with a meaning. Times are UTC, ``2026-01-31T23:59:59Z``.

========================  ==============================================================
id, workflow              the run's id and the name of its workflow
state                     running, compensating, stopped, parked, completed, compensated, abandoned
reason                    why it is in that state; may be empty
started, updated          when it began; when its record last changed
attempt                   how many processes have worked on it
targets                   the names of its leases
is_going_back             whether it undoes what it did
command, directory        the command that began it, as a list of words, and where it was typed
at_work.is_live           true: somebody is at work on it; false: nobody; null: it may be so, on another machine
at_work.who               who that is, in words
========================  ==============================================================
"""

from __future__ import annotations

import json
from typing import Any

from .._engine import clock
from .._engine.inspection import AtWork
from .._engine.records import Run

SCHEMA = 1


def of_run(run: Run, at_work: AtWork) -> dict[str, Any]:
    """Return a run's facts."""
    return {
        "id": run.id,
        "workflow": run.workflow,
        "state": str(run.state),
        "reason": run.reason,
        "started": clock.text(run.started),
        "updated": clock.text(run.updated),
        "attempt": run.attempt,
        "targets": list(run.targets),
        "is_going_back": run.is_going_back,
        "command": list(run.command),
        "directory": run.directory,
        "at_work": {"is_live": at_work.is_live, "who": at_work.who},
    }


def document(**content: Any) -> str:
    """Return a JSON document."""
    return json.dumps({"schema": SCHEMA, **content}, indent=2)


def line(**content: Any) -> str:
    """Return a line of JSON Lines."""
    return json.dumps({"schema": SCHEMA, **content})
