# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an attempt's events become as spans: a pure mapping. Of values and messages nothing: names and states only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from .._engine.records import Event, RunState, Step
from .._engine.slotted import dataclass, field
from .telemetry_records import Facts, Happening, Link, Place, Places, Span, Value

BEGINNINGS = frozenset({"run.started", "run.resumed", "run.joined"})
ENDS = frozenset(
    {"run.completed", "run.compensated", "run.stopped", "run.parked", "run.abandoned", "slice.ended"},
)
DIED = "died"
"""How an attempt ended that has not recorded its end."""
IN_DOUBT = "in doubt"
FAILED = frozenset({"failed", "unreachable"})

_TOLD = frozenset(
    {
        "compensation.done",
        "compensation.failed",
        "lease.taken_over",
        "lease.unlocked",
        "run.cancel_asked",
        "run.compensate_asked",
        "run.compensating",
        "run.drift_accepted",
        "run.pause_asked",
        "run.turned_back",
        "run.turned_forward",
        "run.widened",
        "slice.compensating",
        "slice.taken_in",
        "slice.turned_forward",
        "step.found_ended",
        "step.found_not_at_work",
        "step.in_doubt",
        "step.reopened",
        "step.resolved",
        "step.waiting",
    },
)
_MOST_HAPPENINGS = 128  # of one span: as many as an OpenTelemetry SDK keeps unless told otherwise
_IN_TROUBLE = frozenset({RunState.STOPPED, RunState.COMPENSATED})

StepOf = Callable[[str, str], Step | None]
"""Looks a step up by its host and its key."""


@dataclass(slots=True)
class Shared:
    """What the attempts of a run know of each other's spans."""

    run: str
    workflow: str
    places: Places
    step_of: StepOf
    last: dict[tuple[str, str], Place] = field(default_factory=dict)  # span of a step's last execution, by host and key
    by_key: dict[str, Place] = field(default_factory=dict)  # likewise, on whichever host that was

    def facts(self, attempt: int, **more: Value) -> dict[str, Value]:
        """Return what every span says."""
        return {"saga.run.id": self.run, "saga.workflow": self.workflow, "saga.attempt": attempt, **more}


class AttemptSpans:
    """The spans of one attempt; of its events, each in its order."""

    def __init__(self, begin: Event, shared: Shared, links: tuple[Link, ...] = ()) -> None:
        self.number = begin.attempt
        self.targets = frozenset(begin.data.get("slice", ()))  # of a sliced run
        self.end: Event | None = None
        self.place = shared.places.attempt(self.number)
        self.began = self.last_seen = begin.time
        self._begin = begin
        self._shared = shared
        self._links = links
        self._open: dict[tuple[str, str], float] = {}  # steps that were started, and when
        self._executions: dict[tuple[str, str], int] = {}
        self._units: dict[str, list[str]] = {}  # units that begin with the next step, by host
        self._plays: dict[str, tuple[float, float]] = {}
        self._happenings: list[Happening] = []
        self._untold = 0

    def take(self, event: Event) -> Iterator[Span]:
        """Yield the spans that end with an event of this attempt."""
        self.last_seen = max(self.last_seen, event.time)
        where = (event.host, event.step)
        match event.type:
            case "step.intent":
                self._open[where] = event.time
                self._note_place(where)
            case "unit.begun":
                self._units.setdefault(event.host, []).append(event.step)
            case "step.retrying":
                yield self._step(event, str(event.data["failed"]), **{"saga.step.delay": float(event.data["delay"])})
            case "step.outcome":
                yield self._step(event, str(event.data["state"]))
            case kind if kind in ENDS:
                self.end = event
                yield from self._ended(event)
            case kind if kind in _TOLD:
                self._tell(event)

    def broken_off(self, found: Mapping[tuple[str, str], str]) -> Iterator[Span]:
        """Yield the spans that are left of an attempt that died; `found` is what its successor found of steps."""
        yield from self._left(self.last_seen, found)
        yield from self._plays_and_root(self.last_seen, DIED, {}, trouble=DIED)

    def stand_in(self, parent: Place) -> Span:
        """Return the span that stands for the attempt, once it has ended, in the trace of who started it."""
        state = str(self.end.data["state"]) if self.end else DIED
        return Span(
            name="saga run",
            place=self._shared.places.within(parent.trace, self.number),
            parent=parent,
            start=self.began,
            end=self.last_seen,
            facts=self._shared.facts(self.number, **{"saga.run.state": state}),
            trouble=state if state in _IN_TROUBLE else "",
            links=(Link(to=self.place, facts={"saga.link": "attempt"}),),
        )

    # Inside

    def _ended(self, event: Event) -> Iterator[Span]:
        yield from self._left(event.time, {})
        state = str(event.data["state"])
        own = str(event.data.get("slice", state))  # a slice may end so, and the run go on
        more: dict[str, Value] = {"saga.steps.restored": int(event.data.get("restored", 0))}
        if "slice" in event.data:
            more["saga.slice.state"] = own
        yield from self._plays_and_root(event.time, state, more, trouble=own if own in _IN_TROUBLE else "")

    def _left(self, end: float, found: Mapping[tuple[str, str], str]) -> Iterator[Span]:
        """Yield spans of the steps that have no outcome."""
        for where, start in self._open.items():
            state = found.get(where, IN_DOUBT)
            trouble = state if state in {IN_DOUBT, *FAILED} else ""
            yield self._span(where, (start, max(start, end)), state, trouble=trouble)
        self._open.clear()

    def _step(self, event: Event, state: str, **more: Value) -> Span:
        where = (event.host, event.step)
        if self._open.pop(where, None) is None:  # one that needs no intent
            self._note_place(where)
        start = min(float(event.data.get("began", event.time)), event.time)
        return self._span(where, (start, event.time), state, trouble=state if state in FAILED else "", **more)

    def _note_place(self, where: tuple[str, str]) -> None:
        """Count an execution of a step, before whoever is linked to it asks where it is."""
        self._executions[where] = self._executions.get(where, 0) + 1

    def _span(
        self, where: tuple[str, str], times: tuple[float, float], state: str, *, trouble: str, **more: Value
    ) -> Span:
        (host, key), (start, end) = where, times
        shared, execution = self._shared, self._executions[where]
        step = shared.step_of(host, key)
        place = shared.places.step(self.number, host, key, execution)
        links = tuple(self._links_of(host, key, step))
        for known in (key, *self._units.pop(host, ())):
            shared.last[host, known] = shared.by_key[known] = place
        facts = shared.facts(self.number, **_told(host, key, step), **more)
        facts |= {"saga.step.state": state, "saga.step.try": execution}
        return Span(
            name=step.name if step else key.rpartition("/")[2].rpartition("#")[0] or key,
            place=place,
            parent=self._parent(key, step, times),
            start=start,
            end=end,
            facts=facts,
            trouble=trouble,
            links=links,
        )

    def _links_of(self, host: str, key: str, step: Step | None) -> Iterator[Link]:
        """Yield links: to what is undone, to what is looked for, and to the last time that it was tried."""
        shared = self._shared
        for word, about in (("undoes", step.undoes if step else ""), ("verifies", step.verifies if step else "")):
            if about and (place := shared.last.get((host, about)) or shared.by_key.get(about)):
                yield Link(to=place, facts={"saga.link": word})
        if before := shared.last.get((host, key)):
            yield Link(to=before, facts={"saga.link": "tried before"})

    def _parent(self, key: str, step: Step | None, times: tuple[float, float]) -> Place:
        """Return the span that a step's is in: the play's, for a step of the playbook."""
        if kind_of(key) != "step" or step is None:
            return self.place
        play = step.path.partition("/")[0]
        first, last = self._plays.get(play, times)
        self._plays[play] = (min(first, times[0]), max(last, times[1]))
        return self._shared.places.play(self.number, play)

    def _plays_and_root(self, end: float, state: str, more: Facts, *, trouble: str) -> Iterator[Span]:
        shared = self._shared
        for play, (first, last) in self._plays.items():
            yield Span(
                name=f"play {play}",
                place=shared.places.play(self.number, play),
                parent=self.place,
                start=first,
                end=last,
                facts=shared.facts(self.number, **{"saga.play": play}),
            )
        facts = shared.facts(self.number, **{"saga.run.state": state, **more})
        facts["saga.resumed"] = self._begin.type == "run.resumed"
        if self._untold:
            facts["saga.events.untold"] = self._untold
        yield Span(
            name="saga attempt",
            place=self.place,
            start=self.began,
            end=max(end, self.began),
            facts=facts,
            trouble=trouble,
            links=self._links,
            happenings=tuple(self._happenings),
        )

    def _tell(self, event: Event) -> None:
        if len(self._happenings) == _MOST_HAPPENINGS:
            self._untold += 1
            return
        facts: dict[str, Value] = {"saga.event.seq": event.seq}
        if event.step:
            facts |= {"saga.step.host": event.host, "saga.step.key": event.step}
        for word in ("state", "asks", "answer"):
            if word in event.data:
                facts[f"saga.{word}"] = str(event.data[word])
        self._happenings.append(Happening(name=event.type, time=event.time, facts=facts))


def _told(host: str, key: str, step: Step | None) -> Facts:
    facts: dict[str, Value] = {"saga.step.key": key, "saga.step.host": host, "saga.step.kind": kind_of(key)}
    if step is None:
        return facts
    facts |= {
        "saga.step.on": step.doer,
        "saga.step.where": step.where,
        "saga.step.effect": str(step.contract.effect),
        "saga.step.idempotent": step.contract.is_idempotent,
    }
    return facts


def kind_of(key: str) -> str:
    """Return what a step is for; a step of the playbook has a key that begins with its play's number."""
    return {"undo": "compensation", "verify": "verify"}.get(key.partition(" ")[0], "step")
