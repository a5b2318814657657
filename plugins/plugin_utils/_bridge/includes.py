# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a dynamic include would bring, read before anything runs, as far as its name is no template."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ansible.errors import AnsibleError
from ansible.playbook.handler import Handler
from ansible.playbook.helpers import load_list_of_blocks
from ansible.playbook.role_include import IncludeRole
from ansible.playbook.task_include import TaskInclude

from . import naming
from .core import text

_TEMPLATE = ("{{", "{%")


class Brought(NamedTuple):
    """What an include brings: blocks of tasks, and of handlers; or why nobody knows it before a run."""

    blocks: list[Any] = []  # noqa: RUF012  never changed
    handlers: list[Any] = []  # noqa: RUF012
    what: str = ""
    unknown: str = ""


def is_include(task: Any) -> bool:
    """Tell whether a task is an include that a run would follow."""
    return isinstance(task, TaskInclude) and not task.statically_loaded


def brought(include: Any, play: Any, tqm: Any) -> Brought:
    """Return what an include brings."""
    is_role = isinstance(include, IncludeRole)
    what = str((include._role_name if is_role else include.args.get("_raw_params")) or "")
    names = [what, *(include._from_files.values() if is_role else ())]
    if any(mark in str(name) for name in names for mark in _TEMPLATE):
        return Brought(what=what, unknown="its name is a template")
    if _mark(include) in {_mark(parent) for parent in naming.around(include) if isinstance(parent, TaskInclude)}:
        return Brought(what=what, unknown="it includes itself")
    try:
        return _role(include, what, play, tqm) if is_role else _tasks(include, what, play, tqm)
    except AnsibleError as error:
        return Brought(what=what, unknown=str(error.message).strip().splitlines()[0])


def _role(include: Any, what: str, play: Any, tqm: Any) -> Brought:
    roles, handlers = list(play.roles), list(play.handlers)
    try:
        blocks, new = include.get_block_list(
            play=play, variable_manager=tqm.get_variable_manager(), loader=tqm.get_loader()
        )
    finally:
        play.roles, play.handlers = roles, handlers  # ansible-core adds to them; the play is read, not run
    return Brought(blocks=blocks, handlers=new, what=what)


def _tasks(include: Any, what: str, play: Any, tqm: Any) -> Brought:
    loader = tqm.get_loader()
    path = next((path for path in _candidates(include, what, loader) if Path(path).is_file()), None)
    if path is None:
        return Brought(what=what, unknown="there is no such file")
    data = text.load(loader, path)
    if data is not None and not isinstance(data, list):
        return Brought(what=what, unknown="its file is no list of tasks")
    copy = include.copy()
    blocks = load_list_of_blocks(
        data or [],
        play=play,
        parent_block=copy.build_parent_block(),
        role=include._role,
        use_handlers=isinstance(include, Handler),
        loader=loader,
        variable_manager=tqm.get_variable_manager(),
    )
    return Brought(blocks=blocks, what=what)


def _candidates(include: Any, what: str, loader: Any) -> Iterator[str]:
    """Yield where ansible-core would look: beside the includes around it, the nearest first, then at home."""
    kind = "handlers" if isinstance(include, Handler) else "tasks"
    role = include._role
    trail = ""
    for parent in naming.around(include):
        if not isinstance(parent, TaskInclude):
            continue
        is_role = isinstance(parent, IncludeRole)
        file = str(parent.args.get("_raw_params") or "")
        folder = str(parent._role_path or "") if is_role else str(Path(file).parent)
        trail = folder if not trail or Path(trail).is_absolute() else str(Path(folder) / trail)
        if role is not None:
            yield loader.path_dwim_relative(role._role_path, kind, what, is_role=True)
            yield loader.path_dwim_relative(str(Path(role._role_path) / kind / trail), kind, what, is_role=True)
        else:
            yield loader.path_dwim_relative(loader.get_basedir(), trail, what)
    yield loader.path_dwim_relative(role._role_path, kind, what, is_role=True) if role else loader.path_dwim(what)


def _mark(include: Any) -> tuple[str, str, str]:
    """Return by what an include is known again inside itself: its place in the files."""
    return naming.where(include), naming.module(include), str(include.args.get("_raw_params") or "")
