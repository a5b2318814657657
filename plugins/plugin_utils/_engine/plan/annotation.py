# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A proposal for the contracts that nobody has written: a sidecar file, careful, with what its reader has to decide."""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from .outline import Outline, PlannedTask

_HEAD = """\
---
# Contracts for steps whose effect nobody knows, to be kept beside the playbook as saga.yml.
# Each is as careful as can be: a side effect that must not happen twice, and nothing undoes it. Read the task, then say
#   effect:      none (it only looks) | side_effect | irreversible
#   idempotent:  true, if a second execution is harmless
#   compensate:  the name of a handler of its play that undoes it
#   on_in_doubt: rerun | escalate (park and ask), when nobody knows whether it happened
"""
_LOOKS = re.compile(
    r"\b(ask|check|count|describe|detect|determine|diff|display|ensure no|find|get|inspect|is|list|look|print|query|"
    r"read|show|status|test|validate|verify|version|wait)\b",
    re.IGNORECASE,
)


def annotation(outline: Outline) -> str:
    """Return the text of a sidecar file; empty when the effect of every step is known."""
    entries: dict[str, str] = {}
    for task in outline.tasks:
        if not task.is_known:
            entries.setdefault(_key(task), "\n".join(_entry(task, outline)))
    return _HEAD + "".join(f"\n{entry}\n" for entry in entries.values()) if entries else ""


def _key(task: PlannedTask) -> str:
    return f"{task.role}/{task.name}" if task.role else task.name


def _entry(task: PlannedTask, outline: Outline) -> Iterator[str]:
    said = [key for key, source in task.sources.items() if not source.startswith("catalogue")]
    yield f"# {_plain(task.where)}: {_plain(task.module)}" + (f", which says {', '.join(said)}" if said else "")
    if _LOOKS.search(task.name):
        yield "# Its name sounds as if it only looks: effect none, perhaps?"
    handlers = [handler.name for handler in outline.play_of(task).handlers]
    if handlers and not task.contract.compensate and not task.is_handler:
        yield f"# Its play has the handlers {', '.join(repr(name) for name in map(_plain, handlers[:5]))}."
    yield yaml.safe_dump(_key(task), default_style='"', width=10**6).strip() + ":"
    yield "  effect: side_effect"
    if "idempotent" not in said:
        yield "  idempotent: false"
    if "on_in_doubt" not in said and "idempotent" not in said:
        yield "  on_in_doubt: escalate"


def _plain(text: str) -> str:
    """Return a text that stays in its comment."""
    return " ".join(text.split())
