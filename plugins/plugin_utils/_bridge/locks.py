# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The leases that an attempt takes after its start: of hosts that nobody foresaw, and what steps ask for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from ansible.errors import AnsibleError

from .._engine.begin import extend
from .._engine.errors import ContractError
from .._engine.line import Waiting
from .._engine.meeting import Reference
from .._engine.run import Attempt
from .core import text
from .settings import Settings
from .targets import lock_names
from .telling import tell


class Locks:
    """Takes leases for an attempt, once each; they are held until the attempt ends."""

    def __init__(self, attempt: Attempt, chosen: Settings) -> None:
        self._attempt = attempt
        self._chosen = chosen
        self._asked: set[str] = set()

    def hold(self, names: Iterable[str], pause: Callable[[], Any], *, are_targets: bool = True) -> None:
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
        )

    def hold_for(self, step: Reference, templar: Any, pause: Callable[[], Any]) -> None:
        """Hold what a step's contract asks for beside its targets; raise TargetHeldError or ContractError."""
        wanted = [_named(name, step, templar) for name in step.contract.locks]
        new = [name for name in lock_names(self._chosen, wanted) if name not in self._asked]
        if new:
            self.hold(new, pause, are_targets=False)
            self._asked.update(new)


def _named(name: str, step: Reference, templar: Any) -> str:
    try:
        found = str(templar.template(text.trusted(name)))  # it stands in the playbook, or in the file beside it
    except AnsibleError as error:
        raise ContractError(f"the lock {name!r} of {step.name!r} cannot be named: {error}", where=step.where) from error
    if not found.strip():
        raise ContractError(f"the lock {name!r} of {step.name!r} has no name on {step.on}", where=step.where)
    return found
