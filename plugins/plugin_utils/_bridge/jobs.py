# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Async jobs as their worker sees them: never started twice, their files kept until the result is on its page [I4].

A job's number is not random but made of its step (run, host, key, item) and its try, so that an attempt that finds a
step begun can look for the job at the target. ansible-core does the rest: it starts, polls and judges.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from ansible.plugins import action
from ansible.template import Templar
from ansible.utils.display import Display

from .._engine import ids, points
from .._engine.slotted import dataclass
from .job_files import Found, can_look, forget, look

_HEED = 0.2  # seconds between two looks for the parent while a job is polled
_TRY_DIGITS = 6

display = Display()


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the parent knows of an async step.

    `in_doubt` names the items whose jobs may be there with the try each was at; it is None when that may be any item.
    """

    in_doubt: Mapping[str, int] | None
    has_been_met: bool  # an earlier execution may have left a job, or the file of one
    may_start: bool  # although a job was begun and is not found

    @property
    def is_carried(self) -> bool:
        """True if the step's page has come from an earlier attempt."""
        return self.in_doubt is None or bool(self.in_doubt)


class Means(Protocol):
    """What a job's worker can do about its page and its life."""

    def begin_try(self, nth: int) -> None:
        """Write down which try is in hand."""

    def leave_if_orphaned(self) -> None:
        """End this process if its parent is gone."""

    def give_up(self) -> None:
        """End this process with its step in doubt."""


class Jobs:
    """The jobs of one worker's step, one item at a time."""

    def __init__(self, order: Order, host: str, means: Means) -> None:
        self._order = order
        self._host = host
        self._means = means
        self._settled: set[str] = set()
        self._item = ""
        self._base = ""
        self._tries = 0
        self._files: list[tuple[Any, str]] = []

    @property
    def nth(self) -> int:
        """The try that comes next."""
        return self._tries + 1

    def turn_to(self, item: str, key: str) -> None:
        """Go on with an item; `key` is the same in every attempt."""
        self._item, self._base = item, _base(key)
        self._tries = (self._order.in_doubt or {}).get(item, 1) - 1

    def prepare(self, handler: Any) -> None:
        """Make the next try's action look before it starts anything."""
        self._tries += 1
        start = handler.run

        def run(*arguments: Any, **keywords: Any) -> Any:
            found = self._find(handler)
            if found is not None:
                return _attached(found)
            with _numbers.fixed(int(_number(self._base, self._tries))):
                result = start(*arguments, **keywords)
            points.reach(points.JOB_STARTED, self._host)
            return result

        handler.run = run

    @contextlib.contextmanager
    def polling(self, executor: Any) -> Iterator[None]:
        """While core polls: keep the job's file when core would remove it, and leave soon if the parent is gone."""
        loader, handler = executor._shared_loader_obj.action_loader, executor._handler
        get, done = loader.get, threading.Event()

        def get_kept(*arguments: Any, **keywords: Any) -> Any:
            got = get(*arguments, **keywords)
            if _is_cleaning(got) and can_look(handler):
                got.run = lambda *_arguments, **_keywords: {}
                self._files.append((handler, self._base))
            return got

        def heed() -> None:
            while not done.wait(_HEED):
                self._means.leave_if_orphaned()

        loader.get = get_kept
        threading.Thread(target=heed, daemon=True).start()
        try:
            yield
        finally:
            done.set()
            del loader.get  # the class's own shows again

    def forget(self) -> None:
        """Remove the files of jobs whose results are durable; if that fails, a file is left and nothing is lost."""
        files, self._files = self._files, []
        for handler, base in dict.fromkeys(files):
            with contextlib.suppress(Exception):
                forget(handler, base)

    def settle(self) -> None:
        """Give up if a job in doubt was never looked for: its item failed before that, or is gone from the loop."""
        if not self._order.may_start and set(self._order.in_doubt or ()) - self._settled:
            self._means.give_up()

    def _find(self, handler: Any) -> Found | None:
        """Return the job that this try is about, if it was started before; of one in doubt, give up without it."""
        order = self._order
        is_in_doubt = self._item not in self._settled and (order.in_doubt is None or self._item in order.in_doubt)
        found: Found | None = None
        if is_in_doubt and not order.may_start:
            try:
                found = self._look(handler, is_in_doubt=True)
            except KeyboardInterrupt:
                raise
            except BaseException:  # noqa: BLE001  whatever keeps us from looking, a timeout too: the doubt stays
                found = None
            if found is None:
                self._means.give_up()
        elif is_in_doubt or (order.has_been_met and self._item not in self._settled):
            found = self._look(handler, is_in_doubt=is_in_doubt)
        self._settled.add(self._item)
        if found is not None:
            self._tries = int(found.number.removeprefix(self._base))
            self._means.begin_try(self._tries)
            display.display(f"saga: [{self._host}] goes on with job {found.job}")
        return found

    def _look(self, handler: Any, *, is_in_doubt: bool) -> Found | None:
        if not handler._task.async_val or not can_look(handler):
            return None
        is_known = is_in_doubt and self._order.in_doubt is not None
        found = look(handler, _number(self._base, self._tries) if is_known else self._base)
        # Of a step that has ended (it failed, or is told to run again) only a job still at work counts.
        fit = [file for file in found if file.is_at_work or (is_in_doubt and file.has_ended)]
        if not fit and (self._order.may_start or not is_in_doubt):
            forget(handler, self._base)  # or a later look would take what is left for the next job
        return fit[-1] if fit else None


class _Numbers:
    """Stands in for the module that ansible-core draws a job's number from: `secrets`, before 2.18 `random`."""

    def __init__(self) -> None:
        self._number: int | None = None
        self._source: Any = None

    def install(self) -> None:
        for name in ("secrets", "random"):
            if hasattr(action, name):
                self._source = getattr(action, name)
                setattr(action, name, self)

    @contextlib.contextmanager
    def fixed(self, number: int) -> Iterator[None]:
        self._number = number
        try:
            yield
        finally:
            self._number = None

    def randbelow(self, limit: int) -> int:
        return self._source.randbelow(limit) if self._number is None else self._number

    def randint(self, low: int, high: int) -> int:
        return self._source.randint(low, high) if self._number is None else self._number

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)


_numbers = _Numbers()


def install() -> None:
    """Let ansible-core draw the numbers of jobs from us, once."""
    _numbers.install()


def is_job(task: Any, templar: Templar) -> bool:
    """Tell whether a task is async, or may be: what it templates may need a loop's item."""
    value = task.async_val
    if isinstance(value, str):
        try:
            value = int(templar.template(value))
        except Exception:  # noqa: BLE001  its worker will tell what is wrong with it
            return True
    return bool(value)


def _base(key: str) -> str:
    return str(10**15 + int(ids.digest(key, "job", length=15), 16) % (9 * 10**15))


def _number(base: str, nth: int) -> str:
    return f"{base}{nth:0{_TRY_DIGITS}d}"


def _is_cleaning(handler: Any) -> bool:
    return handler is not None and handler._task.args.get("mode") == "cleanup"


def _attached(found: Found) -> dict[str, Any]:
    """Return what starting the job gave."""
    return {
        "ansible_job_id": found.job,
        "started": True,
        "finished": False,
        "results_file": found.path,
        "changed": True,
    }
