# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a worker does for its step: leave a page beside the journal, answer finished items, heed its parent's death.

Installed once in the parent, inherited by every fork. A worker whose parent is gone finishes the module in hand, leaves
the result on its page, and starts nothing more. A job at the target it leaves alone: the next attempt goes on with it.
"""

from __future__ import annotations

import functools
import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ansible.executor.task_executor import TaskExecutor
from ansible.executor.task_queue_manager import FinalQueue

from .._engine import codec, ids, owners, points
from .._engine.slotted import dataclass, field
from .._engine.spool import Page
from . import jobs, results
from .core import core
from .fencing import Fence
from .sealing import Cover


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What the parent tells a worker before the fork; `page` is None of a step without an effect."""

    parent: int
    host: str
    task: str
    place: points.Place
    page: Path | None
    idempotency: str
    cover: Cover
    items: Mapping[str, str] = field(default_factory=dict)
    job: jobs.Order | None = None  # of an async step
    fence: Fence | None = None


class _Work:
    """A worker's state, in the child only."""

    def __init__(self, assignment: Assignment) -> None:
        self.assignment = assignment
        self.page: Page | None = None
        self.jobs = jobs.Jobs(assignment.job, assignment.host, self) if assignment.job else None
        self.loop: list[Any] | None = None
        self.index = 0
        self.item = ""
        self.seen: Counter[str] = Counter()
        self.tries = 0
        self.is_restoring = False  # the item in hand is answered from the journal

    def begin(self) -> None:
        """Write the page before looking for the parent: so a page is there whenever work was begun."""
        if self.assignment.page is not None:
            job = self.assignment.job
            self.page = Page(self.assignment.page, is_carried=job is not None and job.is_carried)
            self.page.write("worker", owner=asdict(owners.this_process()))
        self.leave_if_orphaned()

    def begin_try(self, nth: int = 1) -> None:
        """Write down what is in hand from now on; if that cannot be, it must not start."""
        if self.page is not None:
            job = {"nth": nth, "job": True} if self.jobs is not None else {}
            self.page.write("begin", key=self.item, **job)

    def note(self, fact: str, **data: Any) -> bool:
        """Write down what has happened; a full disk must not make a failure of it, for the parent hears it too."""
        if self.page is None:
            return False
        try:
            self.page.write(fact, **data)
        except OSError:
            return False
        return True

    def give_up(self) -> None:
        """End this process with its step in doubt: the parent finds that on the page, where a result would be."""
        self.note("unfound")
        os._exit(0)

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
        TaskExecutor._poll_async_result = _wrap_poll(TaskExecutor._poll_async_result)
        FinalQueue.send_task_result = _wrap_send(FinalQueue.send_task_result)
        FinalQueue.send_callback = _wrap_send_callback(FinalQueue.send_callback)
        jobs.install()
        TaskExecutor._saga_installed = True


def _wrap_run(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def run(self: TaskExecutor) -> Any:
        global _work  # noqa: PLW0603  this process executes one task
        if _assignment is not None:
            core.settle()
            _work = _Work(_assignment)
            _work.begin()
            points.reach(points.WORKER_STARTED, _assignment.host, [_assignment.place])
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
        work.is_restoring = item in work.assignment.items
        if work.is_restoring:
            packed, fields = results.read(work.assignment.items[item], self._task)
            return core.restore_item(self, packed, fields)
        work.leave_if_orphaned()
        work.tries = 0
        key = work.assignment.idempotency
        own_key = ids.digest(key, item, length=32) if item else key
        core.variables(self, arguments, keywords)["saga_idempotency_key"] = own_key
        if work.jobs is not None:
            work.jobs.turn_to(item, own_key)
        work.begin_try(work.jobs.nth if work.jobs else 1)
        points.reach(points.WORK_BEGUN, work.assignment.host, [work.assignment.place])
        returned = original(self, *arguments, **keywords)
        core.unmark(returned)
        core.mark(returned)
        points.reach(points.AFTER_EFFECT, work.assignment.host, [work.assignment.place])
        if item:
            is_failed = results.has_item_failed(returned, self._task)
            payload = results.item_payload(returned, self._task, work.assignment.cover, item)
            is_noted = work.note("item", key=item, payload=payload, is_failed=is_failed, sync=True)
            if work.jobs is not None and is_noted and payload is not None:
                work.jobs.forget()
        return returned

    return execute


def _wrap_handler(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def get(self: TaskExecutor, *arguments: Any, **keywords: Any) -> Any:
        # Asked for once per try: from the second on, the try before has failed and the task says to try again.
        work = _work
        if work is None:
            return original(self, *arguments, **keywords)
        work.tries += 1
        if work.tries > 1:
            if work.page is not None:
                work.page.write("retry")
            work.leave_if_orphaned()
            work.begin_try(work.jobs.nth if work.jobs else work.tries)
        got = original(self, *arguments, **keywords)
        if work.jobs is not None:
            work.jobs.prepare(got[0])
        if work.assignment.fence is not None:
            work.assignment.fence.guard(got[0], self._task)
        return got

    return get


def _wrap_poll(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def poll(self: TaskExecutor, *arguments: Any, **keywords: Any) -> Any:
        if _work is None or _work.jobs is None:
            return original(self, *arguments, **keywords)
        with _work.jobs.polling(self):
            return original(self, *arguments, **keywords)

    return poll


def _wrap_send(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def send(self: FinalQueue, *arguments: Any, **keywords: Any) -> None:
        if _work is not None and _work.page is not None:
            if _work.jobs is not None:
                _work.jobs.settle()
            sent = core.sent(*arguments, **keywords)
            text = results.payload(sent.seen, sent.fields, _work.assignment.cover)
            state = str(results.state_of(sent.seen))
            is_noted = _work.note("result", state=state, payload=text, sync=_work.jobs is not None)
            if _work.jobs is not None and is_noted:
                _work.jobs.forget()
            if os.getppid() != _work.assignment.parent:
                os._exit(0)  # nobody reads the queue any more; a full pipe would hold this process for ever
        original(self, *arguments, **keywords)

    return send


def _wrap_send_callback(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def send(self: FinalQueue, method: str, *arguments: Any) -> None:
        original(self, method, *(core.told_arguments(arguments) if _work and _work.is_restoring else arguments))

    return send
