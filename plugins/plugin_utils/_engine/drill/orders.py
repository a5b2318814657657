# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a drill tells the ansible-playbook that it starts, and what that one notes down: one line of JSON each."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from enum import StrEnum

from .. import points
from ..slotted import dataclass


class Act(StrEnum):
    """What happens when the point is reached at the place."""

    NOTHING = ""  # only note down what begins and ends
    KILL = "kill"  # the controller alone
    KILL_ALL = "kill all"  # the controller, its workers and their modules
    FAIL = "fail"
    CUT_OFF = "cut off"  # fail as a time limit lets a step fail


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to happen, at which step; `after` is how many seconds later."""

    act: Act = Act.NOTHING
    point: str = ""
    host: str = ""
    key: str = ""
    after: float = 0.0

    @property
    def place(self) -> points.Place:
        return self.host, self.key

    def encoded(self, nonce: str) -> str:
        """Return the order as a file has it."""
        return json.dumps({**asdict(self), "nonce": nonce})

    @classmethod
    def decoded(cls, text: str, nonce: str) -> Order | None:
        """Return the order of a file; None if it was not written by whoever knows the nonce."""
        data = json.loads(text)
        if not nonce or data.pop("nonce") != nonce:
            return None
        return cls(**{**data, "act": Act(data["act"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something that the callback has noted down: work on a step has begun or ended, or the order was carried out."""

    fact: str  # begun, ended, struck
    host: str
    key: str
    at: float  # seconds

    @property
    def place(self) -> points.Place:
        return self.host, self.key

    def encoded(self) -> str:
        return json.dumps(asdict(self)) + "\n"


def marks(lines: Iterable[str]) -> list[Mark]:
    """Return what lines tell; a last one that was cut off tells nothing."""
    return [Mark(**json.loads(line)) for line in lines if line.endswith("}\n")]
