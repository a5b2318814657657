# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Contracts beside a playbook: for tasks that nobody may edit, by the name of the task, or of its role and the task.

::

    ---
    Take a backup: {idempotent: false, compensate: Remove the backup}
    nginx/Install nginx: {effect: side_effect, idempotent: true}
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from ..errors import ContractError
from ..slotted import dataclass, field
from .parse import Declaration, declared_by_vars, nearest
from .values import type_of

UNREADABLE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What PyYAML raises beside its own errors: it takes a word for a date, say, that no calendar has."""

NAME = "saga.yml"
"""Looked for beside the playbook when no other file is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One contract of the file, and its place; or why it cannot be read."""

    said: Declaration
    where: str
    error: ContractError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sidecar:
    """The contracts of a file, by name; of no file: none."""

    path: str = ""
    entries: Mapping[str, Entry] = field(default_factory=dict)

    def of(self, *, name: str, role: str = "") -> Entry | None:
        """Return what the file says of a task; raise ContractError if that cannot be read.

        `role` is that which brought the task, with or without its collection.
        """
        short = role.rpartition(".")[2]
        keys = (f"{role}/{name}", f"{short}/{name}") if role else (name,)
        found = next((self.entries[key] for key in keys if key in self.entries), None)
        if found is not None and found.error is not None:
            raise found.error
        return found

    def unmatched(self, known: Iterable[tuple[str, str]]) -> Iterator[ContractError]:
        """Yield an error for each entry that is about none of these tasks, which are pairs of role and name."""
        pairs = list(known)
        keys = {f"{part}/{name}" if part else name for role, name in pairs for part in (role, role.rpartition(".")[2])}
        for key, entry in self.entries.items():
            if key not in keys:
                yield ContractError(
                    f"{key!r} is no task of the playbook", where=entry.where, nearest=nearest(key, keys)
                )


def read(text: str, *, path: str, is_asked_for: bool = True) -> Sidecar:
    """Read a sidecar's text; raise ContractError. One that nobody named may be something else: a list is a playbook."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else path
        raise ContractError(f"this is no YAML: {getattr(error, 'problem', error)}", where=where) from error
    except UNREADABLE as error:
        raise ContractError("this is no YAML: a value in it is none that YAML has", where=path) from error
    if data is None or (isinstance(data, list) and not is_asked_for):
        return Sidecar(path=path)
    if not isinstance(data, Mapping):
        raise ContractError(f"contracts stand under the names of tasks, not in {type_of(data)}", where=path)
    lines: dict[str, int] = {}
    for key, _value in node.value if node else ():
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise ContractError("contracts stand under the names of tasks", where=f"{path}:{line}")
        if key.value in lines:
            raise ContractError(f"{key.value!r} is there twice in the file", where=f"{path}:{line}")
        lines[key.value] = line
    return Sidecar(
        path=path, entries={str(key): _entry(value, f"{path}:{lines.get(str(key), 1)}") for key, value in data.items()}
    )


def load(path: Path, *, shown: str, is_asked_for: bool) -> Sidecar:
    """Read the file, if it is there; raise ContractError if it cannot be read, or is missing though it was named."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        if not is_asked_for:
            return Sidecar()
        raise ContractError("there is no such file of contracts", where=shown) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ContractError(f"this file of contracts cannot be read: {error}", where=shown) from error
    return read(text, path=shown, is_asked_for=is_asked_for)


def _entry(value: Any, where: str) -> Entry:
    try:
        return Entry(said=declared_by_vars(value, where=where), where=where)
    except ContractError as error:
        return Entry(said=Declaration(), where=where, error=error)
