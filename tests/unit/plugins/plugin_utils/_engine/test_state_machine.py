# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Any history of runs: failures, kills, decisions, resumes, ways back, takeovers, on both journals that need no server.

What must hold is checked after every rule, and by the world at every effect: [I1] a completed step is never executed
again; [I2] no effect without an intent; [I3] what is handed on is durable; [I4] a finished item is never executed
again; [I5] an unfinished run is never begun anew; [I6] no step starts without leases; [I7] the way back is in reverse
order, once each; [I8] and never across a pivot; [I9] status names all, and what a resume will do; [I10] two runs never
hold one target; [I11] a stale attempt changes nothing; [I12] the audit accounts for everything.

SAGA_TEST_SEED draws other histories than those of every day; the sweep draws other ones each time, and prints it.
"""

import os
import random
import sys
import tempfile
from pathlib import Path

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine import control, inspection, operator, points
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit import Kept
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit.verifying import verify
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import (
    EngineError,
    LeaseLostError,
    RunBusyError,
    RunIdleError,
    RunOverError,
    RunUnfinishedError,
    StaleAttemptError,
    TargetFreeError,
    TargetHeldError,
)
from ansible_collections.saga.ops.plugins.plugin_utils._engine.meeting import Way
from ansible_collections.saga.ops.plugins.plugin_utils._engine.operator import Answer, Word
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import RunState, StepState, Undo, Wish
from ansible_collections.saga.ops.plugins.plugin_utils._engine.report import About
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from documented import must_be_documented
from machine import TTL, Halted, Killed, Process, World, books, killed_at
from samples import DEAD, ELSEWHERE
from scene import Scene

MAIN, RIVAL = "site.yml", "rival.yml"
PEOPLE = ("ann", "bob", "carl")
KILLS = (points.BEFORE_INTENT, points.AFTER_INTENT, points.BEFORE_OUTCOME, points.AFTER_OUTCOME)
HOLDING = {RunState.RUNNING, RunState.COMPENSATING, RunState.PARKED}
# In memory where there is such a folder: what a disk does to a journal is told elsewhere.
FOLDER = next((folder for folder in ("/dev/shm",) if os.access(folder, os.W_OK)), None)  # noqa: S108

workflows = st.sampled_from([MAIN, MAIN, MAIN, RIVAL])
kills = st.sampled_from([None] * 10 + list(KILLS))
reasons = st.sampled_from(["I looked", "I looked", "I looked", ""])


class Histories(RuleBasedStateMachine):
    """Two workflows over overlapping targets, and people who decide about their runs, rightly and wrongly."""

    journal = "memory"

    @initialize(book=books(), rival=books(most=1), hosts=st.sampled_from([("h1",), ("h1", "h2"), ("h1", "h2", "h3")]))
    def set_the_scene(self, book, rival, hosts):
        self.folder = tempfile.TemporaryDirectory(dir=FOLDER)
        self.scene = Scene(Path(self.folder.name), self.journal)
        self.world = World(self.scene)
        self.books = {MAIN: (book, hosts), RIVAL: (rival, ("h1",))}
        self.live = {}  # processes by workflow
        self.former = []  # processes that have ended, or are believed to
        self.verified = {}  # heads of runs' audits

    def teardown(self):
        if hasattr(self, "scene"):
            self.scene.journal.close()
            self.folder.cleanup()

    # Reading

    def runs(self):
        return self.scene.journal.runs()

    def open_run(self, workflow):
        return next((run for run in self.scene.journal.runs(workflow=workflow) if run.state.is_resumable), None)

    def everything(self):
        """Return all that the journal tells, if not every row of runs that are over."""
        journal, runs = self.scene.journal, self.runs()
        heads = [journal.head(run.id) for run in runs]
        open_ = [(run, self.steps(run)) for run in runs if run.state.is_resumable]
        results = [journal.results(run.id, step.host, step.key) for run, steps in open_ for step in steps]
        return runs, heads, journal.leases(), open_, results, [journal.control(run.id) for run, _steps in open_]

    def steps(self, run):
        return self.scene.journal.steps(run.id)

    def tick(self, seconds=1.0):
        """Let time pass: processes that are not held up renew their leases meanwhile."""
        while seconds > 0:
            self.scene.clock.wait(min(seconds, TTL / 3))
            seconds -= TTL / 3
            for process in self.live.values():
                if not process.is_held_up:
                    process.attempt.heartbeat.beat()

    def is_anybody_at_work(self):
        return bool(self.live)

    def is_anything_idle(self):
        return any(run.state.is_resumable and run.workflow not in self.live for run in self.runs())

    def is_anything_open(self):
        return any(run.state.is_resumable for run in self.runs())

    # Processes

    def start(self, workflow, actor, *, is_here=True):
        """[I5] An unfinished run goes on as itself; [I10] targets of another are not taken while it may hold them."""
        self.tick()
        book, hosts = self.books[workflow]
        before, live = self.open_run(workflow), self.live.get(workflow)
        held = {lease.name: lease for lease in self.scene.journal.leases()}
        foretold = self.foretold(before)
        all_before = self.everything()
        wish = {"workflow": workflow, "targets": hosts, "actor": actor, "lock_ttl": TTL}
        try:
            attempt = self.scene.begin(**wish)
        except (RunBusyError, TargetHeldError) as error:
            assert self.everything() == all_before
            if isinstance(error, RunBusyError):
                assert live is not None or self.may_live_elsewhere(before, held)
            else:
                holder = next(run for run in self.runs() if run.id == held[error.target].run)
                assert holder.workflow != workflow
                is_kept = holder.state is RunState.PARKED or self.may_live_elsewhere(holder, held)
                assert is_kept or holder.workflow in self.live
            return
        self.lose_who_was_held_up(before)
        if before is None:
            assert attempt.run.attempt == 1
        else:
            assert (attempt.run.id, attempt.run.attempt) == (before.id, before.attempt + 1)
        self.world.forecasts = {**self.world.forecasts, **foretold}
        self.live[workflow] = Process(self.world, attempt, book, hosts)
        if not is_here:
            self.scene.give(attempt.run, ELSEWHERE)
            [attempt.run] = self.scene.journal.runs(run=attempt.run.id)

    def foretold(self, run):
        """Return what status says that a resume will do with each step of a run that nobody works on."""
        if run is None:
            return {}
        sight = inspection.look(self.scene.means, run.id)
        if not sight.at_work.is_free:
            return {}
        steps = {(step.key, step.doer): step for step in self.steps(run) if step.is_forward and not step.is_unit}
        return {
            (run.id, steps[line.key, host].host, line.key): word
            for line in sight.view.lines
            for host, word in line.forecasts.items()
            if (line.key, host) in steps
        }

    def may_live_elsewhere(self, run, held):
        is_elsewhere = run is not None and self.owner_of(run) == ELSEWHERE
        now = self.scene.clock.now()
        return is_elsewhere and any(
            lease.run == run.id and lease.expires is not None and lease.expires > now for lease in held.values()
        )

    def owner_of(self, run):
        return self.scene.slice(run.id).owner

    def lose_who_was_held_up(self, run):
        """Take a process for gone that others took for it: it was on another machine, and its leases have run out."""
        process = self.live.get(run.workflow) if run is not None else None
        if process is not None and process.run.id == run.id:
            assert process.is_held_up
            assert self.owner_of(run) == ELSEWHERE
            self.lose(run.workflow)

    def lose(self, workflow):
        """Take a process for gone: it may wake up, and finds that it is."""
        process = self.live.pop(workflow)
        process.attempt.heartbeat.stop()
        self.former.append(process)

    def must_go_on(self, workflow):
        """[I5] Beginning anew is refused while a run is open, with nothing changed."""
        if self.open_run(workflow) is None:
            return
        before = self.everything()
        with pytest.raises(RunUnfinishedError):
            self.scene.begin(workflow=workflow, targets=self.books[workflow][1], resume="new")
        assert self.everything() == before

    def act(self, workflow, draw, what):
        """Let a process do something; [I11] if it is stale, nothing changes but that it ends."""
        process = self.live[workflow]
        self.tick()
        before = self.everything() if process.is_stale else None
        try:
            what(process)
        except Killed:
            process.die(draw)
        except Halted:
            pass
        except LeaseLostError:
            assert before is not None or process.is_held_up, "the leases are there, and are taken for lost"
            self.must_be(before)
            process.stop(draw)
        except StaleAttemptError:
            assert before is not None, "the run is this attempt's, and it may not write"
            self.must_be(before)
            process.stop(draw)
        else:
            self.must_be(before)
        if process.has_ended:
            self.lose(workflow)

    def must_be(self, before):
        if before is not None:
            assert self.everything() == before, "a stale attempt has written"

    def proceed(self, draw, workflow, *, most=16, kill=None):
        """Let the workflow's process do the next things, whatever they are; it may be killed in the last of them."""
        many = draw(st.sampled_from([most, most // 2, most // 4, 1]), label="how many things")
        for number in range(many):
            if workflow not in self.live:
                return
            with killed_at(kill if number == many - 1 else None):
                self.act(workflow, draw, lambda process: process.do_next(draw))

    @rule(data=st.data(), workflow=workflows, kill=kills)
    def work(self, data, workflow, kill):
        """Go on with a workflow's run, begun or resumed if nobody works on it."""
        if workflow not in self.live:
            self.start(workflow, "ann")
        self.proceed(data.draw, workflow, kill=kill)

    @rule(data=st.data(), workflow=workflows, actor=st.sampled_from(PEOPLE), is_here=st.sampled_from([True, False]))
    def begin(self, data, workflow, actor, is_here):
        """Begin, as anybody and anywhere, whoever is at work."""
        self.must_go_on(workflow)
        self.start(workflow, actor, is_here=is_here)
        self.proceed(data.draw, workflow, most=4)

    @rule(data=st.data(), workflow=workflows, is_vanishing=st.sampled_from([False, False, False, True]))
    def kill(self, data, workflow, is_vanishing):
        """Kill a process at its work, or lose sight of it: then it may wake up."""
        if workflow not in self.live:
            self.start(workflow, "ann")
        self.proceed(data.draw, workflow, most=4)
        for _time in range(4):  # until something with an effect is in hand: that is where a death tells
            hands = self.live[workflow].in_hand.values() if workflow in self.live else ()
            if workflow in self.live and not any(hand.reference.has_intent for hand in hands):
                self.act(workflow, data.draw, lambda process: process.do_next(data.draw))
        if workflow not in self.live:
            return
        self.live[workflow].die(data.draw, ELSEWHERE if is_vanishing else DEAD)
        self.lose(workflow)

    @precondition(is_anybody_at_work)
    @rule(data=st.data(), seconds=st.sampled_from([30.0, 55.0, 100.0]))
    def hold_up(self, data, seconds):
        """Let a process sleep with nothing in hand; [I6] when it has slept too long it starts no step."""
        workflow = data.draw(st.sampled_from(sorted(self.live)), label="whose process")
        process = self.live[workflow]
        if process.in_hand:
            return
        process.is_held_up = True
        self.tick(seconds)
        if seconds > TTL * 5 / 6:
            with pytest.raises(LeaseLostError):
                process.attempt.check()
        self.start(RIVAL if workflow == MAIN else MAIN, "bob")

    @rule(data=st.data(), workflow=workflows, seconds=st.sampled_from([70.0, 400.0, 6.0]))
    def wait(self, data, workflow, seconds):
        """Let time pass, and go on."""
        self.tick(seconds)
        if workflow not in self.live:
            self.start(workflow, "ann")
        self.proceed(data.draw, workflow)

    @precondition(lambda self: any(process.is_stale for process in self.former))
    @rule(data=st.data())
    def wake_up(self, data):
        """[I11] A process that was taken for dead, and is not, can change nothing."""
        former = data.draw(st.sampled_from([process for process in self.former if process.is_stale]), label="who")
        task, host = former.book[0], former.hosts[0]
        step = former.reference(task, host)
        before = self.everything()
        writes = [lambda: former.attempt.end(RunState.COMPLETED)]
        if task.contract.has_effect:
            writes.append(lambda: former.attempt.start(step))
        if known := former.attempt.known(step):
            writes.append(lambda: self.scene.finish(former.attempt, step))
            writes.append(lambda: former.attempt.resolve(step, payload=known.name, how="it"))
        if not former.run.is_going_back:
            writes.append(lambda: former.attempt.go_back("it failed"))
        owed = former.attempt.debt().undoings
        writes += [lambda undoing=undoing: former.attempt.undone(undoing, ()) for undoing in owed]
        for write in writes:
            with pytest.raises(StaleAttemptError):
                write()
            assert self.everything() == before
        for workflow in sorted(self.live):
            self.proceed(data.draw, workflow)

    # People

    @precondition(is_anybody_at_work)
    @rule(data=st.data(), wish=st.sampled_from([Wish.PAUSE, Wish.CANCEL, Wish.COMPENSATE]))
    def wish(self, data, wish):
        run = data.draw(st.sampled_from(self.runs()), label="run")
        self.proceed(data.draw, run.workflow)
        [run] = self.scene.journal.runs(run=run.id)
        before = self.everything()
        try:
            control.ask(self.scene.means, run, wish, why="the move is off")
        except (RunOverError, RunIdleError):
            assert self.everything() == before
        self.proceed(data.draw, run.workflow)

    @precondition(lambda self: self.is_anything_idle())
    @rule(data=st.data(), by=st.sampled_from(PEOPLE), why=reasons)
    def answer(self, data, by, why):
        """Answer what a run waits for, and go on."""
        found = [question for run in self.runs() for question in inspection.waiting(self.scene.means, run)]
        if not found:
            return
        question = data.draw(st.sampled_from(found), label="question")
        answer = data.draw(st.sampled_from(question.answers), label="answer")
        host = data.draw(st.sampled_from(["", *question.hosts]), label="host")
        self.decide(question.run, Word(answer=answer, host=host, step=question.step.key, why=why, by=by))
        if question.run.workflow not in self.live:
            self.start(question.run.workflow, "ann")
        self.proceed(data.draw, question.run.workflow)

    @precondition(lambda self: self.runs())
    @rule(data=st.data(), answer=st.sampled_from(Answer), by=st.sampled_from(PEOPLE), why=reasons)
    def decide_anything(self, data, answer, by, why):
        run = data.draw(st.sampled_from(self.runs()), label="run")
        steps = sorted({step.key for step in self.steps(run)})
        word = Word(
            answer=answer,
            host=data.draw(st.sampled_from(["", *run.targets, "h9"]), label="host"),
            step=data.draw(st.sampled_from(["", *steps, "no such step"]), label="step"),
            why=why,
            by=by,
            variables=data.draw(st.sampled_from([{}, {}, {"size": 1}]), label="variables"),
        )
        self.decide(run, word)

    def decide(self, run, word):
        """Decide; what is refused changes nothing, and what is not was allowed."""
        self.tick()
        before = self.everything()
        known = {(step.host, step.key): step for step in self.steps(run)}
        left = {place: self.scene.spool.judge(run.id, step.attempt, *place) for place, step in known.items()}
        operator_means = self.scene.means
        foreseen = self.or_none(lambda: operator.decide(operator_means, run, word, may_write=False))
        assert self.everything() == before
        decided = self.or_none(lambda: operator.decide(operator_means, run, word))
        assert (foreseen is None) == (decided is None)
        if decided is None:
            assert self.everything() == before
            return
        assert run.state.is_resumable
        assert all(process.is_stale for process in self.former if process.run.id == run.id)
        self.lose_who_was_held_up(run)
        assert word.why or word.answer is Answer.APPROVE
        for step in decided.steps:
            self.learn(word, decided, known[step.host, step.key], step, left[step.host, step.key])
        if decided.run.state is RunState.COMPENSATED:
            self.world.must_be_undone_altogether(run.id)

    @staticmethod
    def or_none(what):
        try:
            return what()
        except EngineError:
            return None

    def learn(self, word, decided, before, after, left):  # noqa: PLR0917  all that an answer is about
        """Note what an answer about a step has to make of it."""
        run, about, world = decided.run, decided.about, self.world
        place = (run.id, before.host, before.key)
        world.forecasts.pop(place, None)
        if about is About.COMPENSATION:
            world.undone |= {place} if after.undo is Undo.COMPENSATED else set()
            world.left |= {place} if after.undo is Undo.LEFT else set()
            return
        if about is About.APPROVAL:
            self.must_have_been_allowed(run, word, before)
        is_part = before.state is StepState.STARTED and bool(left.item)
        match word.answer:
            case Answer.APPROVE | Answer.RETRY:
                world.expected[place] = Way.EXECUTE
                world.allowed[place] += word.answer is Answer.RETRY
                world.finished.discard(place)
            case Answer.DENY:
                world.expected[place] = Way.REFUSE
            case Answer.DONE if is_part:
                world.expected[place] = Way.EXECUTE
                world.items[place].add(left.item)
            case _:
                world.expected[place] = Way.REPLAY
                world.finished.add(place)
                world.payloads.pop(place, None)

    def must_have_been_allowed(self, run, word, step):
        """Check that a gate let only those decide who may, in time, with a reason where it wants one."""
        approval = step.contract.approval
        launchers = inspection.launchers(self.scene.means, run)
        assert not approval.approvers or word.by in approval.approvers
        assert not (approval.is_two_person and word.by in launchers and word.answer is not Answer.DENY)
        assert word.why or not approval.is_reason_required
        assert approval.expires is None or self.scene.clock.now() < step.updated + approval.expires

    @precondition(lambda self: self.is_anything_open() and len(self.former) > 2)
    @rule(data=st.data(), is_meant=st.sampled_from([False, False, False, True]))
    def abandon(self, data, is_meant):
        run = data.draw(st.sampled_from(self.runs()), label="run")
        if not is_meant and run.state.is_resumable and run.workflow not in self.live:
            return
        before = self.everything()
        try:
            operator.abandon(self.scene.means, run, why="the move is off")
        except (RunOverError, RunBusyError):
            assert self.everything() == before
        else:
            self.lose_who_was_held_up(run)

    @precondition(lambda self: self.scene.journal.leases())
    @rule(data=st.data(), is_meant=st.sampled_from([False, False, True]))
    def unlock(self, data, is_meant):
        held = [lease.name for lease in self.scene.journal.leases()]
        name = data.draw(st.sampled_from(held if is_meant else ["h9"]), label="target")
        before = self.everything()
        try:
            operator.unlock(self.scene.means, name, why="it is in the way")
        except TargetFreeError:
            assert self.everything() == before
        for workflow in sorted(self.live):
            self.proceed(data.draw, workflow)

    # What holds at any moment

    @invariant()
    def every_run_is_accounted_for(self):
        """[I12] Every run's audit holds; [I9] and status names all of it. Only what has changed is looked at."""
        if not hasattr(self, "scene"):
            return
        for run in self.runs():
            head = self.scene.journal.head(run.id)
            if self.verified.get(run.id) != head:
                steps = self.steps(run)
                self.audit_must_hold(run, steps, *head)
                self.status_must_name_everything(run, steps)
                self.verified[run.id] = head

    def audit_must_hold(self, run, steps, count, head):
        """[I12] The chain verifies, and accounts for every state."""
        events = list(self.scene.journal.events(run.id))
        must_be_documented(events)
        kept = Kept.of(steps, self.scene.journal.slices(run.id), self.scene.results_of)
        found = verify(run, steps, events, kept, count=count, head=head)
        assert [finding.what for finding in found] == []

    def status_must_name_everything(self, run, steps):
        """[I9] The run has one state, every step on a host one, with a forecast; orders are no two alike."""
        view = inspection.look(self.scene.means, run.id).view
        lines = {line.key: line for line in view.lines}
        assert view.run.state in RunState
        assert len({(step.host, step.key) for step in steps}) == len(steps)
        orders = [step.seq for step in steps if not step.is_unit]
        assert len(set(orders)) == len(orders)
        for step in steps:
            assert lines[step.key].states[step.doer]
            assert lines[step.key].forecasts[step.doer]

    @invariant()
    def two_runs_never_work_on_one_target(self):
        """[I10] Whoever may start a step is alone with its targets; runs that are over hold none."""
        if not hasattr(self, "scene"):
            return
        sure = [process for process in self.live.values() if not process.is_stale and self.is_sure(process)]
        names = [name for process in sure for name in process.run.targets]
        assert len(set(names)) == len(names)
        states = {run.id: run.state for run in self.runs()}
        assert all(states[lease.run] in HOLDING for lease in self.scene.journal.leases())

    @staticmethod
    def is_sure(process):
        try:
            process.attempt.check()
        except LeaseLostError:
            return False
        return True


class HistoriesOnDisk(Histories):
    journal = "sqlite"


class LongHistories(Histories):
    pass


class LongHistoriesOnDisk(HistoriesOnDisk):
    pass


SEED = os.environ.get("SAGA_TEST_SEED")


def searched(machine, examples, *, is_drawn=False):
    """Return the test that searches: among the same histories each time, or others, or those of SAGA_TEST_SEED."""
    number = int(SEED or random.randrange(2**32)) if is_drawn or SEED else None  # noqa: S311
    machine.TestCase.settings = settings(
        max_examples=examples,
        stateful_step_count=30,
        deadline=None,
        database=None,
        derandomize=number is None,
        suppress_health_check=list(HealthCheck),
    )
    if number is not None:
        seed(number)(machine)
        machine.TestCase.setUp = lambda _self: sys.stdout.write(f"{machine.__name__}: SAGA_TEST_SEED={number}\n")
    return machine.TestCase


class TestHistories(searched(Histories, 60)):
    """In memory."""


class TestHistoriesOnDisk(searched(HistoriesOnDisk, 25)):
    """In SQLite."""


@pytest.mark.sweep
class TestLongHistories(searched(LongHistories, 600, is_drawn=True)):
    """Other ones each time."""


@pytest.mark.sweep
class TestLongHistoriesOnDisk(searched(LongHistoriesOnDisk, 250, is_drawn=True)):
    """Other ones each time, in SQLite."""
