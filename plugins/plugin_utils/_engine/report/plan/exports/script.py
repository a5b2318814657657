# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program that a node runs: one start of the playbooks, and one word for what became of the run."""

from __future__ import annotations

import shlex
from pathlib import Path

from .nodes import Graph

_TEMPLATE = Path(__file__).with_name("play.sh")


def body(graph: Graph) -> str:
    """Return the program without the words at its top, for a manifest that has it in itself."""
    text = script(graph)
    return text[text.index("set -u") :]


def script(graph: Graph) -> str:
    """Return the program for a POSIX shell; play.sh tells of its variables and of the words."""
    text = _TEMPLATE.read_text(encoding="utf-8").rstrip("\n")
    return text.replace("set -- PLAYBOOKS", f"set -- {shlex.join(graph.playbooks)}")
