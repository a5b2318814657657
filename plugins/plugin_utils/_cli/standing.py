# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run leaves behind: steps that were done, or perhaps done, and that nothing will undo."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from .._engine.records import Step
from .._screen.screen import Screen
from .wording import some


def draw_standing(screen: Screen, steps: Sequence[Step]) -> None:
    """Draw a line for each step, with its hosts and what would undo it."""
    everyone = list(dict.fromkeys(step.doer for step in steps))
    screen.alarm("Done, or perhaps done, and not undone")
    for _alike, group in itertools.groupby(steps, key=lambda step: (step.key, step.contract.compensate, _doubt(step))):
        alike = list(group)
        hosts = some([step.doer for step in alike], everyone)
        screen.line(f"  {alike[0].name!r}{_doubt(alike[0])} on {hosts}{_way_back(alike[0])}")


def _doubt(step: Step) -> str:
    if step.is_in_doubt:
        return " (in doubt)"
    return " (perhaps in part)" if step.may_remain else ""


def _way_back(step: Step) -> str:
    if not step.contract.compensate:
        return ", for which nothing was declared to undo it"
    return f", which {', '.join(repr(handler) for handler in step.contract.compensate)} would undo"
