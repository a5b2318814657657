# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A task's key, place and fingerprint: names that survive an edit above them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from ansible import constants as C  # noqa: N812  its name all over Ansible
from ansible.playbook.block import Block
from ansible.playbook.handler import Handler
from ansible.playbook.task import Task
from ansible.playbook.task_include import TaskInclude
from ansible.plugins.loader import action_loader
from ansible.utils.sentinel import Sentinel

from .._engine import codec, contracts, ids
from .._engine.contracts import Promised
from .._engine.promises import Contract, Unit
from .._engine.slotted import dataclass
from .core import core, text

CONTROLLER_ONLY = frozenset(
    f"{prefix}{name}"
    for prefix in ("", "ansible.builtin.", "ansible.legacy.")
    for name in ("include_tasks", "include_role", "include_vars", "add_host", "group_by", "include")
)
"""Actions that touch only the controller's memory: done again on a resume, never answered from the journal."""

# What a task says for itself, untemplated. Inherited values are left out: a play's are templated by the time it runs.
_OWN = ("environment", "become", "become_user", "delegate_to", "notify", "check_mode", "no_log", "timeout")
_TOLD = ("action", "args", "loop", "loop_with", "until", "async_val", "poll")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """All that names a task, the same for every host."""

    name: str
    path: str
    play: int
    where: str
    contract: Contract
    fingerprint: str
    units: tuple[Whole, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A unit that a task is a part of, with the mark by which this process tells it from its copies."""

    unit: Unit
    mark: str


def named(task: Task, play: Any, ordinal: int, promised: Promised, *, marks: Sequence[str]) -> Named:
    """Return what names a task of a play; `marks` tell its units from others of the same path."""
    return Named(
        name=title(task),
        path=path(play_name(play, ordinal), task, promised.contract),
        play=ordinal,
        where=where(task),
        contract=promised.contract,
        fingerprint=fingerprint(task, promised),
        units=tuple(Whole(unit=unit, mark=mark) for unit, mark in zip(promised.units, marks, strict=True)),
    )


def where(thing: Any) -> str:
    """Return file:line of something that was read from YAML; empty if it was not."""
    ds = thing.get_ds() if hasattr(thing, "get_ds") else thing
    full, line, description = text.place(ds)
    if not full:
        return description
    shown = _from(os.getcwd(), full)  # noqa: PTH109  as text, which relpath wants
    return f"{shown}:{line}" if line else shown


@cache
def _from(here: str, full: str) -> str:
    """Return a file's path as it is shorter to read; a playbook has many things in few files."""
    path = os.path.relpath(full, here)
    return full if path.startswith("..") else path


def title(task: Task) -> str:
    """Return a task's name as it is written, or its action; never the one that templating put in its place."""
    ds = task.get_ds()
    written = ds.get("name") if isinstance(ds, dict) else task.name
    return str(written or task.name or task.action)


def path(play: str, task: Task, contract: Contract) -> str:
    """Return the task's path: play, role, includes and blocks by name, then its own name or id."""
    if contract.id:
        return f"{play}/id:{contract.id}"
    parts = [_escaped(part) for part in _parents(task)]
    if isinstance(task, Handler):
        parts.insert(0, "handlers")
    return "/".join([play, *parts, _escaped(title(task))])


def play_name(play: Any, ordinal: int) -> str:
    """Return a play's part of the path: its place in the playbook and its name as written."""
    ds = play.get_ds()
    written = (ds.get("name") or ds.get("hosts")) if isinstance(ds, dict) else play.get_name()
    if isinstance(written, list):
        written = ",".join(str(item) for item in written)
    return f"{ordinal} {_escaped(str(written))}"


def fingerprint(task: Task, promised: Promised) -> str:
    """Return a digest of what a task does: its own untemplated words, without name, tags and comments."""
    told = {name: getattr(task, name, None) for name in _TOLD}
    told.update({name: own(task, name) for name in _OWN})
    told["when"] = own(task, "when")
    told.update({name: listed(getattr(task, name)) for name in ("changed_when", "failed_when")})
    told["register"] = core.registered(task)
    contract = promised.contract
    told["contract"] = [str(contract.effect), contract.is_idempotent, list(contract.compensate)]
    return ids.digest(codec.canonical(plain(told)), length=16)


def module(task: Task) -> str:
    """Return the full name of the task's module or action, as far as it is known before templating."""
    name = str(getattr(task, "resolved_action", None) or task.action)
    if name in CONTROLLER_ONLY and "." not in name:  # ansible-core before 2.19 resolves no includes
        return f"ansible.builtin.{name}"
    return name.replace("ansible.legacy.", "ansible.builtin.", 1)


def gathers_facts(task: Task) -> bool:
    """Tell whether the task asks its host what it is like: the play's own gathering, setup, and modules named so."""
    name = module(task).rpartition(".")[2]
    return name == "setup" or name.endswith("_facts")


def is_for_one_host(task: Task, templar: Any) -> bool:
    """Tell whether lockstep runs this task once for all hosts: by run_once, or because its action asks for it."""
    if not isinstance(task, Handler) and bypasses_hosts(task):
        return True
    once = task.run_once
    return bool(templar.template(once) if isinstance(once, str) else once)


def bypasses_hosts(task: Task) -> bool:
    """Tell whether the task's action is one that runs once for all hosts (pause)."""
    return _bypasses(str(task.action), tuple(task.collections or ()))


@cache
def _bypasses(action: str, collections: tuple[str, ...]) -> bool:
    found = action_loader.get(action, class_only=True, collection_list=list(collections))
    return bool(getattr(found, "BYPASS_HOST_LOOP", False))


def tasks(blocks: list[Any]) -> Iterator[Task]:
    """Yield the tasks of blocks in the order of the playbook, without meta tasks."""
    for block in blocks:
        for item in (*block.block, *block.rescue, *block.always):
            if isinstance(item, Block):
                yield from tasks([item])
            elif item.action not in C._ACTION_META:
                yield item


def catalogued(task: Task) -> contracts.Task:
    """Return what the catalogue looks at."""
    conditions = listed(task.changed_when)
    return contracts.Task(
        module=module(task),
        args=task.args if isinstance(task.args, dict) else {},
        is_never_changed=len(conditions) == 1 and str(conditions[0]).lower() in {"false", "no"},
        is_check_only=_is_check_only(task),
    )


def _parents(thing: Task | Block) -> list[str]:
    role = thing._role.get_name() if thing._role else ""
    parts = [name for parent in around(thing) if (name := _name_in_paths(parent))]
    return [*([f"role {role}"] if role else []), *reversed(parts)]


def around(thing: Task | Block) -> Iterator[Task | Block]:
    """Yield the blocks and includes around a task or block, the nearest first."""
    parent = thing._parent
    while parent is not None:
        yield parent
        parent = parent._parent


def _is_check_only(task: Task) -> bool:
    """Tell whether the playbook says so of a task: what the command line says makes it no other task."""
    block = next((thing for thing in around(task) if isinstance(thing, Block)), None)
    things = (task, *around(task), *([block._play] if block is not None else []))
    return next((said for thing in things if (said := own(thing, "check_mode")) is not None), None) is True


def _name_in_paths(thing: Task | Block) -> str:
    if isinstance(thing, TaskInclude):
        return title(thing) + _item_of(thing)
    ds = thing.get_ds()
    return str(ds["name"]) if isinstance(thing, Block) and isinstance(ds, dict) and ds.get("name") else ""


def unit_path(play: str, thing: Any, name: str, id_: str) -> str:
    """Return the path of what is undone as a whole: a block, an include, a role or the play."""
    if id_:
        return f"{play}/whole:id:{id_}"  # a task may have the same id
    parents = [_escaped(part) for part in _parents(thing)] if isinstance(thing, (Task, Block)) else []
    return "/".join([play, *parents, f"whole:{_escaped(name)}"])


def _item_of(include: TaskInclude) -> str:
    # What an include in a loop brings is known by the item, so that the list may change between two attempts.
    if include.loop is None:
        return ""
    name = include.loop_control.loop_var if include.loop_control else "item"
    if name not in include.vars:  # as it stands in the playbook; only the copy for an item has the item
        return ""
    return f" [{ids.digest(codec.canonical(plain(include.vars[name])), length=8)}]"


def listed(value: Any) -> list[Any]:
    """Return as a list what may be written as one thing or as many; when ansible-core makes it one depends on it."""
    return list(value) if isinstance(value, (list, tuple)) else [] if value is None else [value]


def own(task: Any, name: str) -> Any:
    """Return what a task says for itself of an attribute, untemplated; what it inherits is left out."""
    value = getattr(task, f"_{name}", None)
    return None if value is Sentinel else value


def _escaped(part: str) -> str:
    return part.replace("/", "\u2215")  # DIVISION SLASH: looks the same, separates nothing


def plain(value: Any) -> Any:
    """Return a value with its vaulted parts as they are encrypted."""
    if (secret := text.ciphertext(value)) is not None:
        return secret  # equal text is equal secret; the plain text stays where it is
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value
