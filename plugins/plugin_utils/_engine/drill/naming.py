# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which step's contract is wrong: from all cases together more is known than from one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..slotted import dataclass
from .cases import Part
from .judging import Fault, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Blame:
    """A step whose contract is wrong: what it says, what was seen, and in which cases."""

    step: str
    what: str
    difference: str
    cases: tuple[str, ...]
    where: str = ""


def blamed(verdicts: Sequence[Verdict], parts: Iterable[Part]) -> tuple[Blame, ...]:
    """Name the steps whose contracts are wrong, in the order of the playbook.

    A way back undoes many steps, and its end tells only that one of them is not undone: steps that were undone in a
    case that ended well are none of those, and one that explains a case explains the others in which it was undone.
    """
    known = {part.name: part for part in reversed(tuple(parts))}
    cleared = {name for verdict in verdicts if verdict.is_right for name in verdict.undone}
    open_ = [(verdict, fault) for verdict in verdicts for fault in verdict.faults]
    narrowed = [(_narrowed(fault, cleared), verdict, fault) for verdict, fault in open_]
    found: dict[tuple[str, str], tuple[Fault, list[str]]] = {}
    guilty: set[str] = set()
    for suspects, verdict, fault in sorted(narrowed, key=lambda one: len(one[0])):
        names = set(suspects) & guilty if len(suspects) > 1 else set()
        for name in names or suspects:
            guilty.add(name)
            what = _said(known.get(name), fault, is_sure=len(suspects) == 1 or bool(names))
            case = f"{verdict.case.part.title}, {verdict.case.moment}"
            found.setdefault((name, what), (fault, []))[1].append(case)
    order = list(known)[::-1]
    blames = [
        Blame(
            step=name,
            what=what,
            difference=fault.difference,
            cases=tuple(cases),
            where=known[name].where if name in known else "",
        )
        for (name, what), (fault, cases) in found.items()
    ]
    return tuple(sorted(blames, key=lambda blame: order.index(blame.step) if blame.step in order else len(order)))


def _narrowed(fault: Fault, cleared: set[str]) -> tuple[str, ...]:
    return tuple(name for name in fault.steps if name not in cleared) or fault.steps


def _said(part: Part | None, fault: Fault, *, is_sure: bool) -> str:
    if part is None or not fault.what.startswith("undone, "):
        return fault.what
    handlers = ", ".join(map(repr, part.contract.compensate))
    perhaps = "" if is_sure else "it, or another step that was undone with it: "
    return f"{perhaps}it says undone by {handlers}, and undone, the state is not what it was"
