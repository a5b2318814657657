# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``saga run``: ansible-playbook, with a durable strategy where a play names none."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace

from .exits import Exit
from .rerun import become

HELP = "run a playbook durably, whether it says so or not; the same command again resumes it"
USAGE = "saga run [--journal URL] PLAYBOOK [options of ansible-playbook]"


def add_arguments(parser: ArgumentParser) -> None:
    """Add what only this command takes: nothing, all of it is ansible-playbook's."""


def do(arguments: Namespace) -> Exit:
    """Become ansible-playbook; return only when that cannot be."""
    become(arguments.rest, dict(os.environ), journal=arguments.journal, is_by_us=True)
