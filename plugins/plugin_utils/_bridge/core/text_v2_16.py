# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ansible-core 2.16 to 2.18 know of a text beside its letters: what is not marked unsafe is a template."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible.parsing.yaml.objects import AnsibleVaultEncryptedUnicode
from ansible.utils.unsafe_proxy import wrap_var


def trusted(value: str) -> str:
    """Return a text that Ansible may template."""
    return str(value)


def untrusted(value: Any) -> Any:
    """Return data that Ansible never templates."""
    return wrap_var(value)


class Opened(tuple[str, ...]):
    """Texts of vaulted values, as they are found in a result."""

    __slots__ = ()


_opened: set[str] = set()


def watch() -> None:
    """Remember the text of every vaulted value that this process opens: Ansible makes a text like any other of it."""
    if not hasattr(AnsibleVaultEncryptedUnicode, "_saga_data"):
        AnsibleVaultEncryptedUnicode._saga_data = AnsibleVaultEncryptedUnicode.data
        AnsibleVaultEncryptedUnicode.data = property(_data, AnsibleVaultEncryptedUnicode.data.fset)


def remember(texts: Iterable[str]) -> None:
    """Know these texts again: a process does not learn by itself what another has opened."""
    _opened.update(texts)


def opened_in(value: Any) -> Opened:
    """Return the texts in a value that a vault was opened for. One that is a part of another text is not found."""
    return Opened(found for found in _texts(value) if found in _opened)


def is_vaulted(value: Any) -> bool:
    """Tell whether a value comes from a vault, opened or not."""
    return isinstance(value, (AnsibleVaultEncryptedUnicode, Opened)) or (isinstance(value, str) and value in _opened)


def vaulted_in(value: Any) -> dict[str, str]:
    """Return the texts in a value that come from a vault, each with its ciphertext, if that is known."""
    found = dict.fromkeys(opened_in(value), "")
    return found | {str(each): str(ciphertext(each)) for each in _leaves(value) if ciphertext(each) is not None}


def marked(value: Any, known: Mapping[str, str]) -> Any:
    """Return data in which these texts are known to come from a vault."""
    remember(text for text in known if text)
    return value


def secret(value: Any) -> Any:
    """Return data whose texts all count as coming from a vault."""
    remember(text for text in _texts(value) if text)
    return value


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


def _data(vaulted: AnsibleVaultEncryptedUnicode) -> str:
    data = vaulted._saga_data
    if vaulted.vault and data:
        _opened.add(str.__str__(data))
    return data


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield str.__str__(value)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from (*_texts(key), *_texts(item))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


def load(loader: Any, path: str) -> Any:
    """Return what a file of the playbook holds, its texts templates as in the playbook."""
    return loader.load_from_file(path)
