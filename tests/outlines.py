# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Workflows as the bridge would read them, made by hand."""

from dataclasses import replace

from ansible_collections.saga.ops.plugins.plugin_utils._engine.plan.outline import (
    Locks,
    Outline,
    PlannedPlay,
    PlannedTask,
    Role,
    Section,
    Unfollowed,
)
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import Contract, Effect, Unit

COMPENSATION = frozenset({Role.COMPENSATION})
VERIFICATION = frozenset({Role.VERIFICATION})
NOTIFIED = frozenset({Role.NOTIFIED})
BY_AUTHOR = {"effect": "task", "idempotent": "task"}
BY_CATALOGUE = {"effect": "catalogue: ansible.builtin.copy", "idempotent": "catalogue: ansible.builtin.copy"}
IDEMPOTENT = Contract(is_idempotent=True)
SOUND = Contract(is_idempotent=True, compensate=("Undo it",))
"""A contract that no rule finds fault with, in a play that has the handler `Undo it`."""


def a_task(name="Copy", contract=SOUND, **facts):
    """Return a task; an_outline() numbers it and says where it stands."""
    known = {"number": 0, "play": 0, "path": name, "where": "", "module": "ansible.builtin.copy", "sources": BY_AUTHOR}
    return PlannedTask(**(known | {"name": name, "contract": contract} | facts))


def a_handler(name="Undo it", contract=IDEMPOTENT, serves=COMPENSATION, **facts):
    return a_task(name, contract, section=Section.HANDLER, serves=serves, **facts)


def a_play(*tasks, **facts):
    """Return a play with these tasks, handlers last, and the handler `Undo it` unless there are others."""
    handlers = [task for task in tasks if task.is_handler] or [a_handler()]
    known = {"number": 0, "name": "Move", "where": "", "playbook": "site.yml", "strategy": "saga.ops.linear"}
    known |= {"is_durable": True, "pattern": "db", "hosts": ("db1", "db2"), "batches": (2,)}
    return PlannedPlay(**(known | {"tasks": (*(task for task in tasks if not task.is_handler), *handlers)} | facts))


def an_outline(*plays, **facts):
    """Return a workflow; the play or task that has no place yet gets a line, one after the other."""
    line, number, placed = 0, 0, []
    for index, play in enumerate(plays, start=1):
        line += 1
        place, tasks = play.where or f"site.yml:{line}", []
        for task in play.tasks:
            line, number = line + 1, number + 1
            tasks.append(replace(task, number=number, play=index, where=task.where or f"site.yml:{line}"))
        placed.append(replace(play, number=index, where=place, tasks=tuple(tasks)))
    known = {"workflow": "shop/site.yml", "playbooks": ("site.yml",), "locks": Locks(targets=("db1", "db2"))}
    return Outline(**(known | {"plays": tuple(placed)} | facts))


def a_unit(**said):
    return Unit(path="1 Move/The block", name="The block", where="site.yml:40", contract=Contract(**said))


def an_include(**facts):
    known = {
        "play": 1,
        "name": "More",
        "where": "site.yml:9",
        "what": "{{ kind }}.yml",
        "why": "its name is a template",
    }
    return Unfollowed(**(known | facts))


def pivot(**said):
    """Return the contract of a pivot that no rule finds fault with."""
    return Contract(**({"effect": Effect.IRREVERSIBLE, "is_idempotent": True, "approval": None} | said))
