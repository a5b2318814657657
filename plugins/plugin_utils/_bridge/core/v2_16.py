# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results of ansible-core 2.16 to 2.18: a dictionary whose texts are marked unsafe, with names for host and task."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator, Mapping
from typing import Any

from ansible.executor.task_result import TaskResult
from ansible.module_utils.common.text.converters import to_text
from ansible.playbook.handler import Handler
from ansible.utils.unsafe_proxy import wrap_var

from ..._engine import owners
from . import dictionary, retold, shapes
from . import text_v2_16 as text
from .dictionary import item_data, item_failure, pack, stub
from .seen import Seen, Sent

FAMILY = "2.16"

__all__ = ["item_data", "item_failure", "pack", "stub"]

_MARK = "_ansible_saga_opened"  # Ansible takes what begins with _ansible_ out of what a play or a callback sees


def look(result: TaskResult) -> Seen:
    """Tell how a result looks to the strategy."""
    task = result._task
    return _look(
        result, {name: getattr(task, name) for name in ("loop", "ignore_errors", "ignore_unreachable", "no_log")}
    )


def is_changed(result: TaskResult) -> bool:
    """Tell whether a strategy's result says that something was changed."""
    return bool(result.is_changed())


def host_of(result: TaskResult) -> Any:
    """Return the host of a strategy's result."""
    return result._host


def task_of(result: Any) -> Any:
    """Return the task of a strategy's result; None of anything else."""
    return getattr(result, "_task", None)


def registered(task: Any) -> Any:
    """Return what a task registers: the name of its result's variable, or None."""
    return task.register


def adopt(packed: Mapping[str, Any], _task: Any, _fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return this shape of the packed dictionary of another."""
    return shapes.texts(packed)


def wire(packed: Mapping[str, Any], fields: Mapping[str, Any], host: str, task: str) -> TaskResult:
    """Return what a worker would have sent."""
    return TaskResult(host, task, unpack(packed), dict(fields))


def revive(strategy: Any, sent: TaskResult) -> TaskResult:
    """Return the strategy's result for what a worker sent."""
    return strategy.normalize_task_result(sent)


def restored(packed: Mapping[str, Any], fields: Mapping[str, Any], host: Any, task: Any) -> TaskResult:
    """Return the strategy's result for plain data, as if a worker had sent it."""
    return TaskResult(host, task, unpack(packed), dict(fields))


def unpack(packed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the result's dictionary, in which nothing is a template, whatever a target put there."""
    data = dict(packed["data"])
    if "results" in packed:
        data["results"] = [item["value"] if "value" in item else unpack(item) for item in packed["results"]]
    return wrap_var(data)


def public(packed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the result as a play would register it."""
    return wrap_var(dictionary.public(packed))


def sent(*arguments: Any, **keywords: Any) -> Sent:
    """Tell what FinalQueue.send_task_result was given."""
    result = arguments[0] if isinstance(arguments[0], TaskResult) else TaskResult(*arguments, **keywords)
    fields = result._task_fields
    return Sent(host=result._host, task=result._task, fields=fields, seen=_look(result, fields))


def restore_item(executor: Any, packed: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the execution of a loop item returned."""
    for name, value in fields.items():
        setattr(executor._task, name, value)
    return unpack(packed)


def variables(executor: Any, arguments: tuple[Any, ...], keywords: Mapping[str, Any]) -> dict[str, Any]:
    """Return the variables of the execution in hand, given the arguments of TaskExecutor._execute."""
    given = keywords.get("variables", arguments[0] if arguments else None)
    return executor._job_vars if given is None else given


def entitle(task: Any, templar: Any) -> None:
    """Give a task the name that callbacks hear."""
    with contextlib.suppress(Exception):  # as the strategy does: then they hear the template
        task.name = to_text(templar.template(task.name, fail_on_undefined=False), nonstring="empty")


def has_had_role(strategy: Any, task: Any, host: Any, play: Any) -> bool:
    """Tell whether the strategy leaves out a task of a role that has run on the host already."""
    if isinstance(task, Handler) or not task._role or task._role._metadata.allow_duplicates is not False:
        return False
    return bool(strategy._get_cached_role(task, play).has_run(host))


def settle() -> None:
    """Make a worker heed what its parent asks of it, and not what the terminal asks of the parent.

    A worker of these versions inherits its parent's handlers, and stays in its session.
    """
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    text.watch()


def end_workers(tqm: Any) -> None:
    """End the workers and the modules that they have in hand; here they would outlive the controller."""
    for worker in tqm._workers:
        if worker is not None and worker.is_alive():
            owners.end(worker.pid)


def unmark(returned: Any) -> None:
    """Take out of a result what says that it is restored: a target has no say in that."""
    if isinstance(returned, dict):
        returned.pop(retold.MARK, None)


def mark(returned: Any) -> None:
    """Mark a result that holds the text of a vaulted value: from here on Ansible no longer knows it for one."""
    if isinstance(returned, dict) and (found := text.opened_in(returned)):
        returned[_MARK] = found


def told(result: TaskResult) -> TaskResult:
    """Return a restored result as callbacks are told of it."""
    return _retold(result, retold.retold(result._result))


def told_items(result: TaskResult) -> Iterator[tuple[str, TaskResult]]:
    """Yield the callback's method and the result for each item of a restored loop."""
    if result._task.loop:
        for method, item in retold.items(result._result):
            yield method, _retold(result, retold.retold(item))


def is_told(result: Any) -> bool:
    """Tell whether a callback's argument is a restored result already."""
    return isinstance(result, TaskResult) and retold.MARK in result._result


def veiled(result: Any) -> Any:
    """Return a result as callbacks may be told of it; this ansible-core hides all of a no_log one itself."""
    return result


def told_arguments(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the arguments of FinalQueue.send_callback with the result as callbacks are told of it."""
    return tuple(told(argument) if isinstance(argument, TaskResult) else argument for argument in arguments)


def _retold(result: TaskResult, data: dict[str, Any]) -> TaskResult:
    return TaskResult(result._host, result._task, data, result._task_fields)


def _look(result: TaskResult, task: Mapping[str, Any]) -> Seen:
    data = result._result
    for told in (data, *(data.get("results") or ())):
        text.remember(told.get(_MARK, ()) if isinstance(told, Mapping) else ())
    items = [item for item in data.get("results") or () if isinstance(item, dict)] if task.get("loop") else []
    is_failed, is_unreachable = bool(result.is_failed()), bool(result.is_unreachable())
    ignored = task.get("ignore_errors") if is_failed else task.get("ignore_unreachable") if is_unreachable else False
    return Seen(
        is_failed=is_failed,
        is_unreachable=is_unreachable,
        is_skipped=bool(result.is_skipped()),
        is_changed=bool(result.is_changed()),
        is_ignored=bool(ignored),
        is_secret=bool(data.get("_ansible_no_log")) or task.get("no_log") is True,
        has_done_items=any(not (item.get("failed") or item.get("skipped")) for item in items),
        data=data,
    )
