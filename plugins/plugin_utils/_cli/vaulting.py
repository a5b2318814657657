# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-vault, called for what only it knows: secrets go through pipes, never into a file or a list of arguments."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence

from .._engine.sealing import RekeyError, vault_id_of
from .._engine.slotted import dataclass
from .rerun import beside


@dataclass(frozen=True, slots=True, kw_only=True)
class Passwords:
    """Where passwords are, as ansible-vault is told; without any, where its configuration says."""

    ids: tuple[str, ...] = ()  # ID@SOURCE
    file: str = ""

    @property
    def options(self) -> Iterator[str]:
        for given in self.ids:
            yield from ("--vault-id", given)
        if self.file:
            yield from ("--vault-password-file", self.file)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPasswords:
    """Where the password is that seals from now on: a new one, or one of the old ones under the vault id `to`."""

    ids: tuple[str, ...]
    file: str
    to: str
    old: Passwords

    @property
    def is_new(self) -> bool:
        return bool(self.ids or self.file)

    @property
    def vault_id(self) -> str:
        """The vault id that seals; raise RekeyError if nobody says which."""
        given = [each.rpartition("@")[0] or "default" for each in self.ids] or (["default"] if self.file else [])
        if not self.to and len(given) != 1:
            raise RekeyError(
                "with what is it to be encrypted? Give one new password, --new-vault-id ID@SOURCE or "
                "--new-vault-password-file FILE, or say with --to which vault id is meant"
            )
        return self.to or given[0]


def told(seal: str, old: Passwords, *, run: str) -> str:
    """Return what a key's vaulted text says; raise RekeyError."""
    done = _called("decrypt", old.options, seal)
    if done.returncode:
        raise RekeyError(
            f"the key of run {run} is encrypted with the vault id {vault_id_of(seal)!r}, and is not opened: "
            f"{_last(done.stderr)}. Give its password with --vault-id {vault_id_of(seal)}@FILE"
        )
    return done.stdout


def sealed(secret: str, new: NewPasswords) -> str:
    """Return a key as vaulted text, sealed with the new password; raise RekeyError."""
    given = Passwords(ids=new.ids, file=new.file) if new.is_new else new.old
    # What is configured would come before what is given, if both are of one vault id.
    apart = {"ANSIBLE_VAULT_IDENTITY_LIST": ""} if new.is_new else {}
    if new.is_new and new.vault_id == "default":
        apart["ANSIBLE_VAULT_PASSWORD_FILE"] = ""
    done = _called("encrypt", ["--encrypt-vault-id", new.vault_id, *given.options], secret, **apart)
    if done.returncode or not done.stdout.startswith("$ANSIBLE_VAULT;"):
        raise RekeyError(
            f"nothing was encrypted with the vault id {new.vault_id!r}: {_last(done.stderr)}. Give its password with "
            f"--new-vault-id {new.vault_id}@FILE"
        )
    return done.stdout


def _called(
    word: str, options: Sequence[str] | Iterator[str], text: str, **apart: str
) -> subprocess.CompletedProcess[str]:
    command = [beside("ansible-vault"), word, *options]
    return subprocess.run(command, input=text, capture_output=True, text=True, env={**os.environ, **apart}, check=False)


def _last(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return (lines[-1] if lines else "ansible-vault says nothing").removeprefix("[ERROR]: ").rstrip(".")
