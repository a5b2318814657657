# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Error and warning events of ansible-core 2.19 and newer as plain data, and as the texts that older ones have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def pack_event(event: Any) -> dict[str, Any]:
    """Return an event and its chain as plain data."""
    packed: dict[str, Any] = {"msg": event.msg}
    for name in ("formatted_source_context", "formatted_traceback", "help_text"):
        if (value := getattr(event, name)) is not None:
            packed[name] = value
    if event.chain is not None:
        chain = event.chain
        packed["chain"] = [chain.msg_reason, chain.traceback_reason, pack_event(chain.event), chain.follow]
    if event.events:
        packed["events"] = [pack_event(child) for child in event.events]
    return packed


def of_text(message: Any, traceback: Any = None) -> dict[str, Any]:
    """Return the packed event of what an older ansible-core tells as texts."""
    return {"msg": str(message), **({"formatted_traceback": str(traceback)} if traceback else {})}


def message(packed: Mapping[str, Any]) -> str:
    """Return what an event says, with its causes."""
    said = [str(packed["msg"])]
    if chain := packed.get("chain"):
        said.append(message(chain[2]))
    return ": ".join(part.rstrip(".") for part in said) if len(said) > 1 else said[0]


def traceback(packed: Mapping[str, Any]) -> str:
    """Return an event's traceback, or its deepest cause's; empty if nobody asked for one."""
    if found := packed.get("formatted_traceback"):
        return str(found)
    return traceback(packed["chain"][2]) if packed.get("chain") else ""
