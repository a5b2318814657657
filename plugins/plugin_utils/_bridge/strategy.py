# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mix-in that makes a strategy durable.

It stands in front of a strategy of ansible-core and overrides the few methods that all of them share: queueing a task
(an intent, or a replay), taking in results (an outcome before anything else), and the play's end (the way back).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, NoReturn

from ansible.errors import AnsibleError
from ansible.executor.play_iterator import FailedStates, IteratingStates
from ansible.plugins.strategy.linear import StrategyModule as Linear
from ansible.template import Templar

from .._engine import points
from .._engine.errors import EngineError
from .._engine.meeting import Captured, Course, Finish, Reference, Way
from .._engine.promises import Then
from .._engine.records import StepState
from . import capturing, naming, results, undo, worker
from .core import core
from .core.seen import FIELDS, Seen
from .doubts import Doubts
from .gate import Gate
from .session import Session, idempotency_key


class Durable:
    """Mix in before a StrategyModule of ansible-core."""

    def __init__(self, tqm: Any) -> None:
        super().__init__(tqm)
        self._results = Gate(self._results)
        self._saga: Session | None = None
        self._doubts: Doubts | None = None
        self._iterator: Any = None
        self._is_stopping_others = False

    # The play

    def run(self, iterator: Any, play_context: Any) -> Any:
        self._saga = session = Session.of(self._tqm, iterator._play)
        if session is None:
            return super().run(iterator, play_context)
        if session.is_over:
            # An earlier play has ended the run; RUN_FAILED_BREAK_PLAY keeps later batches and plays from starting.
            return self._tqm.RUN_FAILED_BREAK_PLAY if session.has_failed else self._tqm.RUN_OK
        try:
            self._iterator, self._doubts = iterator, Doubts(session.attempt)
            session.enter(self, iterator)
            result = super().run(iterator, play_context)
            self._check()
            session.note_ended(iterator)
            points.reach(points.PLAY_ENDED, iterator._play.get_name())
            return undo.after_play(self, session, iterator, result)
        except EngineError as error:
            self._fail(error)
        except BaseException as error:
            session.stop(error, self._take_in)
            raise

    def run_plain(self, iterator: Any, play_context: Any) -> Any:
        """Run an iterator as the stock strategy does, results still durable: for compensations."""
        before, self._iterator = self._iterator, iterator
        try:
            return super().run(iterator, play_context)
        finally:
            self._iterator = before

    def get_hosts_left(self, iterator: Any) -> list[Any]:
        """Return the hosts that go on; called between two tasks, which is where a failing run stops the others."""
        session = self._saga
        if session is not None and session.undoing is None and self._must_stop(session):
            for host in super().get_hosts_left(iterator):
                if self._is_going_forward(iterator, host):
                    self._tqm._failed_hosts[host.name] = True
                    iterator.mark_host_failed(host)
        return super().get_hosts_left(iterator)

    # A step

    def _queue_task(self, host: Any, task: Any, task_vars: dict[str, Any], play_context: Any) -> None:
        session = self._saga
        if session is None or naming.module(task) in naming.CONTROLLER_ONLY:
            worker.assign(None)
            if session is not None:
                task_vars.update(session.run_variables())
            super()._queue_task(host, task, task_vars, play_context)
            return
        self._check()
        templar = Templar(loader=self._loader, variables=task_vars)
        state = self._iterator.get_state_for_host(host.name)
        try:
            reference = session.reference(
                host,
                task,
                self._iterator,
                templar,
                # Only in lockstep is there such a thing; free and host_pinned run the task on each host.
                is_for_every_host=isinstance(self, Linear) and naming.is_for_one_host(task, templar),
                is_aftermath=_is_aftermath(state),
            )
            if reference.contract.then is Then.CONTINUE and session.undoing is None:  # who undoes must not fail unseen
                task.ignore_errors = True
            decision = session.attempt.decide(reference)
            if decision.way is not Way.PASS_OVER:
                session.locks.hold_for(reference, templar, self._pause)
            if decision.way is Way.EXECUTE:
                task_vars.update(session.variables(reference))
                if session.undoing is not None:
                    task_vars["saga_step"] = undo.told(session, session.undoing, host.name)
                session.attempt.start(reference)
        except EngineError as error:
            self._fail(error)
        if decision.way is Way.EXECUTE:
            session.in_flight[host.name, task._uuid] = reference, bool(task.register)
            worker.assign(self._assignment(reference, decision, host, task))
            queued_before = self._pending_results
            super()._queue_task(host, task, task_vars, play_context)
            worker.assign(None)
            if self._pending_results == queued_before:
                # ansible-core passes over a worker that cannot be started, and would go on as if there were no step.
                del session.in_flight[host.name, task._uuid]
                raise AnsibleError(f"saga: no worker could be started for {reference.name!r} on {host.name}")
        else:
            queued = {"host": host, "task": task, "task_vars": task_vars, "play_context": play_context}
            self._replay(reference, decision, queued)

    def _assignment(self, reference: Reference, decision: Course, host: Any, task: Any) -> worker.Assignment:
        attempt = self._saga.attempt
        page = attempt.spool.page(attempt.run.id, attempt.run.attempt, reference.host, reference.key)
        return worker.Assignment(
            parent=os.getpid(),
            host=host.name,
            task=task._uuid,
            page=page if reference.has_intent else None,
            idempotency=idempotency_key(attempt.run.id, reference),
            is_registered=bool(task.register),
            items=dict(decision.items),
            job=self._doubts.order(reference, decision),
        )

    def _replay(self, reference: Reference, decision: Course, queued: dict[str, Any]) -> None:
        """Answer a step from the journal: what a worker would have sent goes in, stock code does the rest."""
        host, task = queued["host"], queued["task"]
        self._queued_task_cache[host.name, task._uuid] = queued
        if decision.way is Way.PASS_OVER:
            self._saga.has_passed_over = True
            sent = results.skipped(host.name, task)
        else:
            if self._saga.attempt.has_to_capture(reference):
                self._saga.attempt.capture(reference, self._kept(reference, task, results.public(decision.payload)))
            sent = results.wire(decision.payload, host.name, task)
        result = core.revive(self, sent)
        core.task_of(result)._saga_restored = True
        self._pending_results += 1
        if decision.is_news:
            self._saga.in_flight[host.name, task._uuid] = reference, bool(task.register)
            self._results.append(result)
        else:
            self._results.hold(result, ended=decision.ended)

    def _execute_meta(self, task: Any, play_context: Any, iterator: Any, target_host: Any) -> Any:
        failed_before = self._failed_now(iterator)
        done = super()._execute_meta(task, play_context, iterator, target_host)
        if self._saga is not None and (forgiven := failed_before - self._failed_now(iterator)):  # clear_host_errors
            try:
                self._saga.forgive(forgiven)
            except EngineError as error:
                self._fail(error)
        return done

    # Results

    def _process_pending_results(self, iterator: Any, *arguments: Any, **keywords: Any) -> Any:
        if self._saga is not None:
            self._check()
            try:
                self._take_in()
            except EngineError as error:
                self._fail(error)
            if self._doubts.has_unfound():
                self._saga.await_steps(self._take_in)
                self._saga.fail(self._doubts.error())
            if self._results.is_holding and keywords.get("max_passes"):
                return []  # linear looks between two hosts of one task: others of them may come first
        else:
            self._results.record(self._results.arrived())
        self._results.admit()
        processed = super()._process_pending_results(iterator, *arguments, **keywords)
        for result in processed:
            if getattr(core.task_of(result), "_saga_restored", False) and _was_counted_as_change(core.look(result)):
                self._tqm._stats.decrement("changed", core.host_of(result).name)  # it changed then, not now
        return processed

    def _take_in(self) -> None:
        """Make what has arrived durable, in one transaction; then it may be let in."""
        arrived = self._results.arrived()
        finishes = []
        for result in arrived:
            known = self._saga.in_flight.get(_place_of(result))
            if known is not None:
                finishes.append(self._finish(result, known[0], is_registered=known[1]))
        if finishes:
            self._saga.attempt.finish(finishes)
        for result in arrived:
            self._saga.in_flight.pop(_place_of(result), None)
        for finish in finishes:
            if finish.state.is_failure and not finish.is_handled:
                self._saga.note_failure(finish.reference, word=str(finish.state))
        self._results.record(arrived)

    def _finish(self, result: Any, reference: Reference, *, is_registered: bool) -> Finish:
        seen = core.look(result)
        state = results.state_of(seen)
        task = core.task_of(result)
        fields = task.dump_attrs() if seen.is_failed else {name: getattr(task, name) for name in FIELDS}
        kept = self._captured(reference, task, seen) if state is StepState.OK else Captured()
        return Finish(
            reference=reference,
            state=state,
            payload=results.payload(seen, fields, is_registered=is_registered),
            is_handled=self._is_handled(result, state, is_ignored=seen.is_ignored) if state.is_failure else None,
            may_remain=state is StepState.FAILED and seen.has_done_items,
            captured=kept.own,
            of_units=kept.of_units,
        )

    def _captured(self, reference: Reference, task: Any, seen: Seen) -> Captured:
        return capturing.withheld(reference) if seen.is_secret else self._kept(reference, task, results.shown(seen))

    def _kept(self, reference: Reference, task: Any, result: Mapping[str, Any]) -> Captured:
        queued = self._queued_task_cache.get((reference.on, task._uuid), {})
        variables, register = queued.get("task_vars", {}), str(task.register or "")
        return capturing.captured(reference, variables, result, register=register, loader=self._loader)

    def _is_handled(self, result: Any, state: StepState, *, is_ignored: bool) -> bool:
        """Tell, before Ansible acts on a failure, whether the play will go on: ignored, or a rescue is there."""
        if is_ignored:
            return True
        if state is StepState.UNREACHABLE or self._saga.undoing is not None:
            return False
        state_now = self._iterator.get_host_state(core.host_of(result))  # a copy
        if state_now.run_state == IteratingStates.HANDLERS:
            state_now.run_state = state_now.pre_flushing_run_state
        # An always section runs too, but only a rescue lets the host go on afterwards.
        return self._iterator.is_any_block_rescuing(state_now)

    # Inside

    def _check(self) -> None:
        self._saga.check(self._take_in)

    def _pause(self) -> None:
        """Do what must not wait while a step waits for its lock."""
        self._check()
        self._take_in()

    def _fail(self, error: EngineError) -> NoReturn:
        self._saga.fail(error, self._take_in)
        raise AnsibleError(str(error))

    def _failed_now(self, iterator: Any) -> set[str]:
        return {*iterator.get_failed_hosts(), *self._tqm._failed_hosts, *self._tqm._unreachable_hosts}

    def _must_stop(self, session: Session) -> bool:
        """Tell whether nobody goes forward any more, from now on."""
        self._is_stopping_others = self._is_stopping_others or undo.stops_others(session, self._iterator)
        return self._is_stopping_others

    def _is_going_forward(self, iterator: Any, host: Any) -> bool:
        state = iterator.get_state_for_host(host.name)
        active = iterator.get_active_state(state).run_state
        # Rescue and always sections run to their end, as in stock Ansible.
        is_cleaning_up = active in {IteratingStates.RESCUE, IteratingStates.ALWAYS}
        return state.run_state != IteratingStates.COMPLETE and not iterator.is_failed(host) and not is_cleaning_up


def _place_of(result: Any) -> tuple[str, str]:
    return core.host_of(result).name, core.task_of(result)._uuid


def _was_counted_as_change(seen: Seen) -> bool:
    """Tell whether the recap counts a result as a change: it does not for failures that nobody ignored."""
    has_ended_well = not seen.is_failed and not seen.is_unreachable and not seen.is_skipped
    return seen.is_changed and (has_ended_well or (seen.is_failed and seen.is_ignored))


def _is_aftermath(state: Any) -> bool:
    """Tell whether a host that has failed for good is cleaning up: in an always section, with no rescue around it."""
    run_state = state.pre_flushing_run_state if state.run_state == IteratingStates.HANDLERS else state.run_state
    if run_state == IteratingStates.TASKS and state.get_current_block().rescue:
        return False
    if run_state == IteratingStates.ALWAYS and state.fail_state != FailedStates.NONE:
        return True
    children = (state.tasks_child_state, state.rescue_child_state, state.always_child_state)
    return any(_is_aftermath(child) for child in children if child is not None)
