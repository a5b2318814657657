# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A workflow before anything runs: its plays, their steps, and what each of them promises.

The bridge reads it from playbook and inventory; plans, rules and reports are made from it alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum

from ..promises import Contract, Effect, Unit
from ..slotted import dataclass, field


class Section(StrEnum):
    """Where in a play a step stands."""

    MAIN = "main"
    RESCUE = "rescue"
    ALWAYS = "always"
    HANDLER = "handler"


class Role(StrEnum):
    """What a handler is for; a handler may be for several things."""

    NOTIFIED = "notified"
    COMPENSATION = "compensation"
    VERIFICATION = "verification"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTask:
    """One task or handler of a play: a step on each of its hosts.

    `number` counts the steps of the whole workflow from 1, handlers too. Texts of a playbook are untemplated.
    """

    number: int
    play: int  # its play's number, from 1
    name: str
    path: str  # as in step keys: play, role, blocks, includes, name
    where: str  # file:line
    module: str  # full name
    role: str = ""
    section: Section = Section.MAIN
    contract: Contract
    sources: Mapping[str, str] = field(default_factory=dict)
    """Who said each word of the contract, by key: task, tag, block 'NAME', include 'NAME', role NAME, play, sidecar,
    or the catalogue's reason ("catalogue: ...")."""
    is_known: bool = True  # False: neither declared, nor known to the catalogue
    is_readable: bool = True  # False: its contract cannot be read, so this is the catalogue's; a problem tells of it
    units: tuple[Unit, ...] = ()  # blocks that are undone as a whole, inner first
    hosts: int = 0  # that do it at most: 1 for run_once; 0: unknown before the play starts
    is_once: bool = False  # run_once
    delegate: str = ""  # delegate_to
    is_delegate_locked: bool = False  # the run takes its lease with the step, or will if it is in the inventory
    listens: tuple[str, ...] = ()  # of a handler: its topics, as written
    serves: frozenset[Role] = frozenset()  # of a handler
    is_conditional: bool = False  # it has a when
    is_loop: bool = False
    is_async: bool = False
    is_no_log: bool = False
    is_sealed: bool = False  # a vault id encrypts what no_log keeps from being stored in the clear
    is_registered: bool = False
    has_until: bool = False  # until or retries
    ignores_errors: bool = False
    is_rescued: bool = False  # a rescue of a block around it handles its failure

    @property
    def is_handler(self) -> bool:
        return self.section is Section.HANDLER

    @property
    def is_pivot(self) -> bool:
        return self.contract.effect is Effect.IRREVERSIBLE

    @property
    def is_undone(self) -> bool:
        """True when something undoes it: its own compensation, or that of a unit around it."""
        return bool(self.contract.compensate) or any(unit.contract.compensate for unit in self.units)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfollowed:
    """An include whose tasks only a run knows, because its name is a template or its file is missing."""

    play: int
    name: str
    where: str
    what: str  # the name as it is written
    why: str  # "its name is a template", "it includes itself", ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPlay:
    """One play, its hosts in batches and its tasks in order; handlers come last."""

    number: int
    name: str
    where: str
    playbook: str  # the file on the command line that it came by
    strategy: str  # as it will run
    is_durable: bool
    pattern: str  # hosts, as written
    hosts: tuple[str, ...] = ()
    are_hosts_known: bool = True  # False: they are a template of what only a run knows
    unlocked: tuple[str, ...] = ()  # of these hosts, those that no lease is taken for (an implicit localhost)
    batches: tuple[int, ...] = ()  # sizes, as serial makes them
    tasks: tuple[PlannedTask, ...] = ()
    unfollowed: tuple[Unfollowed, ...] = ()
    force_handlers: bool = False
    any_errors_fatal: bool = False
    max_fail_percentage: float | None = None

    @property
    def steps(self) -> Iterator[PlannedTask]:
        """The tasks without the handlers, in order."""
        return (task for task in self.tasks if not task.is_handler)

    @property
    def handlers(self) -> Iterator[PlannedTask]:
        return (task for task in self.tasks if task.is_handler)

    def handlers_named(self, name: str) -> tuple[PlannedTask, ...]:
        """Return the handlers that a name in a contract means: by name, with or without their role, or by topic."""
        return tuple(handler for handler in self.handlers if name in names_of(handler))


@dataclass(frozen=True, slots=True, kw_only=True)
class Locks:
    """How the workflow locks its targets; times in seconds."""

    targets: tuple[str, ...] = ()  # names of leases
    ttl: float = 60.0
    wait: float = 0.0
    on_orphan: str = "takeover"
    extra: tuple[str, ...] = ()  # names that steps ask for with `locks`, untemplated


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A contract that cannot be read, or a name that does not resolve; `kind` is the id of the rule that says so."""

    kind: str  # SAGA001, SAGA002
    what: str
    where: str
    task: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """A workflow as it would run now."""

    workflow: str
    playbooks: tuple[str, ...]
    plays: tuple[PlannedPlay, ...]
    locks: Locks
    journal: str = ""  # the address, without secrets
    problems: tuple[Problem, ...] = ()
    sidecars: tuple[str, ...] = ()  # the files whose contracts were read

    @property
    def tasks(self) -> Iterator[PlannedTask]:
        """All tasks and handlers, in the order of their numbers."""
        return (task for play in self.plays for task in play.tasks)

    def play_of(self, task: PlannedTask) -> PlannedPlay:
        """Return the play that a task is of."""
        return self.plays[task.play - 1]


def names_of(handler: PlannedTask) -> frozenset[str]:
    """Return all names that a handler answers to."""
    short = handler.role.rpartition(".")[2]
    plain = (handler.name, *handler.listens)
    with_role = (f"{role} : {name}" for role in (handler.role, short) if role for name in plain)
    return frozenset({*plain, *with_role})
