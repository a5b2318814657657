# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible's vault for the engine, which seals what may not be stored in the clear; and what that is of one step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.parsing.vault import VaultLib
from ansible.template import Templar

from .._engine.errors import ContractError
from .._engine.meeting import Reference
from .._engine.records import Step
from .._engine.run import Attempt
from .._engine.sealing import (
    CAPTURED,
    DataKey,
    EncryptionUnsetError,
    Place,
    VaultIdAbsentError,
    is_sealed,
    unsealed,
    unset,
)
from .._engine.slotted import dataclass

ENCRYPT = "saga_encrypt"


class Passwords:
    """The passwords of vault ids that this process was given, and the vault id that seals keys of runs."""

    def __init__(self, loader: Any, vault_id: str = "") -> None:
        self.vault_id = vault_id
        self._known = list(getattr(loader._vault, "secrets", None) or ())

    def seal(self, secret: str) -> str:
        """Return a secret as vaulted text."""
        found = next((known for name, known in self._known if name == self.vault_id), None)
        if found is None:
            raise VaultIdAbsentError(
                self.vault_id, known=tuple(dict.fromkeys(str(name) for name, _known in self._known))
            )
        return VaultLib().encrypt(secret, secret=found, vault_id=self.vault_id).decode("ascii")

    def open(self, sealed: str) -> str | None:
        """Return what a vaulted text says; None if none of the passwords opens it."""
        try:
            return str(VaultLib(self._known).decrypt(sealed.encode("utf-8")).decode("ascii"))
        except (AnsibleError, UnicodeDecodeError):
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """How the results of one step on one host are stored."""

    place: Place
    is_registered: bool
    key: DataKey | None = None  # None: what may not be stored in the clear is not stored
    is_wanted: bool = False  # all that it returns is sealed

    def seal(self, plain: str, item: str = "") -> str:
        """Return a text of this step, or of an item of its loop, sealed; not without a key."""
        if self.key is None:
            raise ValueError("there is no key to seal with")
        where = self.place
        return self.key.seal(plain, Place(where.run, where.host, where.key, item) if item else where)


def covered(attempt: Attempt, reference: Reference, queued: Mapping[str, Any], templar: Any, *, default: bool) -> Cover:
    """Return how a step's results are stored; raise EncryptionUnsetError if it is to be sealed, and there is no key."""
    is_wanted = _is_wanted(queued["task_vars"].get(ENCRYPT, default), templar)
    if is_wanted and attempt.data_key is None:
        raise EncryptionUnsetError(reference.name, where=reference.where)
    return Cover(
        place=Place(attempt.run.id, reference.host, reference.key),
        is_registered=bool(queued["task"].register),
        key=attempt.data_key,
        is_wanted=is_wanted,
    )


def asked_for(task: Any, name: str, where: str) -> ContractError | None:
    """Return the error of a task whose variables, or those around it, ask for encryption; None: they do not."""
    told = task.get_vars().get(ENCRYPT, False)
    is_wanted = "{{" not in str(told) and boolean(told, strict=False)
    return ContractError(unset(name), where=where) if is_wanted else None


def opened(attempt: Attempt, step: Reference | Step, payload: str, item: str = "") -> str:
    """Return a stored text of a step in the clear; raise SealBrokenError."""
    return unsealed(payload, Place(attempt.run.id, step.host, step.key, item), attempt.data_key)


def captured_of(attempt: Attempt, step: Step) -> tuple[str, bool]:
    """Return what a step has captured, in the clear, and whether it was sealed."""
    return opened(attempt, step, step.captured, CAPTURED), is_sealed(step.captured)


def _is_wanted(told: Any, templar: Templar) -> bool:
    if isinstance(told, str):
        try:
            told = templar.template(told)
        except AnsibleError:  # it takes an item of a loop to know
            return True
    return boolean(told, strict=False)
