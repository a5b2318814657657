# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far back a step is: the place in a run that an operator names."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import NotStartedError
from ..records import Run, Step, WayBack


def back_to(run: Run, steps: Sequence[Step], name: str) -> WayBack:
    """Return the way back to the place after a step, by its name, path or key, over all its hosts; empty: all the way.

    Raise NotStartedError when no step goes by that, or more than one.
    """
    if not name:
        return WayBack()
    started = [step for step in steps if step.is_forward and not step.is_unit and step.executions]
    meant = [step for step in started if name in {step.name, step.path, step.key}]
    keys = list(dict.fromkeys(step.key for step in meant))
    if len(keys) != 1:
        listed = dict.fromkeys(f"{step.name!r}, key {step.key!r}" for step in meant or started)
        raise NotStartedError(run.id, step=name, candidates=[*listed], is_ambiguous=bool(meant))
    return WayBack(after=max(step.seq for step in meant), is_forward_after=True)
