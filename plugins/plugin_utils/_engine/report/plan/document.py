# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan as JSON; docs/plan.md describes it."""

from __future__ import annotations

import json
from typing import Any

from ...plan.outline import Locks
from ...plan.way_back import WayBack
from .view import PlanView, PlayRow, StepRow

SCHEMA = 1


def document(view: PlanView) -> str:
    """Return the plan as a JSON document."""
    return json.dumps({"schema": SCHEMA, **_content(view)}, indent=2)


def _content(view: PlanView) -> dict[str, Any]:
    totals = view.totals
    return {
        "workflow": view.workflow,
        "playbooks": list(view.playbooks),
        "journal": view.journal,
        "sidecars": list(view.sidecars),
        "totals": {name: getattr(totals, name) for name in totals.__slots__},
        "plays": [_play(play) for play in view.plays],
        "steps": [_step(row) for row in view.steps],
        "unfollowed": [
            {"play": each.play, "name": each.name, "where": each.where, "what": each.what, "why": each.why}
            for each in view.unfollowed
        ],
        "crash": [{"column": each.column, "word": each.word, "meaning": each.meaning} for each in view.legend],
        "way_back": _way_back(view.way_back),
        "policies": [
            {
                "in_force": row.in_force,
                "proposed": row.proposed,
                "is_declared": row.is_declared,
                "why": row.why,
                "steps": list(row.steps),
            }
            for row in view.policies
        ],
        "locks": {
            **_locks(view.locking.locks),
            "delegates": list(view.locking.delegates),
            "uncovered": [
                {"target": gap.target, "why": gap.why, "steps": list(gap.steps)} for gap in view.locking.uncovered
            ],
        },
        "audit": {"least": dict(view.auditing.least), "all_steps": dict(view.auditing.all_steps)},
        "problems": [
            {"rule": each.kind, "where": each.where, "task": each.task, "message": each.what} for each in view.problems
        ],
        "findings": [
            {
                "rule": each.rule,
                "severity": each.severity,
                "where": each.where,
                "task": each.task,
                "message": each.message,
            }
            for each in view.findings
        ],
    }


def _play(play: PlayRow) -> dict[str, Any]:
    return {
        "number": play.number,
        "name": play.name,
        "where": play.where,
        "strategy": play.strategy,
        "is_durable": play.is_durable,
        "pattern": play.pattern,
        "hosts": list(play.hosts) if play.are_hosts_known else None,
        "batches": list(play.batches),
    }


def _step(row: StepRow) -> dict[str, Any]:
    return {
        "number": row.number,
        "play": row.play,
        "role": row.role,
        "task": row.task,
        "where": row.where,
        "module": row.module,
        "section": row.section,
        "is_forward": row.is_forward,
        "hosts": row.hosts or None,
        "at_once": row.at_once or None,
        "idempotent": row.idempotent,
        "effect": row.effect,
        "is_known": row.is_known,
        "is_pivot": row.is_pivot,
        "compensation": list(row.compensation),
        "units": [{"name": unit.name, "compensation": list(unit.compensation)} for unit in row.units],
        "verify": list(row.verify),
        "serves": list(row.serves),
        "sources": dict(row.sources),
        "notes": list(row.notes),
        "crash": {name: getattr(row.crash, name) for name in row.crash.__slots__},
        "policy": {"in_force": row.in_force, "proposed": row.proposed} if row.is_forward else None,
    }


def _way_back(back: WayBack) -> dict[str, Any]:
    return {
        "order": [
            {
                "step": each.number,
                "play": each.play,
                "name": each.name,
                "where": each.where,
                "handlers": list(each.handlers),
                "is_unit": each.is_unit,
                "is_certain": each.is_certain,
            }
            for each in back.order
        ],
        "failing": [
            {
                "from": each.first,
                "to": each.last,
                "outcome": each.outcome,
                "count": each.count,
                "first": first.name if (first := back.first(each)) else "",
                "pivot": each.pivot or None,
            }
            for each in back.failing
        ],
        "later_batches": [
            {
                "play": each.play,
                "batches": each.batches,
                "outcome": each.outcome,
                "count": each.count,
                "pivot": each.pivot or None,
            }
            for each in back.later_batches
        ],
        "pivots": list(back.pivots),
        "standing": list(back.standing),
    }


def _locks(locks: Locks) -> dict[str, Any]:
    return {
        "targets": list(locks.targets),
        "ttl": locks.ttl,
        "wait": locks.wait,
        "on_orphan": locks.on_orphan,
        "extra": list(locks.extra),
    }
