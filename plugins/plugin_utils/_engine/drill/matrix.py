# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The matrix of a drill: as rows of words, as data, and as JUnit XML for pipelines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ..points import Place
from ..report.run.characters import clean
from ..slotted import dataclass
from .cases import Moment
from .judging import Verdict
from .naming import Blame


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A step, on a host or in any lane, and how its cases ended, by moment; one that does not matter has no word."""

    title: str
    where: str
    words: Mapping[Moment, str]


def rows(verdicts: Sequence[Verdict]) -> list[Row]:
    """Return the matrix, a row per step and host; in lanes, a row per step."""
    found: dict[Place, Row] = {}
    several = len({verdict.case.part.on for verdict in verdicts}) > 1
    for verdict in verdicts:
        case, where = verdict.case, verdict.case.part.where
        title = _title(verdict) if several else case.part.name
        row = found.get(case.row) or Row(title=title, where=where, words={})
        found[case.row] = Row(title=title, where=where, words={**row.words, case.moment: worded(verdict)})
    return list(found.values())


def _title(verdict: Verdict) -> str:
    part = verdict.case.part
    return part.name if verdict.case.is_in_lane else f"{part.name} [{part.on}]"


def worded(verdict: Verdict) -> str:
    """Return how a case ended, with the answer that was given."""
    return f"{verdict.word}: {verdict.how}" if verdict.how else str(verdict.word)


def document(verdicts: Sequence[Verdict], blames: Sequence[Blame], *, seconds: float) -> dict[str, Any]:
    """Return a drill as data: cases, each with its faults, and the steps whose contracts are wrong."""
    return {
        "is_green": all(verdict.is_right for verdict in verdicts),
        "seconds": round(seconds, 1),
        "cases": [_case(verdict) for verdict in verdicts],
        "blamed": [
            {
                "step": blame.step,
                "where": blame.where,
                "what": blame.what,
                "difference": blame.difference,
                "cases": list(blame.cases),
            }
            for blame in blames
        ],
    }


def _case(verdict: Verdict) -> dict[str, Any]:
    part = verdict.case.part
    return {
        "step": part.name,
        "host": part.on,
        "key": part.key,
        "where": part.where,
        "moment": str(verdict.case.moment),
        "word": str(verdict.word),
        "how": verdict.how,
        "seconds": round(verdict.seconds, 1),
        "faults": [
            {"what": fault.what, "steps": list(fault.steps), "difference": fault.difference} for fault in verdict.faults
        ],
    }


def junit(verdicts: Sequence[Verdict], *, name: str) -> str:
    """Return a drill as JUnit XML: a suite per step and host (in lanes: per step), a case per moment."""
    root = Element("testsuites", _totals(verdicts, name))
    for title, group in _suites(verdicts):
        suite = SubElement(root, "testsuite", _totals(group, title))
        for verdict in group:
            attributes = {
                "classname": clean(title),
                "name": str(verdict.case.moment),
                "time": f"{verdict.seconds:.3f}",
            }
            case = SubElement(suite, "testcase", attributes)
            if not verdict.is_right:
                told = [f"{fault.what}\n{fault.difference}".strip() for fault in verdict.faults]
                message = clean("; ".join(fault.what for fault in verdict.faults))
                SubElement(case, "failure", {"type": "WRONG", "message": message}).text = clean("\n\n".join(told))
            else:
                SubElement(case, "system-out").text = clean(worded(verdict))
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _suites(verdicts: Sequence[Verdict]) -> Iterator[tuple[str, list[Verdict]]]:
    found: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        found.setdefault(_title(verdict), []).append(verdict)
    yield from found.items()


def _totals(verdicts: Sequence[Verdict], name: str) -> dict[str, str]:
    return {
        "name": clean(name),
        "tests": str(len(verdicts)),
        "failures": str(sum(not verdict.is_right for verdict in verdicts)),
        "errors": "0",
        "time": f"{sum(verdict.seconds for verdict in verdicts):.3f}",
    }
