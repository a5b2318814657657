# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue: the user's rules, then those that the collection ships, then what a name tells."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

from ...errors import ContractError
from ...promises import Contract, Effect
from ...slotted import dataclass, field
from .matching import answer
from .reading import read
from .rules import Entry, Rule, Task

_INFORMATIVE = ("_info", "_facts")
_COLLECTION = re.compile(r"\w+\.\w+")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What modules do when nobody declares it; what is not in it may do anything."""

    own: Mapping[str, Rule] = field(default_factory=dict)
    """The rules of the user, which come before those that are shipped."""

    @classmethod
    def load(cls, path: str | Path = "") -> Catalogue:
        """Return the catalogue that the collection ships, under the rules of the file at `path`.

        The file is read once for a process. ContractError if it cannot be read, or is wrong.
        """
        return _extended(Path(path).absolute(), str(path)) if path else cls()

    def extended(self, text: str, where: str) -> Catalogue:
        """Return this catalogue under the rules of a text; `where` is its file, for errors. ContractError."""
        return Catalogue({**self.own, **read(text, where)})

    def contract(self, task: Task) -> Contract:
        """Return the contract that a task has when nobody declares one."""
        entry = self.entry(task)
        return Contract(effect=entry.effect, is_idempotent=entry.is_idempotent)

    def entry(self, task: Task) -> Entry:
        """Return what the catalogue says of a task, and which line says it."""
        if task.is_check_only:
            return _reading(f"{task.module} with check_mode: true")
        rule = self.own.get(task.module) or shipped(".".join(task.module.split(".")[:2])).get(task.module)
        if rule:
            return answer(rule, task)
        for ending in _INFORMATIVE:
            if task.module.rpartition(".")[2].endswith(ending):
                return _reading(f"{task.module}, a name that ends in {ending}")
        return Entry(
            effect=Effect.SIDE_EFFECT,
            is_idempotent=False,
            is_known=False,
            why=f"{task.module} is not in the catalogue",
        )


@cache
def shipped(collection: str) -> Mapping[str, Rule]:
    """Return the rules that are shipped for the modules of a collection, by the modules' full names."""
    if not _COLLECTION.fullmatch(collection):
        return {}
    file = files(__package__).joinpath(f"{collection}.yml")
    return read(file.read_text(encoding="utf-8")) if file.is_file() else {}


@lru_cache(maxsize=8)
def _extended(path: Path, shown: str) -> Catalogue:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise ContractError(f"the catalogue cannot be read: {why}", where=shown) from error
    return Catalogue().extended(text, shown)


def _reading(why: str) -> Entry:
    return Entry(effect=Effect.NONE, is_idempotent=True, is_known=True, why=why)
