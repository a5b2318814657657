# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A playbook before it runs: its plan, its targets, and contracts that resolve.

The playbook is loaded once more with Ansible's own loader, because a strategy sees one play at a time and the questions
here are about all of them, before the first step.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible import constants as C  # noqa: N812  ansible-core's own name for it
from ansible import context
from ansible.errors import AnsibleError
from ansible.playbook import Playbook
from ansible.playbook.play import Play
from ansible.template import Templar
from ansible.utils.collection_loader._collection_finder import _get_collection_playbook_path

from .._engine.contracts.parse import nearest
from .._engine.errors import ContractError
from .._engine.records import Inputs, PlannedStep
from .._engine.slotted import dataclass
from . import naming
from .doors import is_durable
from .inputs import ExtraVars, definitions
from .launcher import workflow_of_job
from .promises import Promises, refused
from .settings import Settings

_PROJECT_MARKS = (".git", "ansible.cfg")


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What was found before anything ran."""

    workflow: str
    playbooks: int
    plays: tuple[Any, ...]  # as they were loaded here, in order
    books: tuple[int, ...]  # for each play, the number of its playbook on the command line, from 0
    plan: tuple[PlannedStep, ...]
    hosts: tuple[Any, ...]
    members: tuple[
        frozenset[str] | None, ...
    ]  # for each play, the names of its hosts, beyond any --limit; None: unknown
    known: frozenset[str]  # the names of all hosts that a play is, or may be, for
    collections: frozenset[str]
    extra: ExtraVars
    definitions: tuple[Mapping[str, Any], ...]  # for each play, its variables that name others
    promises: Promises
    unsealable: tuple[ContractError, ...] = ()  # what asks for encryption, where no vault id is named

    def must_be_sealable(self, *, has_key: bool) -> None:
        """Raise ContractError for what asks for encryption, if the run has no key; from now on as it is met."""
        if not has_key and self.unsealable:
            raise self.unsealable[0]
        self.promises.refuse = None if has_key else refused

    def named(self, task: Any, play: Any, ordinal: int) -> naming.Named:
        """Return what names a task that a run meets; raise ContractError."""
        return self.promises.named(task, play, ordinal)

    def inputs(self, task: Any, ordinal: int) -> Inputs:
        """Return the extra vars that a task of a play names."""
        return self.extra.inputs(task, self.definitions[ordinal - 1] if ordinal <= len(self.definitions) else {})

    def are_finished(self, ended: Mapping[int, set[str]]) -> set[str]:
        """Return the hosts that have come to the end of all their plays; `ended` has them by play."""
        if None in self.members:
            return set()
        hosts = {host for play in self.members for host in play or ()}
        for ordinal, play in enumerate(self.members, start=1):
            hosts -= (play or frozenset()) - ended.get(ordinal, set())
        return hosts

    def ordinal(self, play: Play, *, after: int) -> int:
        """Return a running play's place among all plays, from 1; `after` is that of the last one that started."""
        place = naming.where(play)
        alike = [number for number, other in enumerate(self.plays, 1) if naming.where(other) == place]
        # A playbook that is imported twice differs by its variables, or else by order.
        told = [number for number in alike if str(self.plays[number - 1].vars) == str(play.vars)]
        return next((number for number in (*told, *alike) if number > after), after + 1)

    def book_of(self, ordinal: int) -> int:
        """Return the number of the playbook that a play is of."""
        return self.books[ordinal - 1] if ordinal <= len(self.books) else 0


def survey(
    tqm: Any, play: Play, extra: ExtraVars, chosen: Settings, *, records: Callable[[Any], bool] = is_durable
) -> Survey:
    """Look over all playbooks of the command line; raise ContractError for the first contract that does not hold.

    `records` tells which plays' steps are recorded.
    """
    names = [str(name) for name in context.CLIARGS.get("args") or ()]
    found_plays = list(loaded(tqm, names)) if names else [(0, play)]
    plays = [found for _book, found in found_plays]
    unsealable: list[ContractError] = []
    books = [book for book, _found in found_plays]
    promises = Promises.of_command(names, books, chosen, refuse=unsealable.append)
    hosts: dict[str, Any] = {}
    plan: list[PlannedStep] = []
    members: list[frozenset[str] | None] = []
    collections: set[str] = set()
    known: list[Mapping[str, Any]] = []
    with unmatched_patterns_ignored(tqm.get_inventory()):
        for ordinal, found in enumerate(plays, start=1):
            everybody = hosts_of(tqm, found, is_limited=False)
            is_recorded = records(found)
            known.append(definitions(tqm, found, everybody or ()) if is_recorded and extra.marks else {})
            members.append(frozenset())
            if is_recorded:  # steps of other strategies are nobody's checkpoints
                for task, named in _steps(found, ordinal, promises):
                    inputs = extra.inputs(task, known[-1])
                    plan.append(
                        PlannedStep(
                            path=named.path,
                            fingerprint=named.fingerprint,
                            where=named.where,
                            play=ordinal,
                            inputs=inputs,
                        )
                    )
                    collections.update(_collections(task))
                members[-1] = None if everybody is None else frozenset(host.name for host in everybody)
            hosts.update({host.name: host for host in hosts_of(tqm, found) or ()})
    is_sure = None not in members
    return Survey(
        workflow=workflow_of_job(tqm.get_variable_manager().extra_vars, names)
        or " ".join(workflow(name) for name in names)
        or str(play.get_name()),
        playbooks=max(1, len(names)),
        plays=tuple(plays),
        books=tuple(books),
        unsealable=tuple(unsealable),
        plan=tuple(plan),
        hosts=tuple(hosts.values()),
        members=tuple(members),
        known=frozenset(tqm.get_inventory().hosts if not is_sure else ()).union(*(found or () for found in members)),
        collections=frozenset(collections),
        extra=extra,
        definitions=tuple(known),
        promises=promises,
    )


def workflow(playbook: str) -> str:
    """Return a playbook's name as a workflow: its project's folder and its path therein, the same on any controller."""
    if _get_collection_playbook_path(playbook):
        return playbook  # a collection's, by its full name
    full = Path(playbook).resolve()
    marked = (folder for folder in full.parents if any((folder / mark).exists() for mark in _PROJECT_MARKS))
    project = next(marked, full.parent)
    return str(Path(project.name) / full.relative_to(project))


def check_handlers(named: naming.Named, known: Collection[str]) -> None:
    """Raise ContractError if a task's contract, or that of a block around it, names a handler that is not known."""
    wholes = [(whole.unit.name, whole.unit.where, whole.unit.contract) for whole in named.units]
    for title, where, contract in [(named.name, named.where, named.contract), *wholes]:
        for name in contract.compensate:
            if name not in known:
                raise ContractError(
                    f"{title!r} is compensated by the handler {name!r}, and the play has no handler or listen "
                    f"topic of that name",
                    where=where,
                    nearest=nearest(name, known),
                )


def loaded(tqm: Any, names: Sequence[str]) -> Iterator[tuple[int, Play]]:
    """Yield the plays of playbooks, each with the number of its playbook, from 0; raise AnsibleError."""
    for number, name in enumerate(names):
        found = _get_collection_playbook_path(name)
        path = found[1] if found else name
        book = Playbook.load(path, variable_manager=tqm.get_variable_manager(), loader=tqm.get_loader())
        for play in book.get_plays():
            play._saga_basedir = book._basedir  # by which its includes are found
            yield number, play


def _steps(play: Play, ordinal: int, promises: Promises) -> Iterator[tuple[Any, naming.Named]]:
    """Yield the tasks and handlers of a play that are steps, named; raise ContractError if one promises in vain."""
    blocks = play.compile()
    handlers = [*play.compile_roles_handlers(), *play.handlers]
    listed = list(naming.tasks(handlers))
    found = list(naming.tasks(blocks))
    # Handlers that only come with a dynamic include, or whose names are templates, are looked for when they are due.
    may_come = any(naming.module(task) in _BRINGING for task in (*found, *listed)) or any(
        "{{" in naming.title(handler) for handler in listed
    )
    known = handler_names(listed)
    for task in (*found, *listed):
        named = promises.named(task, play, ordinal)  # it must hold, even if the task is no step
        if not may_come:
            check_handlers(named, known)
        if naming.module(task) not in naming.CONTROLLER_ONLY:
            yield task, named


def _collections(task: Any) -> Iterator[str]:
    """Yield the names of the collections that a task is of."""
    if task._role is not None and task._role._role_collection:
        yield str(task._role._role_collection)
    namespace, _dot, rest = naming.module(task).partition(".")
    if "." in rest and namespace != "ansible":
        yield f"{namespace}.{rest.partition('.')[0]}"


_BRINGING = frozenset({"ansible.builtin.include_role", "ansible.builtin.include_tasks"})


def handler_names(handlers: Iterable[Any]) -> set[str]:
    """Return all names and topics that handlers answer to."""
    names = set()
    for handler in handlers:
        names.update(str(topic) for topic in naming.listed(handler.listen))
        names.update({naming.title(handler), str(handler.name), str(handler.get_name())})
        if handler._role is not None:
            names.update(
                f"{handler._role.get_name(include_role_fqcn=full)} : {naming.title(handler)}" for full in (True, False)
            )
    return names


def hosts_of(tqm: Any, play: Play, *, is_limited: bool = True) -> list[Any] | None:
    """Return a play's hosts; None when only a run knows them."""
    manager = tqm.get_variable_manager()
    try:
        pattern = Templar(loader=tqm.get_loader(), variables=manager.get_vars(play=play)).template(play.hosts)
    except AnsibleError:
        return None  # its hosts are known only when it starts
    return list(tqm.get_inventory().get_hosts(pattern, ignore_limits=not is_limited, ignore_restrictions=True))


@contextlib.contextmanager
def unmatched_patterns_ignored(inventory: Any) -> Iterator[None]:
    """Let a pattern that matches nobody pass without a warning."""
    # Whether nobody matches is for Ansible to say, when the play starts: an earlier play may make its group.
    chosen, C.HOST_PATTERN_MISMATCH = C.HOST_PATTERN_MISMATCH, "ignore"
    try:
        yield
    finally:
        C.HOST_PATTERN_MISMATCH = chosen
        inventory.clear_caches()  # what matched nobody is asked again then
