# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run has changed, as a drawing."""

from __future__ import annotations

from collections.abc import Sequence

from .._engine.records import Run
from .._engine.report.changes import Change, alike
from .._screen.screen import Screen
from .wording import some


def draw(screen: Screen, run: Run, changed: Sequence[Change], everyone: Sequence[str]) -> None:
    """Draw a line for each step, on the hosts where it stands alike."""
    screen.heading(f"run {run.id} of {run.workflow} is {run.state}")
    if not changed:
        screen.line("It has changed nothing.")
        return
    rows = [
        (
            group[0].state,
            f"{group[0].step.name}  {group[0].step.where}".rstrip(),
            _hosts(group, everyone),
            _way(group[0]),
        )
        for group in alike(changed)
    ]
    screen.table(("effect", "step", "hosts", "what undoes it"), rows, folding=("step", "hosts", "what undoes it"))


def _hosts(group: Sequence[Change], everyone: Sequence[str]) -> str:
    return some([change.step.doer for change in group], everyone)


def _way(change: Change) -> str:
    if change.is_for_good:
        return "nothing: it is irreversible"
    return ", ".join(change.by) or "nothing: no handler is declared"
