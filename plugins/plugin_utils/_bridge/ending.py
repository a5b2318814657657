# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an attempt ends: completed, stopped, parked, undone; by a failure, a signal, an operator's word. Once."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Sequence
from typing import Any, NoReturn

from ansible.errors import AnsibleError
from ansible.utils.display import Display

from .._engine.errors import EngineError, JournalError, LeaseLostError, StaleAttemptError
from .._engine.meeting import Reference
from .._engine.records import RunState
from .._engine.report import put_off
from .._engine.run import Attempt
from . import artifacts
from .controls import NOT_REACHED, Controls, Halt, Halted, why_back
from .failures import Failures
from .interrupts import Interrupts
from .notifying import Notifying, in_short
from .plays import Plays
from .sealing import Cover
from .showing import Showing
from .telling import asked, farewell, listed, next_command, tell, waiting_of
from .waiting import Held
from .watchers import Watchers

_GRACE = 10.0  # seconds that steps in hand get to end after an interruption or a loss of the journal
_SETTLE = 0.5  # seconds from a worker's end until its result has surely been read
display = Display()


class Ending:
    """The part of a session that ends it; :class:`Session` has the rest."""

    tqm: Any
    attempt: Attempt
    in_flight: dict[tuple[str, str], tuple[Reference, Cover]]
    plays: Plays
    failures: Failures
    interrupts: Interrupts
    controls: Controls
    undone: list[str]
    is_over: bool
    has_failed: bool
    play_put_off: int
    outcome: int
    showing: Showing
    _notifying: Notifying
    _watchers: Watchers
    _reached: set[str]
    _playbooks_ended: int
    _playbooks_to_end: int
    _has_ended = False
    _last_words = ""
    _reason = ""
    _halt: Halt | None = None

    @property
    def is_in_last_playbook(self) -> bool:
        return self._playbooks_ended >= self._playbooks_to_end - 1

    def fail(self, error: EngineError, drain: Any = None) -> None:
        """End the attempt because of the engine's own error; raises it in Ansible's words."""
        if drain is not None:
            self.await_steps(drain)
        doubtful = self.attempt.in_hand()
        message = f"saga: {error}"
        if doubtful and isinstance(error, (JournalError, LeaseLostError, StaleAttemptError)):
            message += f"\nIn doubt: {listed(doubtful)}"
        self._end(RunState.STOPPED, str(error), told=in_short(error))
        raise AnsibleError(message) from None  # the message says it all; a chain would say it twice

    def stop(self, error: BaseException, drain: Any) -> None:
        """End the attempt because Ansible itself gives up; the run can be resumed."""
        if not self._has_ended:
            self.await_steps(drain)
        self._end(RunState.STOPPED, f"{type(error).__name__}: {error}"[:500], told=in_short(error))

    def conclude(self, state: RunState, reason: str) -> None:
        """End the run: compensated, or parked on the way back."""
        self.is_over = self.has_failed = True
        self._end(state, reason)

    def park(self, asking: Sequence[Held]) -> NoReturn:
        """End the attempt with the run parked: these steps wait for an operator, and nothing else moves."""
        try:
            self.attempt.ask([(held.reference, held.course.asks) for held in asking])
        except EngineError as error:
            self.fail(error)
        reason = asked([(held.reference, held.course.asks) for held in asking])
        self.conclude(RunState.PARKED, "; ".join([reason, *([self.failures.why()] if self.failures else [])]))
        raise Halted

    def _finish(self) -> None:
        if self._has_ended:
            return
        if self.controls.turning:  # and no play has come to where it turns around
            with contextlib.suppress(EngineError):
                self.attempt.go_back(self.controls.turning)
        run = self.attempt.run
        left = sorted(set(self.attempt.slice.targets) - self._reached - self.attempt.finished())
        if self._halt is not None:
            self._end(*self._halt)
        elif run.is_going_back:
            self._end(RunState.PARKED, f"{why_back(run)}; {NOT_REACHED}")
        elif self.failures:
            self._end(RunState.STOPPED, "; ".join([self.failures.why(), *self.undone]))
        elif started := self.attempt.in_hand():
            self._end(RunState.STOPPED, f"without an outcome: {listed(started)}")
        elif self.play_put_off:
            self._end(RunState.PARKED, put_off(self.play_put_off))
        elif self._playbooks_ended < self._playbooks_to_end:
            self._end(RunState.STOPPED, "the playbook did not come to its end")
        elif left:
            self._end(RunState.STOPPED, f"done for some; left for {', '.join(left[:10])}")
        else:
            self._end(RunState.COMPLETED, "")

    def _end_playbook(self) -> None:
        """End the attempt with its last playbook, and put where it stands among the stats that callbacks get.

        Ansible begins no other playbook once a play's outcome is a failure.
        """
        self._playbooks_ended += 1
        if self._playbooks_ended >= self._playbooks_to_end or self.is_over or self.outcome:
            self._finish()
        attempt = self.attempt
        told = artifacts.content(
            attempt.steps(),
            waiting_of(attempt),
            is_resumed=attempt.is_resumed,
            restored=self.showing.restored.total(),
            reason=self._reason,
            command=next_command(attempt),
        )
        artifacts.publish(self.tqm._stats, attempt.run, **told)

    def _end(self, state: RunState, reason: str, *, told: str = "") -> None:
        """End the attempt; `told` is what others are notified of where the reason may hold more than names."""
        if self._has_ended:
            return
        self._has_ended = True
        run = self.attempt.run
        try:
            # What halts the others is a failure, not that somebody stopped this process, or that it has to ask.
            is_halt = bool(self.failures) and state in {RunState.STOPPED, RunState.PARKED} and self._halt is None
            self.attempt.end(state, reason, self.plays.finished(), is_halt=is_halt)
        except EngineError as error:
            self.attempt.heartbeat.stop()
            display.warning(f"saga: the end of run {run.id} could not be recorded: {error}")
            return
        self._reason = told or reason
        self._notifying.start(self.attempt, self._reason)
        self._watchers.ended()
        self._last_words = farewell(self.attempt, state, reason)

    def _say_farewell(self) -> None:
        if self._last_words:
            is_well = self.attempt.run.state is RunState.COMPLETED
            tell(self._last_words, color="green" if is_well else "yellow")
            self._last_words = ""

    def await_steps(self, drain: Any, *, grace: float = _GRACE) -> None:
        """Let the steps in hand end; where their outcome cannot be recorded, their workers leave it on their pages.

        A signal shortens a longer `grace` to the one that it gives itself.
        """
        deadline = time.monotonic() + grace
        alone_since = None
        while self.in_flight and time.monotonic() < deadline and (grace <= _GRACE or self.interrupts.asked is None):
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

    def _stop_here(self, halt: Halt, drain: Any) -> NoReturn:
        """End the attempt because somebody asks for it, once what is in hand has ended, however long that takes."""
        if self.in_flight:
            tell(f"{halt.reason}; waiting for {len(self.in_flight)} steps in hand", color="yellow")
            self.await_steps(drain, grace=math.inf)
        if self.interrupts.asked is not None:
            self._interrupt(drain)
        self._halt = halt  # told when all else has been said: what to type is on the last line
        self.is_over = self.has_failed = True
        raise Halted

    def _interrupt(self, drain: Any) -> None:
        number = self.interrupts.asked
        name = number.name if number else "a signal"
        if self.in_flight:
            tell(f"{name}: waiting up to {_GRACE:.0f} s for {len(self.in_flight)} steps in hand; again to stop at once")
            self.await_steps(drain)
        self._end(RunState.STOPPED, f"interrupted by {name}")
        self._notifying.wait()
        self._say_farewell()  # the signal may leave no time for it later
        self.interrupts.pass_on()
        raise KeyboardInterrupt
