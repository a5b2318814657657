# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One fault of a workflow, as people and machines are told of it."""

from __future__ import annotations

from enum import StrEnum

from ..slotted import dataclass


class Severity(StrEnum):
    """How much is at stake; the gravest comes first."""

    ERROR = "error"  # a run can end in a state that nobody wanted and nothing mends
    WARNING = "warning"  # a run can stop and ask, or do what was not foreseen
    NOTE = "note"  # something cannot be judged


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a rule found; `message` says what, of what, why and the way out, `mend` is YAML to write.

    `is_contradiction`: the author's own words contradict each other, so no run may begin with them.
    `excuse`: the reason of the comment in the file that takes the finding for granted; empty: there is none.
    """

    rule: str
    severity: Severity
    where: str  # file:line
    task: str = ""  # empty: the finding is about a play, or about a file
    message: str
    mend: str = ""
    is_contradiction: bool = False
    excuse: str = ""

    @property
    def is_excused(self) -> bool:
        return bool(self.excuse)

    @property
    def file(self) -> str:
        return place(self.where)[0]

    @property
    def line(self) -> int:
        """Its line, from 1; 0: the finding is about the file as a whole."""
        return place(self.where)[1]


def place(where: str) -> tuple[str, int]:
    """Return the file and the line of a place."""
    file, _colon, line = where.rpartition(":")
    return (file, int(line)) if file and line.isdecimal() else (where, 0)
