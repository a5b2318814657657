# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An attempt at a run: begin or resume it, decide about each step, write what happened, end it.

The order of writing is the whole point: an intent before an effect [I2], an outcome before anything acts on it [I3].
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from . import points, stages, units
from .clock import Clock
from .courses import Courses
from .errors import EngineError
from .journal import Journal
from .keys import Keys
from .leases import Heartbeat
from .meeting import Captured, Course, Finish, Reference, Way
from .plan import Given
from .promises import Contract
from .recalling import Recalling
from .records import (
    Asks,
    Control,
    Put,
    Result,
    Run,
    RunState,
    Slice,
    Step,
    StepState,
    Surroundings,
)
from .sealing import DataKey
from .slices import together
from .spool import Spool
from .wishes import Wishes

_TICK = 10_000  # a millisecond, in the numbers of a sliced run's steps


class Attempt(Recalling):
    """One process at work on a run; made by :func:`begin`."""

    def __init__(  # noqa: PLR0913  all that an attempt stands on
        self,
        run: Run,
        mine: Slice,
        journal: Journal,
        spool: Spool,
        *,
        clock: Clock,
        lease_ttl: float,
        leased: float,
        drift: str,
        actor: str,
        is_resumed: bool = False,
        given: Given | None = None,
        data_key: DataKey | None = None,
    ) -> None:
        super().__init__(run, mine, journal, clock=clock, actor=actor)
        self.is_resumed = is_resumed
        self.spool = spool
        self.data_key = data_key  # of what may not be stored in the clear; None: that is not stored
        self._seq = max((step.seq for step in self._steps.values()), default=0)
        self._drift = drift
        self._keys = Keys(run.id, self._steps)
        self._courses = Courses(self.results_of, self._steps, drift=drift, given=given or Given())
        self._begun: dict[tuple[str, str], list[Step]] = {}  # units, by the step in hand that they began with
        self._marks: dict[str, int] = {}
        self.wishes = Wishes(lambda: journal.control(run.id), clock=clock)
        self.heartbeat = Heartbeat(
            lambda fence, ttl: journal.renew(fence, ttl=ttl),
            self._fence,
            ttl=lease_ttl,
            taken=leased,
            clock=clock,
        )

    # Steps

    def meet(self, host: str, path: str) -> str:
        """Return the key of a step: its path and how often this host has met it in this attempt, itself included."""
        return self._keys.meet(host, path)

    def meet_unit(self, host: str, path: str, mark: str) -> str:
        """Return the key of a unit that a step is a part of; `mark` tells the unit from its copies of the same path."""
        return self._keys.meet_unit(host, path, mark)

    def meet_batch(self, path: str, contract: Contract, batch: Sequence[str], *, undoes: str = "") -> str:
        """Return the key of a step that is done once for a batch. Raise MixedBatchError if it is done for a part."""
        # A compensation must bear being run again; of what is not undone, nothing new is done on the way back.
        mode = "rerun" if undoes else "accept" if self.run.is_going_back else self._drift
        return self._keys.meet_batch(path, contract, batch, drift=mode)

    def decide(self, step: Reference) -> Course:
        """Say what is done with a step that Ansible wants to start [I1]; raise DriftError or ResultWithheldError."""
        course = self._courses.of(step, self.run)
        self.restored += 1 if course.way is Way.REPLAY else 0
        if course.accepted and course.known is not None:
            self._accept(course.accepted, replace(course.known, fingerprint=step.fingerprint, inputs=step.inputs))
        return course

    def decide_doubt(self, step: Reference) -> Course:
        """Say what follows the doubt about a step whose job is not to be found."""
        return self._courses.of_doubt(step, self._steps[step.host, step.key])

    def ask(self, waiting: Iterable[tuple[Reference, Asks]]) -> list[Step]:
        """Record that steps wait for an operator: at a gate, in doubt, or failed; return them."""
        asking = []
        for reference, asks in waiting:
            known = self.known(reference)
            if known is not None and (asks is not Asks.APPROVAL or known.state is StepState.WAITING):
                asking.append(replace(known, asks=asks))
            else:
                self._seq = self._next()
                asking.append(stages.at_gate(reference, known, self.run, seq=self._seq, now=self._clock.now()))
        self._write([self._entry("step.waiting", step, asks=str(step.asks)) for step in asking])
        self._put(asking)
        return asking

    def escalate(self) -> None:
        """Leave it to an operator what follows the failures that nothing has handled."""
        open_ = [replace(step, asks=Asks.FAILURE) for step in self._steps.values() if stages.is_unanswered(step)]
        self._write([self._entry("step.waiting", step, asks=str(step.asks)) for step in open_])
        self._put(open_)

    def resolve(self, reference: Reference, *, payload: str | None, how: str) -> None:
        """Record what a verify handler has found: the step's effect is there, with this result; None: it is not."""
        is_there = payload is not None
        after = stages.found(self._steps[reference.host, reference.key], is_there=is_there, now=self._clock.now())
        results = [] if payload is None else [Result(run=after.run, host=after.host, key=after.key, payload=payload)]
        answer = "there" if is_there else "not there"
        self._write([self._entry("step.resolved", after, *results, answer=answer, by=how)])
        self._put([after])

    def retry(self, finish: Finish, *, delay: float) -> None:
        """Record that a step has failed and is tried again, `delay` seconds from now: a crash resets no count."""
        reference, now = finish.reference, self._clock.now()
        before = self._begun_before(finish)
        after = stages.retrying(before, finish, now=now, delay=delay)
        items = [result for result in self._results(before, finish) if result.item]
        told = {"failed": str(finish.state), "tries": after.tries, "delay": delay, "began": before.updated}
        self._write([self._entry("step.retrying", after, *items, **told)])
        self._put([after])
        self.spool.drop(self.run.id, self.run.attempt, reference.host, reference.key)

    def known(self, reference: Reference) -> Step | None:
        """Return what the run knows of a step."""
        return self._steps.get((reference.host, reference.key))

    def retries(self) -> int:
        """Return how many retries the run has had, in all its attempts."""
        return sum(step.retries for step in self._steps.values())

    def start(self, *steps: Reference) -> None:
        """Make the intents of steps that have or may have an effect durable, in one transaction; then queue them [I2].

        Raise LeaseLostError if that took too long for the leases [I6]: the steps are in doubt then, for all one knows.
        """
        before: dict[tuple[str, str], Step | None] = {}
        entries, intended = [], []
        for step in steps:
            begun = self._beginning(step)
            for record in begun:  # in memory at once: the next step may belong to the same unit
                before[record.host, record.key] = self._steps.get((record.host, record.key))
            self._put(begun)
            if step.has_intent:
                *whole, own = begun
                self._begun[step.host, step.key] = whole
                entries += [self._entry("unit.begun", unit) for unit in whole]
                entries.append(self._entry("step.intent", own, execution=own.executions))
                intended.append(own)
        if not intended:
            return
        names = ", ".join(dict.fromkeys(step.name for step in intended))
        places = [(step.host, step.key) for step in intended]
        points.reach(points.BEFORE_INTENT, names, places)
        try:
            self._intend(entries, intended)
        except EngineError:
            self._restore(before)
            raise
        points.reach(points.AFTER_INTENT, names, places)
        self.check()  # others may have kept the journal from writing it, and from renewing the leases

    def finish(self, ended: Sequence[Finish]) -> None:
        """Make outcomes and results durable, all in one transaction; only then may anyone act on them [I3]."""
        names = ", ".join(finish.reference.name for finish in ended)
        places = [(finish.reference.host, finish.reference.key) for finish in ended]
        points.reach(points.BEFORE_OUTCOME, names, places)
        entries, done = [], []
        for finish in ended:
            before = self._begun_before(finish)
            step = stages.ended(before, finish, self.run, now=self._clock.now())
            begun = self._begun.pop((step.host, step.key), [])
            passed = units.skipped(begun, now=step.updated) if step.state is StepState.SKIPPED else []
            kept = units.captured(finish.reference, finish.of_units, self._steps, now=step.updated, key=self.data_key)
            done += [step, *passed, *kept]
            entries.append(self._entry("step.outcome", step, *self._results(step, finish), began=before.updated))
            entries += [self._entry("unit.skipped", unit) for unit in passed]
            entries += [self._entry("unit.captured", unit) for unit in kept]
        self._write(entries)
        self._put(done)
        for finish in ended:
            self.spool.drop(self.run.id, self.run.attempt, finish.reference.host, finish.reference.key)
        points.reach(points.AFTER_OUTCOME, names, places)

    def capture(self, reference: Reference, found: Captured) -> None:
        """Keep what a step captures that ended without us, when it is met again."""
        known, now = self._steps[reference.host, reference.key], self._clock.now()
        own = [replace(known, captured=found.own, updated=now)] if found.own else []
        kept = units.captured(reference, found.of_units, self._steps, now=now, key=self.data_key)
        self._write(
            [
                *(self._entry("step.captured", step) for step in own),
                *(self._entry("unit.captured", unit) for unit in kept),
            ]
        )
        self._put([*own, *kept])

    def has_to_capture(self, reference: Reference) -> bool:
        """Tell whether a step that is done has not captured yet what it is to: a worker ended it without us."""
        known = self._steps[reference.host, reference.key]
        return known.state is StepState.OK and bool(reference.contract.capture) and not known.captured

    def forgive(self, hosts: Collection[str]) -> None:
        """Take what failed on these hosts, and what came of it, for done: the play has cleared their errors."""
        forgiven = [
            replace(step, is_handled=True, is_aftermath=False)
            if step.state.is_failure
            else replace(step, is_aftermath=False)
            for step in self._steps.values()
            if step.doer in hosts and step.is_forward and (step.is_handled is False or step.is_aftermath)
        ]
        self._write([self._entry("step.forgiven", step) for step in forgiven])
        self._put(forgiven)

    def in_hand(self) -> list[Step]:
        """Return the steps that were started and have no outcome: in doubt, once nobody works on them."""
        gone = self.slice.surroundings.gone  # the run goes on without what is in doubt on these
        return [step for step in self._steps.values() if step.state is StepState.STARTED and step.doer not in gone]

    def finished(self) -> frozenset[str]:
        """Return the leases of the hosts that had come to the end of this very playbook in an earlier attempt."""
        hosts, finished = self.slice.surroundings.hosts, self.slice.surroundings.finished
        return frozenset(hosts.values()) - {lease for host, lease in hosts.items() if host not in finished}

    def check(self) -> None:
        """Raise LeaseLostError unless a step may start now [I6]."""
        self.heartbeat.check()

    def mark_for(self, name: str) -> int:
        """Return the number that steps show a target with this lease: larger than that of all who held it before.

        Raise LeaseLostError or StaleAttemptError if it cannot be told that the lease is still ours.
        """
        if name not in self._marks:
            number = self._journal.next_token()
            # Renewed after that: so it was drawn while the leases were ours, and whoever takes them next draws later.
            self.heartbeat.renew()
            held = [lease.name for lease in self._journal.leases() if self._is_mine(lease)]
            self._marks.update({new: number for new in (*held, name) if new not in self._marks})
        return self._marks[name]

    # The end

    def end(self, state: RunState, reason: str = "", finished: Iterable[str] = (), *, is_halt: bool = False) -> None:
        """End the attempt with its slice in this state; leases are given up, or kept by a parked run [I9].

        The run ends with the last of its slices, or with one whose end halts the others. `finished` are hosts that have
        come to the end of the playbook: a resume may leave them out.
        """
        self.heartbeat.stop()
        mine = replace(
            self.slice,
            state=state,
            owner=None,
            updated=self._clock.now(),
            surroundings=self._met(finished),
            has_failed=is_halt,
        )
        leaving = self._letting_go(state)
        puts: list[Put] = [mine]
        is_last = False

        def ended(run: Run) -> Run:
            nonlocal is_last
            beside = self._settled(run)
            at_work = self._at_work(beside)
            is_last = not at_work
            if is_halt and not run.is_going_back:
                return replace(run, state=state, reason=reason)
            return run if at_work else together(run, mine, beside, reason)

        # Obeyed, or too late: what an operator asked, he asked of those at work now. Perhaps he asks at this moment.
        if not self._at_work(self._beside()):
            puts.append(Control(run=self.run.id))

        def kind(run: Run) -> str:
            return f"run.{run.state}" if is_last or is_halt else "slice.ended"

        facts = {"slice": str(state)} if self.is_sliced else {}
        self._change(ended, kind, puts=puts, then=leaving, reason=reason, restored=self.restored, **facts)
        if is_last and not self.run.state.is_resumable:
            self.spool.drop_run(self.run.id)

    def close(self) -> None:
        """Let go of the journal."""
        self.heartbeat.stop()
        self._journal.close()

    # Inside

    def _met(self, finished: Iterable[str]) -> Surroundings:
        met = self.slice.surroundings
        hosts = met.hosts.keys() - self._unfinished
        new = sorted(host for host in finished if host in hosts and host not in met.finished)
        return replace(met, finished=(*met.finished, *new))

    def _accept(self, change: str, step: Step) -> None:
        # As it is now is what the next attempt measures it by.
        self._write([self._entry("step.drift_accepted", step, change=change)])
        self._steps[step.host, step.key] = step

    def _next(self) -> int:
        """Return the number of the next step; slices number theirs by time, so that they can be told in one order."""
        if not self.is_sliced:
            return self._seq + 1
        lane = 100 * (self.slice.attempt % 100)  # no two slices give the same number
        since = int(1000 * (self._clock.now() - self.run.started))
        return max(self._seq // _TICK + 1, since) * _TICK + lane

    def _beginning(self, step: Reference) -> list[Step]:
        """Return the records of a step that begins: of the units that begin with it, the outer first, and its own."""
        known = self.known(step)
        begun = []
        if step.has_intent:
            begun = units.begun(step, self._steps, self.run, seq=self._seq, now=self._clock.now())
            self._seq = max([self._seq, *(unit.seq for unit in begun)])
        if step.is_job and known is not None and known.is_in_doubt:
            self.spool.carry(self.run.id, (known.attempt, self.run.attempt), step.host, step.key)
        return [*begun, self._started(step, known)]

    def _restore(self, before: Mapping[tuple[str, str], Step | None]) -> None:
        for place, record in before.items():
            self._begun.pop(place, None)
            if record is None:
                del self._steps[place]
            else:
                self._steps[place] = record

    def _started(self, step: Reference, known: Step | None) -> Step:
        self._seq = self._next() if stages.is_fresh(known) else self._seq
        return stages.started(step, known, self.run, seq=self._seq, now=self._clock.now())

    def _begun_before(self, finish: Finish) -> Step:
        return self.known(finish.reference) or self._started(finish.reference, None)

    def _results(self, step: Step, finish: Finish) -> Iterator[Result]:
        if finish.payload is not None:
            yield Result(run=step.run, host=step.host, key=step.key, payload=finish.payload)
        if finish.state.is_failure:
            # A loop goes on from what failed: the items that are done stay done [I4].
            left = self.spool.judge(step.run, step.attempt, step.host, step.key)
            for item, payload in left.items.items():
                yield Result(run=step.run, host=step.host, key=step.key, payload=payload, item=item)
