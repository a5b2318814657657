# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The key of a run: made when its first attempt begins that may seal, stored with the run, sealed by a vault id."""

from __future__ import annotations

from typing import Protocol

from ..records import Run
from .keys import DataKey
from .refusals import SealClosedError

_DEFAULT = "default"  # what Ansible calls a password that has no vault id
_HEADER = 3  # fields of a vaulted text's first line, after which its vault id stands


class Vault(Protocol):
    """Where the passwords of vault ids are."""

    @property
    def vault_id(self) -> str:
        """The vault id that seals keys of runs; empty: none does."""

    def seal(self, secret: str) -> str:
        """Return a secret as vaulted text; raise VaultIdAbsentError if the password is not there."""

    def open(self, sealed: str) -> str | None:
        """Return what a vaulted text says; None if no password opens it."""


def key_of(run: Run | None, vault: Vault | None) -> tuple[str, DataKey | None]:
    """Return a run's key as it is stored, and as it seals; of one that has none a new one, if a vault id is to seal.

    Raise SealClosedError or VaultIdAbsentError.
    """
    if run is not None and run.seal:
        return run.seal, opened(run, vault)
    if vault is None or not vault.vault_id:
        return "", None
    key = DataKey.fresh()
    return vault.seal(key.told()), key


def opened(run: Run, vault: Vault | None) -> DataKey:
    """Return the key of a run that has one; raise SealClosedError."""
    told = vault.open(run.seal) if vault is not None else None
    try:
        if told is not None:
            return DataKey.of(told)
    except ValueError:
        pass  # a vaulted text of something else, which somebody has put there
    raise SealClosedError(run.id, vault_id=vault_id_of(run.seal))


def vault_id_of(seal: str) -> str:
    """Return the vault id that sealed a run's key; empty: it has none."""
    if not seal:
        return ""
    first, _newline, _rest = seal.partition("\n")
    told = first.split(";", _HEADER)
    return told[_HEADER].strip() if len(told) > _HEADER else _DEFAULT
