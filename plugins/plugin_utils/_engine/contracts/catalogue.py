# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What modules do, as data: effect and idempotence by name, with conditions on the arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from ..promises import Contract, Effect

_READ_ONLY = Contract(effect=Effect.NONE, is_idempotent=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What the catalogue may look at: the module's full name and the task's untemplated arguments."""

    module: str
    args: Mapping[str, Any] = field(default_factory=dict)
    is_never_changed: bool = False  # changed_when: false
    is_check_only: bool = False  # check_mode: true


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The contracts of known modules; what is unknown has a side effect and is not idempotent."""

    read_only: frozenset[str]
    idempotent: frozenset[str]
    creating: frozenset[str]

    @classmethod
    def load(cls) -> Catalogue:
        """Return the catalogue that the collection ships."""
        return _shipped()

    def contract(self, task: Task) -> Contract:
        """Return the contract that a task has when nobody declares one."""
        name = task.module.rpartition(".")[2]
        if task.is_check_only or task.module in self.read_only or name.endswith(("_info", "_facts")):
            return _READ_ONLY
        if task.module in self.creating:
            # A command that the author says never changes anything is a look at the world.
            if task.is_never_changed:
                return _READ_ONLY
            return Contract(is_idempotent=any(task.args.get(key) for key in ("creates", "removes")))
        if task.module == "ansible.builtin.uri":
            is_read = str(task.args.get("method", "GET")).upper() in {"GET", "HEAD", "OPTIONS"}
            return _READ_ONLY if is_read and not task.args.get("dest") else Contract(is_idempotent=is_read)
        return Contract(is_idempotent=task.module in self.idempotent)


@lru_cache(maxsize=1)
def _shipped() -> Catalogue:
    text = files(__package__).joinpath("catalogue.yml").read_text(encoding="utf-8")
    data: dict[str, Sequence[str]] = yaml.safe_load(text)
    return Catalogue(
        read_only=frozenset(data["read_only"]),
        idempotent=frozenset(data["idempotent"]),
        creating=frozenset(data["creating"]),
    )
