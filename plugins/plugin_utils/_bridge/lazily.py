# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables of a task that are put together when somebody looks at them.

A strategy asks for them before it knows whether a step will run. Of one that the journal answers nobody looks at them,
and they are the most expensive part of passing it by.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible import constants as C  # noqa: N812  its name all over Ansible
from ansible.template import Templar

from . import naming


class Lazily(dict[str, Any]):
    """A dictionary that is filled at the first look into it; what is set before has the last word."""

    def __init__(self, make: Callable[[], dict[str, Any]]) -> None:
        super().__init__()
        self._make: Callable[[], dict[str, Any]] | None = make

    def filled(self) -> Lazily:
        """Return it as it is when somebody has looked."""
        if self._make is not None:
            make, self._make = self._make, None
            before = dict(super().items())
            super().update(make())
            super().update(before)
        return self

    # All ways to look into a dictionary; dict(), ** and the like go by __iter__ and keys() once those are ours.

    def __getitem__(self, name: str) -> Any:
        return super(Lazily, self.filled()).__getitem__(name)

    def __delitem__(self, name: str) -> None:
        super(Lazily, self.filled()).__delitem__(name)

    def __contains__(self, name: object) -> bool:
        return super(Lazily, self.filled()).__contains__(name)

    def __iter__(self) -> Any:
        return super(Lazily, self.filled()).__iter__()

    def __reversed__(self) -> Any:
        return super(Lazily, self.filled()).__reversed__()

    def __len__(self) -> int:
        return super(Lazily, self.filled()).__len__()

    def __bool__(self) -> bool:
        return True  # there always are some, and many ask

    def __eq__(self, other: object) -> bool:
        return super(Lazily, self.filled()).__eq__(other)

    __hash__ = None  # type: ignore[assignment]

    def __or__(self, other: Any) -> Any:
        return self.copy() | other

    def __ror__(self, other: Any) -> Any:
        return other | self.copy()

    def __repr__(self) -> str:
        return super(Lazily, self.filled()).__repr__()

    def __reduce__(self) -> Any:
        return dict, (self.copy(),)

    def get(self, *arguments: Any) -> Any:
        return super(Lazily, self.filled()).get(*arguments)

    def keys(self) -> Any:
        return super(Lazily, self.filled()).keys()

    def values(self) -> Any:
        return super(Lazily, self.filled()).values()

    def items(self) -> Any:
        return super(Lazily, self.filled()).items()

    def copy(self) -> dict[str, Any]:
        return dict(super(Lazily, self.filled()).items())

    def pop(self, *arguments: Any) -> Any:
        return super(Lazily, self.filled()).pop(*arguments)

    def popitem(self) -> Any:
        return super(Lazily, self.filled()).popitem()

    def setdefault(self, *arguments: Any) -> Any:
        return super(Lazily, self.filled()).setdefault(*arguments)


class Variables:
    """Ansible's manager of variables, but for the one method."""

    def __init__(self, manager: Any) -> None:
        self.manager = manager

    def __getattr__(self, name: str) -> Any:
        return getattr(self.manager, name)

    def get_vars(self, **keywords: Any) -> dict[str, Any]:
        """Return the variables that these arguments ask for, put together when they are looked at.

        Where Ansible itself is to template something with them they are an ordinary dictionary: since 2.19
        ansible-core takes no other.
        """
        task = keywords.get("task")
        if task is None or keywords.get("host") is None or not _is_left_to_a_worker(task):
            return dict(self.manager.get_vars(**keywords))
        return Lazily(lambda: self.manager.get_vars(**keywords))


class Templates:
    """A templar that is made, of all variables, when something is to be templated."""

    def __init__(self, loader: Any, variables: dict[str, Any]) -> None:
        self._loader = loader
        self._variables = variables
        self._templar: Templar | None = None

    @property
    def templar(self) -> Templar:
        """Ansible's own."""
        self._templar = self._templar or Templar(loader=self._loader, variables=at_once(self._variables))
        return self._templar

    def template(self, value: Any) -> Any:
        """Return a value without its templates."""
        return self.templar.template(value)


def _is_left_to_a_worker(task: Any) -> bool:
    """Tell whether a strategy templates nothing of a task: it is a step, and what is looked at before no template."""
    if task.action in C._ACTION_META or naming.module(task) in naming.CONTROLLER_ONLY:
        return False
    looked_at = (task.name, task.action, task.run_once, task.throttle, task.any_errors_fatal)
    return not any(isinstance(value, str) and "{" in value for value in looked_at)


def at_once(variables: dict[str, Any]) -> dict[str, Any]:
    """Return variables as an ordinary dictionary."""
    return variables.copy() if isinstance(variables, Lazily) else variables
