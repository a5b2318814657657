# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a resume or a further try does with a step that must not be done twice."""

from __future__ import annotations

from collections.abc import Iterator

from ..plan.outline import Outline, PlannedTask
from .finding import Finding
from .telling import Spot, assumed, found, is_on_the_way_back, judged


def doubt_unanswered(outline: Outline) -> Iterator[Finding]:
    """SAGA005: steps at which a crash parks the run; of those whose effect is unknown, SAGA007 says what to say."""
    for task in _once_only(outline):
        if task.is_known and not task.contract.verify and task.contract.on_in_doubt is None:
            yield found(
                "SAGA005",
                Spot.of(task),
                f"{task.name!r} must not be done twice{assumed(task, 'idempotent')}, and nothing says what follows "
                f"when it is in doubt: the run parks. Name a handler that looks with verify, or declare on_in_doubt; "
                f"if a second time is harmless, declare idempotent: true",
                subject=f"Is it done: {task.name}",
            )


def effect_unknown(outline: Outline) -> Iterator[Finding]:
    """SAGA007: tasks and handlers of which neither author nor catalogue says what they do."""
    for task in judged(outline):
        if not task.is_known:
            yield found(
                "SAGA007",
                Spot.of(task),
                f"nobody says what {task.name!r} does ({task.module}): {_consequence(task)}. Declare effect, and "
                f"idempotent if a second time is harmless",
            )


def blind_retry(outline: Outline) -> Iterator[Finding]:
    """SAGA008: steps that must not be done twice and are tried again unseen."""
    for task in _once_only(outline):
        if _is_retried(task) and not task.contract.verify:
            how = "until or retries" if task.has_until else "on_failure: retry"
            yield found(
                "SAGA008",
                Spot.of(task),
                f"{task.name!r} must not be done twice{assumed(task, 'idempotent')}, and {how} tries it again "
                f"without a look: a try that failed may have worked. Name a handler that looks with verify, or take "
                f"the retry away; if it only looks, declare effect: none, and if a second time is harmless, "
                f"idempotent: true",
                subject=f"Is it done: {task.name}",
            )


def result_not_kept(outline: Outline) -> Iterator[Finding]:
    """SAGA014: steps whose result a resume needs and can get neither from the journal nor by doing them again."""
    for task in _once_only(outline):
        if task.is_no_log and task.is_registered and not task.is_sealed:
            yield found(
                "SAGA014",
                Spot.of(task),
                f"{task.name!r} registers a result that is not stored because of no_log, and must not be done again to "
                f"get it{assumed(task, 'idempotent')}: a resume cannot go on after it. Name in saga_vault_id the vault "
                f"id that encrypts it, make it idempotent and declare it, or do without register",
            )


def _once_only(outline: Outline) -> Iterator[PlannedTask]:
    return (task for task in judged(outline) if not task.contract.is_repeatable and not is_on_the_way_back(task))


def _consequence(task: PlannedTask) -> str:
    if is_on_the_way_back(task):
        return "after a crash it runs again, and whether it bears that is not said"
    return "it counts as a side effect that must not be done twice"


def _is_retried(task: PlannedTask) -> bool:
    retry = task.contract.retry
    return task.has_until or (retry is not None and retry.attempts > 1)
