# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two doors: a strategy that a play names, and the callback that makes the built-in strategies durable."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible import constants as C  # noqa: N812  its name all over Ansible
from ansible.errors import AnsibleError
from ansible.plugins.loader import strategy_loader

from .core import text

_OURS = "saga.ops."
_OUR_PLAYBOOKS = Path(__file__).parents[3] / "playbooks"
_BUILT_IN = frozenset(
    f"{prefix}{name}"
    for prefix in ("", "ansible.builtin.", "ansible.legacy.")
    for name in ("linear", "free", "host_pinned")
)


def is_durable(play: Any) -> bool:
    """Tell whether a play's steps are recorded: by its own strategy, or by the callback."""
    name = str(play.strategy)
    return name.startswith(_OURS) or (_is_open() and name in _BUILT_IN and not is_left_alone(play))


def is_left_alone(play: Any) -> bool:
    """Tell whether a play is of a playbook of this collection that looks at runs, and must not become one itself."""
    ds = play.get_ds() or {}
    if str(ds.get("strategy", "")).startswith(_OURS):  # as written: a play that has begun bears a built-in's name
        return False
    place, _line, _description = text.place(ds)
    return bool(place) and Path(place).resolve().parent == _OUR_PLAYBOOKS.resolve()


def durable_name() -> str:
    """Return the durable strategy for plays that name none; raise AnsibleError if the configured one has no such."""
    name = str(C.DEFAULT_STRATEGY)
    if name.startswith(_OURS):
        return name
    if name not in _BUILT_IN:
        raise AnsibleError(
            f"the configured strategy {name!r} cannot be made durable: set ANSIBLE_STRATEGY to linear, free or "
            f"host_pinned, or name saga.ops.linear in the plays"
        )
    return f"{_OURS}{name.rpartition('.')[2]}"


def open_built_in(mix_in: type) -> None:
    """Put the mix-in before the built-in strategies, for the rest of this process.

    The loader is asked for a strategy's name at the start of each play; from now on it answers with the mix-in in front
    of what it would have answered: no play has to name another strategy.
    """
    if _is_open():
        return
    get = strategy_loader.get

    def durable(name: str, *arguments: Any, **keywords: Any) -> Any:
        if name not in _BUILT_IN or keywords.get("class_only"):
            return get(name, *arguments, **keywords)
        stock = get(name, class_only=True, **keywords)
        return type("StrategyModule", (mix_in, stock), {"__doc__": stock.__doc__})(*arguments)

    strategy_loader.get = durable


def _is_open() -> bool:
    return "get" in vars(strategy_loader)
