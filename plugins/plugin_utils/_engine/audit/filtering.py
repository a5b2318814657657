# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which events somebody wants to see."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from ..records import Event, Step
from ..slotted import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What an event has to be like: one of what is named of each kind; where nothing is named, anything will do.

    Types, hosts and actors may have wildcards; times are in seconds.
    """

    types: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()  # their keys
    actors: tuple[str, ...] = ()
    attempts: tuple[int, ...] = ()
    since: float = -math.inf
    until: float = math.inf

    def passes(self, event: Event) -> bool:
        """Tell whether an event is like that."""
        return (
            self.since <= event.time <= self.until
            and _is_among(event.type, self.types)
            and _is_among(event.actor, self.actors)
            and (not self.attempts or event.attempt in self.attempts)
            and (not self.steps or _step(event) in self.steps)
            and (not self.hosts or any(_is_among(host, self.hosts) for host in _hosts(event)))
        )

    def of(self, steps: Iterable[Step]) -> Filter:
        """Return it with the keys of what names steps: a name, a path or a key each."""
        wanted = set(self.steps)
        found = [step.key for step in steps if wanted & {step.name, step.path, step.key}]
        return replace(self, steps=tuple(dict.fromkeys([*self.steps, *found])))


def _is_among(word: str, patterns: Sequence[str]) -> bool:
    return not patterns or any(fnmatchcase(word, pattern) for pattern in patterns)


def _step(event: Event) -> str:
    """Return the key of the step that an event is about: a decision names it."""
    return event.step or str(event.data.get("step", ""))


def _hosts(event: Event) -> list[str]:
    """Return the hosts that an event is about: its own, who did it for all, those of a decision, targets of leases."""
    named = [name for field in ("hosts", "targets") for name in event.data.get(field, ())]
    return [host for host in (event.host, event.data.get("on", ""), *named) if host]
