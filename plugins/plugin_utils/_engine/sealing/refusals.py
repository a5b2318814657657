# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why something is not sealed, or not opened; nothing is changed then.

The tree::

    SealingError
    ├── SealClosedError        no password that was given opens a run's key
    ├── VaultIdAbsentError     no password of the vault id is given that is to seal
    ├── EncryptionUnsetError   a step is to be encrypted, and no vault id is named
    ├── SealBrokenError        a sealed text is not what was sealed in its place
    └── RekeyError             a run's key is not sealed anew
"""

from __future__ import annotations

from ..errors import EngineError


class SealingError(EngineError):
    """Something is not sealed, or not opened."""


class SealClosedError(SealingError):
    """A run has sealed results, and no password that was given opens their key."""

    def __init__(self, run: str, *, vault_id: str) -> None:
        super().__init__(
            f"run {run} has results that are encrypted with the vault id {vault_id!r}, and no password that was given "
            f"opens them. Give the password as for a vaulted file: --vault-id {vault_id}@FILE, "
            f"--vault-id {vault_id}@prompt, or ANSIBLE_VAULT_IDENTITY_LIST. If it was changed, 'saga rekey' has to "
            f"know the old one; if it is lost, so are these results: saga abandon {run} --why ..."
        )
        self.run = run
        self.vault_id = vault_id


class VaultIdAbsentError(SealingError):
    """Results are to be encrypted with a vault id that nobody has given a password for."""

    def __init__(self, vault_id: str, *, known: tuple[str, ...] = ()) -> None:
        there = f"those that are given are for {', '.join(map(repr, known))}" if known else "none is given at all"
        super().__init__(
            f"saga_vault_id is {vault_id!r}, and there is no password of that vault id ({there}), so nothing was "
            f"begun: give it with --vault-id {vault_id}@FILE, --vault-id {vault_id}@prompt, or "
            f"ANSIBLE_VAULT_IDENTITY_LIST; --vault-password-file is for the vault id 'default'"
        )
        self.vault_id = vault_id


class EncryptionUnsetError(SealingError):
    """A step says that it is to be encrypted, and nobody says with what."""

    def __init__(self, step: str, *, where: str) -> None:
        super().__init__(f"{where}: {unset(step)}")


def unset(step: str) -> str:
    """Return what is said of a step that is to be encrypted, where nobody says with what."""
    return (
        f"{step!r} has saga_encrypt, and no saga_vault_id says with which vault id, so it is not begun: set "
        f"saga_vault_id, SAGA_VAULT_ID, or vault_id in the section [saga] of ansible.cfg"
    )


class SealBrokenError(SealingError):
    """A sealed text is damaged, or stands where it was not written."""

    def __init__(self, run: str, *, host: str, key: str, why: str) -> None:
        super().__init__(
            f"the encrypted result of {key} on {host}, in run {run}, does not open: {why}. Restore "
            f"the journal from a backup; or look what was done, and give the run up: saga abandon {run} --why ..."
        )
        self.run = run


class RekeyError(SealingError):
    """A run's key is not sealed anew."""
