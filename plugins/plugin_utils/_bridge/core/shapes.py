# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the shape of one ansible-core's results to that of another: what a run resumed under another version needs.

All go by way of the dictionary that 2.19 and 2.20 have (see ``dictionary``): to it from any, from it to any. Nothing
here needs Ansible: it is plain data on both sides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from . import events

_DEBUG = frozenset({"debug", "ansible.builtin.debug", "ansible.legacy.debug"})
_SET_FACT = frozenset({"set_fact", "ansible.builtin.set_fact", "ansible.legacy.set_fact"})

_KEYS = {
    "_changed": "changed",
    "_failed": "failed",
    "_skipped": "skipped",
    "_unreachable": "unreachable",
    "_ignore_errors": "_ansible_ignore_errors",
    "_ignore_unreachable": "_ansible_ignore_unreachable",
    "ansible_facts": "ansible_facts",
    "ansible_parsed": "_ansible_parsed",
    "async_job_id": "ansible_job_id",
    "async_result": "async_result",
    "attempts": "attempts",
    "break_when_result": "break_when_result",
    "callback_delegated_vars_subset": "_ansible_delegated_vars",
    "changed_when_result": "changed_when_result",
    "diff": "diff",
    "failed_when_result": "failed_when_result",
    "false_condition": "false_condition",
    "finished": "finished",
    "loop_extended": "ansible_loop",
    "loop_index_var": "ansible_index_var",
    "loop_item_label": "_ansible_item_label",
    "loop_var": "ansible_loop_var",
    "module_stderr": "module_stderr",
    "module_stdout": "module_stdout",
    "msg": "msg",
    "no_log": "_ansible_no_log",
    "notify": "_ansible_notify",
    "rc": "rc",
    "retries": "retries",
    "skip_reason": "skip_reason",
    "skipped_reason": "skipped_reason",
    "stats": "ansible_stats",
    "verbose_always": "_ansible_verbose_always",
    "verbose_override": "_ansible_verbose_override",
}
"""Where 2.21 keeps in a field of its own what a dictionary has under a key."""

_FIELDS = {key: field for field, key in _KEYS.items()}
_TRUTHS = frozenset({"_changed", "_failed", "_skipped", "_unreachable", "finished", "no_log"})


def dictionary(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return the packed dictionary of a payload of any shape; an operator's word is data like a target's."""
    match stored["family"]:
        case "2.16":
            return _with_events(stored["result"])
        case "2.19":
            return dict(stored["result"])
        case "2.21":
            return _of_fields(stored["result"])
        case _:
            return {"data": dict(stored["result"])}


def texts(packed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the shape of 2.16: errors and warnings are texts in the data."""
    data = dict(packed["data"])
    if "exception" in packed:
        data.setdefault("msg", events.message(packed["exception"]))
        if found := events.traceback(packed["exception"]):
            data["exception"] = found
    if "warnings" in packed:
        data["warnings"] = [events.message(item) for item in packed["warnings"]]
    if "results" in packed:
        return {"data": data, "results": [item if "value" in item else texts(item) for item in packed["results"]]}
    return {"data": data}


def fields(packed: Mapping[str, Any], task: Mapping[str, Any]) -> dict[str, Any]:
    """Return the shape of 2.21, with the changes of variables that its workers compute; `task`: the task's fields."""
    told: dict[str, Any] = {"is_module": False, "result_data": {}}
    data = dict(packed["data"])
    for here, there in (("loop_item", "ansible_loop_var"), ("loop_index", "ansible_index_var")):
        if data.get(there) in data:
            told[here] = data.pop(data[there])
    for key, value in data.items():
        field = _FIELDS.get(key)
        if field in _TRUTHS:
            told[field] = bool(value)
        elif field and not (field == "rc" and not isinstance(value, int)):
            told[field] = value
        elif not key.startswith("_ansible_") and key not in {"exception", "warnings", "deprecations"}:
            told["result_data"][key] = value
    for name in ("ignore_errors", "ignore_unreachable"):
        told[f"_{name}"] = bool(told.get(f"_{name}", task.get(name)))
    told["delegated_host"] = (told.get("callback_delegated_vars_subset") or {}).get("ansible_delegated_host")
    told["pending_changes"] = _changes(data, str(task.get("action")))
    told["exception"] = packed.get("exception")
    told["_warnings"] = packed.get("warnings")
    if "results" in packed and _are_items(packed["results"], data):
        told["loop_results"] = [fields(item, task) for item in packed["results"]]
    elif "results" in packed:
        told["result_data"]["results"] = [
            item["value"] if "value" in item else item["data"] for item in packed["results"]
        ]
    return {name: value for name, value in told.items() if value is not None}


def _with_events(packed: Mapping[str, Any]) -> dict[str, Any]:
    data = dict(packed["data"])
    told: dict[str, Any] = {"data": data}
    trace = data.pop("exception", None)
    if trace or data.get("failed"):
        told["exception"] = events.of_text(data.get("msg") or "Task failed.", trace)
    if isinstance(said := data.pop("warnings", None), list):
        told["warnings"] = [events.of_text(item) for item in said]
    data.pop("deprecations", None)  # told when it happened
    if "results" in packed:
        told["results"] = [item if "value" in item else _with_events(item) for item in packed["results"]]
    return told


def _of_fields(unified: Mapping[str, Any]) -> dict[str, Any]:
    data = {_KEYS[name]: value for name, value in unified.items() if name in _KEYS}
    items = None if "loop_results" not in unified else [_of_fields(item) for item in unified["loop_results"]]
    data |= _standing(unified, items or (), is_loop=items is not None)
    if "loop_item" in unified:
        data[unified.get("loop_var") or "item"] = unified["loop_item"]
    if "loop_index" in unified and unified.get("loop_index_var"):
        data[unified["loop_index_var"]] = unified["loop_index"]
    if (unified.get("pending_changes") or {}).get("CACHEABLE_FACT"):
        data["_ansible_facts_cacheable"] = True
    data |= unified.get("result_data") or {}
    for name in ("stdout", "stderr"):
        if name in data and f"{name}_lines" not in data:
            data[f"{name}_lines"] = str(data[name] or "").splitlines()
    told: dict[str, Any] = {"data": data}
    if unified.get("exception"):
        told["exception"] = unified["exception"]
    if unified.get("_warnings"):
        told["warnings"] = unified["_warnings"]
    if items is not None:
        told["results"] = items
    elif isinstance(listed := data.get("results"), list):
        del data["results"]
        told["results"] = [{"data": item} if isinstance(item, Mapping) else {"value": item} for item in listed]
    return told


def _standing(unified: Mapping[str, Any], items: Iterable[Mapping[str, Any]], *, is_loop: bool) -> dict[str, Any]:
    """Return how a result ended, as 2.21 derives it of fields that may be empty and of a loop's items."""
    found = [item["data"] for item in items]
    is_skipped = unified.get("_skipped") or (is_loop and "_skipped" not in unified and all(_all(found, "skipped")))
    judged = [item["failed_when_result"] for item in found if "failed_when_result" in item]
    is_failed = unified.get("_failed", any(_all(found, "failed")) or bool(unified.get("rc")))
    if "failed_when_result" in unified or judged:
        is_failed = any([unified.get("failed_when_result"), *judged])
    is_unreachable = unified.get("_unreachable", any(_all(found, "unreachable")))
    return {
        "changed": bool(unified.get("_changed", any(_all(found, "changed")))),
        "failed": bool(is_failed),
        **({"skipped": True} if is_skipped else {}),
        **({"unreachable": True} if is_unreachable else {}),
    }


def _all(items: Iterable[Mapping[str, Any]], key: str) -> list[bool]:
    return [bool(item.get(key)) for item in items]


def _are_items(results: Iterable[Mapping[str, Any]], data: Mapping[str, Any]) -> bool:
    """Tell whether results are a loop's items; a module may have said `results` of its own."""
    listed = list(results)
    return all("ansible_loop_var" in item.get("data", ()) for item in listed) and bool(listed or data.get("skipped"))


def _changes(data: Mapping[str, Any], action: str) -> dict[str, Any]:
    facts = data.get("ansible_facts")
    if not isinstance(facts, Mapping) or action in _DEBUG:
        return {}
    if action not in _SET_FACT:
        return {"CACHEABLE_FACT": facts}
    cached = {"CACHEABLE_FACT": facts} if data.get("_ansible_facts_cacheable") else {}
    return {**cached, "EPHEMERAL_FACT": facts}
