# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a worker does for its step: leave a page beside the journal, answer finished items, heed its parent's death.

Installed once in the parent, inherited by every fork. A worker whose parent is gone finishes the module in hand, leaves
the result on its page, and starts nothing more.
"""

from __future__ import annotations

import contextlib
import functools
import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ansible.executor.task_executor import TaskExecutor
from ansible.executor.task_queue_manager import FinalQueue

from .._engine import codec, ids, owners, points
from .._engine.spool import Page
from . import results
from .core import core


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What the parent tells a worker before the fork; `page` is None of a step without an effect."""

    parent: int
    host: str
    task: str
    page: Path | None
    idempotency: str
    is_registered: bool
    items: Mapping[str, str] = field(default_factory=dict)


class _Work:
    """A worker's state, in the child only."""

    def __init__(self, assignment: Assignment) -> None:
        self.assignment = assignment
        self.page: Page | None = None
        self.loop: list[Any] | None = None
        self.index = 0
        self.item = ""
        self.seen: Counter[str] = Counter()
        self.tries = 0

    def begin(self) -> None:
        """Write the page before looking for the parent: so a page is there whenever work was begun."""
        if self.assignment.page is not None:
            self.page = Page(self.assignment.page)
            self.page.write("worker", owner=asdict(owners.this_process()))
        self.leave_if_orphaned()

    def note(self, fact: str, **data: Any) -> None:
        """Write down what has happened; a full disk must not make a failure of it, for the parent hears it too."""
        if self.page is not None:
            with contextlib.suppress(OSError):
                self.page.write(fact, **data)

    def leave_if_orphaned(self) -> None:
        """End this process if its parent is gone; nothing more may start."""
        if os.getppid() == self.assignment.parent:
            return
        self.note("left", sync=True)
        os._exit(0)

    def next_item(self) -> str:
        """Return the key of the item that is executed now: its content, and which of equal ones it is."""
        if self.loop is None:
            return ""
        key = ids.digest(codec.canonical(self.loop[self.index]), length=32)
        self.index += 1
        self.seen[key] += 1
        self.item = f"{key}.{self.seen[key]}"
        return self.item


_assignment: Assignment | None = None
_work: _Work | None = None


def assign(assignment: Assignment | None) -> None:
    """Set what the next fork is told; None for tasks that are none of our business."""
    global _assignment  # noqa: PLW0603  a fork inherits module state; there is no other way to hand it over
    _assignment = assignment


def install() -> None:
    """Wrap the executor and the queue, once."""
    if not hasattr(TaskExecutor, "_saga_installed"):
        TaskExecutor.run = _wrap_run(TaskExecutor.run)
        TaskExecutor._run_loop = _wrap_run_loop(TaskExecutor._run_loop)
        TaskExecutor._execute = _wrap_execute(TaskExecutor._execute)
        TaskExecutor._get_action_handler_with_module_context = _wrap_handler(
            TaskExecutor._get_action_handler_with_module_context
        )
        FinalQueue.send_task_result = _wrap_send(FinalQueue.send_task_result)
        TaskExecutor._saga_installed = True


def _wrap_run(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def run(self: TaskExecutor) -> Any:
        global _work  # noqa: PLW0603  this process executes one task
        if _assignment is not None:
            core.settle()
            _work = _Work(_assignment)
            _work.begin()
            points.reach(points.WORKER_STARTED, _assignment.host)
        return original(self)

    return run


def _wrap_run_loop(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def run_loop(self: TaskExecutor, items: list[Any]) -> Any:
        if _work is not None:
            _work.loop, _work.index = items, 0
        return original(self, items)

    return run_loop


def _wrap_execute(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def execute(self: TaskExecutor, *arguments: Any, **keywords: Any) -> Any:
        work = _work
        if work is None:
            return original(self, *arguments, **keywords)
        item = work.next_item()
        if item in work.assignment.items:
            packed, fields = results.read(work.assignment.items[item], self._task)
            return core.restore_item(self, packed, fields)
        work.leave_if_orphaned()
        work.tries = 0
        key = work.assignment.idempotency
        key = ids.digest(key, item, length=32) if item else key
        core.variables(self, arguments, keywords)["saga_idempotency_key"] = key
        if work.page is not None:
            work.page.write("begin", key=item)
        returned = original(self, *arguments, **keywords)
        core.mark(returned)
        points.reach(points.AFTER_EFFECT, work.assignment.host)
        if item:
            is_failed = results.has_item_failed(returned, self._task)
            payload = results.item_payload(returned, self._task)
            work.note("item", key=item, payload=payload, is_failed=is_failed, sync=True)
        return returned

    return execute


def _wrap_handler(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def get(self: TaskExecutor, *arguments: Any, **keywords: Any) -> Any:
        # Asked for once per try: from the second on, the try before has failed and the task says to try again.
        if _work is not None:
            _work.tries += 1
            if _work.tries > 1:
                if _work.page is not None:
                    _work.page.write("retry")
                _work.leave_if_orphaned()
                if _work.page is not None:
                    _work.page.write("begin", key=_work.item)
        return original(self, *arguments, **keywords)

    return get


def _wrap_send(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def send(self: FinalQueue, *arguments: Any, **keywords: Any) -> None:
        if _work is not None and _work.page is not None:
            sent = core.sent(*arguments, **keywords)
            text = results.payload(sent.seen, sent.fields, is_registered=_work.assignment.is_registered)
            _work.note("result", state=str(results.state_of(sent.seen)), payload=text)
            if os.getppid() != _work.assignment.parent:
                os._exit(0)  # nobody reads the queue any more; a full pipe would hold this process for ever
        original(self, *arguments, **keywords)

    return send
