# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Folds the events of a journal: what is known of a run on its way, by what was written of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...records import Event, PlannedStep, Run, RunState, Step
from ...saga import remaining
from .hosts import Host, standing_of
from .pace import Pace
from .picture import Standing
from .route import Route, is_forward, name_of, path_of

_BEGINS = frozenset({"run.started", "run.resumed", "run.joined"})
_ENDS = frozenset({"run.completed", "run.compensated", "run.stopped", "run.parked", "run.abandoned"})
_BACK = frozenset({"run.turned_back", "run.compensating", "slice.compensating"})
_FORWARD = frozenset({"run.turned_forward", "slice.turned_forward"})
# What these tell leaves the host where it is.
_ASIDE = frozenset({"step.captured", "step.drift_accepted"})


class Fold:
    """What is known of a run on its way; times in seconds."""

    def __init__(self, workflow: str = "", *, began: float = 0.0) -> None:
        self.run = ""
        self.workflow = workflow
        self.pace = Pace()
        self._state, self._reason, self._attempt = RunState.RUNNING, "", 0
        self._began = began
        self._ended: float | None = None
        self._is_going_back = False
        self._is_sliced = False
        self._route = Route()
        self._hosts: dict[str, Host] = {}
        self._names: dict[str, tuple[str, str]] = {}  # name and place of each path that a record was seen of
        self._failures: dict[tuple[str, str], str] = {}  # (host, key) of failed steps, each with its path
        self._waiting: set[tuple[str, str]] = set()
        self._in_doubt: set[tuple[str, str]] = set()
        self._undone: dict[tuple[str, str], bool] = {}  # steps, whether their compensation has failed
        self._repaid: set[str] = set()  # hosts that something was undone on
        self._owed: set[tuple[str, str]] | None = None  # None: not told since the run turned back
        self._restored = self._retried = 0
        self.wants_steps = False

    def adopt(self, run: Run, plan: Iterable[PlannedStep]) -> None:
        """Take a run that is recorded for what happens from now on; its events come with :meth:`see`."""
        self.run, self.workflow, self._attempt = run.id, run.workflow, run.attempt
        self._state, self._reason = run.state, run.reason
        self._is_going_back, self._is_sliced = run.is_going_back, bool(run.slices)
        self._began = self._began or run.started
        self._route.foresee(plan)
        self.wants_steps = True

    # From the journal

    def see(self, events: Iterable[Event]) -> None:
        """Take events, in their order."""
        for event in events:
            room = event.type.partition(".")[0]
            if room in {"run", "slice"}:
                self._see_run(event)
            elif room == "step" and event.type not in _ASIDE:
                self._see_step(event)
            elif room == "compensation":
                self._see_undone(event)

    def learn(self, run: Run, steps: Sequence[Step]) -> None:
        """Take what only the records tell: names, what handles a failure, what is owed. Asked for by `wants_steps`."""
        # An attempt's own copy of the run turns around a little after the event of it.
        self.wants_steps = self._is_going_back and not run.is_going_back and not self._is_sliced
        for step in steps:
            self._names.setdefault(step.path, (step.name, step.where))
            if step.is_handled and step.state.is_failure:
                self._handle(step.doer, step.key)
        for host in self._hosts.values():
            if host.key and (known := self._names.get(path_of(host.key))):
                host.step, host.where = known
        if self._is_going_back and self._owed is None and run.is_going_back:
            self._owed = {(step.doer, step.key) for step in remaining(steps, run.back)}

    # Events of the run

    def _see_run(self, event: Event) -> None:
        kind, state = event.type, event.data.get("state")
        if kind.startswith("run.") and state in set(RunState):
            self._state = RunState(str(state))
        self._reason = str(event.data.get("reason") or event.data.get("why") or self._reason)
        if kind in _BEGINS:
            self._begin_attempt(event)
        elif kind in _ENDS or kind == "slice.ended":
            self._end_attempt(event, is_all=kind in _ENDS)
        elif kind in _BACK:
            self._is_going_back, self._owed, self.wants_steps = True, None, True
        elif kind in _FORWARD:
            self._is_going_back, self._owed = False, set()

    def _begin_attempt(self, event: Event) -> None:
        self._attempt, self._ended = event.attempt, None
        theirs = {str(name) for name in event.data.get("slice") or ()}
        if not self._is_sliced:
            self._began, self._restored, self._reason = event.time, 0, ""
        if self._is_going_back:
            self._owed, self.wants_steps = None, True
        for host in self._hosts.values():
            if not theirs or host.name in theirs:
                host.rest(Standing.IN_DOUBT if host.standing.is_busy else Standing.BETWEEN, at=event.time)
        # What failed is tried again, what waited was decided; what comes of it is told by later events.
        kept = {host.name for host in self._hosts.values() if theirs and host.name not in theirs}
        self._failures = {place: path for place, path in self._failures.items() if place[0] in kept}
        self._waiting = {place for place in self._waiting if place[0] in kept}
        self._undone = {place: failed for place, failed in self._undone.items() if not failed}

    def _end_attempt(self, event: Event, *, is_all: bool) -> None:
        self._restored = max(self._restored, int(event.data.get("restored") or 0))
        if not is_all:
            return
        self._ended = event.time
        for host in self._hosts.values():
            if host.standing.is_busy and host.standing is not Standing.RETRYING and host.key:
                host.rest(Standing.IN_DOUBT, at=host.since)
            elif host.standing.is_busy:
                host.rest(Standing.BETWEEN, at=event.time)

    # Events of steps

    def _see_step(self, event: Event) -> None:
        path = path_of(event.step, event.host)
        host = self._host(str(event.data.get("on") or event.host))
        place = (host.name, event.step)
        self._waiting.discard(place)
        self._in_doubt.discard(place)
        self._failures.pop(place, None)
        if is_forward(path):
            self._come_to(host, path, at=float(event.data.get("began") or event.time))
        name, where = self._told(path)
        kind, state = event.type, str(event.data.get("state", ""))
        if kind == "step.intent":
            standing = Standing.AT_WORK if is_forward(path) else Standing.COMPENSATING
            standing = Standing.AT_WORK if path.startswith("verify ") else standing
            host.begin(name, where, key=event.step, at=event.time, standing=standing)
            return
        host.key, host.step, host.where = event.step, name, where
        host.rest(standing_of(state), at=event.time)
        if kind == "step.retrying":
            self._retried += 1
            host.tries, host.due = int(event.data["tries"]), event.time + float(event.data["delay"])
        elif host.standing is Standing.WAITING or event.data.get("asks"):
            host.standing = Standing.WAITING
            self._waiting.add(place)
        elif host.standing is Standing.IN_DOUBT:
            self._in_doubt.add(place)
        elif host.standing.is_bad:
            self._see_failure(host, event.step, path)
        elif state in {"ok", "skipped"} and is_forward(path):
            host.done.add(event.step)
        else:
            host.done.discard(event.step)

    def _see_failure(self, host: Host, key: str, path: str) -> None:
        if path.startswith("verify "):  # it is an answer
            host.rest(Standing.BETWEEN, at=host.since)
        elif is_forward(path):
            self._failures[host.name, key] = path
            self.wants_steps = True

    def _see_undone(self, event: Event) -> None:
        host = self._host(str(event.data.get("on") or event.host))
        has_failed = event.type == "compensation.failed"
        self._undone[host.name, event.step] = has_failed
        self._repaid.add(host.name)
        host.done.discard(event.step)
        self._failures = {place: path for place, path in self._failures.items() if place != (host.name, event.step)}
        if has_failed:
            host.step, host.where = self._told(path_of(event.step, event.host))
        host.rest(Standing.COMPENSATION_FAILED if has_failed else Standing.BETWEEN, at=event.time)

    # Inside

    def _host(self, name: str) -> Host:
        found = self._hosts.get(name)
        if found is None:
            found = self._hosts[name] = Host(name)
        return found

    def _come_to(self, host: Host, path: str, *, at: float) -> None:
        self._route.meet(path, at=at)
        if self._route.position(path) > self._route.position(host.path):
            host.path = path

    def _told(self, path: str) -> tuple[str, str]:
        if path in self._names:
            return self._names[path]
        self.wants_steps = self.wants_steps or bool(path)
        return name_of(path), self._route.where(path)

    def _handle(self, host: str, key: str) -> None:
        if self._failures.pop((host, key), None) is not None:
            found = self._host(host)
            if found.key == key and found.standing in {Standing.FAILED, Standing.UNREACHABLE}:
                found.rest(Standing.BETWEEN, at=found.since)
