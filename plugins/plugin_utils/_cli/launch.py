# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``saga run``: ansible-playbook, with a durable strategy where a play names none."""

from __future__ import annotations

import os
import shutil
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from .._engine.errors import PlaybookError
from .exits import Exit

HELP = "run a playbook durably, whether it says so or not; the same command again resumes it"
USAGE = "saga run [--journal URL] PLAYBOOK [options of ansible-playbook]"

TYPED = "SAGA_TYPED"
"""Tells the process that it was started by this command, so that its run is resumed by the same."""


def add_arguments(parser: ArgumentParser) -> None:
    """Add what only this command takes: nothing, all of it is ansible-playbook's."""


def do(arguments: Namespace) -> Exit:
    """Become ansible-playbook; return only when that cannot be."""
    from .._bridge.doors import durable_name  # noqa: PLC0415  loads Ansible, which no other command needs

    environment = {**os.environ, "ANSIBLE_STRATEGY": durable_name(), TYPED: "saga run"}
    if arguments.journal:
        environment["SAGA_JOURNAL"] = arguments.journal
    sys.stdout.flush()
    os.execve(_ansible_playbook(), ["ansible-playbook", *arguments.rest], environment)  # noqa: S606  no shell is wanted


def _ansible_playbook() -> str:
    """Return the one of this environment, else the first on the path."""
    beside = str(Path(sys.executable).parent)
    found = shutil.which("ansible-playbook", path=os.pathsep.join([beside, os.environ.get("PATH", "")]))
    if found is None:
        raise PlaybookError("there is no ansible-playbook on the path; install ansible-core")
    return found
