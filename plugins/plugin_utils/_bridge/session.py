# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One attempt inside one ansible-playbook process.

A strategy object lives for one batch of one play; the session hangs on the task queue manager and sees them all.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable
from typing import Any

from ansible import context
from ansible.errors import AnsibleError
from ansible.executor.play_iterator import IteratingStates
from ansible.template import Templar
from ansible.utils.display import Display

from .._engine import ids
from .._engine.begin import Ended
from .._engine.errors import EngineError, InDoubtError, JournalError, LeaseLostError, StaleAttemptError
from .._engine.meeting import Reference, Whole
from .._engine.records import EVERY_HOST, Inputs, RunState
from .._engine.run import Attempt
from .._engine.saga import Undoing
from . import jobs, naming, settings, worker
from .core import core
from .failures import Failures
from .interrupts import Interrupts
from .locks import Locks
from .opening import opened
from .resuming import forecast
from .showing import Showing
from .survey import Survey
from .targets import lease_names
from .telling import counted, farewell, listed, tell

_GRACE = 10.0  # seconds that steps in hand get to end after an interruption or a loss of the journal
_SETTLE = 0.5  # seconds from a worker's end until its result has surely been read
display = Display()


class Session:
    """A run's attempt as Ansible drives it: plays in, references out, one end."""

    def __init__(self, tqm: Any, attempt: Attempt, found: Survey, lock: settings.Settings) -> None:
        self.tqm = tqm
        self.attempt = attempt
        self.plays: dict[int, Any] = {}
        self.in_flight: dict[tuple[str, str], tuple[Reference, bool]] = {}
        self.undoing: Undoing | None = None
        self.failures = Failures()
        self.scope = lock.scope
        self.has_passed_over = False  # on its way back it has come to a step that was not done
        self.undone: list[str] = []  # parts of the run that were undone by now, in words
        self.is_over = False
        self.has_failed = False
        self.locks = Locks(attempt, lock)
        self.interrupts = Interrupts(lambda: core.end_workers(tqm))
        self._survey = found
        self._settings = lock
        self._ordinals: dict[str, int] = {}
        self._named: dict[str, naming.Named] = {}
        self._inputs: dict[str, Inputs] = {}
        self._ended: dict[int, set[str]] = {}  # hosts that came to the end, by play
        self._reached = set(lease_names(tqm, lock, found.hosts))
        self._playbooks_ended = 0
        self._playbooks_to_end = found.playbooks
        self._has_ended = False

    @classmethod
    def of(cls, tqm: Any, play: Any) -> Session | None:
        """Return the process's session, begun at its first durable play; None when nothing is to be recorded."""
        if context.CLIARGS.get("check"):
            forecast(tqm, play)
            return None
        session = getattr(tqm, "_saga_session", None)
        if session is None:
            session = cls._begin(tqm, play)
            tqm._saga_session = session
        return session

    @classmethod
    def _begin(cls, tqm: Any, play: Any) -> Session:
        chosen, found, attempt = opened(tqm, play)
        if isinstance(attempt, Ended):
            return cls._ended(tqm, attempt, found, chosen)
        session = cls(tqm, attempt, found, chosen)
        session._take_over()
        return session

    @classmethod
    def _ended(cls, tqm: Any, ended: Ended, found: Survey, chosen: settings.Settings) -> Session:
        tell(f"run {ended.run.id} is already {ended.run.state}; nothing is done", color="green")
        session = cls(tqm, None, found, chosen)  # type: ignore[arg-type]  # over before it began: no attempt
        session.is_over = session._has_ended = True
        return session

    # Plays and steps

    def enter(self, strategy: Any, iterator: Any) -> None:
        """Note a play (or its next batch), and lock hosts that nobody foresaw."""
        play = iterator._play
        self.failures.enter(self._failed_now(iterator))
        ordinal = self._ordinal(play)
        if not self.plays:  # playbooks before the first durable play ended before there was a session
            self._playbooks_to_end = self._survey.playbooks - self._survey.book_of(ordinal)
        self.plays[ordinal] = play
        # Callbacks and the debugger compare with the names of the built-in strategies.
        play.strategy = str(play.strategy).rpartition(".")[2]
        hosts = [strategy._inventory.get_host(name) for name in iterator.host_states]
        names = lease_names(self.tqm, self._settings, [host for host in hosts if host])
        self._reached.update(names)
        try:
            self.lock(names)
        except EngineError as error:
            self.fail(error)

    def lock(self, names: Iterable[str]) -> None:
        """Hold the leases of these targets too; raise TargetHeldError if another run does."""
        self.locks.hold(names, lambda: self.check(None))

    def note_failed_hosts(self, iterator: Any) -> None:
        """Remember hosts that failed in this play without a step's failure."""
        self.failures.note_hosts(self._failed_now(iterator))

    def failed_hosts(self, iterator: Any) -> list[str]:
        """Return the hosts that have failed in the play in hand, or in this batch of it."""
        return self.failures.hosts_now(self._failed_now(iterator))

    def note_ended(self, iterator: Any) -> None:
        """Remember the hosts that have come to the end of this play."""
        gone = self._failed_now(iterator)
        hosts = {name for name in iterator.host_states if name not in gone and _has_come_to_the_end(iterator, name)}
        self._ended.setdefault(self.ordinal_of(iterator._play), set()).update(hosts)

    def ordinal_of(self, play: Any) -> int:
        """Return a play's place among all plays, from 1."""
        return self._ordinals[play._uuid]

    def play_to_come(self, ordinal: int) -> Any:
        """Return a play that has not started in this attempt, made ready as Ansible makes it; None if there is none."""
        if not 0 < ordinal <= len(self._survey.plays):
            return None
        play = self._survey.plays[ordinal - 1].copy()
        variables = self.tqm.get_variable_manager().get_vars(play=play)
        play.post_validate(Templar(loader=self.tqm.get_loader(), variables=variables))
        play.handlers = play.compile_roles_handlers() + play.handlers
        self._ordinals[play._uuid] = ordinal
        return play

    def _failed_now(self, iterator: Any) -> set[str]:
        return {*iterator.get_failed_hosts(), *self.tqm._unreachable_hosts}

    def reference(
        self, host: Any, task: Any, iterator: Any, templar: Any, *, is_for_every_host: bool, is_aftermath: bool
    ) -> Reference:
        """Return what a task on a host is to the engine; each call counts as one meeting. Raise EngineError."""
        play = iterator._play
        named = self._named.get(task._uuid)
        if named is None:
            try:
                named = self._named[task._uuid] = self._survey.named(task, play, self._ordinals[play._uuid])
            except EngineError as error:
                self.fail(error)
        inputs = self._inputs.get(task._uuid)
        if inputs is None:
            inputs = self._inputs[task._uuid] = self._survey.inputs(task, named.play)
        path = f"undo {self.undoing.key}/{named.path}" if self.undoing is not None else named.path
        owner = EVERY_HOST if is_for_every_host else host.name
        batch = tuple(iterator.host_states) if owner == EVERY_HOST and play.serial else ()
        undoes = self.undoing.key if self.undoing else ""
        attempt = self.attempt
        key = attempt.meet_batch(path, named.contract, batch, undoes=undoes) if batch else attempt.meet(owner, path)
        return Reference(
            host=owner,
            on=host.name,
            key=key,
            path=path,
            name=named.name,
            play=named.play,
            where=named.where,
            contract=named.contract,
            fingerprint=named.fingerprint,
            is_aftermath=is_aftermath and self.undoing is None,
            is_asked_anew=self._settings.refresh_facts and naming.gathers_facts(task),
            undoes=undoes,
            is_job=jobs.is_job(task, templar),
            batch=batch,
            inputs=inputs,
            wholes=() if undoes else self._wholes(named, host.name),
        )

    def _wholes(self, named: naming.Named, host: str) -> tuple[Whole, ...]:
        """Return the units that a step is a part of, as far as anything undoes them; each call is a meeting."""
        meet = self.attempt.meet_unit
        return tuple(
            Whole(key=meet(host, whole.unit.path, whole.mark), unit=whole.unit)
            for whole in named.units
            if whole.unit.contract.compensate
        )

    def check(self, drain: Any) -> None:
        """Raise unless a step may start now; `drain` takes in results that are still coming."""
        if self.interrupts.asked is not None:
            self._interrupt(drain)
        try:
            self.attempt.check()
        except LeaseLostError as error:
            self.fail(error, drain)

    def variables(self, reference: Reference) -> dict[str, Any]:
        """Return the variables that a step sees of its run."""
        return {**self.run_variables(), "saga_idempotency_key": idempotency_key(self.attempt.run.id, reference)}

    def run_variables(self) -> dict[str, Any]:
        """Return the variables that every task sees."""
        run = self.attempt.run
        return {"saga_run_id": run.id, "saga_attempt": run.attempt, "saga_resumed": self.attempt.is_resumed}

    # The end

    def fail(self, error: EngineError, drain: Any = None) -> None:
        """End the attempt because of the engine's own error; raises it in Ansible's words."""
        if drain is not None:
            self.await_steps(drain)
        doubtful = self.attempt.in_hand()
        message = f"saga: {error}"
        if doubtful and isinstance(error, (JournalError, LeaseLostError, StaleAttemptError)):
            message += f"\nIn doubt: {listed(doubtful)}"
        if isinstance(error, InDoubtError):
            self._end(RunState.PARKED, f"{error.step!r} is in doubt on {', '.join(error.hosts)}")
        else:
            self._end(RunState.STOPPED, str(error))
        raise AnsibleError(message) from None  # the message says it all; a chain would say it twice

    def stop(self, error: BaseException, drain: Any) -> None:
        """End the attempt because Ansible itself gives up; the run can be resumed."""
        if not self._has_ended:
            self.await_steps(drain)
        self._end(RunState.STOPPED, f"{type(error).__name__}: {error}"[:500])

    def conclude(self, state: RunState, reason: str) -> None:
        """End the run: compensated, or parked on the way back."""
        self.is_over = self.has_failed = True
        self._end(state, reason)

    def note_failure(self, reference: Reference, *, word: str) -> None:
        """Remember a failure that nothing handled."""
        self.failures.note(reference, word=word, then=reference.contract.then)

    def forgive(self, hosts: set[str]) -> None:
        """Forget the failures of hosts whose errors the play has cleared: they go on as if they had not failed."""
        self.failures.forgive(hosts)
        self.attempt.forgive(hosts)

    def _finish(self) -> None:
        if self._has_ended:
            return
        run = self.attempt.run
        left = sorted(set(run.targets) - self._reached - self.attempt.finished())
        if run.is_going_back:
            self._end(RunState.PARKED, "the steps that are still to be undone were not reached in the playbook")
        elif self.failures:
            self._end(RunState.STOPPED, "; ".join([self.failures.why(), *self.undone]))
        elif started := self.attempt.in_hand():
            self._end(RunState.STOPPED, f"without an outcome: {listed(started)}")
        elif self._playbooks_ended < self._playbooks_to_end:
            self._end(RunState.STOPPED, "the playbook did not come to its end")
        elif left:
            self._end(RunState.STOPPED, f"done for some; left for {', '.join(left[:10])}")
        else:
            self._end(RunState.COMPLETED, "")

    def _end(self, state: RunState, reason: str) -> None:
        if self._has_ended:
            return
        self._has_ended = True
        run = self.attempt.run
        try:
            self.attempt.end(state, reason, self._survey.are_finished(self._ended))
        except EngineError as error:
            self.attempt.heartbeat.stop()
            display.warning(f"saga: the end of run {run.id} could not be recorded: {error}")
            return
        tell(farewell(self.attempt, state, reason), color="green" if state is RunState.COMPLETED else "yellow")

    # Inside

    def _take_over(self) -> None:
        worker.install()
        self.interrupts.install()
        self.attempt.heartbeat.start()
        cleanup = self.tqm.cleanup
        self.showing = showing = Showing(self.tqm.send_callback)
        showing.install()

        def send_callback(method: str, *arguments: Any, **keywords: Any) -> None:
            showing.send(method, *arguments, **keywords)
            if method == "v2_playbook_on_stats":
                self._playbooks_ended += 1
                if showing.restored:
                    tell(f"restored from the journal, not done now: {counted(showing.restored)}", color="cyan")

        def clean_up() -> None:
            try:
                self._finish()
            finally:
                showing.remove()
                self.interrupts.restore()
                cleanup()
                self.attempt.close()

        self.tqm.send_callback, self.tqm.cleanup = send_callback, clean_up
        run = self.attempt.run
        word = "resumes" if self.attempt.is_resumed else "starts"
        way = ", going back" if run.is_going_back else ""
        tell(f"run {run.id} of {run.workflow} {word} (attempt {run.attempt}{way})")

    def _ordinal(self, play: Any) -> int:
        if play._uuid not in self._ordinals:
            last = max(self._ordinals.values(), default=0)
            self._ordinals[play._uuid] = self._survey.ordinal(play, after=last)
        return self._ordinals[play._uuid]

    def await_steps(self, drain: Any) -> None:
        """Let the steps in hand end; where their outcome cannot be recorded, their workers leave it on their pages."""
        deadline = time.monotonic() + _GRACE
        alone_since = None
        while self.in_flight and time.monotonic() < deadline:
            with contextlib.suppress(EngineError):
                drain()
            if any(process and process.is_alive() for process in self.tqm._workers):
                alone_since = None
            else:
                # What the last workers sent may still be on its way through the results thread.
                alone_since = alone_since or time.monotonic()
                if time.monotonic() - alone_since > _SETTLE:
                    return
            time.sleep(0.01)

    def _interrupt(self, drain: Any) -> None:
        number = self.interrupts.asked
        name = number.name if number else "a signal"
        if self.in_flight:
            tell(f"{name}: waiting up to {_GRACE:.0f} s for {len(self.in_flight)} steps in hand; again to stop at once")
            self.await_steps(drain)
        self._end(RunState.STOPPED, f"interrupted by {name}")
        self.interrupts.pass_on()
        raise KeyboardInterrupt


def _has_come_to_the_end(iterator: Any, host: str) -> bool:
    return iterator.get_state_for_host(host).run_state == IteratingStates.COMPLETE


def idempotency_key(run: str, reference: Reference) -> str:
    """Return the key that is the same over every retry and resume of one step of one run on one host."""
    return ids.digest(run, reference.host, reference.key, length=32)
