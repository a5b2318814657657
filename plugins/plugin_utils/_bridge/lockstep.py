# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In lockstep, a task that hosts have done is passed by on all of them at once.

The linear strategy prepares each host for a worker before it queues a step: variables, templates, plugins. Of a step
that the journal answers nobody asks for them. So the answers to a task are given before the strategy sees it, and it
goes on with the hosts that are left; when none are, with the next task. What it does with results is as ever.

Only steps that ended well are passed by so: after a failure the strategy has more to do than to take in a result.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible import constants as C  # noqa: N812  its name all over Ansible
from ansible.playbook.handler import Handler

from .._engine.errors import EngineError
from .._engine.meeting import Reference
from . import naming
from .core import core
from .lazily import Lazily, Templates, at_once
from .steps import Steps, asks_beside, set_policy
from .waiting import Held


class Lockstep(Steps):
    """The part of a durable strategy that passes by what was done, where all hosts go in lockstep."""

    _play_context: Any = None

    def _get_next_task_lockstep(self, hosts: Sequence[Any], iterator: Any) -> list[tuple[Any, Any]]:
        """Return the next task, with the hosts that it is to be queued for."""
        while True:
            found = super()._get_next_task_lockstep(hosts, iterator)
            left = self._pass_by(found, iterator) if found else found
            if left or not found:
                return left
            self._wait_on_pending_results(iterator)
            if self._tqm._terminated:
                return []
            hosts = self.get_hosts_left(iterator)

    def _pass_by(self, found: list[tuple[Any, Any]], iterator: Any) -> list[tuple[Any, Any]]:
        """Answer a task on the hosts that have done it; return the others, all of which are still to do it."""
        task = found[0][1]
        if not self._may_pass_by(task, iterator):
            return found
        self._check()
        hosts = [host for host, _task in found if not core.has_had_role(self, task, host, iterator._play)]
        try:
            answers = self._saga.recalled(hosts, task, iterator._play)
        except EngineError as error:
            self._fail(error)
        if not answers:
            return found
        answered = [host for host in hosts if host.name in answers]
        variables = self._variables_of(task, iterator)
        if len(answered) == len(hosts):  # else it is announced with the first of the others
            self._announce(task, variables(answered[0]))
        first = answers[answered[0].name][0]
        set_policy(task, first, is_undoing=False)
        is_asking = asks_beside(first, task)
        for host in answered:
            reference, course = answers[host.name]
            queued = {"host": host, "task": task, "task_vars": variables(host), "play_context": self._play_context}
            if is_asking:
                queued["task_vars"] = at_once(queued["task_vars"])
                self._hold_for(reference, queued)
            self._replay(Held(reference=reference, course=course, queued=queued))
            if isinstance(task, Handler):
                task.remove_host(host)
        return [(host, task) for host, task in found if host.name not in answers]

    def _announce(self, task: Any, variables: dict[str, Any]) -> None:
        """Tell callbacks of a task as the strategy does; the variables are for its name."""
        if task.name is None or "{" in task.name:
            core.entitle(task, Templates(self._loader, variables if task.name else {}).templar)
        if isinstance(task, Handler):
            self._tqm.send_callback("v2_playbook_on_handler_task_start", task)
        else:
            self._tqm.send_callback("v2_playbook_on_task_start", task, is_conditional=False)

    def _hold_for(self, reference: Reference, queued: dict[str, Any]) -> None:
        """Hold what a step has asked for beside its targets: those that come after it may rely on that."""
        templates = Templates(self._loader, queued["task_vars"])
        try:
            self._saga.locks.hold_for(reference, queued, templates, self._pause)
        except EngineError as error:
            self._fail(error)

    def _may_pass_by(self, task: Any, iterator: Any) -> bool:
        """Tell whether nothing but the journal's word is needed of a task on a host that has done it."""
        session = self._saga
        if session is None or not session.attempt.is_resumed or not session.is_going_forward or self._step:
            return False
        if session.controls.turning or (iterator._play.max_fail_percentage is not None and self._tqm._failed_hosts):
            return False
        if task.action in C._ACTION_META or "{" in task.action or naming.module(task) in naming.CONTROLLER_ONLY:
            return False
        return not task.run_once and not naming.bypasses_hosts(task)

    def _variables_of(self, task: Any, iterator: Any) -> Any:
        """Return what makes the variables of a task for a host, put together when somebody looks at them."""
        play, manager = iterator._play, self._variable_manager.manager
        # As they are now, when Ansible would have asked for them.
        now: dict[str, Any] = {}
        self.add_tqm_variables(now, play=play)

        def made(host: Any) -> dict[str, Any]:
            made = Lazily(
                lambda: manager.get_vars(
                    play=play, host=host, task=task, _hosts=self._hosts_cache, _hosts_all=self._hosts_cache_all
                )
            )
            made.update(now)
            return made

        return made
