# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Contracts that cannot be read, names that nobody answers to, and tasks that only a run knows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..contracts.parse import nearest
from ..plan.outline import Outline, PlannedPlay, names_of
from ..promises import Contract
from .finding import Finding
from .telling import Spot, found


def contract_invalid(outline: Outline) -> Iterator[Finding]:
    """SAGA001: what the reader of contracts refused."""
    return _problems(outline, "SAGA001")


def name_unresolved(outline: Outline) -> Iterator[Finding]:
    """SAGA002: what the reader found, and the names in contracts that no handler of the play answers to."""
    yield from _problems(outline, "SAGA002")
    for play in outline.plays:
        if not _may_gain_handlers(play):
            known = sorted({name for handler in play.handlers for name in names_of(handler)})
            for spot, contract in _contracts(play):
                yield from _unanswered(play, known, spot, contract)


def include_unfollowed(outline: Outline) -> Iterator[Finding]:
    """SAGA013: includes whose tasks are not in the outline."""
    for play in outline.plays:
        for include in play.unfollowed:
            yield found(
                "SAGA013",
                Spot(where=include.where, name=include.name, task=include.name),
                f"{include.name!r} includes {include.what!r}, which only a run can follow ({include.why}): its tasks "
                f"are not judged here. Write the name without a template, or import it",
                subject=include.name,
            )


def _problems(outline: Outline, kind: str) -> Iterator[Finding]:
    for problem in outline.problems:
        if problem.kind == kind:
            spot = Spot(where=problem.where, name=problem.task or "...", task=problem.task)
            message = problem.what.removeprefix(f"{problem.where}: ")
            yield found(kind, spot, message, subject="...", is_contradiction=True)


def _may_gain_handlers(play: PlannedPlay) -> bool:
    """Tell whether a run may bring handlers, or names of handlers, that nobody knows yet."""
    return bool(play.unfollowed) or any("{{" in name for handler in play.handlers for name in names_of(handler))


def _contracts(play: PlannedPlay) -> Iterator[tuple[Spot, Contract]]:
    units = {unit.path: unit for task in play.tasks for unit in task.units}
    yield from ((Spot.of(task), task.contract) for task in play.tasks)
    yield from ((Spot(where=unit.where, name=unit.name, task=unit.name), unit.contract) for unit in units.values())


def _unanswered(play: PlannedPlay, known: Sequence[str], spot: Spot, contract: Contract) -> Iterator[Finding]:
    said = (("compensate", contract.compensate), ("verify", contract.verify))
    missing = [(key, name) for key, names in said for name in names if name not in known]
    if missing:
        told = ", and ".join(f"{key} names {name!r}{_hint(name, known)}" for key, name in missing)
        yield found(
            "SAGA002",
            spot,
            f"{spot.name!r}: {told}; the play {play.name!r} has no handler or listen topic of that name. Correct "
            f"it, or add the handler",
            subject=missing[0][1],
            is_contradiction=True,
        )


def _hint(name: str, known: Sequence[str]) -> str:
    alike = nearest(name, known)
    return f" (did you mean {alike!r}?)" if alike else ""
