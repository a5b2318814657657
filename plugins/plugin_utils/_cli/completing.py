# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a shell offers for a word that is being typed; the one door to argcomplete.

The shell starts ``saga`` with ``_ARGCOMPLETE`` set, and nothing else does. A journal that cannot be read
offers nothing.
"""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from .._engine.errors import EngineError
from .._engine.finding import find_run
from .._engine.records import Step
from .opening import opened

Found = TypeVar("Found")

ASKED = "_ARGCOMPLETE"
"""What a shell sets that asks."""

SHELLS = ("bash", "zsh", "fish", "tcsh", "powershell")


def complete(parser: ArgumentParser) -> None:
    """Answer a shell that asks, and end the process; do nothing for anybody else."""
    if ASKED not in os.environ:
        return
    import argcomplete  # noqa: PLC0415  for this one case, and a script that asks was made by it

    argcomplete.autocomplete(parser, always_complete_options=False)


def offer(parser: ArgumentParser) -> None:
    """Say what a command's arguments may be."""
    for action in parser._actions:  # noqa: SLF001  argparse has no other way to look at them
        if action.dest in _OFFERED:
            vars(action)["completer"] = _OFFERED[action.dest]  # where argcomplete looks for it


def script(shell: str) -> str | None:
    """Return what a shell has to read; None where argcomplete is not installed."""
    try:
        from argcomplete.shell_integration import shellcode  # noqa: PLC0415  for this one command
    except ImportError:
        return None
    return str(shellcode(["saga"], shell=shell))


def _runs(*, parsed_args: Namespace, **_unused: object) -> Mapping[str, str]:
    """Return the ids of the runs, each with what tells it from the others."""
    return _quietly(lambda: _of_runs(parsed_args)) or {}


def _of_runs(arguments: Namespace) -> dict[str, str]:
    with opened(arguments) as means:
        return {run.id: f"{run.workflow}, {run.state}" for run in means.journal.runs()}


def _steps(*, parsed_args: Namespace, **_unused: object) -> Iterable[str]:
    return _shown(step.name for step in _of_run(parsed_args))


def _hosts(*, parsed_args: Namespace, **_unused: object) -> Iterable[str]:
    return _shown(step.doer for step in _of_run(parsed_args))


def _targets(*, parsed_args: Namespace, **_unused: object) -> Iterable[str]:
    return _shown(_quietly(lambda: _held(parsed_args)) or ())


def _held(arguments: Namespace) -> list[str]:
    with opened(arguments) as means:
        return [lease.name for lease in means.journal.leases()]


def _workflows(*, parsed_args: Namespace, **_unused: object) -> Iterable[str]:
    return _shown(told.rpartition(", ")[0] for told in _runs(parsed_args=parsed_args).values())


def _of_run(arguments: Namespace) -> list[Step]:
    def found() -> list[Step]:
        with opened(arguments) as means:
            return means.journal.steps(find_run(means.journal, arguments.run or "").id)

    return _quietly(found) or []


def _shown(words: Iterable[str]) -> list[str]:
    """Return each word once, but those that could steer a terminal: nobody can type them."""
    return [word for word in dict.fromkeys(words) if word.isprintable()]


def _quietly(look: Callable[[], Found]) -> Found | None:
    try:
        return look()
    except EngineError:
        return None


_OFFERED: dict[str, Callable[..., Iterable[str]]] = {
    "run": _runs,
    "compensate": _runs,
    "step": _steps,
    "to": _steps,
    "host": _hosts,
    "target": _targets,
    "workflow": _workflows,
}
