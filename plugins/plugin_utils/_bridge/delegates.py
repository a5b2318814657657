# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom a step is delegated to, as far as that can be known before its worker starts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible.errors import AnsibleError
from ansible.template import Templar


def delegates(task: Any, variables: Mapping[str, Any], loader: Any) -> tuple[str, ...]:
    """Return the names that a task's delegate_to has on a host, one for each item of a loop; those that are known.

    What cannot be told (a name that does not resolve, the items of ``with_...``) is left out: the step's worker knows.
    """
    if not task.delegate_to:
        return ()
    if task.loop is None and not task.loop_with:
        return _named(task, [variables], loader)
    item = _loop_variable(task)
    around = {name: value for name, value in variables.items() if name != item}  # an outer loop may have one, too
    if found := _named(task, [around], loader):
        return found
    items = _items(task, around, loader)
    return _named(task, ({**around, item: value} for value in items), loader)


def is_known_per_item_only(task: Any) -> bool:
    """Tell whether only the worker knows whom a task is delegated to: its loop is a lookup's, and it names the item."""
    is_lookup = bool(task.loop_with)
    return is_lookup and "{{" in str(task.delegate_to) and _loop_variable(task) in str(task.delegate_to)


def _named(task: Any, each: Iterable[Mapping[str, Any]], loader: Any) -> tuple[str, ...]:
    found = {}
    for variables in each:
        try:
            name = Templar(loader=loader, variables=variables).template(task.delegate_to)
        except AnsibleError:
            return ()
        if isinstance(name, str) and name.strip():
            found[name] = None
    return tuple(found)


def _items(task: Any, variables: Mapping[str, Any], loader: Any) -> list[Any]:
    if task.loop_with:
        return []
    try:
        found = Templar(loader=loader, variables=variables).template(task.loop)
    except AnsibleError:
        return []
    return found if isinstance(found, list) else []


def _loop_variable(task: Any) -> str:
    return str((task.loop_control and task.loop_control.loop_var) or "item")
