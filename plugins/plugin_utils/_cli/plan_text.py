# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan on a terminal, or as plain text in a pipe."""

from __future__ import annotations

from collections.abc import Iterable

from .._engine.plan.crash import PROLOGUE
from .._engine.plan.way_back import OUTCOMES
from .._engine.report.plan import PlanView, wording
from .._engine.report.plan.view import PlayRow, StepRow
from .._screen.screen import Screen
from .wording import one_line

_HEADS = ("#", "step", "module", "hosts", "effect", "twice", "undone by", "crash: before / during / after", "policy")


def terminal(view: PlanView, screen: Screen) -> None:
    """Draw the whole plan."""
    screen.heading(f"plan of {view.workflow}")
    _pairs(screen, wording.totalled(view.totals))
    for draw in (_draw_findings, _draw_steps, _draw_crash, _draw_way_back, _draw_policies, _draw_locks, _draw_audit):
        draw(view, screen)


def _draw_findings(view: PlanView, screen: Screen) -> None:
    rows = [("error", each.kind, each.where, each.task, one_line(each.what)) for each in view.problems]
    rows += [(each.severity, each.rule, each.where, each.task, one_line(each.message)) for each in view.findings]
    if rows:
        _title(screen, "Findings")
        screen.table(("severity", "rule", "where", "step", "what"), rows, folding=("step", "what"))


def _draw_steps(view: PlanView, screen: Screen) -> None:
    _title(screen, "Steps")
    for play in view.plays:
        durable = "" if play.is_durable else ", not durable"
        screen.line(f"play {play.number} {play.name}: {wording.targets(play)}; {play.strategy}{durable}")
    screen.line()
    plays = {play.number: play for play in view.plays}
    folding = ("step", "module", "undone by", "crash: before / during / after", "policy")
    screen.table(_HEADS, [_row(row, plays[row.play]) for row in view.steps], folding=folding)
    for each in view.unfollowed:
        screen.line(f"not followed: {each.name} ({each.what}) at {each.where}, because {each.why}")


def _row(row: StepRow, play: PlayRow) -> tuple[str, ...]:
    mark = "handler: " if row.section == "handler" else ""
    noted = f" ({', '.join(row.notes)})" if row.notes else ""
    return (
        f"{play.number}.{row.number}",
        f"{mark}{wording.place(row)}{noted}  {row.where}",
        row.module.removeprefix("ansible.builtin."),
        wording.hosts(row),
        wording.effect(row),
        "yes" if row.idempotent else "no",
        wording.undo(row),
        wording.crashed(row),
        wording.policy(row),
    )


def _draw_crash(view: PlanView, screen: Screen) -> None:
    _title(screen, "If it crashes")
    screen.line(PROLOGUE)
    screen.table(
        ("", "word", "meaning"),
        [(each.column, each.word, each.meaning) for each in view.legend],
        folding=("meaning",),
    )


def _draw_way_back(view: PlanView, screen: Screen) -> None:
    back = view.way_back
    _title(screen, "If it fails")
    rows = [(wording.range_of(each), each.outcome, wording.consequence(each, view)) for each in back.failing]
    rows += [(f"play {each.play}, later batch", each.outcome, wording.later(each)) for each in back.later_batches]
    screen.table(("step", "the run", ""), rows, folding=("",))
    used = {outcome for _step, outcome, _words in rows}
    _pairs(screen, ((word, meaning) for word, meaning in OUTCOMES.items() if word in used))
    if back.order:
        screen.line("Undone in this order, from where it failed:")
        for each in back.order:
            perhaps = "" if each.is_certain else " (if it was done)"
            screen.line(f"  {wording.named(each)}: {', '.join(each.handlers)}{perhaps}")
    if back.standing:
        screen.line(f"Nothing undoes steps {wording.spans(back.standing)}: their effects stay.")


def _draw_policies(view: PlanView, screen: Screen) -> None:
    _title(screen, "Failure policies")
    rows = [
        (
            wording.spans(row.steps),
            f"{row.in_force} (declared)" if row.is_declared else row.in_force,
            row.proposed if row.is_apart else "",
            row.why,
        )
        for row in view.policies
    ]
    screen.table(("steps", "in force", "proposed", "why"), rows, folding=("steps", "why"))


def _draw_locks(view: PlanView, screen: Screen) -> None:
    _title(screen, "Locks")
    _pairs(screen, wording.locked(view.locking))
    for gap in view.locking.uncovered:
        screen.line(f"  no lease covers {gap.target}: {gap.why} (steps {wording.spans(gap.steps)})")


def _draw_audit(view: PlanView, screen: Screen) -> None:
    _title(screen, "Audit")
    audit = view.auditing
    screen.line(f"  at least {wording.total(audit.least)} events: {wording.typed_events(audit.least)}")
    screen.line(f"  with every step: {wording.total(audit.all_steps)}")


def _title(screen: Screen, text: str) -> None:
    screen.line()
    screen.heading(text)


def _pairs(screen: Screen, told: Iterable[tuple[str, str]]) -> None:
    pairs = list(told)
    width = max((len(word) for word, _value in pairs), default=0)
    for word, value in pairs:
        screen.line(f"  {word:<{width}}  {value}")
