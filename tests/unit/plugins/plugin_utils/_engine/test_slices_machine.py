# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Histories of a run over three slices: whatever they do, die of and learn of one another, the run's promises hold."""

import json
import shutil
import tempfile
from pathlib import Path

from ansible_collections.saga.ops.plugins.plugin_utils._engine.begin import Ended, extend
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import RunBusyError, RunHaltedError, SliceError
from ansible_collections.saga.ops.plugins.plugin_utils._engine.meeting import Way
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import Effect
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import RunState, StepState, Surroundings, Undo
from ansible_collections.saga.ops.plugins.plugin_utils._engine.saga import remaining
from ansible_collections.saga.ops.plugins.plugin_utils._engine.slices import hosts_of
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from samples import PIVOT, UNDOABLE
from scene import BEGIN, RESULT, WORKER, Scene

NAMES = ("a", "b", "c")
TASKS = (("Prepare", UNDOABLE), ("Copy", UNDOABLE), ("Check", UNDOABLE), ("Switch", PIVOT), ("Tell", UNDOABLE))
KNOWN = frozenset(f"{name}{number}" for name in NAMES for number in (1, 2))


class Slices(RuleBasedStateMachine):
    """Controllers of one run; what a controller does is what the strategy does, without Ansible."""

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="saga-slices-"))
        self.scene = Scene(self.folder)
        self.at_work = {}  # attempts by their slices' names
        self.in_hand = {}  # steps by slice and host
        self.tasks = {}  # how far each host has come, in its slice's attempt
        self.effects = {}  # how often each step was done, by host and task
        self.undone = {}  # and undone
        self.book = TASKS

    def teardown(self):
        """[I12]"""
        self.scene.must_be_accounted_for()
        self.scene.journal.close()
        shutil.rmtree(self.folder)

    @initialize(has_pivot=st.booleans())
    def choose(self, has_pivot):
        self.book = TASKS if has_pivot else tuple((name, UNDOABLE) for name, _contract in TASKS)

    # What controllers do

    @rule(name=st.sampled_from(NAMES), knows_all=st.booleans())
    def start(self, name, knows_all):
        if name in self.at_work:
            return
        hosts = (f"{name}1", f"{name}2")
        around = Surroundings(hosts={host: host for host in hosts}, versions={"ansible-core": "2.19.1"})
        known = KNOWN if knows_all else frozenset(hosts)
        try:
            attempt = self.scene.begin(run_id="R", slices=3, targets=hosts, surroundings=around, hosts=known)
        except (SliceError, RunBusyError):
            return
        if isinstance(attempt, Ended):
            return
        self.at_work[name] = attempt
        self.tasks |= dict.fromkeys(hosts, 0)

    @precondition(lambda self: self.at_work)
    @rule(data=st.data(), number=st.sampled_from([1, 2]))
    def begin_a_step(self, data, number):
        name, _attempt = self.one_of(data)
        self.begin(name, f"{name}{number}")

    @precondition(lambda self: self.at_work)
    @rule(data=st.data(), steps=st.integers(1, 4), is_well=st.sampled_from([True, True, False]))
    def work_on(self, data, steps, is_well):
        name, _attempt = self.one_of(data)
        for host in (f"{name}1", f"{name}2"):
            for nth in range(steps):
                if name in self.at_work:
                    self.begin(name, host)
                if (name, host) in self.in_hand:
                    self.finish(name, host, is_well=is_well or nth < steps - 1)

    def begin(self, name, host):
        attempt = self.at_work[name]
        if (name, host) in self.in_hand or attempt.run.is_going_back or self.tasks[host] == len(self.book):
            return
        if self.is_halted(name, attempt):
            return
        task, contract = self.book[self.tasks[host]]
        step = self.scene.meet(attempt, task, host, contract=contract)
        course = attempt.decide(step)
        if course.way is Way.REPLAY:
            self.tasks[host] += 1
            return
        if course.way is not Way.EXECUTE:  # it has to be asked about: this controller can do nothing more
            self.end(name, RunState.PARKED, "it asks")
            return
        try:
            attempt.start(step)
        except RunHaltedError:
            self.is_halted(name, attempt, is_sure=True)
            return
        self.in_hand[name, host] = step

    @precondition(lambda self: self.in_hand)
    @rule(data=st.data(), is_well=st.sampled_from([True] * 5 + [False]))
    def end_a_step(self, data, is_well):
        self.finish(*data.draw(st.sampled_from(sorted(self.in_hand))), is_well=is_well)

    def finish(self, name, host, *, is_well):
        step = self.in_hand.pop((name, host))
        self.scene.finish(self.at_work[name], step, StepState.OK if is_well else StepState.FAILED)
        if is_well:
            self.effects[host, step.name] = self.effects.get((host, step.name), 0) + 1
            self.tasks[host] += 1
        else:
            self.fail(name)

    @precondition(lambda self: self.at_work)
    @rule(data=st.data())
    def come_to_the_end(self, data):
        name, attempt = self.one_of(data)
        if self.has_in_hand(name) or self.is_halted(name, attempt, is_sure=True):
            return
        if attempt.run.is_going_back:
            self.undo(name)
        elif all(self.tasks[f"{name}{number}"] == len(self.book) for number in (1, 2)):
            self.end(name, RunState.COMPLETED)

    @precondition(lambda self: self.at_work)
    @rule(data=st.data(), fate=st.sampled_from(["lost", "done"]))
    def be_killed(self, data, fate):
        name, attempt = self.one_of(data)
        for place in [place for place in self.in_hand if place[0] == name]:
            step = self.in_hand.pop(place)
            if fate == "done":
                self.leave(attempt, step)
                self.effects[place[1], step.name] = self.effects.get((place[1], step.name), 0) + 1
        self.scene.crash(attempt)
        attempt.heartbeat.stop()
        del self.at_work[name]

    @precondition(lambda self: self.at_work)
    @rule(data=st.data(), is_meant=st.sampled_from([True, False, False]))
    def be_interrupted(self, data, is_meant):
        name, _attempt = self.one_of(data)
        if is_meant and not self.has_in_hand(name):
            self.end(name, RunState.STOPPED, "SIGTERM")

    # How they do it

    def one_of(self, data):
        name = data.draw(st.sampled_from(sorted(self.at_work)))
        return name, self.at_work[name]

    def has_in_hand(self, name):
        return any(place[0] == name for place in self.in_hand)

    def leave(self, attempt, step):
        page = self.scene.spool.page("R", attempt.run.attempt, step.host, step.key)
        page.write_text("".join(f"{json.dumps(fact)}\n" for fact in (WORKER, BEGIN, RESULT)))

    def is_halted(self, name, attempt, *, is_sure=False):
        """Do what a controller does when another slice has failed; tell whether that was so."""
        run = attempt.halt(is_sure=is_sure)
        if run is None:
            return False
        if self.has_in_hand(name):
            return True
        if run.is_going_back:
            self.turn(name, run.reason)
        else:
            self.end(name, run.state, "another slice failed")
        return True

    def fail(self, name):
        attempt = self.at_work[name]
        for place in [place for place in self.in_hand if place[0] == name]:  # they end first
            step = self.in_hand.pop(place)
            self.scene.finish(attempt, step)
            self.effects[place[1], step.name] = self.effects.get((place[1], step.name), 0) + 1
        if attempt.debt().undoings:
            self.turn(name, "a step failed")
        else:
            self.end(name, RunState.STOPPED, "a step failed", is_halt=True)

    def turn(self, name, reason):
        attempt = self.at_work[name]
        if attempt.debt().pivot is not None or attempt.go_back(reason) is not None:
            self.end(name, RunState.PARKED, reason, is_halt=True)
        else:
            self.undo(name)

    def undo(self, name):
        attempt = self.at_work[name]
        attempt.take_in(KNOWN)
        extend(attempt, attempt.slice.targets, lock_ttl=60.0, on_orphan="takeover")
        for undoing in attempt.debt().undoings:
            for step in undoing.steps:
                self.undone[step.doer, step.name] = self.undone.get((step.doer, step.name), 0) + 1
            attempt.undone(undoing, ())
        self.end(name, RunState.COMPENSATED, attempt.run.reason)

    def end(self, name, state, reason="", *, is_halt=False):
        self.at_work.pop(name).end(state, reason, is_halt=is_halt)

    # What holds

    def run(self):
        return next(iter(self.scene.journal.runs()), None)

    @invariant()
    def nothing_is_undone_across_a_pivot(self):
        """[I8] Over all slices: once something is undone, no irreversible step is done or in hand, and none begins."""
        run = self.run()
        steps = self.scene.journal.steps("R") if run else []
        pivots = [step for step in steps if step.contract.effect is Effect.IRREVERSIBLE and step.state in _THERE]
        undone = [step for step in steps if step.undo is Undo.COMPENSATED]
        assert not (pivots and undone), (pivots, undone)

    @invariant()
    def nothing_is_done_or_undone_twice(self):
        """[I1] [I7]"""
        assert max([*self.effects.values(), *self.undone.values()], default=1) == 1

    @invariant()
    def no_two_slices_hold_one_target(self):
        """[I10]"""
        parts = self.scene.journal.slices("R")
        names = [name for part in parts for name in part.targets]
        assert len(names) == len(set(names))
        held = {lease.name: lease.token for lease in self.scene.journal.leases()}
        for name, attempt in self.at_work.items():
            assert {held.get(f"{name}{number}") for number in (1, 2)} == {attempt.slice.token}

    @invariant()
    def the_run_ends_as_it_should(self):
        """[I9]"""
        run = self.run()
        if run is None:
            return
        steps = self.scene.journal.steps("R")
        if run.state is RunState.COMPLETED:
            assert len(self.effects) == len(KNOWN) * len(self.book)
            assert not self.undone
        if run.state is RunState.COMPENSATED:
            assert not remaining(steps)
            assert self.undone.keys() == self.effects.keys()
        if not run.state.is_resumable:
            assert self.scene.held() == {}
            assert not self.at_work

    @invariant()
    def every_host_is_the_business_of_one_slice(self):
        parts = self.scene.journal.slices("R")
        hosts = [host for part in parts for host in part.surroundings.hosts]
        assert len(hosts) == len(hosts_of(parts))


_THERE = frozenset({StepState.OK, StepState.STARTED})


TestSlices = Slices.TestCase
TestSlices.settings = settings(max_examples=60, stateful_step_count=50, deadline=None, derandomize=True)
