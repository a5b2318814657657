# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run leaves in Ansible's custom stats: AWX keeps them as a job's artifacts, for the nodes of a workflow.

docs/artifacts.md describes it. No reason of an ending is in it that may hold more than names: artifacts are kept, and
passed on.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from typing import Any

from .._engine.records import Run, Step
from .._engine.report import Question, as_data, counted

NAME = "saga_run"
_SCHEMA = 1


def publish(stats: Any, run: Run, **content: Any) -> None:
    """Put what is known of the run where callbacks find it when the playbook ends."""
    known = {
        "schema": _SCHEMA,
        "id": run.id,
        "workflow": run.workflow,
        "state": str(run.state),
        "attempt": run.attempt,
    }
    stats.set_custom_stats(NAME, {**known, **content})


def content(
    steps: Iterable[Step],
    questions: Iterable[Question],
    *,
    is_resumed: bool,
    restored: int,
    reason: str,
    command: Iterable[str],
) -> dict[str, Any]:
    """Return what is known of an attempt that has ended."""
    return {
        "is_resumed": is_resumed,
        "reason": reason,
        "counts": counted(steps, is_live=False),
        "restored": restored,
        "pending": [as_data(question) for question in questions],
        "next": shlex.join(command),
    }
