# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All rules over a workflow, and the comments in its files that take a finding for granted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from ..contracts.parse import nearest
from ..plan.outline import Outline
from . import doubts, names, targets, undoing
from .catalogue import RULES
from .finding import Finding, place
from .noqa import Comments, Noqa
from .telling import Spot, found

Read = Callable[[str], str]
"""Returns the text of a file that an outline names, empty if it cannot be read."""

JUDGES: Mapping[str, Callable[[Outline], Iterator[Finding]]] = {
    "SAGA001": names.contract_invalid,
    "SAGA002": names.name_unresolved,
    "SAGA003": undoing.no_compensation,
    "SAGA004": undoing.pivot_too_early,
    "SAGA005": doubts.doubt_unanswered,
    "SAGA006": undoing.pivot_unguarded,
    "SAGA007": doubts.effect_unknown,
    "SAGA008": doubts.blind_retry,
    "SAGA009": undoing.compensation_irreversible,
    "SAGA010": targets.delegate_unlocked,
    "SAGA011": targets.not_durable,
    "SAGA012": targets.target_unlocked,
    "SAGA013": names.include_unfollowed,
    "SAGA014": doubts.result_not_kept,
}
"""The function of each rule that judges a workflow; SAGA015 judges the comments in its files."""


def check(outline: Outline, read: Read | None = None) -> tuple[Finding, ...]:
    """Return what all rules find, by place; without `read`, comments in the files are not looked at.

    A task that a workflow has several times, by a role or an include, is found fault with once by each rule.
    """
    first: dict[tuple[str, str, str], Finding] = {}
    unreadable = {(task.where, task.name) for task in outline.tasks if not task.is_readable}
    for judge in JUDGES.values():
        for finding in judge(outline):
            if finding.rule != "SAGA001" and (finding.where, finding.task) in unreadable:
                continue  # what it promises is not known, so nothing more can be said of it
            first.setdefault((finding.rule, finding.where, finding.task), finding)
    findings: Iterable[Finding] = first.values()
    if read is not None:
        comments = {file: Comments(read(file)) for file in dict.fromkeys(_files(outline, findings))}
        includes = [include for play in outline.plays for include in play.unfollowed]
        named = {place(task.where): task.name for task in outline.tasks}
        named |= {place(include.where): include.name for include in includes}
        findings = [*(_excused(finding, comments) for finding in findings), *_without_reason(comments, named)]
    return tuple(sorted(findings, key=lambda finding: (place(finding.where), finding.rule, finding.task)))


def read(file: str) -> str:
    """Return a file's text for the comments in it; of one that cannot be read, none."""
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError, ValueError):
        return ""


def _files(outline: Outline, findings: Iterable[Finding]) -> Iterator[str]:
    yield from (place(play.where)[0] for play in outline.plays)
    yield from (place(task.where)[0] for task in outline.tasks)
    yield from (finding.file for finding in findings)


def _excused(finding: Finding, comments: Mapping[str, Comments]) -> Finding:
    """Return the finding with the reason of a comment about it; there is none for a contradiction."""
    if finding.is_contradiction:
        return finding
    about = comments[finding.file].about(finding.line)
    reason = next((noqa.reason for noqa in about if finding.rule in noqa.rules and noqa.reason), "")
    return replace(finding, excuse=reason)


def _without_reason(comments: Mapping[str, Comments], named: Mapping[tuple[str, int], str]) -> Iterator[Finding]:
    """SAGA015: comments of ours that have no effect, or less than they say; `named` has tasks by their places."""
    for file, those in comments.items():
        for noqa in those.noqa:
            faults = [*_faults(noqa)]
            if faults:
                task = named.get((file, noqa.first), "")
                spot = Spot(where=f"{file}:{noqa.line}", name=task or "...", task=task)
                yield found("SAGA015", spot, f"the comment about {', '.join(noqa.rules)} {' and '.join(faults)}")


def _faults(noqa: Noqa) -> Iterator[str]:
    for name in noqa.rules:
        if name not in RULES:
            alike = nearest(name, RULES)
            hint = f" (did you mean {alike}?)" if alike else ""
            yield f"names {name}, and there is no such rule{hint}; 'saga check --rules' lists them"
    if not noqa.reason:
        yield "gives no reason, so it has no effect: write the reason behind the ids"
