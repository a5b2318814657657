# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ansible-core 2.19 and newer know of a text beside its letters: tags; only a trusted one is a template."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ansible._internal._datatag._tags import Origin, VaultedValue
from ansible.parsing.vault import EncryptedString
from ansible.template import trust_as_template


def trusted(value: str) -> str:
    """Return a text that Ansible may template."""
    return trust_as_template(value)


def untrusted(value: Any) -> Any:
    """Return data that Ansible never templates: what was not read from a playbook has no tags."""
    return value


def watch() -> None:
    """Remember nothing: a tag tells for ever that a value comes from a vault."""


def is_vaulted(value: Any) -> bool:
    """Tell whether a value comes from a vault, opened or not."""
    return isinstance(value, EncryptedString) or bool(VaultedValue.is_tagged_on(value))


def vaulted_in(value: Any) -> dict[str, str]:
    """Return the texts in a value that come from a vault, each with its ciphertext, if that is known."""
    found = {}
    for each in _leaves(value):
        if isinstance(each, EncryptedString):
            found[str.__str__(str(each))] = str(each._ciphertext)
        elif isinstance(each, str) and (tag := VaultedValue.get_tag(each)) is not None:
            found[str.__str__(each)] = str(tag.ciphertext)
    return found


def marked(value: Any, known: Mapping[str, str]) -> Any:
    """Return data in which these texts are known to come from a vault."""
    return _with(value, lambda each: VaultedValue(ciphertext=known[each]).tag(each) if each in known else each)


def secret(value: Any) -> Any:
    """Return data whose texts all count as coming from a vault."""
    return _with(value, lambda each: VaultedValue(ciphertext="").tag(each))


def ciphertext(value: Any) -> str | None:
    """Return the ciphertext of a vaulted value that nobody has opened; None for any other."""
    return str(value._ciphertext) if isinstance(value, EncryptedString) else None


def place(thing: Any) -> tuple[str, int, str]:
    """Return the file, line and description of something that was read from YAML; empty ones if it was not."""
    origin = thing if isinstance(thing, Origin) else Origin.get_tag(thing)
    if origin is None:
        return "", 0, ""
    return str(origin.path or ""), int(origin.line_num or 0), str(origin.description or "")


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from (key, *_leaves(item))
    elif isinstance(value, (list, tuple, set)):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


def _with(value: Any, change: Callable[[str], Any]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: _with(item, change) for key, item in value.items()}
    return [_with(item, change) for item in value] if isinstance(value, list) else value


def load(loader: Any, path: str) -> Any:
    """Return what a file of the playbook holds, its texts templates as in the playbook."""
    return loader.load_from_file(path, trusted_as_template=True)
