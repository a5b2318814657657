# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One attempt inside one ansible-playbook process.

A strategy object lives for one batch of one play; the session hangs on the task queue manager and sees them all.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ansible import context
from ansible.errors import AnsibleError
from ansible.utils.display import Display

from .._engine import codec, ids
from .._engine.begin import Ended
from .._engine.errors import EngineError
from .._engine.meeting import Course, Finish, Reference, Whole
from .._engine.promises import Then
from .._engine.records import EVERY_HOST, Inputs, RunState, StepState
from .._engine.run import Attempt
from .._engine.saga import Undoing
from . import artifacts, jobs, naming, settings, worker
from .controls import Controls
from .core import core
from .doors import is_left_alone
from .ending import Ending
from .failures import Failures
from .interrupts import Interrupts
from .locks import Locks
from .notifying import Notifying
from .opening import opened
from .plays import Plays
from .retrying import Retries
from .sealing import Cover
from .showing import Showing
from .survey import Survey
from .targets import lease_names
from .telling import counted, tell
from .verify import Looking
from .watchers import Watchers

display = Display()


class Session(Ending):
    """A run's attempt as Ansible drives it: plays in, references out, one end."""

    def __init__(self, tqm: Any, attempt: Attempt, found: Survey, lock: settings.Settings) -> None:
        self.tqm = tqm
        self.attempt = attempt
        self.plays = Plays(tqm, found)
        self.in_flight: dict[tuple[str, str], tuple[Reference, Cover]] = {}
        self.undoing: Undoing | None = None
        self.looking: Looking | None = None
        self.failures = Failures()
        self.scope = lock.scope
        self.is_encrypting = lock.encrypt  # what a step's variables do not say otherwise of
        self.has_passed_over = False  # on its way back it has come to a step that was not done
        self.undone: list[str] = []  # parts of the run that were undone by now, in words
        self.is_over = False
        self.has_failed = False
        self.play_put_off = 0  # the number of the first play that was left to a later start
        self.locks = Locks(attempt, lock, tqm, found.known)
        self.interrupts = Interrupts(lambda: core.end_workers(tqm))
        self.retries = Retries(attempt, lock.retry_budget)
        self.controls = Controls(attempt)
        self.outcome = 0  # of the play in hand, or the last one: what its strategy told Ansible
        self._notifying = Notifying(lock)
        self._survey = found
        self._settings = lock
        self._known: dict[str, tuple[naming.Named, Inputs]] = {}
        self._reached = set(lease_names(tqm, lock, found.hosts))
        self._playbooks_ended = 0
        self._playbooks_to_end = found.playbooks

    @classmethod
    def of(cls, tqm: Any, play: Any) -> Session | None:
        """Return the process's session, begun at its first durable play; None when nothing is to be recorded."""
        if is_left_alone(play):
            return None
        if context.CLIARGS.get("check"):
            from .resuming import forecast  # noqa: PLC0415  a run in earnest needs none of it

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
        if chosen.last_play is not None and ended.run.state is RunState.COMPENSATED:
            raise AnsibleError(
                f"saga: run {ended.run.id} is compensated: what its plays did is undone, so there is nothing to go on "
                "with; a start with another saga_run_id begins a new run"
            )
        tell(f"run {ended.run.id} is already {ended.run.state}; nothing is done", color="green")
        session = cls(tqm, None, found, chosen)  # type: ignore[arg-type]  # over before it began: no attempt
        session.is_over = session._has_ended = True
        artifacts.publish(tqm._stats, ended.run)
        return session

    # Plays and steps

    def is_put_off(self, play: Any) -> bool:
        """Tell whether a play is left to a later start, as last_play asks; the way back knows no last play."""
        last = self._settings.last_play
        if not last or self.attempt.run.is_going_back or self.controls.turning:
            return False
        number = self.plays.number(play)
        if number <= last:
            return False
        self.play_put_off = self.play_put_off or number
        return True

    def enter(self, strategy: Any, iterator: Any) -> None:
        """Note a play (or its next batch), and lock hosts that nobody foresaw."""
        play = iterator._play
        self.failures.enter(self._failed_now(iterator))
        is_first = not self.plays
        ordinal = self.plays.enter(play)
        if is_first:  # playbooks before the first durable play ended before there was a session
            self._playbooks_to_end = self._survey.playbooks - self._survey.book_of(ordinal)
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
        self.plays.note_ended(iterator, self._failed_now(iterator))

    def _failed_now(self, iterator: Any) -> set[str]:
        return {*iterator.get_failed_hosts(), *self.tqm._unreachable_hosts}

    def reference(
        self, host: Any, task: Any, iterator: Any, templar: Any, *, is_for_every_host: bool, is_aftermath: bool
    ) -> Reference:
        """Return what a task on a host is to the engine; each call counts as one meeting. Raise EngineError."""
        play = iterator._play
        named, inputs = self._read(task, play)
        path = named.path
        if self.undoing is not None:
            path = f"undo {self.undoing.key}/{path}"
        elif self.looking is not None:
            path = f"verify {self.looking.key}/{path}"
        attempt = self.attempt
        # What a sliced run does once, each slice does once: for its own hosts.
        is_for_slice = attempt.is_sliced and (is_for_every_host or host.implicit)
        owner = EVERY_HOST if is_for_every_host or is_for_slice else host.name
        batch = tuple(iterator.host_states) if owner == EVERY_HOST and (play.serial or is_for_slice) else ()
        batch = tuple(attempt.slice.surroundings.hosts) if is_for_slice and host.implicit else batch
        undoes = self.undoing.key if self.undoing else ""
        verifies = self.looking.key if self.looking else ""
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
            is_aftermath=is_aftermath and not undoes and not verifies,
            is_asked_anew=self._settings.refresh_facts and naming.gathers_facts(task),
            undoes=undoes,
            verifies=verifies,
            is_job=jobs.is_job(task, templar),
            batch=batch,
            inputs=inputs,
            wholes=() if undoes or verifies else self._wholes(named, host.name),
        )

    def recalled(self, hosts: Iterable[Any], task: Any, play: Any) -> dict[str, tuple[Reference, Course]]:
        """Return the answers that the journal has to a task for these hosts, by their names, and count them.

        Nothing is counted of the others: they meet the task when it is queued. Raise EngineError.
        """
        attempt = self.attempt
        named, inputs = self._read(task, play)
        if self._settings.refresh_facts and naming.gathers_facts(task):
            return {}
        references = []
        for host in hosts:
            name = host.name
            key = attempt.coming(name, named.path)
            if key and not (attempt.is_sliced and host.implicit):
                references.append(
                    Reference(
                        host=name,
                        on=name,
                        key=key,
                        path=named.path,
                        name=named.name,
                        play=named.play,
                        where=named.where,
                        contract=named.contract,
                        fingerprint=named.fingerprint,
                        inputs=inputs,
                        wholes=self._wholes(named, name) if named.units else (),
                    )
                )
        found = zip(references, attempt.recall(references), strict=True)
        return {reference.on: (reference, course) for reference, course in found if course is not None}

    def _read(self, task: Any, play: Any) -> tuple[naming.Named, Inputs]:
        """Return what names a task, and the extra vars that it names; raise EngineError."""
        known = self._known.get(task._uuid)
        if known is None:
            try:
                named = self._survey.named(task, play, self.plays.ordinal_of(play))
            except EngineError as error:
                self.fail(error)
            known = self._known[task._uuid] = named, self._survey.inputs(task, named.play)
        return known

    def _wholes(self, named: naming.Named, host: str) -> tuple[Whole, ...]:
        """Return the units that a step is a part of, as far as anything undoes them; each call is a meeting."""
        meet = self.attempt.meet_unit
        return tuple(
            Whole(key=meet(host, whole.unit.path, whole.mark), unit=whole.unit)
            for whole in named.units
            if whole.unit.contract.compensate
        )

    def check(self, drain: Any, *, is_sure: bool = False) -> None:
        """Raise unless a step may start now; `drain` takes in results that are still coming.

        `is_sure`: as others want it at this very moment, not as they did half a second ago.
        """
        if self.interrupts.asked is not None:
            self._interrupt(drain)
        try:
            self.attempt.check()
            halt = self.controls.halt(is_sure=is_sure)
        except EngineError as error:
            self.fail(error, drain)
        if halt is not None:
            self._stop_here(halt, drain)

    def variables(self, reference: Reference, course: Course) -> dict[str, Any]:
        """Return the variables that a step sees of its run, and those that an operator has given it for a retry."""
        decision = course.known.decision if course.known else None
        given = codec.decode(decision.variables) if decision and decision.variables else {}
        return {
            **given,
            **self.run_variables(),
            "saga_idempotency_key": idempotency_key(self.attempt.run.id, reference),
        }

    def run_variables(self) -> dict[str, Any]:
        """Return the variables that every task sees."""
        run = self.attempt.run
        return {"saga_run_id": run.id, "saga_attempt": run.attempt, "saga_resumed": self.attempt.is_resumed}

    @property
    def is_going_forward(self) -> bool:
        """True while the playbook's own steps are done, not what undoes them or looks for them."""
        return self.undoing is None and self.looking is None

    def note(self, finish: Finish) -> None:
        """Remember a failure that nothing handled, or what a verify handler has found."""
        if self.looking is not None and finish.reference.verifies:
            # A look that broke off is as good as none.
            self.looking.note(finish.reference.on, StepState.UNREACHABLE if finish.was_cut_off else finish.state)
        elif finish.state.is_failure and not finish.is_handled:
            known = self.attempt.known(finish.reference)
            then = finish.reference.contract.then
            # What was denied has not been begun: that asks for no decision, the run's rule holds.
            is_denied = known is not None and not known.executions and then is Then.ESCALATE
            is_from_outside = not self.is_going_forward and finish.reference.is_forward
            failures = self.failures.outer if is_from_outside and self.failures.outer is not None else self.failures
            failures.note(finish.reference, word=str(finish.state), then=None if is_denied else then)

    def forgive(self, hosts: set[str]) -> None:
        """Forget the failures of hosts whose errors the play has cleared: they go on as if they had not failed."""
        self.failures.forgive(hosts)
        self.attempt.forgive(hosts)

    # Inside

    def _take_over(self) -> None:
        worker.install()
        self.interrupts.install()
        self.attempt.heartbeat.start()
        cleanup = self.tqm.cleanup
        self.showing = showing = Showing(self.tqm.send_callback)
        showing.install()
        self._watchers = Watchers(self.tqm, self.attempt, self._settings)

        def send_callback(method: str, *arguments: Any, **keywords: Any) -> None:
            if method == "v2_playbook_on_play_start":
                self.outcome = 0
            if method == "v2_playbook_on_stats":
                self._end_playbook()
            showing.send(method, *arguments, **keywords)
            if method == "v2_playbook_on_stats" and showing.restored:
                tell(f"restored from the journal, not done now: {counted(showing.restored)}", color="cyan")

        def clean_up() -> None:
            try:
                self._finish()
                self._notifying.wait()
            finally:
                showing.remove()
                self.interrupts.restore()
                cleanup()
                self._say_farewell()
                self.attempt.close()

        self.tqm.send_callback, self.tqm.cleanup = send_callback, clean_up
        run = self.attempt.run
        word = "resumes" if self.attempt.is_resumed else "starts" if run.attempt == 1 else "starts another slice"
        way = ", going back" if run.is_going_back else ""
        tell(f"run {run.id} of {run.workflow} {word} (attempt {run.attempt}{way})")


def idempotency_key(run: str, reference: Reference) -> str:
    """Return the key that is the same over every retry and resume of one step of one run on one host."""
    return ids.digest(run, reference.host, reference.key, length=32)
