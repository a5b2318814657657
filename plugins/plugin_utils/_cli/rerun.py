# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command that began a run, typed once more: in its own folder, in the environment of whoever asks for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from .._engine.errors import PlaybookError
from .._engine.records import Run, Slice
from .._engine.report.play_by_play import next_command

TYPED = "SAGA_TYPED"
"""Tells the process that `saga run` started it, so that its run is resumed by the same."""


def recorded(run: Run, *, command: str) -> Sequence[str]:
    """Return the arguments of the command that began a run, and go to where it was typed; raise PlaybookError.

    Of a run that goes on play by play, they ask for its next play.

    `command` is what was typed now: the message says how to type it with arguments.
    """
    command_line = next_command(run) or run.command
    words = command_line[2:] if is_by_us(run) else command_line[1:]
    if not words or any("***" in word for word in words):
        raise PlaybookError(
            f"the command of run {run.id} is not fully recorded (values of extra vars never are): give it as you would "
            f"type it: {command} PLAYBOOK [options of ansible-playbook]"
        )
    try:
        os.chdir(run.directory)
    except OSError as error:
        raise PlaybookError(f"{run.directory}, where run {run.id} was started: {error.strerror}") from error
    return words


def rerun(run: Run, rest: Sequence[str], *, parts: Sequence[Slice], journal: str, command: str) -> NoReturn:
    """Become ansible-playbook, at work on this very run: as recorded, or with the arguments `rest`.

    Of a sliced run, the commands of its unfinished slices `parts` are run one after the other.
    """
    environment = {**os.environ, "SAGA_RUN_ID": run.id}
    if rest or not run.slices:
        become(rest or recorded(run, command=command), environment, journal=journal, is_by_us=is_by_us(run))
    environment["SAGA_SLICES"] = str(run.slices)
    each = [replace(run, command=part.command, directory=part.directory) for part in parts] or [run]
    all_of_them = [recorded(one, command=command) for one in each]  # each is known to be typed again before any is
    for one, arguments in zip(each[:-1], all_of_them[:-1], strict=True):
        os.chdir(one.directory)
        done = subprocess.run(**_call(arguments, environment, journal=journal, is_by_us=is_by_us(one)), check=False)
        if done.returncode and not run.is_going_back:
            raise SystemExit(done.returncode)
    os.chdir(each[-1].directory)
    become(all_of_them[-1], environment, journal=journal, is_by_us=is_by_us(each[-1]))


def become(arguments: Sequence[str], environment: dict[str, str], *, journal: str, is_by_us: bool) -> NoReturn:
    """Become ansible-playbook; `is_by_us`: with a durable strategy where a play names none."""
    call = _call(arguments, environment, journal=journal, is_by_us=is_by_us)
    sys.stdout.flush()
    os.execve(call["executable"], call["args"], call["env"])  # noqa: S606  no shell is wanted


def _call(arguments: Sequence[str], environment: dict[str, str], *, journal: str, is_by_us: bool) -> dict[str, Any]:
    if is_by_us:
        from .._bridge.doors import durable_name  # noqa: PLC0415  loads Ansible, which no other command needs

        environment = {**environment, "ANSIBLE_STRATEGY": durable_name(), TYPED: "saga run"}
    if journal:
        environment = {**environment, "SAGA_JOURNAL": journal}
    return {"executable": ansible_playbook(), "args": ["ansible-playbook", *arguments], "env": environment}


def is_by_us(run: Run) -> bool:
    """Tell whether `saga run` began a run."""
    return run.command[:2] == ("saga", "run")


def ansible_playbook() -> str:
    """Return the one of this environment, else the first on the path."""
    return beside("ansible-playbook")


def beside(command: str) -> str:
    """Return a command of ansible-core: that of this environment, else the first on the path; raise PlaybookError."""
    here = str(Path(sys.executable).parent)
    found = shutil.which(command, path=os.pathsep.join([here, os.environ.get("PATH", "")]))
    if found is None:
        raise PlaybookError(f"there is no {command} on the path; install ansible-core")
    return found
