# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mix-in that makes a strategy durable.

It stands in front of a strategy of ansible-core and overrides the few methods that all of them share: queueing a task
(an intent, or a replay), taking in results (an outcome before anything else), and the play's end (the way back).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible.executor.play_iterator import FailedStates, IteratingStates
from ansible.plugins.strategy.linear import StrategyModule as Linear

from .._engine import points
from .._engine.errors import EngineError
from .._engine.meeting import Captured, Course, Finish, Reference, Way
from .._engine.records import Asks, StepState
from . import capturing, naming, results, undo, worker
from .controls import Halted
from .core import conditions, core, text
from .core.seen import FIELDS, Seen
from .doubts import Doubts
from .gate import Gate
from .lazily import Templates, Variables, at_once
from .lockstep import Lockstep
from .sealing import Cover
from .session import Session
from .steps import SHARED, asks_beside, set_policy
from .waiting import Held, Place, Waiting


class Durable(Lockstep):
    """Mix in before a StrategyModule of ansible-core."""

    def __init__(self, tqm: Any) -> None:
        super().__init__(tqm)
        self._results = Gate(self._results)
        self._saga: Session | None = None
        self._doubts: Doubts | None = None
        self._iterator: Any = None
        self._waiting = Waiting()
        self._restored = results.Restored()
        self._is_stopping_others = False

    # The play

    def run(self, iterator: Any, play_context: Any) -> Any:
        self._saga = session = Session.of(self._tqm, iterator._play)
        if session is None:
            return super().run(iterator, play_context)
        session.outcome = self._run(session, iterator, play_context)
        return session.outcome

    def _run(self, session: Session, iterator: Any, play_context: Any) -> Any:
        if session.is_over:
            # An earlier play has ended the run; RUN_FAILED_BREAK_PLAY keeps later batches and plays from starting.
            return self._tqm.RUN_FAILED_BREAK_PLAY if session.has_failed else self._tqm.RUN_OK
        if session.is_put_off(iterator._play):
            return self._tqm.RUN_FAILED_HOSTS if session.failures else self._tqm.RUN_OK
        try:
            self._iterator, self._doubts = iterator, Doubts(session.attempt)
            self._play_context = play_context
            if session.attempt.is_resumed:
                self._variable_manager = Variables(self._variable_manager)
            session.enter(self, iterator)
            result = super().run(iterator, play_context)
            session.check(self._take_in, is_sure=True)
            session.note_ended(iterator)
            points.reach(points.PLAY_ENDED, iterator._play.get_name())
            return undo.after_play(self, session, iterator, result)
        except Halted:
            return self._tqm.RUN_FAILED_BREAK_PLAY
        except EngineError as error:
            self._fail(error)
        except BaseException as error:
            session.stop(error, self._take_in)
            raise

    def run_plain(self, iterator: Any, play_context: Any) -> Any:
        """Run an iterator as the stock strategy does, results still durable: for compensations."""
        before = self._iterator, self._waiting
        self._iterator, self._waiting = iterator, Waiting(self._waiting, outside=self._queued_task_cache)
        try:
            return super().run(iterator, play_context)
        finally:
            self._iterator, self._waiting = before

    def get_hosts_left(self, iterator: Any) -> list[Any]:
        """Return the hosts that go on; called between two tasks, which is where a failing run stops the others."""
        session = self._saga
        if session is not None and session.is_going_forward and self._must_stop(session):
            self._pass_over_waiting(iterator)
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
            task_vars = at_once(task_vars)
            if session is not None:
                task_vars.update(session.run_variables())
            with self._variables_at_once():
                super()._queue_task(host, task, task_vars, play_context)
            return
        self._check()
        templates = Templates(self._loader, task_vars)
        state = self._iterator.get_state_for_host(host.name)
        try:
            reference = session.reference(
                host,
                task,
                self._iterator,
                templates,
                # Only in lockstep is there such a thing; free and host_pinned run the task on each host.
                is_for_every_host=isinstance(self, Linear) and naming.is_for_one_host(task, templates),
                is_aftermath=_is_aftermath(state),
            )
            set_policy(task, reference, is_undoing=session.undoing is not None)
            course = self._decided(reference, host)
            if course.way is not Way.REPLAY or asks_beside(reference, task):
                task_vars = at_once(task_vars)
            queued = {"host": host, "task": task, "task_vars": task_vars, "play_context": play_context}
            if course.way is not Way.PASS_OVER:
                session.locks.hold_for(reference, queued, templates, self._pause)
        except EngineError as error:
            self._fail(error)
        if course.asks is Asks.APPROVAL and conditions.is_surely_skipped(task, templates.templar, task_vars):
            course = replace(course, way=Way.EXECUTE)  # nobody need approve of what will not be done
        self._take_course(Held(reference=reference, course=course, queued=queued, due=course.due))

    def _decided(self, reference: Reference, host: Any) -> Course:
        session = self._saga
        course = session.attempt.decide(reference)
        is_turning = bool(session.controls.turning) and session.is_going_forward
        if is_turning and course.way is not Way.REPLAY and self._is_going_forward(self._iterator, host):
            return Course(way=Way.PASS_OVER)
        return course

    def _execute_meta(self, task: Any, play_context: Any, iterator: Any, target_host: Any) -> Any:
        # Others forgive nobody, and most of them come once for each host: that is no time to look at all of them.
        if self._saga is None or task.args.get("_raw_params") != "clear_host_errors":
            return super()._execute_meta(task, play_context, iterator, target_host)
        failed_before = self._failed_now(iterator)
        done = super()._execute_meta(task, play_context, iterator, target_host)
        if forgiven := failed_before - self._failed_now(iterator):
            try:
                self._saga.forgive(forgiven)
            except EngineError as error:
                self._fail(error)
        return done

    # Results

    def _process_pending_results(self, iterator: Any, *arguments: Any, **keywords: Any) -> Any:
        if self._saga is not None:
            self._check()
            # linear looks between two hosts of one task: others of them may come first
            is_between = bool(keywords.get("max_passes"))
            if is_between and self._results.waiting < SHARED:  # what is taken in together is one commit
                return []
            try:
                self._take_in()
            except EngineError as error:
                self._fail(error)
            if not is_between:
                self._seek_no_longer()
                self._go_on()
            if is_between and self._results.is_holding:
                return []
            if not is_between and (asking := self._waiting.questions(self._pending_results)):
                self._saga.park(asking)
        else:
            self._results.record(self._results.arrived())
        self._results.admit(withhold=self._waiting.outside)
        processed = super()._process_pending_results(iterator, *arguments, **keywords)
        for result in processed:
            is_restored = getattr(core.task_of(result), "_saga_restored", False)
            if is_restored and core.is_changed(result) and _was_counted_as_change(core.look(result)):
                self._tqm._stats.decrement("changed", core.host_of(result).name)  # it changed then, not now
        return processed

    def _take_in(self) -> None:
        """Make what has arrived durable, in one transaction; then it may be let in."""
        arrived = self._results.arrived()
        finishes, again = [], []
        for result in arrived:
            known = self._saga.in_flight.get(_place_of(result))
            if known is None:
                continue
            finish = self._finish(result, *known)
            delay = self._saga.retries.delay(finish, ahead=len(again))
            if delay is None:
                finishes.append((result, finish))
            else:
                again.append((result, finish, delay))
        if finishes:
            self._saga.attempt.finish([finish for _result, finish in finishes])
        for result in arrived:
            self._saga.in_flight.pop(_place_of(result), None)
        for _result, finish in finishes:
            self._saga.note(finish)
        for result, finish, delay in again:
            self._try_again(_place_of(result), finish, delay)
            self._saga.retries.tell(finish, delay, result)
        put_off = [result for result, _finish, _delay in again]
        self._results.record(result for result in arrived if all(result is not other for other in put_off))

    def _finish(self, result: Any, reference: Reference, cover: Cover) -> Finish:
        seen = core.look(result)
        state = results.state_of(seen)
        task = core.task_of(result)
        fields = task.dump_attrs() if seen.is_failed else {name: getattr(task, name) for name in FIELDS}
        kept = self._captured(reference, task, seen, cover) if state is StepState.OK else Captured()
        return Finish(
            reference=reference,
            state=state,
            payload=results.payload(seen, fields, cover),
            is_handled=self._is_handled(result, state, is_ignored=seen.is_ignored) if state.is_failure else None,
            may_remain=state is StepState.FAILED and seen.has_done_items,
            was_cut_off=state is StepState.FAILED and not task.loop and _was_cut_off(seen, reference),
            captured=kept.own,
            of_units=kept.of_units,
        )

    def _captured(self, reference: Reference, task: Any, seen: Seen, cover: Cover) -> Captured:
        if seen.is_secret and cover.key is None:
            return capturing.withheld(reference)
        cover = replace(cover, is_wanted=cover.is_wanted or seen.is_secret)
        return self._kept(reference, task, results.shown(seen), cover)

    def _kept(self, reference: Reference, task: Any, result: Mapping[str, Any], cover: Cover) -> Captured:
        queued = self._queued_task_cache.get((reference.on, task._uuid), {})
        variables, registered = queued.get("task_vars", {}), core.registered(task)
        register = registered if isinstance(registered, str) else ""  # 2.21 may register parts under several names
        known = {**variables, "saga_result": text.untrusted(dict(result))}
        known |= {register: known["saga_result"]} if register else {}
        return capturing.captured(reference, known, cover, loader=self._loader)

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


def _was_cut_off(seen: Seen, reference: Reference) -> bool:
    # A handler that looks for a step, and has not begun to, has not said that it is not there.
    return results.was_cut_off(seen) or (bool(reference.verifies) and results.has_not_begun(seen))


def _place_of(result: Any) -> Place:
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
