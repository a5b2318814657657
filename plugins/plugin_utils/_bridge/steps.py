# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a durable strategy does with a step when the engine has decided about it.

A worker executes it, the journal answers it, or it waits: for its next try, for a look at the target, for an operator.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NoReturn

from ansible.errors import AnsibleError
from ansible.plugins.strategy.linear import StrategyModule as Linear
from ansible.template import Templar

from .._engine.errors import EngineError, RunHaltedError
from .._engine.meeting import Finish, Reference, Way
from .._engine.promises import Then
from .._engine.records import Asks
from .._engine.sealing import is_sealed
from . import results, sealing, undo, verify, worker
from .core import core
from .doubts import Doubts
from .gate import Gate
from .lazily import Templates, Variables
from .session import Session, idempotency_key
from .verify import Sight
from .waiting import Held, Place, Waiting

SHARED = 16
"""How many steps, or outcomes, share a commit at most: the first of them should not wait long for the last."""


class Steps:
    """The part of a durable strategy that deals with single steps; :class:`Durable` has the rest."""

    _saga: Session
    _doubts: Doubts
    _iterator: Any
    _results: Gate
    _waiting: Waiting
    _restored: results.Restored
    _loader: Any
    _workers: list[Any]
    _variable_manager: Any

    def _check(self) -> None:
        """Raise unless a step may start now."""
        self._saga.check(self._take_in)

    def _pause(self) -> None:
        """Do what must not wait while a step waits for its lock."""
        self._check()
        self._take_in()
        self._start_ready()

    def _fail(self, error: EngineError) -> NoReturn:
        """End the attempt because of the engine's own error."""
        self._saga.fail(error, self._take_in)
        raise AnsibleError(str(error))

    def _take_course(self, step: Held) -> None:
        """Do with a step what was decided about it."""
        match step.course.way:
            case Way.EXECUTE if not step.due and not self._may_share(step):
                self._execute([step])
            case Way.EXECUTE | Way.VERIFY | Way.WAIT:
                self._queued_task_cache[step.place] = step.queued
                self._pending_results += 1
                self._waiting.hold(step)
                self._share()
            case Way.TURN_BACK:
                self._turn_back(step)
            case Way.REFUSE:
                task = step.queued["task"]
                sent = results.failed(
                    step.reference.on, task, f"{step.reference.name!r} was not begun: {step.course.words}"
                )
                self._answer(step, sent, is_news=True)
            case Way.PASS_OVER:
                self._saga.has_passed_over = True
                self._answer(step, results.skipped(step.reference.on, step.queued["task"]))
            case _:
                self._replay(step)

    def _may_share(self, step: Held) -> bool:
        """Tell whether a step's intent may wait a moment for those of other hosts: one commit is enough for them all.

        In lockstep only: a free strategy looks at what is queued to keep to a throttle.
        """
        is_lockstep = isinstance(self, Linear) and step.place not in self._waiting.outside
        return is_lockstep and step.reference.has_intent and self._idle(step) > 1

    def _share(self) -> None:
        """Start the steps that wait for nothing but each other, once there is one for each idle worker.

        More intents than workers would be that many more steps in doubt if the controller dies.
        """
        ready = list(self._waiting.ready())
        if ready and len(ready) >= min(SHARED, *(self._idle(step) for step in ready)):
            self._start_ready()

    def _start_ready(self) -> None:
        self._go_on_with(list(self._waiting.take(lambda step: step.is_ready)))

    def _idle(self, step: Held) -> int:
        """Return how many workers could start with the task of a step now."""
        throttle = step.queued["task"].throttle
        if not isinstance(throttle, int):
            return 1  # a template, and not worth the looking
        idle = sum(worker is None or not worker.is_alive() for worker in self._workers)
        return min(idle, throttle or idle)

    def _execute(self, steps: Sequence[Held]) -> None:
        """Queue steps, their intents written before; what has waited is counted as pending already."""
        session = self._saga
        try:
            assignments = [self._prepare(step) for step in steps]
            session.attempt.start(*(step.reference for step in steps))
        except RunHaltedError:
            self._check()  # it ends the attempt here, unless the run turns back: then nothing more is done
            session.has_passed_over = True
            for step in steps:
                self._answer(step, results.skipped(step.reference.on, step.queued["task"]))
            return
        except EngineError as error:
            self._fail(error)
        for step, assignment in zip(steps, assignments, strict=True):
            self._queue(step, assignment)

    def _prepare(self, step: Held) -> worker.Assignment:
        """Give a step the variables that it sees of its run; return what its worker has to know."""
        session, task_vars = self._saga, step.queued["task_vars"]
        task_vars.update(session.variables(step.reference, step.course))
        if session.undoing is not None:
            task_vars["saga_step"] = undo.told(session, session.undoing, step.queued["host"].name)
        elif session.looking is not None:
            sought = session.looking.held[step.queued["host"].name].reference
            task_vars["saga_step"] = undo.told_of(session, session.attempt.known(sought))
        templar = Templar(loader=self._loader, variables=task_vars)
        fence = session.locks.fence_for(step.reference, step.queued, templar)
        return replace(self._assignment(step, templar), fence=fence)

    def _queue(self, step: Held, assignment: worker.Assignment) -> None:
        session, reference = self._saga, step.reference
        host, task, task_vars, play_context = (
            step.queued[name] for name in ("host", "task", "task_vars", "play_context")
        )
        session.in_flight[step.place] = reference, assignment.cover
        worker.assign(replace(assignment, job=self._doubts.order(reference, step.course)))
        self._waiting.stir()
        queued_before = self._pending_results
        with self._variables_at_once():
            super()._queue_task(host, task, task_vars, play_context)
        worker.assign(None)
        if self._pending_results == queued_before:
            # ansible-core passes over a worker that cannot be started, and would go on as if there were no step.
            del session.in_flight[step.place]
            raise AnsibleError(f"saga: no worker could be started for {reference.name!r} on {host.name}")

    @contextmanager
    def _variables_at_once(self) -> Iterator[None]:
        """Let Ansible have its own manager of variables: a worker takes it along."""
        before = self._variable_manager
        self._variable_manager = before.manager if isinstance(before, Variables) else before
        try:
            yield
        finally:
            self._variable_manager = before

    def _assignment(self, step: Held, templar: Templar) -> worker.Assignment:
        attempt, reference = self._saga.attempt, step.reference
        page = attempt.spool.page(attempt.run.id, attempt.run.attempt, reference.host, reference.key)
        items = {item: sealing.opened(attempt, reference, payload, item) for item, payload in step.course.items}
        return worker.Assignment(
            parent=os.getpid(),
            host=step.queued["host"].name,
            task=step.queued["task"]._uuid,
            place=(reference.host, reference.key),
            page=page if reference.has_intent else None,
            idempotency=idempotency_key(attempt.run.id, reference),
            cover=self._cover(step, templar),
            items=items,
        )

    def _cover(self, step: Held, templar: Templar | Templates | None = None) -> sealing.Cover:
        """Return how a step's results are stored."""
        templar = templar or Templates(self._loader, step.queued["task_vars"])
        default = self._saga.is_encrypting
        cover = sealing.covered(self._saga.attempt, step.reference, step.queued, templar, default=default)
        return replace(cover, is_wanted=cover.is_wanted or is_sealed(step.course.payload))

    def _payload(self, step: Held) -> str:
        """Return the stored result that answers a step, in the clear."""
        try:
            return sealing.opened(self._saga.attempt, step.reference, step.course.payload)
        except EngineError as error:
            self._fail(error)

    def _replay(self, step: Held, *, is_counted: bool = False) -> None:
        """Answer a step with what the journal has of it."""
        self._capture_late(step)
        self._answer(step, is_news=step.course.is_news, is_counted=is_counted)

    def _answer(self, step: Held, sent: Any = None, *, is_news: bool = False, is_counted: bool = False) -> None:
        """Answer a step without a worker: what one would have sent goes in, stock code does the rest.

        Without it, the journal answers. `is_counted` tells that Ansible takes the step for queued already.
        """
        host, task = step.queued["host"], step.queued["task"]
        if not is_counted:
            self._queued_task_cache[step.place] = step.queued
            self._pending_results += 1
        if sent is None:
            # What is news may be judged anew: it shares nothing with what is only told again.
            result = self._restored.result(self._payload(step), host, task, is_shared=not is_news)
        else:
            result = core.revive(self, sent)
        if is_news:
            try:
                self._saga.in_flight[step.place] = step.reference, self._cover(step)
            except EngineError as error:
                self._fail(error)
            self._results.append(result)
        else:
            core.task_of(result)._saga_restored = sent is None  # what is passed over was never done
            self._results.hold(result, ended=step.course.ended)

    def _capture_late(self, step: Held) -> None:
        """Capture what a step's compensation will need where that was not done when it ended."""
        attempt = self._saga.attempt
        if attempt.has_to_capture(step.reference):
            self._queued_task_cache[step.place] = step.queued
            result, cover = results.public(self._payload(step)), self._cover(step)
            attempt.capture(step.reference, self._kept(step.reference, step.queued["task"], result, cover))

    # Steps that have waited

    def _go_on(self) -> None:
        """Go on with what has waited long enough; park the run when nothing is left but questions."""
        session, waiting = self._saga, self._waiting
        is_turning = bool(session.controls.turning) or session.attempt.run.is_going_back
        if is_turning and session.is_going_forward:
            self._pass_over(waiting.take(lambda _step: True))
            return
        if waiting and session.is_going_forward and self._must_stop(session):
            self._pass_over_waiting(self._iterator)
        due = list(waiting.due(time.time()))
        sought = [step for step in due if step.course.way is Way.VERIFY]
        self._go_on_with([step for step in due if step.course.way is not Way.VERIFY])
        for step, sight in verify.look(self, self._iterator._play, sought):
            self._settle(step, sight)
        if sought:
            self._set_hosts_cache(self._iterator._play)

    def _pass_over_waiting(self, iterator: Any) -> None:
        """Pass over the steps that wait on hosts that go forward no more."""
        self._pass_over(self._waiting.take(lambda step: self._is_going_forward(iterator, step.queued["host"])))

    def _pass_over(self, steps: Iterable[Held]) -> None:
        for step in steps:
            self._answer(step, results.skipped(step.reference.on, step.queued["task"]), is_counted=True)

    def _settle(self, step: Held, sight: Sight) -> None:
        """Act on what was found of a step that was looked for."""
        attempt, handlers = self._saga.attempt, ", ".join(step.reference.contract.verify)
        if sight is Sight.UNKNOWN:
            self._waiting.hold(replace(step, course=replace(step.course, way=Way.WAIT, asks=Asks.DOUBT)))
            return
        attempt.resolve(step.reference, payload=verify.payload(step) if sight is Sight.THERE else None, how=handlers)
        course = attempt.decide(step.reference)
        if sight is Sight.THERE:
            self._replay(replace(step, course=course), is_counted=True)
        else:
            self._go_on_with([replace(step, course=replace(course, way=Way.EXECUTE))])

    def _go_on_with(self, steps: Sequence[Held]) -> None:
        if steps:
            self._pending_results -= len(steps)  # each is counted once more as it is queued
            self._execute(steps)

    def _turn_back(self, step: Held) -> None:
        """Turn the run around because of a doubt; where that may not be, an operator is asked."""
        session = self._saga
        debt = session.attempt.debt()
        if debt.pivot is not None or not debt.undoings:
            self._take_course(replace(step, course=replace(step.course, way=Way.WAIT, asks=Asks.DOUBT)))
            return
        session.controls.turn(
            f"{step.reference.name!r} is in doubt on {step.reference.on}, and its contract says compensate"
        )
        self._answer(step, results.skipped(step.reference.on, step.queued["task"]))

    def _seek_no_longer(self) -> None:
        """Do with steps whose jobs are not to be found what follows a doubt."""
        for reference in self._doubts.unfound():
            place = next(place for place, (known, _cover) in self._saga.in_flight.items() if known is reference)
            del self._saga.in_flight[place]
            self._pending_results -= 1
            course = self._saga.attempt.decide_doubt(reference)
            self._take_course(Held(reference=reference, course=course, queued=self._queued_task_cache[place]))

    def _try_again(self, place: Place, finish: Finish, delay: float) -> None:
        reference = finish.reference
        self._saga.attempt.retry(finish, delay=delay)
        course = self._saga.attempt.decide(reference)
        self._waiting.hold(
            Held(reference=reference, course=course, queued=self._queued_task_cache[place], due=course.due)
        )


def set_policy(task: Any, reference: Reference, *, is_undoing: bool) -> None:
    """Let Ansible go on after a failure where the contract says so, or where a failure is an answer."""
    if reference.verifies:
        task.ignore_errors = task.ignore_unreachable = True
    elif reference.contract.then is Then.CONTINUE and not is_undoing:  # who undoes must not fail unseen
        task.ignore_errors = True


def asks_beside(reference: Reference, task: Any) -> bool:
    """Tell whether a step holds, or may hold, leases beside those of its targets."""
    return bool(reference.contract.locks or (reference.contract.has_effect and task.delegate_to))
