# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan as Markdown, for a merge request. Names come from playbooks: no mark in them means anything."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from ...plan.crash import PROLOGUE
from ...plan.way_back import OUTCOMES
from . import wording
from .view import PlanView, StepRow

_MARKS = re.compile(r"([\\`*_\[\]<>#|~&$@]|:(?=//)|(?<=www)\.)")
_STEP_HEADS = (
    "#",
    "step",
    "where",
    "module",
    "hosts",
    "effect",
    "idempotent",
    "undone by",
    "verify",
    "crash",
    "policy",
)


def markdown(view: PlanView) -> str:
    """Return the plan as Markdown."""
    sections = (_head, _findings, _steps, _crash, _way_back, _policies, _locks, _audit)
    return "\n".join(line for section in sections for line in section(view)) + "\n"


def plain(text: str) -> str:
    """Return text whose marks are only marks, on one line."""
    printable = "".join(mark if mark.isprintable() else " " for mark in text)
    return _MARKS.sub(r"\\\1", " ".join(printable.split()))


def _head(view: PlanView) -> Iterator[str]:
    yield f"# Plan of {plain(view.workflow)}"
    yield ""
    yield from _table(("", ""), [(word, plain(value)) for word, value in wording.totalled(view.totals)])
    yield ""
    rows = [
        (
            str(play.number),
            plain(play.name),
            plain(play.where),
            plain(wording.targets(play)),
            plain(play.strategy) + ("" if play.is_durable else ", **not durable**"),
        )
        for play in view.plays
    ]
    yield from _table(("play", "name", "where", "hosts", "strategy"), rows)
    if view.unfollowed:
        yield ""
        yield "Not followed, so what they bring is not in this plan:"
        yield ""
        yield from (f"- {plain(each.what)} at {plain(each.where)}: {plain(each.why)}" for each in view.unfollowed)


def _findings(view: PlanView) -> Iterator[str]:
    rows = [(each.kind, "error", each.where, each.task, each.what) for each in view.problems]
    rows += [(each.rule, each.severity, each.where, each.task, each.message) for each in view.findings]
    if rows:
        yield from ("", "## Findings", "")
        yield from _table(
            ("rule", "severity", "where", "step", "what"), [tuple(plain(cell) for cell in row) for row in rows]
        )


def _steps(view: PlanView) -> Iterator[str]:
    yield from ("", "## Steps")
    by_play = view.rows_by_play()
    for play in view.plays:
        rows = [_step(row) for row in by_play[play.number]]
        yield from ("", f"### Play {play.number}: {plain(play.name)}", "")
        yield from _table(_STEP_HEADS, rows) if rows else ("No steps.",)
    told = [(str(row.number), plain(wording.sources(row))) for row in view.steps if row.sources]
    if told:
        yield from ("", "<details><summary>Where each fact comes from</summary>", "")
        yield from _table(("#", "sources"), told)
        yield from ("", "</details>")


def _step(row: StepRow) -> tuple[str, ...]:
    noted = f" ({', '.join(row.notes)})" if row.notes else ""
    mark = "handler: " if row.section == "handler" else ""
    return (
        str(row.number),
        plain(mark + wording.place(row) + noted),
        plain(row.where),
        plain(row.module.removeprefix("ansible.builtin.")),
        wording.hosts(row),
        f"**{wording.effect(row)}**" if row.is_pivot else plain(wording.effect(row)),
        "yes" if row.idempotent else "no",
        plain(wording.undo(row)),
        plain(wording.verified(row)),
        plain(wording.crashed(row)),
        plain(wording.policy(row)),
    )


def _crash(view: PlanView) -> Iterator[str]:
    yield from ("", "## If it crashes", "", f"{PROLOGUE} In the table: before / during / after the step.", "")
    yield from _table(("", "word", "meaning"), [(each.column, each.word, each.meaning) for each in view.legend])


def _way_back(view: PlanView) -> Iterator[str]:
    back = view.way_back
    yield from ("", "## If it fails", "")
    rows = [(wording.range_of(each), each.outcome, plain(wording.consequence(each, view))) for each in back.failing]
    rows += [
        (f"play {each.play}, in a later batch", each.outcome, plain(wording.later(each))) for each in back.later_batches
    ]
    yield from _table(("step", "the run", ""), rows)
    yield ""
    used = {row[1] for row in rows}
    yield from (f"- **{word}**: {meaning}" for word, meaning in OUTCOMES.items() if word in used)
    if back.order:
        yield from ("", "Undone in this order, from where it failed:", "")
    for number, each in enumerate(back.order, 1):
        perhaps = "" if each.is_certain else " (if it was done)"
        yield f"{number}. {plain(wording.named(each))}: {plain(', '.join(each.handlers))}{perhaps}"
    if back.standing:
        yield from ("", f"Nothing undoes steps {wording.spans(back.standing)}: their effects stay.")


def _policies(view: PlanView) -> Iterator[str]:
    yield from ("", "## Failure policies", "")
    rows = [
        (
            wording.spans(row.steps),
            row.in_force + (" (declared)" if row.is_declared else ""),
            f"**{row.proposed}**" if row.is_apart else "",
            plain(row.why),
        )
        for row in view.policies
    ]
    yield from _table(("steps", "in force", "proposed", "why"), rows)


def _locks(view: PlanView) -> Iterator[str]:
    yield from ("", "## Locks", "")
    yield from _table(("", ""), [(word, plain(value)) for word, value in wording.locked(view.locking)])
    if view.locking.uncovered:
        yield from ("", "Touched without a lease:", "")
        yield from (
            f"- {plain(gap.target)}: {plain(gap.why)} (steps {wording.spans(gap.steps)})"
            for gap in view.locking.uncovered
        )


def _audit(view: PlanView) -> Iterator[str]:
    audit = view.auditing
    yield from ("", "## Audit", "")
    yield f"At least {wording.total(audit.least)} events: {plain(wording.typed_events(audit.least))}."
    yield f"With every step: {wording.total(audit.all_steps)}. Journal: {plain(view.journal) or 'the default'}."


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)
