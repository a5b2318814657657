# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results of ansible-core 2.19 and 2.20: a dictionary, with the task's fields beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible.release import __version__ as core_version

from . import retold
from .dictionary import item_data, item_failure, pack, public, stub
from .messages import error, warning
from .seen import Seen, Sent
from .versions import series

if (2, 19) <= series(core_version) < (2, 21):  # under another it is imported to be checked, and never called
    from ansible.executor.task_result import _RawTaskResult, _WireTaskResult

FAMILY = "2.19"

__all__ = ["item_data", "item_failure", "pack", "public", "stub"]


def look(result: _RawTaskResult) -> Seen:
    """Tell how a result looks to the strategy."""
    data = result._return_data
    items = [item for item in data.get("results") or () if isinstance(item, dict)] if result.task.loop else []
    is_failed, is_unreachable = result.is_failed(), result.is_unreachable()
    ignored = result.task.ignore_errors if is_failed else result.task.ignore_unreachable if is_unreachable else False
    return Seen(
        is_failed=is_failed,
        is_unreachable=is_unreachable,
        is_skipped=result.is_skipped(),
        is_changed=result.is_changed(),
        is_ignored=bool(ignored),
        is_secret=bool(data.get("_ansible_no_log")) or result.task.no_log is True,
        has_done_items=any(not (item.get("failed") or item.get("skipped")) for item in items),
        data=data,
    )


def is_changed(result: _RawTaskResult) -> bool:
    """Tell whether a strategy's result says that something was changed."""
    return result.is_changed()


def host_of(result: _RawTaskResult) -> Any:
    """Return the host of a strategy's result."""
    return result.host


def task_of(result: Any) -> Any:
    """Return the task of a strategy's result; None of anything else."""
    return getattr(result, "task", None)


def registered(task: Any) -> Any:
    """Return what a task registers: the name of its result's variable, or None."""
    return task.register


def adopt(packed: Mapping[str, Any], _task: Any, _fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return this shape of the packed dictionary of another."""
    return dict(packed)


def unpack(packed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the result's dictionary."""
    data = dict(packed["data"])
    if "exception" in packed:
        data["exception"] = error(packed["exception"])
    if "warnings" in packed:
        data["warnings"] = [warning(item) for item in packed["warnings"]]
    if "results" in packed:
        data["results"] = [item["value"] if "value" in item else unpack(item) for item in packed["results"]]
    return data


def wire(packed: Mapping[str, Any], fields: Mapping[str, Any], host: str, task: str) -> _WireTaskResult:
    """Return what a worker would have sent."""
    return _WireTaskResult(host_name=host, task_uuid=task, return_data=unpack(packed), task_fields=fields)


def restored(packed: Mapping[str, Any], fields: Mapping[str, Any], host: Any, task: Any) -> _RawTaskResult:
    """Return the strategy's result for plain data, as if a worker had sent it."""
    return _RawTaskResult(host=host, task=task, return_data=unpack(packed), task_fields=fields)


def revive(strategy: Any, sent: _WireTaskResult) -> _RawTaskResult:
    """Return the strategy's result for what a worker sent."""
    return strategy._convert_wire_task_result_to_raw(sent)


def sent(task_result: _RawTaskResult) -> Sent:
    """Tell what FinalQueue.send_task_result was given."""
    return Sent(
        host=task_result.host.name,
        task=task_result.task._uuid,
        fields=task_result.task_fields,
        seen=look(task_result),
    )


def restore_item(executor: Any, packed: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the execution of a loop item returned."""
    for name, value in fields.items():
        setattr(executor._task, name, value)
    return unpack(packed)


def variables(executor: Any, arguments: tuple[Any, ...], keywords: Mapping[str, Any]) -> dict[str, Any]:
    """Return the variables of the execution in hand, given the arguments of TaskExecutor._execute."""
    given = keywords.get("variables", arguments[1] if len(arguments) > 1 else None)
    return executor._job_vars if given is None else given


def unmark(returned: Any) -> None:
    """Take out of a result what says that it is restored: a target has no say in that."""
    if isinstance(returned, dict):
        returned.pop(retold.MARK, None)


def mark(_returned: Any) -> None:
    """Leave a result as it is: texts of vaulted values have tags that tell."""


def entitle(task: Any, templar: Any) -> None:
    """Give a task the name that callbacks hear."""
    task.post_validate_attribute("name", templar=templar._engine)


def has_had_role(_strategy: Any, _task: Any, _host: Any, _play: Any) -> bool:
    """Tell that the strategy leaves out no task by itself: the iterator has done that."""
    return False


def settle() -> None:
    """Leave a worker as it is: it has a session and signal handlers of its own."""


def end_workers(_tqm: Any) -> None:
    """Leave that to the handlers of ansible-core."""


def told(result: _RawTaskResult) -> _RawTaskResult:
    """Return a restored result as callbacks are told of it."""
    return _retold(result, retold.retold(result._return_data))


def told_items(result: _RawTaskResult) -> Iterator[tuple[str, _RawTaskResult]]:
    """Yield the callback's method and the result for each item of a restored loop."""
    if result.task.loop:
        for method, item in retold.items(result._return_data):
            yield method, _retold(result, retold.retold(item))


def is_told(result: Any) -> bool:
    """Tell whether a callback's argument is a restored result already."""
    return isinstance(result, _RawTaskResult) and retold.MARK in result._return_data


def told_arguments(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the arguments of FinalQueue.send_callback with the result as callbacks are told of it."""
    return tuple(told(argument) for argument in arguments)


def veiled(result: Any) -> Any:
    """Return a result as callbacks may be told of it: of a no_log one, they would show the error with all its words."""
    if not isinstance(result, _RawTaskResult) or "exception" not in result._return_data or not look(result).is_secret:
        return result
    return _retold(result, {name: value for name, value in result._return_data.items() if name != "exception"})


def _retold(result: _RawTaskResult, data: dict[str, Any]) -> _RawTaskResult:
    return _RawTaskResult(host=result.host, task=result.task, return_data=data, task_fields=result.task_fields)
