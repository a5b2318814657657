# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every version's result tells, in one shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._engine.slotted import dataclass

FIELDS = (
    "name",
    "action",
    "ignore_errors",
    "ignore_unreachable",
    "run_once",
    "delegate_to",
    "delegate_facts",
    "no_log",
    "diff",
    "connection",
    "check_mode",
)
"""The task's own fields that a result carries back from its worker and that processing it needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """How a result looks to the strategy."""

    is_failed: bool
    is_unreachable: bool
    is_skipped: bool
    is_changed: bool
    is_ignored: bool
    is_secret: bool
    has_done_items: bool
    data: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A result as a worker is about to send it."""

    host: str
    task: str
    fields: Mapping[str, Any]
    seen: Seen
