# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Named places where a test or a drill may interrupt the engine; in production they cost one comparison.

The idea is DBOS's debug triggers. A test installs an observer with :func:`observe`; the engine calls
:func:`reach` with the point's name. The points are part of the engine's contract with its crash tests:
whoever moves one moves the guarantee that it proves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

BEFORE_INTENT = "before_intent"
AFTER_INTENT = "after_intent"
WORKER_STARTED = "worker_started"
WORK_BEGUN = "work_begun"
JOB_STARTED = "job_started"
AFTER_EFFECT = "after_effect"
BEFORE_OUTCOME = "before_outcome"
AFTER_OUTCOME = "after_outcome"
PLAY_ENDED = "play_ended"
BEFORE_UNDO = "before_undo"
AFTER_UNDO = "after_undo"

Place = tuple[str, str]
"""A step: its host and its key."""

Observer = Callable[[str, str, Sequence[Place]], None]

_observer: Observer | None = None


def observe(observer: Observer | None) -> None:
    """Install the one observer, or remove it with None."""
    global _observer  # noqa: PLW0603  the one switch there is; set by tests before the engine starts
    _observer = observer


def reach(point: str, detail: str = "", places: Sequence[Place] = ()) -> None:
    """Tell the observer that the engine stands at `point`; `detail` names the step, `places` say which it is."""
    if _observer is not None:
        _observer(point, detail, places)
