# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Outlines made by hand: plays of steps, numbered as the bridge numbers them."""

from dataclasses import replace

from ansible_collections.saga.ops.plugins.plugin_utils._engine.plan.outline import (
    Locks,
    Outline,
    PlannedPlay,
    PlannedTask,
    Role,
    Section,
)
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import (
    Contract,
    OnFailure,
    Retry,
    Then,
    Unit,
)

from samples import IDEMPOTENT, ONCE, PIVOT, READ_ONLY

HOSTS = ("db1", "db2", "db3")


def a_task(name="Copy", contract=IDEMPOTENT, **facts):
    known = {"number": 0, "play": 0, "path": "", "where": "site.yml:1", "module": "ansible.builtin.command"}
    return PlannedTask(**(known | {"name": name, "contract": contract, "hosts": 3} | facts))


def a_handler(name="Undo it", contract=IDEMPOTENT, serves=(Role.COMPENSATION,), **facts):
    return a_task(name, contract, section=Section.HANDLER, serves=frozenset(serves), **facts)


def undone_by(*handlers, **facts):
    return Contract(compensate=handlers or ("Undo it",), **facts)


def a_unit(name="Move", *handlers):
    return Unit(path=f"block {name}", name=name, where="site.yml:9", contract=undone_by(*(handlers or ("Undo all",))))


def a_play(*tasks, **facts):
    known = {"number": 0, "name": "Move", "where": "site.yml:1", "playbook": "site.yml", "hosts": HOSTS}
    known |= {"strategy": "saga.ops.linear", "is_durable": True, "pattern": "db", "tasks": tasks}
    return PlannedPlay(**(known | facts))


def an_outline(*plays, **facts):
    """Return a workflow; plays and tasks get their numbers, tasks their paths."""
    numbered, last = [], 0
    for ordinal, play in enumerate(plays, 1):
        tasks = []
        for task in play.tasks:
            last += 1
            where = task.where if task.where != "site.yml:1" else f"site.yml:{last * 4}"
            path = f"{ordinal} {play.name}/{task.name}"
            tasks.append(replace(task, number=last, play=ordinal, path=path, where=where))
        numbered.append(replace(play, number=ordinal, tasks=tuple(tasks)))
    targets = tuple(dict.fromkeys(host for play in plays for host in play.hosts))
    known = {"workflow": "shop/site.yml", "playbooks": ("site.yml",), "locks": Locks(targets=targets)}
    return Outline(**(known | {"plays": tuple(numbered), "journal": "sqlite:///journal.db"} | facts))


def a_move():
    """Return the workflow of the documentation: a database moves, the traffic is switched."""
    slot = undone_by("Drop the slot", verify=("Is the slot there",))
    own = {"compensate": "task", "effect": "task", "idempotent": "task"}
    return an_outline(
        a_play(
            a_task("Look at the primary", READ_ONLY, is_registered=True, sources={"effect": "catalogue: a look"}),
            a_task("Take a backup", undone_by("Remove the backup", is_idempotent=True), sources=own),
            a_task("Create the slot", slot, is_registered=True, sources=own),
            a_task("Copy the rows", replace(IDEMPOTENT, on_failure=OnFailure(retry=Retry(attempts=5))), is_loop=True),
            a_task("Compare", READ_ONLY),
            a_handler("Drop the slot"),
            a_handler("Remove the backup"),
            a_handler("Is the slot there", READ_ONLY, serves=(Role.VERIFICATION,)),
            name="Move the orders",
        ),
        a_play(
            a_task(
                "Switch the traffic",
                replace(PIVOT, on_failure=OnFailure(then=Then.ESCALATE)),
                module="ansible.builtin.uri",
                hosts=1,
                is_once=True,
                delegate="lb1",
            ),
            a_task("Look whether it answers", READ_ONLY, has_until=True),
            a_task("Tell the others", ONCE, module="acme.chat.post", is_known=False, hosts=1, is_once=True),
            name="Switch",
        ),
    )


def a_large(steps, *, per_play=100, hosts=20):
    """Return a workflow with many steps of all kinds."""
    contracts = (READ_ONLY, READ_ONLY, IDEMPOTENT, READ_ONLY, undone_by("Take it back"), READ_ONLY, ONCE, READ_ONLY)
    names = tuple(f"app{number:02}" for number in range(1, hosts + 1))
    plays = []
    for first in range(0, steps, per_play):
        tasks = [
            a_task(
                f"Step {number} of the long way to a new release",
                PIVOT if number == steps * 3 // 4 else contracts[number % len(contracts)],
                role="acme.app" if number % 3 else "",
                hosts=hosts,
                is_conditional=number % 11 == 0,
            )
            for number in range(first, min(first + per_play, steps))
        ]
        plays.append(a_play(*tasks, a_handler("Take it back"), name=f"Part {len(plays) + 1}", hosts=names))
    return an_outline(*plays)
