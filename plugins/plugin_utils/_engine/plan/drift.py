# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drift: what changed in the part of a playbook that a run has already done.

Steps after the frontier may change freely; a step that failed or is in doubt *is* the frontier, so it may be mended.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..records import PlannedStep, Step, StepState

_DONE = frozenset({StepState.OK, StepState.SKIPPED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference before the frontier; `what` is one of changed, gone, inserted."""

    what: str
    path: str
    where: str

    def __str__(self) -> str:
        match self.what:
            case "changed":
                return f"{self.where}: {self.path} has changed since it was done"
            case "gone":
                return (
                    f"{self.where}: {self.path} was done and is not there now (under a new name it would be done again)"
                )
            case _:
                return f"{self.where}: {self.path} is new, before the place where the run stopped"


def has_changed(step: Step, fingerprint: str) -> bool:
    """Tell whether a step that is done was done from another text."""
    return step.state in _DONE and not step.is_withheld and step.fingerprint not in {"", fingerprint}


def drifted(before: Sequence[PlannedStep], after: Sequence[PlannedStep], steps: Iterable[Step]) -> list[Change]:
    """Return what changed between two plans where `steps` were already done, in the order of the playbook.

    Steps that neither plan foresaw (dynamic includes) are not judged here but when they are met again.
    """
    # A step whose result was withheld is no checkpoint: it is done again, as it is now, or the run stops there.
    done = {step.path: step for step in steps if step.state in _DONE and not step.undoes and not step.is_withheld}
    foreseen = {step.path: step for step in before}
    marks: dict[str, set[str]] = {}
    for planned in after:
        marks.setdefault(planned.path, set()).add(planned.fingerprint)
    # Handlers stand at the end of a play and run in its middle: they are no mark of how far it came.
    last = max(
        (index for index, planned in enumerate(after) if planned.path in done and not _is_handler(planned.path)),
        default=-1,
    )
    changes = [
        Change(what="gone", path=path, where=foreseen[path].where)
        for path in done
        if path in foreseen and path not in marks
    ]
    seen = set()
    for index, planned in enumerate(after):
        if planned.path in seen:
            continue
        seen.add(planned.path)
        if planned.path not in foreseen and index <= last and not _is_handler(planned.path):
            changes.append(Change(what="inserted", path=planned.path, where=planned.where))
        elif planned.path in done and done[planned.path].fingerprint not in marks[planned.path]:
            changes.append(Change(what="changed", path=planned.path, where=planned.where))
    return changes


def _is_handler(path: str) -> bool:
    return path.split("/")[1:2] == ["handlers"]
