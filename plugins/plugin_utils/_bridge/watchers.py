# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Callbacks that watch durable runs: they hear of an attempt from its begin to its end, beside Ansible's own events.

A callback plugin that has a method ``saga_began`` is told of the attempt, with a :class:`Watch` to look at it. If it
has them, too, ``saga_written`` is called whenever events have been written to the journal, and ``saga_ended`` when the
attempt's end has been. All of them are called from the main thread, before Ansible acts on what was written.

Whatever goes wrong in a watcher is told once, and is no reason for the run to fail: the watcher hears no more.
"""

from __future__ import annotations

from typing import Any

from ansible.utils.display import Display

from .._engine.audit import End
from .._engine.clock import Clock
from .._engine.records import Event, PlannedStep, Run, Step
from .._engine.report import Question
from .._engine.run import Attempt
from .telling import waiting_of

display = Display()


class Watch:
    """An attempt as a callback sees it; to be used in the main thread only."""

    def __init__(self, attempt: Attempt, options: Any) -> None:
        self._attempt = attempt
        self._seen = 0
        self.options = options

    @property
    def run(self) -> Run:
        """The run as it is now; its `attempt` is this one."""
        return self._attempt.run

    @property
    def is_resumed(self) -> bool:
        return self._attempt.is_resumed

    @property
    def clock(self) -> Clock:
        return self._attempt.clock

    def news(self) -> list[Event]:
        """Return the run's events that this watch has not returned yet, from its first one on, whoever wrote them."""
        found = self._attempt.events(after=self._seen)
        self._seen = found[-1].seq if found else self._seen
        return found

    def events(self, *, after: int) -> list[Event]:
        """Return the run's events that have a larger number, whether they are news or not."""
        return self._attempt.events(after=after)

    def end(self) -> End:
        """Return where the run's audit ends now."""
        return self._attempt.audit_end()

    def plan(self) -> tuple[PlannedStep, ...]:
        """Return the steps that the playbook foresaw when the run began."""
        return self._attempt.plan()

    def steps(self) -> list[Step]:
        """Return the steps of the attempt's slice; one whose event is news may still be as it was before."""
        return self._attempt.steps()

    def step(self, host: str, key: str) -> Step | None:
        """Return one of these steps; None if it is not known yet."""
        return self._attempt.step(host, key)

    def earlier(self, count: int) -> list[list[Step]]:
        """Return the steps of runs of the same workflow that have been completed, of the newest ones."""
        return self._attempt.earlier(count)

    def questions(self) -> tuple[Question, ...]:
        """Return what the run waits for somebody to decide, once the attempt has ended."""
        return waiting_of(self._attempt)


class Watchers:
    """The callbacks of a process that watch its attempt."""

    def __init__(self, tqm: Any, attempt: Attempt, options: Any) -> None:
        self._watchers = [*_own(options), *(plugin for plugin in _callbacks(tqm) if hasattr(plugin, "saga_began"))]
        for watcher in list(self._watchers):
            self._tell(watcher, "saga_began", Watch(attempt, options))
        if self._watchers:
            attempt.written.append(self.written)

    def written(self) -> None:
        """Say that events were written."""
        self._tell_all("saga_written")

    def ended(self) -> None:
        """Say that the attempt has ended, and how."""
        self._tell_all("saga_ended")

    def _tell_all(self, method: str) -> None:
        for watcher in list(self._watchers):
            if hasattr(watcher, method):
                self._tell(watcher, method)

    def _tell(self, watcher: Any, method: str, *arguments: Any) -> None:
        try:
            getattr(watcher, method)(*arguments)
        except (Exception, SystemExit) as error:  # noqa: BLE001  somebody else's code, and no reason to stop
            self._watchers.remove(watcher)
            name = getattr(watcher, "CALLBACK_NAME", type(watcher).__name__)
            display.warning(f"saga: callback {name} watches no more: {type(error).__name__}: {error}")


def _own(options: Any) -> list[Any]:
    if options.anchor is None:
        return []
    from .anchoring import Anchoring  # noqa: PLC0415  few runs are anchored

    return [Anchoring(options.anchor)]


def _callbacks(tqm: Any) -> list[Any]:
    stdout = getattr(tqm, "_stdout_callback", None)  # since 2.19 it is one among the others
    return [plugin for plugin in (stdout, *tqm._callback_plugins) if plugin is not None]
