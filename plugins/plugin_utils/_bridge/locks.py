# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The leases that an attempt takes after its start: of hosts that nobody foresaw, and what steps ask for."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from ansible.errors import AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean

from .._engine.begin import extend
from .._engine.errors import ContractError
from .._engine.line import Waiting
from .._engine.meeting import Reference
from .._engine.run import Attempt
from .core import conditions, text
from .delegates import delegates
from .fencing import Fence, fault
from .lazily import Templates
from .settings import Settings
from .targets import lease_name, lease_names, lock_names
from .telling import tell


class Locks:
    """Takes leases for an attempt, once each; they are held until the attempt ends."""

    def __init__(self, attempt: Attempt, chosen: Settings, tqm: Any, known: Collection[str]) -> None:
        self._attempt = attempt
        self._tqm = tqm
        self._known = known  # all hosts that the plays are for, beyond any --limit
        self._delegated: dict[tuple[str, str], tuple[str, ...]] = {}  # the leases of steps' delegates
        self._chosen = chosen
        self._asked: set[str] = set()

    def hold(
        self, names: Iterable[str], pause: Callable[[], Any], *, are_targets: bool = True, is_shared: bool = False
    ) -> None:
        """Hold these leases, too; wait for them in line as long as the user chose, or raise what the engine does then.

        `pause` is called between two tries; it may raise, to end the waiting.
        """

        def paused(seconds: float) -> None:
            time.sleep(seconds)
            pause()

        extend(
            self._attempt,
            tuple(names),
            lock_ttl=self._chosen.lock_ttl,
            on_orphan=self._chosen.on_orphan,
            waiting=Waiting(limit=self._chosen.lock_wait, tell=tell, pause=paused),
            are_targets=are_targets,
            is_shared=is_shared,
        )

    def hold_for(
        self, step: Reference, queued: Mapping[str, Any], templates: Templates, pause: Callable[[], Any]
    ) -> None:
        """Hold what a step needs beside its targets: its contract's locks, and the hosts that it is delegated to.

        Raise TargetHeldError, TargetAwaitedError or ContractError.
        """
        wanted = lock_names(self._chosen, [_named(name, step, templates) for name in step.contract.locks])
        self._hold_new(wanted, pause, is_shared=False)
        if step.contract.has_effect and (delegated := self._delegates(queued, templates)):
            self._delegated[step.on, step.key] = delegated
            self._hold_new(delegated, pause, is_shared=self._attempt.is_sliced)

    def fence_for(self, step: Reference, queued: Mapping[str, Any], templar: Any) -> Fence | None:
        """Return what a step's worker shows at the target; None: it needs to show nothing."""
        if not step.contract.has_effect:
            return None
        folder = self._chosen.fence if (own := _own("saga_fence", queued, templar)) is None else str(own)
        if not folder:
            return None
        if wrong := fault(folder):
            raise ContractError(wrong, where=step.where)
        delegated = self._delegated.get((step.on, step.key), ())
        # What slices share, none of them has a mark of its own for: there they are known by the steps' hosts.
        delegate = delegated[0] if len(delegated) == 1 and not self._attempt.is_sliced else ""
        name = delegate or lease_name(self._tqm, self._chosen, queued["host"])
        if not name:
            return None
        return Fence(
            folder=folder,
            lease=name,
            token=self._attempt.mark_for(name),
            words=f"run {self._attempt.run.id}, attempt {self._attempt.slice.attempt}",
            inventory=self._tqm.get_inventory(),
        )

    def _hold_new(self, names: Iterable[str], pause: Callable[[], Any], *, is_shared: bool) -> None:
        new = [name for name in names if name not in self._asked]
        if new:
            self.hold(new, pause, are_targets=False, is_shared=is_shared)
            # What another slice holds for both of us, it may let go of before we end: it is asked for each time.
            self._asked.update(new if not is_shared else self._attempt.held(new))

    def _delegates(self, queued: Mapping[str, Any], templates: Templates) -> tuple[str, ...]:
        """Return the leases of the hosts that a step is delegated to, beside those that are its run's own targets."""
        task, variables = queued["task"], queued["task_vars"]
        if not task.delegate_to:
            return ()
        own = _own("saga_lock_delegates", queued, templates)
        if not (self._chosen.lock_delegates if own is None else boolean(own, strict=False)):
            return ()
        if conditions.is_surely_skipped(task, templates.templar, variables):
            return ()
        inventory = self._tqm.get_inventory()
        # An address or a name that the inventory does not have is no host of it: ansible-core makes one up.
        hosts = [inventory.get_host(name) for name in delegates(task, variables, self._tqm.get_loader())]
        if self._attempt.is_sliced:  # what is this run's, or will be another slice's, is not locked by one of them
            hosts = [host for host in hosts if host is not None and host.name not in self._known]
        return lease_names(self._tqm, self._chosen, [host for host in hosts if host is not None])


def _own(name: str, queued: Mapping[str, Any], templar: Any) -> Any:
    """Return what a step's own variables say of an option; None: nothing."""
    value = queued["task_vars"].get(name)
    return templar.template(value) if isinstance(value, str) else value


def _named(name: str, step: Reference, templates: Templates) -> str:
    try:
        found = str(templates.template(text.trusted(name)))  # it stands in the playbook, or in the file beside it
    except AnsibleError as error:
        raise ContractError(f"the lock {name!r} of {step.name!r} cannot be named: {error}", where=step.where) from error
    if not found.strip():
        raise ContractError(f"the lock {name!r} of {step.name!r} has no name on {step.on}", where=step.where)
    return found
