# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run's next attempt meets besides the playbook, against what the last one met: variables, versions, hosts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ..records import Inputs, PlannedStep, Step, StepState, Surroundings
from ..slotted import dataclass
from .change import Change, listed
from .drift import by_path, drifted, is_handler
from .inputs import Given, given, is_comparable, others


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A run as its last attempt left it; `owed` are the steps that the way back has still to undo."""

    plan: tuple[PlannedStep, ...]
    steps: Sequence[Step]
    surroundings: Surroundings | None
    is_going_back: bool = False
    owed: Sequence[Step] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """What the next attempt meets; `hosts` are all that the plays are for, whatever --limit says."""

    plan: tuple[PlannedStep, ...]
    surroundings: Surroundings
    hosts: frozenset[str]


def compare(past: Past, present: Present) -> list[Change]:
    """Return all that changed, graded; what nobody recorded has not changed."""
    now = given_now(past.surroundings, present.surroundings)
    judge = _undoing if past.is_going_back else _going_on
    found = judge(past, present, now)
    if past.surroundings is not None:
        found += _variables(past.surroundings, present.surroundings)
        found += _versions(past.surroundings, present.surroundings)
        found += _vanished(past, present)
        new = sorted(present.surroundings.hosts.keys() - past.surroundings.hosts.keys())
        if new:
            found.append(Change(what="joins", names=tuple(new), is_weighty=False))
    return found


def given_now(before: Surroundings | None, now: Surroundings) -> Given:
    """Return the extra vars of an attempt, against those of the last one."""
    return given(before.variables if before else None, now.variables)


def follow(before: Surroundings | None, now: Surroundings, dropped: Iterable[str], *, is_anew: bool) -> Surroundings:
    """Return what the attempt after the next is measured by; `is_anew`: what is done may be done again."""
    if before is None:
        return now
    left = set(dropped)
    hosts = {host: lease for host, lease in before.hosts.items() if host not in left} | dict(now.hosts)
    # Who had come to the end of another playbook, or with other variables, may have something left to do.
    is_same = not is_anew and before.extent == now.extent and not [*_variables(before, now)]
    return replace(
        now,
        hosts=hosts,
        gone=tuple(sorted({*before.gone, *left} - now.hosts.keys())),
        finished=tuple(host for host in before.finished if host in hosts) if is_same else (),
    )


def _variables(before: Surroundings, now: Surroundings) -> Iterator[Change]:
    was, given = before.variables, now.variables
    if not all(is_comparable(was[name], given[name]) for name in was.keys() & given.keys()):
        yield Change(what="unknown", is_weighty=False)
    for name in sorted(given_now(before, now).changed):
        word = "was not given before" if name not in was else "has another value" if name in given else "is not given"
        yield Change(what="variable", path=name, names=(word,), is_weighty=False)


def _versions(before: Surroundings, now: Surroundings) -> Iterator[Change]:
    for name, version in sorted(now.versions.items()):
        if (was := before.versions.get(name, version)) != version:
            yield Change(what="version", path=name, before=was, names=(version,), is_weighty=False)


def _vanished(past: Past, present: Present) -> Iterator[Change]:
    if past.surroundings is None or not present.hosts:
        return
    for host in past.surroundings.hosts:
        if host not in present.hosts:
            left = tuple(_left_on(host, past.steps))
            yield Change(what="vanished", path=host, names=left, is_weighty=not past.is_going_back)


def _left_on(host: str, steps: Iterable[Step]) -> Iterator[str]:
    """Yield what a run leaves on a host, in words."""
    here = [step for step in steps if step.doer == host and step.is_forward and step.contract.has_effect]
    for word, states in (
        ("done there", {StepState.OK}),
        ("failed there", {StepState.FAILED, StepState.UNREACHABLE}),
        ("in doubt there", {StepState.STARTED}),
    ):
        names = [repr(step.name) for step in here if step.state in states]
        if names:
            yield f"{word}: {listed(names)}"


def _going_on(past: Past, present: Present, given: Given) -> list[Change]:
    return drifted(past.plan, present.plan, past.steps, given)


def _undoing(past: Past, present: Present, given: Given) -> list[Change]:
    """Return the steps that would be undone with other values than they were done with."""
    was, now = by_path(past.plan), by_path(present.plan)
    changes = []
    for step in past.owed:
        names: set[str] = set()
        for path in (step.path, *_handlers(step, now)):
            for planned in now.get(path, ())[:1]:
                recorded = step.inputs if path == step.path else _first(was.get(path, ()))
                names |= others(recorded, planned.inputs, given)
        if names:
            changes.append(Change(what="undo", path=step.path, where=step.where, names=tuple(sorted(names))))
    return changes


def _handlers(step: Step, planned: Iterable[str]) -> list[str]:
    """Return the paths of the handlers that undo a step; of all its play's, where they only listen to a topic."""
    play = step.path.partition("/")[0]
    handlers = [path for path in planned if is_handler(path) and path.partition("/")[0] == play]
    return [path for path in handlers if path.rpartition("/")[2] in step.contract.compensate] or handlers


def _first(planned: Sequence[PlannedStep]) -> Inputs | None:
    return planned[0].inputs if planned else None
