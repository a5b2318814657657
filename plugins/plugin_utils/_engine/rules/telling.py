# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a rule says what it found, and which steps it looks at."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from ..plan.outline import Outline, PlannedTask, Role
from ..promises import Effect
from ..slotted import dataclass
from .catalogue import RULES, SUBJECT, TASK
from .finding import Finding

_PLAIN = re.compile(r"[^\W\d_](?:[\w .,/()'+-]*[\w.)'+])?")
_WORDS = frozenset({"yes", "no", "on", "off", "true", "false", "null", "y", "n"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """What a finding is about: a task, or a play or include, which has a name and a place as well."""

    where: str
    name: str = ""
    task: str = ""

    @classmethod
    def of(cls, task: PlannedTask) -> Spot:
        return cls(where=task.where, name=task.name, task=task.name)


def found(rule: str, spot: Spot, message: str, *, subject: str = "", is_contradiction: bool = False) -> Finding:
    """Return a finding of a rule; `subject` is the second name in its snippet."""
    return Finding(
        rule=rule,
        severity=RULES[rule].severity,
        where=spot.where,
        task=spot.task,
        message=message,
        mend=mended(rule, task=spot.name, subject=subject),
        is_contradiction=is_contradiction,
    )


def mended(rule: str, *, task: str, subject: str) -> str:
    """Return a rule's snippet with the names in place."""
    return RULES[rule].snippet.replace(TASK, written(task)).replace(SUBJECT, written(subject))


def written(name: str) -> str:
    """Return a name as YAML has it, in quotes where it needs them."""
    is_plain = _PLAIN.fullmatch(name) and name.lower() not in _WORDS
    return name if is_plain else json.dumps(name, ensure_ascii=False)


def judged(outline: Outline) -> Iterator[PlannedTask]:
    """Yield the tasks and handlers of durable plays: elsewhere a contract does not count."""
    return (task for play in outline.plays if play.is_durable for task in play.tasks)


def steps(outline: Outline) -> Iterator[PlannedTask]:
    """Yield those that are no handlers."""
    return (task for task in judged(outline) if not task.is_handler)


def has_side_effect(task: PlannedTask) -> bool:
    return task.contract.effect is Effect.SIDE_EFFECT


def is_on_the_way_back(task: PlannedTask) -> bool:
    """Tell whether it is a handler that undoes or looks: such a one must bear being run twice."""
    return bool(task.serves & {Role.COMPENSATION, Role.VERIFICATION})


def assumed(task: PlannedTask, key: str) -> str:
    """Return a remark for a message about a word of the contract that the author has not said."""
    if is_declared(task, key):
        return ""
    if not task.is_known:
        return " (nobody says what it does, so that is assumed)"
    return f" ({task.sources[key]})" if key in task.sources else ""


def is_declared(task: PlannedTask, key: str) -> bool:
    """Tell whether the author said this word of the contract."""
    return key in task.sources and not task.sources[key].startswith("catalogue")
