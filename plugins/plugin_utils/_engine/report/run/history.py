# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run's events tell besides its steps: its attempts, what people decided, which drift was accepted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...policy import gate
from ...records import Event
from ...slotted import dataclass

_BEGINS = frozenset({"run.started", "run.resumed", "run.joined"})
_ASKED = {
    "run.pause_asked": "asked it to pause",
    "run.cancel_asked": "asked it to cancel",
    "run.compensate_asked": "asked it to cancel and to go back",
    "run.turned_back": "asked for the way back",
    "run.abandoned": "gave it up",
    "run.exported": "moved it to another journal",
    "run.rekeyed": "sealed its key anew",
    "lease.unlocked": "freed its lease",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A process that worked on the run; times in seconds."""

    number: int
    began: float
    ended: float | None  # None: nothing tells of its end
    last: float  # when it wrote last
    how: str  # it ended; empty: see `ended`
    actor: str
    process: str
    restored: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What somebody decided or asked for."""

    at: float
    who: str
    what: str
    about: str  # a step's key, or what else it is about
    hosts: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What had changed under the run, and was taken as it is."""

    at: float
    who: str
    what: tuple[str, ...]
    step: str = ""  # a key
    host: str = ""


def attempts(events: Iterable[Event]) -> tuple[Attempt, ...]:
    """Return the run's attempts in the order of their begins."""
    found: dict[int, Attempt] = {}
    wrote: dict[int, float] = {}  # when an attempt has written last; most events tell no more of it
    for event in events:
        known = found.get(event.attempt)
        if event.type in _BEGINS:
            found[event.attempt] = Attempt(
                number=event.attempt,
                began=event.time,
                ended=None,
                last=event.time,
                how="",
                actor=event.actor,
                process=str(event.data.get("process", "")),
            )
            wrote.pop(event.attempt, None)
        elif known is not None and known.ended is None:
            if (ended := _ended(known, event)) is not None:
                found[event.attempt] = ended
            elif event.actor == known.actor:
                wrote[event.attempt] = event.time
    return tuple(
        replace(each, last=wrote[number]) if each.ended is None and number in wrote else each
        for number, each in found.items()
    )


def choices(events: Iterable[Event]) -> tuple[Choice, ...]:
    """Return what people decided about the run, or asked of it, in order."""
    return tuple(choice for event in events if (choice := _choice(event)) is not None)


def drifts(events: Iterable[Event]) -> tuple[Drift, ...]:
    """Return the drift that was accepted, in order."""
    return tuple(drift for event in events for drift in _drift(event))


def _ended(attempt: Attempt, event: Event) -> Attempt | None:
    # Only an attempt's own end tells how much it has restored; what an operator does to its run does not.
    if "restored" in event.data and event.type.startswith(("run.", "slice.")):
        how = str(event.data.get("slice") or event.type.partition(".")[2])
        return replace(attempt, ended=event.time, last=event.time, how=how, restored=int(event.data["restored"]))
    return None


def _choice(event: Event) -> Choice | None:
    data = event.data
    if event.type == "decision.made":
        about = str(data.get("step") or f"the {data.get('about', 'run')}")
        return _chosen(event, str(data.get("answer", "")), about, _texts(data, "hosts"))
    if event.type == "step.resolved" and event.actor == gate.EXPIRY:
        return _chosen(event, str(data.get("answer", "")), event.step, (str(data.get("on") or event.host),))
    if event.type in _ASKED:
        return _chosen(event, _ASKED[event.type], "the run", _texts(data, "targets"))
    return None


def _chosen(event: Event, what: str, about: str, hosts: tuple[str, ...]) -> Choice:
    why = str(event.data.get("why") or "")
    return Choice(at=event.time, who=event.actor, what=what, about=about, hosts=hosts, why=why)


def _drift(event: Event) -> Iterator[Drift]:
    if event.type == "run.drift_accepted":
        gone = _texts(event.data, "gone")
        what = (*_texts(event.data, "changes"), *((f"gone: {', '.join(gone)}",) if gone else ()))
        yield Drift(at=event.time, who=event.actor, what=what)
    elif event.type == "step.drift_accepted":
        yield Drift(
            at=event.time,
            who=event.actor,
            what=(str(event.data.get("change", "")),),
            step=event.step,
            host=str(event.data.get("on") or event.host),
        )


def _texts(data: Mapping[str, Any], name: str) -> tuple[str, ...]:
    found = data.get(name) or ()
    return tuple(str(each) for each in found) if isinstance(found, Sequence) and not isinstance(found, str) else ()
