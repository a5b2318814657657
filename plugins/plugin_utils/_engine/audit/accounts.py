# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a run's events account for every state that the journal has: the last one that tells of it says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..records import Event, Run, Step, Undo
from .chain import Fault, Finding


class States:
    """What events say of where a run and its steps stand, each word over the one before."""

    def __init__(self) -> None:
        self._steps: dict[tuple[str, str], str] = {}  # by host and key
        self._run = ""
        self._count = 0

    def heard(self, events: Iterable[Event]) -> Iterator[Event]:
        """Take in what events tell; yield each of them."""
        for event in events:
            self._count += 1
            if event.step:
                place = (event.host, event.step)
                self._steps[place] = str(event.data.get("state", "")) or self._steps.get(place, "")
            elif "state" in event.data:
                self._run = str(event.data["state"])
            yield event

    def unaccounted(self, run: Run, steps: Iterable[Step]) -> Iterator[Finding]:
        """Yield states that no event tells of, and states that are gone; the events are a chain that holds."""
        if self._run != run.state:
            yield self._finding(f"the run is {run.state}, but its events say {self._run or 'nothing'}")
        known = set()
        for step in steps:
            place, stands = (step.host, step.key), state_told(step)
            known.add(place)
            if (said := self._steps.get(place, "")) != stands:
                yield self._finding(f"{step.key} on {step.host} is {stands}, but its events say {said or 'nothing'}")
        for (host, key), said in self._steps.items():
            if said and (host, key) not in known:
                yield self._finding(f"{key} on {host} is {said}, as its events say, but there is no record of it")

    def _finding(self, what: str) -> Finding:
        return Finding(seq=0, what=what, fault=Fault.STATE, sound=self._count)


def state_told(step: Step) -> str:
    """Return the one word that events use for where a step stands."""
    return step.undo if step.undo is not Undo.NONE else step.state
