# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ansible-core 2.16 to 2.18 know of a text beside its letters: what is not marked unsafe is a template."""

from __future__ import annotations

from typing import Any

from ansible.parsing.yaml.objects import AnsibleVaultEncryptedUnicode
from ansible.utils.unsafe_proxy import wrap_var


def trusted(value: str) -> str:
    """Return a text that Ansible may template."""
    return str(value)


def untrusted(value: Any) -> Any:
    """Return data that Ansible never templates."""
    return wrap_var(value)


def is_vaulted(value: Any) -> bool:
    """Tell whether a value comes from a vault. A text that a template made of it is a text like any other."""
    return isinstance(value, AnsibleVaultEncryptedUnicode)


def ciphertext(value: Any) -> str | None:
    """Return the ciphertext of a vaulted value; None for any other."""
    if not isinstance(value, AnsibleVaultEncryptedUnicode):
        return None
    told = value._ciphertext
    return told.decode() if isinstance(told, bytes) else str(told)


def place(thing: Any) -> tuple[str, int, str]:
    """Return the file, line and description of something that was read from YAML; empty ones if it was not."""
    path, line, _column = getattr(thing, "ansible_pos", ("", 0, 0))
    return str(path or ""), int(line or 0), ""
