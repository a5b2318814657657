# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what a command line of ansible-playbook would run, and runs nothing: no target is touched, no journal made.

ansible-core keeps a command line, its vault secrets and its collections for the rest of a process: read one, once.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from ansible.cli import playbook as command
from ansible.errors import AnsibleError

from .._engine.errors import ContractError, PlaybookError
from .._engine.plan.outline import Locks, Outline, Problem
from .._engine.slotted import dataclass
from . import naming, settings
from .outline import Reading
from .promises import Promises
from .survey import hosts_of, loaded, unmatched_patterns_ignored, workflow
from .targets import lease_names

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What a command line loads; stands for a TaskQueueManager where only these are asked for."""

    names: tuple[str, ...]
    inventory: Any
    manager: Any
    loader: Any

    def get_inventory(self) -> Any:
        return self.inventory

    def get_variable_manager(self) -> Any:
        return self.manager

    def get_loader(self) -> Any:
        return self.loader


def outline(arguments: Sequence[str]) -> Outline:
    """Return what ansible-playbook with these arguments would run; raise EngineError when it cannot be loaded."""
    return on_site(arguments, outlined)


def on_site(arguments: Sequence[str], read: Callable[[Site], Read]) -> Read:
    """Load inventory and variables as ansible-playbook does with these arguments, and read something from them."""
    results: list[Read] = []

    class Reader:
        """Stands where ansible-playbook would run the plays."""

        def __init__(self, playbooks: Any, inventory: Any, variable_manager: Any, loader: Any, **_rest: Any) -> None:
            self._site = Site(names=tuple(playbooks), inventory=inventory, manager=variable_manager, loader=loader)

        def run(self) -> int:
            results.append(read(self._site))
            return 0

    _leave_the_collection_to_ansible()
    with _in_place_of_the_executor(Reader):
        try:
            # As a listing it asks for no passwords of connections.
            command.PlaybookCLI(["ansible-playbook", "--list-tasks", *arguments]).run()
        except AnsibleError as error:
            place = naming.where(error.obj) if error.obj is not None else ""
            raise PlaybookError(f"{place}: {error.message}" if place else str(error.message)) from error
    return results[0]


def _leave_the_collection_to_ansible() -> None:
    """Forget our collection's packages where Python imported them: Ansible finds roles only in those it imports."""
    parts = __name__.split(".")[:3]
    for name in (".".join(parts[:size]) for size in (1, 2, 3)):
        if getattr(sys.modules.get(name), "__file__", None) is None:
            sys.modules.pop(name, None)


def outlined(site: Site) -> Outline:
    """Return the outline of a site's playbooks."""
    plays = list(loaded(site, site.names))
    chosen = chosen_for(site, [play for _book, play in plays])
    reading = Reading(tqm=site, promises=Promises(), locks_delegates=chosen.lock_delegates, seals=bool(chosen.vault_id))
    try:
        reading.promises = promises = Promises.of_command(site.names, [book for book, _play in plays], chosen)
    except ContractError as error:  # of a file of contracts, or of the catalogue
        promises = reading.promises
        reading.problems.append(Problem(kind="SAGA001", what=error.what, where=error.where))
    found, hosts = [], {}
    with unmatched_patterns_ignored(site.inventory):
        for ordinal, (book, play) in enumerate(plays, start=1):
            site.loader.set_basedir(play._saga_basedir)
            members = hosts_of(site, play)
            hosts.update({host.name: host for host in members or ()})
            found.append(reading.play(play, ordinal, playbook=site.names[book], hosts=members))
    if not any(play.unfollowed for play in found):
        reading.unmatched()
    extra = {name: None for play in found for task in play.tasks for name in task.contract.locks}
    return Outline(
        workflow=chosen.workflow or " ".join(workflow(name) for name in site.names),
        playbooks=site.names,
        plays=tuple(found),
        locks=Locks(
            targets=lease_names(site, chosen, hosts.values()),
            ttl=chosen.lock_ttl,
            wait=chosen.lock_wait,
            on_orphan=chosen.on_orphan,
            extra=tuple(extra),
        ),
        journal=chosen.journal,
        problems=tuple(reading.problems),
        sidecars=tuple(dict.fromkeys(sidecar.path for sidecar in promises.sidecars.values())),
    )


def chosen_for(site: Site, plays: Sequence[Any]) -> settings.Settings:
    """Return the options as the first play has them."""
    variables = site.manager.get_vars(play=plays[0]) if plays else None
    return settings.read(variables, site.loader)


@contextmanager
def _in_place_of_the_executor(reader: type) -> Iterator[None]:
    executor, command.PlaybookExecutor = command.PlaybookExecutor, reader
    try:
        yield
    finally:
        command.PlaybookExecutor = executor
