# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host on its way, as the fold knows it while events come in."""

from __future__ import annotations

from ...records import StepState
from ...slotted import dataclass, field
from .picture import HostProgress, Standing

_STANDINGS = {
    StepState.FAILED: Standing.FAILED,
    StepState.UNREACHABLE: Standing.UNREACHABLE,
    StepState.WAITING: Standing.WAITING,
    StepState.RETRYING: Standing.RETRYING,
    StepState.STARTED: Standing.IN_DOUBT,
}


def standing_of(state: str) -> Standing:
    """Return where a host stands after an event that tells this state of its step."""
    return _STANDINGS.get(state, Standing.BETWEEN)  # type: ignore[call-overload, no-any-return]


@dataclass(slots=True)
class Host:
    """Where a host is: the step that it is at, or was at last."""

    name: str
    standing: Standing = Standing.BETWEEN
    path: str = ""  # the furthest forward step that it has come to
    key: str = ""  # of the step in hand; empty: none is, or the journal does not know it
    step: str = ""
    where: str = ""
    since: float = 0.0
    tries: int = 0
    due: float = 0.0
    is_unrecorded: bool = False  # the step in hand was told of by Ansible only
    done: set[str] = field(default_factory=set)  # keys of forward steps that have ended well

    def begin(self, step: str, where: str, *, key: str, at: float, standing: Standing = Standing.AT_WORK) -> None:
        """Be at a step from now on."""
        is_again = key == self.key and self.standing is Standing.RETRYING
        self.tries = self.tries if is_again else 0
        self.key, self.step, self.where, self.since, self.standing = key, step, where, at, standing
        self.due, self.is_unrecorded = 0.0, False

    def rest(self, standing: Standing, *, at: float) -> None:
        """Be at no step, for this reason."""
        self.standing, self.since, self.is_unrecorded = standing, at, False
        self.due = 0.0

    def seen(self, position: int, *, is_done: bool) -> HostProgress:
        """Return the host as it is shown."""
        return HostProgress(
            host=self.name,
            standing=Standing.DONE if is_done and self.standing is Standing.BETWEEN else self.standing,
            position=position,
            step=self.step,
            where=self.where,
            since=self.since,
            tries=self.tries,
            due=self.due,
        )
