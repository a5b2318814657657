# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks whether a step's effect is there, by the handler that its contract names: on the target, before it is repeated.

The handler ended well: the effect is there. It failed: it is not. Anything else leaves the doubt as it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from enum import Enum
from typing import Any

from .._engine import codec
from .._engine.records import StepState
from .._engine.slotted import dataclass, field
from .handlers import run_handlers
from .telling import tell
from .waiting import Held


class Sight(Enum):
    """What was found at the target."""

    THERE = "there"
    MISSING = "not there"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """The steps that are looked for now, by host, all of one key; and how their handlers have ended so far."""

    key: str
    held: dict[str, Held]
    states: dict[str, set[StepState]] = field(default_factory=lambda: defaultdict(set))

    def note(self, host: str, state: StepState) -> None:
        """Remember how a handler's task ended."""
        self.states[host].add(state)

    def sight(self, host: str) -> Sight:
        """Return what the handlers have found on a host."""
        found = self.states.get(host, set())
        if StepState.UNREACHABLE in found:
            return Sight.UNKNOWN
        if StepState.FAILED in found:
            return Sight.MISSING
        return Sight.THERE if StepState.OK in found else Sight.UNKNOWN


def look(strategy: Any, play: Any, held: Sequence[Held]) -> list[tuple[Held, Sight]]:
    """Look for steps, those of one task at a time on all its hosts; return what was found of each."""
    groups: dict[tuple[str, tuple[str, ...]], list[Held]] = defaultdict(list)
    for each in held:
        groups[each.reference.key, each.reference.contract.verify].append(each)
    found = []
    for (key, handlers), alike in groups.items():
        hosts = [each.reference.on for each in alike]
        tell(f"is {alike[0].reference.name!r} there? asking {', '.join(handlers)!r} on {', '.join(hosts)}")
        looking = Looking(key=key, held={each.reference.on: each for each in alike})
        strategy._saga.looking = looking
        try:
            bad = run_handlers(strategy, play, handlers, hosts)
        finally:
            strategy._saga.looking = None
        found += [(each, _sight(looking, each.reference.on, bad)) for each in alike]
    return found


def payload(held: Held) -> str:
    """Return the result of a step that was found to be there: its own was lost."""
    msg = f"it was there already: {', '.join(held.reference.contract.verify)} has found it"
    return codec.encode({"family": "operator", "result": {"changed": True, "msg": msg}, "fields": {}})


def _sight(looking: Looking, host: str, bad: set[str] | None) -> Sight:
    if bad is None or host in bad:
        return Sight.UNKNOWN  # there is no such handler, or it could not be read
    return looking.sight(host)
