# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The packed shape of results that are a dictionary: those of ansible-core 2.16 to 2.20.

``data`` is what the target and the action said; beside it stand ``results``, a loop's items in the same shape, and
Ansible's own objects, which 2.19 and 2.20 have: the events of ``exception`` and ``warnings``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .events import pack_event

_STATUS = (
    "changed",
    "failed",
    "skipped",
    "unreachable",
    "failed_when_result",
    "attempts",
    "_ansible_notify",
    "_ansible_no_log",
)


def pack(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a result as plain data; Ansible's own objects in it go apart from what the target sent."""
    plain = {key: value for key, value in data.items() if key != "invocation"}
    packed: dict[str, Any] = {"data": plain}
    if hasattr(plain.get("exception"), "event"):
        packed["exception"] = pack_event(plain.pop("exception").event)
    if any(hasattr(item, "event") for item in plain.get("warnings") or ()):
        packed["warnings"] = [pack_event(item.event) for item in plain.pop("warnings") if hasattr(item, "event")]
    if any(hasattr(item, "event") for item in plain.get("deprecations") or ()):
        del plain["deprecations"]  # told when it happened
    if isinstance(plain.get("results"), list):
        results = plain.pop("results")
        packed["results"] = [pack(item) if isinstance(item, Mapping) else {"value": item} for item in results]
    return packed


def stub(packed: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return only how a step ended; None if replaying it needs more."""
    if "ansible_facts" in packed["data"] or "ansible_stats" in packed["data"]:
        return None
    short: dict[str, Any] = {"data": {key: packed["data"][key] for key in _STATUS if key in packed["data"]}}
    if "results" in packed:
        items = [stub(item) if "data" in item else {"data": {}} for item in packed["results"]]
        if None in items:
            return None
        short["results"] = items
    return short


def public(packed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the result as a play would register it."""
    data = {key: value for key, value in packed["data"].items() if not key.startswith("_ansible_")}
    if "results" in packed:
        data["results"] = [item["value"] if "value" in item else public(item) for item in packed["results"]]
    return data


def item_data(returned: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """Return the data of one execution, and whether it may not be written down."""
    return returned, bool(returned.get("_ansible_no_log"))


def item_failure(returned: dict[str, Any]) -> tuple[bool, bool]:
    """Tell whether one execution failed, and whether its target was unreachable."""
    return bool(returned.get("failed")), bool(returned.get("unreachable"))
