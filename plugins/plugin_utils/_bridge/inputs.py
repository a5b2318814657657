# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The extra vars of the command line: marks of their values, and which of them a task's text names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .._engine import codec, ids
from .._engine.journal import Journal
from .._engine.records import Inputs
from . import naming
from .words import named_in

# What a task says for itself; see naming.fingerprint, which covers the same words.
_TEMPLATES = ("args", "loop", "environment", "become_user", "delegate_to", "notify", "timeout", "async_val", "poll")
_FLAGS = ("become", "check_mode", "no_log", "run_once", "retries", "delay")
_EXPRESSIONS = ("until", "changed_when", "failed_when")
_EXPRESSIONS_IN_ARGS = {"ansible.builtin.assert": "that", "ansible.builtin.debug": "var"}


# Our own options; and what AWX adds to every job, another value each time.
_NOBODYS = ("saga_", "awx_", "tower_")


class ExtraVars:
    """Marks of what the command line gives."""

    def __init__(self, marks: Mapping[str, str]) -> None:
        self.marks = marks

    @classmethod
    def of(cls, tqm: Any, journal: Journal, *, may_make_key: bool = True) -> ExtraVars:
        """Return those of the command line, marked with the journal's key; vars_prompt's answers are not among them."""
        given = {
            str(name): value
            for name, value in tqm.get_variable_manager().extra_vars.items()
            if not str(name).startswith(_NOBODYS)
        }
        if not given:
            return cls({})
        key = journal.marking_key(may_make=may_make_key)
        return cls({name: ids.mark(key, name, codec.canonical(naming.plain(value))) for name, value in given.items()})

    def inputs(self, task: Any, definitions: Mapping[str, Any]) -> Inputs:
        """Return those that a task names, itself or by way of other variables; `definitions` are its play's."""
        if not self.marks:
            return ()
        known = {**definitions, **_of_role(task), **task.get_vars()}
        names, queue = set[str](), [*_named_by(task)]
        while queue:
            name = queue.pop()
            if name not in names:
                names.add(name)
                # An extra var stands before any other definition of its name.
                queue += [] if name in self.marks else named_in(known.get(name))
        return tuple((name, self.marks[name]) for name in sorted(names & self.marks.keys()))


def definitions(tqm: Any, play: Any, hosts: Iterable[Any]) -> dict[str, Any]:
    """Return a play's variables that may name others, as the first of its hosts sees them, untemplated."""
    host = next(iter(hosts), None)
    found = tqm.get_variable_manager().get_vars(play=play, host=host, include_hostvars=False)
    return {name: value for name, value in found.items() if not str(name).startswith("ansible_") and named_in(value)}


def _of_role(task: Any) -> dict[str, Any]:
    if task._role is None:
        return {}
    return {**task._role.get_default_vars(), **task._role.get_vars()}


def _named_by(task: Any) -> set[str]:
    names: set[str] = set()
    for field in (*_TEMPLATES, *_FLAGS):
        names |= named_in(naming.own(task, field))
    for field in _EXPRESSIONS:
        names |= named_in(naming.own(task, field), is_expression=True)
    parent = task
    while parent is not None:  # the conditions of blocks and includes are the task's, too
        names |= named_in(naming.own(parent, "when"), is_expression=True)
        parent = parent._parent
    expression = _EXPRESSIONS_IN_ARGS.get(naming.module(task))
    if expression and isinstance(task.args, dict):
        names |= named_in(task.args.get(expression), is_expression=True)
    return names
