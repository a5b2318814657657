# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results to payloads and back: what is written, what may not be written, and what a replay is made of."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

from .._engine import codec
from .._engine.records import StepState
from .core import core, shapes, text
from .core.seen import FIELDS, Seen
from .sealing import Cover

# ansible-core 2.16 and 2.17 say no more of a time limit, nor of a worker that had no memory left.
_CUT_OFF = (
    "failed to execute in the expected time frame",
    "Unexpected failure during module execution",
    "Task result omitted due to queue send failure",  # its module is done, and has said what no worker can pass on
)
_NOT_BEGUN = "Task failed: "  # what a module says of itself is passed on as it is
_NOT_BEGUN_BEFORE_2_19 = ("undefined variable", "The conditional check", "template error while templating")
_FAILED_BY_ITSELF = "Task failed."  # of the latter newer ones say less: MemoryError has no text


def state_of(seen: Seen) -> StepState:
    """Return the step state that a result stands for."""
    if seen.is_failed:
        return StepState.FAILED
    if seen.is_unreachable:
        return StepState.UNREACHABLE
    return StepState.SKIPPED if seen.is_skipped else StepState.OK


def was_cut_off(seen: Seen) -> bool:
    """Tell whether a step failed in the middle, so that its effect, or some of it, may be there.

    It ran into its time limit, or its module died without an answer. What a module says of its own failure is its own
    word that it has not done what it was for.
    """
    told = shown(seen)
    msg = str(told.get("msg") or "")
    is_told = msg == _FAILED_BY_ITSELF or any(words in msg for words in _CUT_OFF)
    return bool(told.get("timedout")) or "module_stdout" in told or is_told


def has_not_begun(seen: Seen) -> bool:
    """Tell whether a step failed before its module ran: a variable is not defined, a condition cannot be evaluated."""
    msg = str(shown(seen).get("msg") or "")
    return msg.startswith(_NOT_BEGUN) or any(words in msg for words in _NOT_BEGUN_BEFORE_2_19)


def payload(seen: Seen, fields: Mapping[str, Any], cover: Cover) -> str | None:
    """Return a result as text; None when it holds what may not be written down and a replay would need it.

    no_log results and vaulted values are never stored in the clear; without a key that seals them they are not stored,
    and what is too large or nested too deeply is not. Of a result that nothing registers, how the step ended is enough.
    """
    with contextlib.suppress(codec.UnfitError):
        return _payload(seen, fields, cover, is_whole=True)
    with contextlib.suppress(codec.UnfitError):
        return _payload(seen, fields, cover, is_whole=False)
    return None


def _payload(seen: Seen, fields: Mapping[str, Any], cover: Cover, *, is_whole: bool) -> str:
    """Return what is stored of a result, all of it or how the step ended; raise UnfitError if it may not be."""
    is_sealed = False

    def storable() -> dict[str, Any]:
        nonlocal is_sealed
        packed: Mapping[str, Any] | None = core.pack(seen.data)
        is_secret = seen.is_secret or has_vaulted(packed)
        # A rescue sees all of the task that failed (ansible_failed_task); elsewhere a result needs little of it.
        is_seen = is_whole and seen.is_failed
        is_open = is_seen and not has_vaulted(fields)
        few = {name: fields[name] for name in FIELDS if name in fields}
        is_sealed = cover.key is not None and (is_secret or cover.is_wanted or (is_seen and not is_open))
        if not is_whole or (is_secret and not is_sealed):
            packed = None if cover.is_registered or packed is None else core.stub(packed)
        if packed is None and not (is_sealed and is_whole):
            raise codec.UnfitError("it may not be written down")
        if is_sealed:
            return _secret(packed, fields if is_seen else few)
        return _open(packed, fields if is_open and not seen.is_secret else few)

    stored = codec.kept(storable)
    return cover.seal(stored) if is_sealed else stored


def item_payload(returned: Any, task: Any, cover: Cover, item: str) -> str | None:
    """Return a loop item's result as text; None when it may not be written down, or is too large for that."""
    is_sealed = False

    def storable() -> dict[str, Any]:
        nonlocal is_sealed
        data, is_secret = core.item_data(returned)
        packed = core.pack(data)
        fields = {name: getattr(task, name) for name in FIELDS if name != "name"}
        is_secret = is_secret or has_vaulted(packed)
        is_sealed = cover.key is not None and (is_secret or cover.is_wanted)
        if is_secret and not is_sealed:
            raise codec.UnfitError("it may not be written down")
        return _secret(packed, fields) if is_sealed else _open(packed, fields)

    with contextlib.suppress(codec.UnfitError):
        stored = codec.kept(storable)
        return cover.seal(stored, item) if is_sealed else stored
    return None


def has_item_failed(returned: Any, task: Any) -> bool:
    """Tell whether a loop item failed and nothing ignores that: a resume does it again."""
    is_failed, is_unreachable = core.item_failure(returned)
    return bool((is_failed and not task.ignore_errors) or (is_unreachable and not task.ignore_unreachable))


def read(payload: str, task: Any) -> tuple[Any, Mapping[str, Any]]:
    """Return a payload's packed result and the task's fields; one that another ansible-core wrote is converted."""
    stored = codec.decode(payload)
    if known := stored.get("vaulted"):  # what came from a vault is known for that again
        stored = {
            **text.marked({"result": stored["result"], "fields": stored["fields"]}, known),
            "family": stored["family"],
        }
    fields = stored.get("fields") or {}
    if stored["family"] == core.FAMILY:
        return stored["result"], fields
    fields = {name: fields[name] for name in FIELDS if name in fields}  # the others may be of another shape, too
    return core.adopt(shapes.dictionary(stored), task, fields), fields


class Restored:
    """Makes a strategy's results of payloads. Hosts whose tasks were alike share the copy of the task in them."""

    def __init__(self) -> None:
        self._last: tuple[Any, Mapping[str, Any], Any] = (None, {}, None)

    def result(self, payload: str, host: Any, task: Any, *, is_shared: bool = True) -> Any:
        """Return a payload's result for a host that has queued the task."""
        packed, fields = read(payload, task)
        known, alike, copy = self._last
        if not is_shared:
            copy = _copied(task, fields)
        elif known is not task or alike != fields:
            copy = _copied(task, fields)
            self._last = task, fields, copy
        return core.restored(packed, fields, host, copy)


def _copied(task: Any, fields: Mapping[str, Any]) -> Any:
    """Return a task as its worker had it; made as ansible-core makes it of what a worker sends."""
    copy = task.copy(exclude_parent=True, exclude_tasks=True)
    copy._parent = task._parent
    copy.from_attrs(fields)
    return copy


def skipped(host: str, task: Any) -> Any:
    """Return the object that a worker would have sent for a task that it passed over."""
    packed = core.adopt({"data": {"skipped": True, "changed": False}}, task, {})
    return core.wire(packed, {}, host, task._uuid)


def failed(host: str, task: Any, msg: str) -> Any:
    """Return the object that a worker would have sent for a task that failed with this message."""
    packed = core.adopt({"data": {"failed": True, "changed": False, "msg": msg}}, task, {})
    return core.wire(packed, {}, host, task._uuid)


def shown(seen: Seen) -> dict[str, Any]:
    """Return a result that has just arrived as a play would register it."""
    return core.public(core.pack(seen.data))


def public(payload: str) -> dict[str, Any]:
    """Return a payload's result as a play would register it."""
    return core.public(read(payload, None)[0])


def remarked(payload: str, value: Any) -> Any:
    """Return data that was made of a payload, in which what came from a vault is known for that."""
    known = codec.decode(payload).get("vaulted")
    return text.marked(value, known) if known else value


def _open(packed: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {"family": core.FAMILY, "result": packed, "fields": fields}


def _secret(packed: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is sealed: with the texts in it that come from a vault, each with its ciphertext."""
    known = {**text.vaulted_in(packed), **text.vaulted_in(fields)}
    return {**_open(packed, fields), "vaulted": known}


def has_vaulted(value: Any) -> bool:
    """Tell whether a value comes from a vault, or holds one that does."""
    if text.is_vaulted(value):
        return True
    if value is None or isinstance(value, (str, bytes, int, float)):  # most are: an abstract class takes long to ask
        return False
    if isinstance(value, Mapping):
        return any(has_vaulted(item) for item in value.values())
    return isinstance(value, Sequence) and any(has_vaulted(item) for item in value)
