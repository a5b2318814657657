# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a run's events account for every state that the journal has: the last one that tells of it says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..records import Event, Run, Step, Undo
from .chain import Fault, Finding

_Told = Mapping[tuple[str, str], str]
"""What events say of steps, by host and key."""


def unaccounted(run: Run, steps: Iterable[Step], events: Sequence[Event]) -> Iterator[Finding]:
    """Yield states that no event tells of, and states that are gone; the events are a chain that holds."""
    told: dict[tuple[str, str], str] = {}
    ended = ""
    for event in events:
        if event.step:
            told[event.host, event.step] = str(event.data.get("state", "")) or told.get((event.host, event.step), "")
        elif "state" in event.data:
            ended = str(event.data["state"])
    what = [f"the run is {run.state}, but its events say {ended or 'nothing'}"] if ended != run.state else []
    for words in [*what, *_of_steps(steps, told)]:
        yield Finding(seq=0, what=words, fault=Fault.STATE, sound=len(events))


def _of_steps(steps: Iterable[Step], told: _Told) -> Iterator[str]:
    """Yield steps that stand otherwise than their events say, and those that events tell of and that are not there."""
    known = {(step.host, step.key): state_told(step) for step in steps}
    for host, key in dict.fromkeys((*known, *told)):
        stands, said = known.get((host, key), ""), told.get((host, key), "")
        if (host, key) in known and stands != said:
            yield f"{key} on {host} is {stands}, but its events say {said or 'nothing'}"
        elif said and not stands:
            yield f"{key} on {host} is {said}, as its events say, but there is no record of it"


def state_told(step: Step) -> str:
    """Return the one word that events use for where a step stands."""
    return step.undo if step.undo is not Undo.NONE else step.state
