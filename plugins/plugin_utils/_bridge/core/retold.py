# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A restored result as callbacks are told of it, for the versions whose results are dictionaries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

MARK = "saga_restored"
"""The key that tells callbacks, and whoever reads their output, that a result is from the journal."""

_TOLD_THEN = ("exception", "warnings", "deprecations")  # when it happened; said again they would look like news


def retold(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a result that changes nothing now and says where it is from."""
    told = {key: value for key, value in data.items() if key not in _TOLD_THEN}
    if isinstance(told.get("results"), list):
        told["results"] = [retold(item) if isinstance(item, Mapping) else item for item in told["results"]]
    return {**told, "changed": False, MARK: True}


def items(data: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the callback's method and the data for each item of a loop's result."""
    for item in data.get("results") or ():
        if not isinstance(item, Mapping):
            continue
        if item.get("failed") or item.get("unreachable"):
            yield "v2_runner_item_on_failed", item
        else:
            yield "v2_runner_item_on_skipped" if item.get("skipped") else "v2_runner_item_on_ok", item
