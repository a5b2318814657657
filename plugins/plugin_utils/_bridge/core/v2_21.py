# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results of ansible-core 2.21: a UnifiedTaskResult, to whose fields the worker has done most of the work."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from ansible.release import __version__ as core_version
from ansible.utils.vars import transform_to_native_types

from . import shapes
from .events import pack_event
from .messages import error, warning
from .retold import MARK
from .seen import Seen, Sent
from .versions import series

if series(core_version) >= (2, 21):  # under another it is imported to be checked, and never called
    from ansible._internal._task import (
        POLYMORPHIC_RESULT_EXPRESSION,
        HostTaskResult,
        PendingChanges,
        TaskContext,
        UnifiedTaskResult,
        VariableLayer,
        WireTaskResult,
    )

FAMILY = "2.21"

_STATUS = (
    "_changed",
    "_failed",
    "_skipped",
    "_unreachable",
    "_ignore_errors",
    "_ignore_unreachable",
    "failed_when_result",
    "attempts",
    "no_log",
    "notify",
    "is_module",
)
_ERRORS = (
    "exception",
    "changed_when_suppressed_exception",
    "failed_when_suppressed_exception",
    "break_when_suppressed_exception",
)


def look(result: HostTaskResult) -> Seen:
    """Tell how a result looks to the strategy."""
    return _look(result.utr, is_secret=result.task.no_log is True)


def is_changed(result: HostTaskResult) -> bool:
    """Tell whether a strategy's result says that something was changed."""
    return bool(result.utr.changed)


def host_of(result: HostTaskResult) -> Any:
    """Return the host of a strategy's result."""
    return result.host


def task_of(result: Any) -> Any:
    """Return the task of a strategy's result; None of anything else."""
    return getattr(result, "task", None)


def registered(task: Any) -> Any:
    """Return what a task registers: the name of its result's variable, its projections by name, or None."""
    names = task.register or {}
    return next(iter(names)) if list(names.values()) == [POLYMORPHIC_RESULT_EXPRESSION] else names or None


def adopt(packed: Mapping[str, Any], task: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return this shape of the packed dictionary of another, with what a worker would have registered."""
    adopted = shapes.fields(packed, {"action": getattr(task, "action", ""), **fields})
    # An older ansible-core knows one way to register: the result, under a name.
    if task is not None and isinstance(name := registered(task), str):
        adopted["registered_values"] = {name: transform_to_native_types(public(adopted))}
    return adopted


def pack(data: UnifiedTaskResult) -> dict[str, Any]:
    """Return a result as plain data, field by field; as_result_dict() would drop what only the strategy sees."""
    packed: dict[str, Any] = {}
    for item in dataclasses.fields(data):
        value = getattr(data, item.name)
        if item.name in _ERRORS:
            value = value and pack_event(value.event)
        elif item.name == "_warnings":
            value = value and [pack_event(found.event) for found in value]
        elif item.name == "_deprecations":
            value = None  # told when it happened
        elif item.name == "loop_results":
            value = None if value is None else [pack(found) for found in value]
        elif item.name == "pending_changes":
            value = {VariableLayer(layer).name: told for layer, told in value.register_host_variables.items()}
        elif item.name == "result_data":
            value = {key: told for key, told in value.items() if key != "invocation"}
        if value is not None and (value or item.name == "loop_results" or not isinstance(value, (dict, list))):
            packed[item.name] = value
    return packed


def unpack(packed: Mapping[str, Any]) -> UnifiedTaskResult:
    """Return the result."""
    fields = {"is_module": False, **packed}
    for name in _ERRORS:
        if name in fields:
            fields[name] = error(fields[name])
    if "_warnings" in fields:
        fields["_warnings"] = [warning(item) for item in fields["_warnings"]]
    if "loop_results" in fields:
        fields["loop_results"] = [unpack(item) for item in fields["loop_results"]]
    layers = fields.pop("pending_changes", {})
    fields["pending_changes"] = PendingChanges(
        register_host_variables={VariableLayer[name]: told for name, told in layers.items()}
    )
    unified = UnifiedTaskResult(**fields)
    if "exception" in fields:
        unified.exception = fields["exception"]  # as it arrives from a worker: its making wraps it once more
    return unified


def wire(packed: Mapping[str, Any], fields: Mapping[str, Any], host: str, task: str) -> WireTaskResult:
    """Return what a worker would have sent."""
    return WireTaskResult(host_name=host, task_uuid=task, task_fields=fields, utr=unpack(packed))


def restored(packed: Mapping[str, Any], _fields: Mapping[str, Any], host: Any, task: Any) -> HostTaskResult:
    """Return the strategy's result for plain data, as if a worker had sent it."""
    return HostTaskResult(host=host, task=task, utr=unpack(packed))


def revive(strategy: Any, sent: WireTaskResult) -> HostTaskResult:
    """Return the strategy's result for what a worker sent."""
    return strategy._convert_wire_task_result_to_host_task_result(sent)


def stub(packed: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return only how a step ended; None if replaying it needs more."""
    if any(packed.get(name) for name in ("pending_changes", "registered_values", "stats")):
        return None
    short: dict[str, Any] = {name: packed[name] for name in _STATUS if name in packed}
    if "loop_results" in packed:
        items = [stub(item) for item in packed["loop_results"]]
        if None in items:
            return None
        short["loop_results"] = items
    return short


def public(packed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the result as a play would register it."""
    return unpack(packed).as_result_dict()


def sent(host: Any, task: Any, utr: UnifiedTaskResult) -> Sent:
    """Tell what FinalQueue.send_task_result was given."""
    return Sent(
        host=host.name, task=task._uuid, fields=task.dump_attrs(), seen=_look(utr, is_secret=task.no_log is True)
    )


def item_data(returned: UnifiedTaskResult) -> tuple[UnifiedTaskResult, bool]:
    """Return the data of one execution, and whether it may not be written down."""
    return returned, bool(returned.no_log)


def item_failure(returned: UnifiedTaskResult) -> tuple[bool, bool]:
    """Tell whether one execution failed, and whether its target was unreachable."""
    return bool(returned.failed), bool(returned.unreachable)


def restore_item(executor: Any, packed: Mapping[str, Any], fields: Mapping[str, Any]) -> UnifiedTaskResult:
    """Return what the execution of a loop item returned, recorded as if it had just happened."""
    for name, value in fields.items():
        setattr(executor._task, name, value)
    utr = unpack(packed)
    TaskContext.current()._record_result(utr)
    return utr


def variables(_executor: Any, _arguments: tuple[Any, ...], _keywords: Mapping[str, Any]) -> dict[str, Any]:
    """Return the variables of the execution in hand."""
    return TaskContext.current().task_vars


def unmark(returned: UnifiedTaskResult) -> None:
    """Take out of a result what says that it is restored: a target has no say in that."""
    returned.result_data.pop(MARK, None)


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


def told(result: HostTaskResult) -> HostTaskResult:
    """Return a restored result as callbacks are told of it."""
    return dataclasses.replace(result, utr=_told(result.utr))


def told_items(result: HostTaskResult) -> Iterator[tuple[str, HostTaskResult]]:
    """Yield the callback's method and the result for each item of a restored loop."""
    for item in result.utr.loop_results or ():
        if item.failed or item.unreachable:
            method = "v2_runner_item_on_failed"
        else:
            method = "v2_runner_item_on_skipped" if item.skipped else "v2_runner_item_on_ok"
        yield method, dataclasses.replace(result, utr=_told(item))


def is_told(result: Any) -> bool:
    """Tell whether a callback's argument is a restored result already."""
    return isinstance(result, HostTaskResult) and MARK in result.utr.result_data


def told_arguments(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the arguments of FinalQueue.send_callback with the result as callbacks are told of it."""
    host, task, utr = arguments
    return host, task, _told(utr)


def veiled(result: Any) -> Any:
    """Return a result as callbacks may be told of it: of a no_log one, they would show the error with all its words."""
    if not isinstance(result, HostTaskResult) or result.utr.exception is None or not look(result).is_secret:
        return result
    utr = dataclasses.replace(result.utr)
    utr.exception = None
    return dataclasses.replace(result, utr=utr)


def _told(utr: UnifiedTaskResult) -> UnifiedTaskResult:
    told = dataclasses.replace(
        utr,
        _changed=False,
        _warnings=[],  # told when it happened, as its error was
        _deprecations=[],
        loop_results=None if utr.loop_results is None else [_told(item) for item in utr.loop_results],
        result_data={**utr.result_data, MARK: True},
    )
    told.exception = None
    return told


def _look(utr: UnifiedTaskResult, *, is_secret: bool) -> Seen:
    is_failed, is_unreachable = bool(utr.failed), bool(utr.unreachable)
    ignored = utr.ignore_errors if is_failed else utr.ignore_unreachable if is_unreachable else False
    return Seen(
        is_failed=is_failed,
        is_unreachable=is_unreachable,
        is_skipped=bool(utr.skipped),
        is_changed=utr.changed,
        is_ignored=bool(ignored),
        is_secret=is_secret or bool(utr.no_log),
        has_done_items=any(not (item.failed or item.skipped) for item in utr.loop_results or ()),
        data=utr,
    )
