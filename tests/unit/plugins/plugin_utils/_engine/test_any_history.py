# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Any history of attempts, crashes, failures, decisions and ways back, against a plain model of what was done.

[I1] a completed step is never executed again; [I5] an unfinished run is never begun anew; [I7] what happened is undone
in reverse order, once; [I9] every run and step has one state; [I11] a stale attempt cannot write; [I12] the audit
accounts for everything. The operator of these histories looks at the targets and tells the truth.
"""

import tempfile
from collections import Counter
from pathlib import Path

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine import operator
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import (
    RunUnfinishedError,
    StaleAttemptError,
)
from ansible_collections.saga.ops.plugins.plugin_utils._engine.meeting import Way
from ansible_collections.saga.ops.plugins.plugin_utils._engine.operator import Answer, Word
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import RunState, StepState
from ansible_collections.saga.ops.plugins.plugin_utils._engine.saga import remaining
from ansible_collections.saga.ops.plugins.plugin_utils._engine.spool import Page
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from samples import IDEMPOTENT, ONCE, PIVOT, READ_ONLY, UNDOABLE
from scene import BEGIN, FAILURE, RESULT, WORKER, Scene

HOSTS = ("h1", "h2")
BOOK = {"Look": READ_ONLY, "Drain": UNDOABLE, "Copy": IDEMPOTENT, "Tell": ONCE, "Move": UNDOABLE, "Start": ONCE}
BOOK_WITH_A_PIVOT = BOOK | {"Tell": PIVOT}

# How a worker ended that was at work when its controller died: its page, and whether the effect is there.
FATES = {
    "idle": ((WORKER,), False),
    "gone before the effect": ((WORKER, BEGIN), False),
    "gone after the effect": ((WORKER, BEGIN), True),
    "ended": ((WORKER, BEGIN, RESULT), True),
    "failed": ((WORKER, BEGIN, FAILURE), False),
}

hosts = st.sampled_from(HOSTS)


class Histories(RuleBasedStateMachine):
    journal = "memory"

    @initialize(book=st.sampled_from([BOOK, BOOK_WITH_A_PIVOT]))
    def set_the_scene(self, book):
        self.folder = tempfile.TemporaryDirectory()
        self.scene = Scene(Path(self.folder.name), self.journal)
        self.book = book
        self.attempt = None
        self.former = []  # attempts that are believed dead
        self.forget()

    def forget(self):
        """Know nothing of the run that comes."""
        self.known = {}  # (host, task): done, doubt, failed, news
        self.effects = Counter()
        self.undone = Counter()
        self.meet_again()

    def meet_again(self):
        """Begin the playbook from its top."""
        self.place = dict.fromkeys(HOSTS, 0)
        self.in_hand = {}
        self.has_failed = False

    def teardown(self):
        if hasattr(self, "folder"):
            self.scene.must_be_accounted_for()
            self.scene.journal.close()
            self.folder.cleanup()

    # Beginning and ending

    @property
    def run(self):
        runs = self.scene.journal.runs()
        return runs[0] if runs else None

    def is_at_work(self):
        return self.attempt is not None

    def is_going_forward(self):
        return self.is_at_work() and not self.attempt.run.is_going_back

    def is_going_back(self):
        return self.is_at_work() and self.attempt.run.is_going_back

    @precondition(lambda self: not self.is_at_work())
    @rule()
    def begin(self):
        before = self.run
        is_over = before is None or not before.state.is_resumable
        self.scene.clock.wait(1)
        self.attempt = self.scene.begin()
        self.scene.must_be_accounted_for()
        if is_over:
            self.forget()
            assert self.attempt.run.attempt == 1
        else:
            self.meet_again()
            assert (self.attempt.run.id, self.attempt.run.attempt) == (before.id, before.attempt + 1)

    @precondition(lambda self: not self.is_at_work() and self.run is not None and self.run.state.is_resumable)
    @rule()
    def ask_for_a_fresh_start(self):
        with pytest.raises(RunUnfinishedError):
            self.scene.begin(resume="new")

    @precondition(lambda self: self.is_at_work() and not self.in_hand)
    @rule(is_parked=st.booleans())
    def end(self, is_parked):
        is_done = all(place == len(self.book) for place in self.place.values())
        if self.is_going_back():
            state = RunState.PARKED if self.attempt.debt().undoings else RunState.COMPENSATED
        elif is_done and not self.has_failed:
            state = RunState.COMPLETED
        else:
            state = RunState.PARKED if is_parked else RunState.STOPPED
        self.former.append(self.attempt)
        self.attempt.end(state)
        self.attempt = None
        if state is RunState.COMPLETED:
            self.must_be_complete()

    def must_be_complete(self):
        wanted = {(host, task) for host in HOSTS for task, contract in self.book.items() if contract.has_effect}
        assert {step for step, count in self.effects.items() if count} == wanted

    @precondition(lambda self: self.is_at_work())
    @rule(data=st.data())
    def crash(self, data):
        """Kill the controller; each worker at work has a fate of its own."""
        for host, step in self.in_hand.items():
            if not step.contract.has_effect:
                continue
            fate = data.draw(st.sampled_from(sorted(FATES)), label=f"the fate of {step.name} on {host}")
            facts, is_there = FATES[fate]
            page = Page(self.scene.spool.page(self.attempt.run.id, self.attempt.run.attempt, step.host, step.key))
            for fact in facts:
                page.write(**fact)
            self.effects[host, step.name] += is_there
            word = {"idle": "idle", "ended": "done", "failed": "news"}.get(fate, "doubt")
            self.known[host, step.name] = word
        self.scene.crash(self.attempt)
        self.former.append(self.attempt)
        self.attempt = None

    # Going forward

    @precondition(is_going_forward)
    @rule(host=hosts)
    def meet_the_next_task(self, host):
        if self.has_failed or host in self.in_hand or self.place[host] == len(self.book):
            return
        task = list(self.book)[self.place[host]]
        contract, known = self.book[task], self.known.get((host, task))
        step = self.scene.meet(self.attempt, task, host, contract=contract)
        if known == "doubt" and not contract.is_idempotent:
            assert self.attempt.decide(step).way is Way.WAIT
            self.has_failed = True
            return
        decision = self.attempt.decide(step)
        if known in {"done", "news"}:
            assert (decision.way, decision.is_news) == (Way.REPLAY, known == "news")
            self.place[host] += 1
            if known == "news":
                self.fail(host, step)
        else:
            assert decision.way is Way.EXECUTE
            self.attempt.start(step)
            self.in_hand[host] = step

    @precondition(is_going_forward)
    @rule(host=hosts, ending=st.sampled_from([StepState.OK, StepState.OK, StepState.FAILED]))
    def end_a_step(self, host, ending):
        step = self.in_hand.pop(host, None)
        if step is None:
            return
        if ending is StepState.FAILED:
            self.fail(host, step)
            return
        self.scene.finish(self.attempt, step)
        self.effects[host, step.name] += step.contract.has_effect
        self.known[host, step.name] = "done"
        self.place[host] += 1

    def fail(self, host, step):
        self.scene.finish(self.attempt, step, StepState.FAILED)
        self.known[host, step.name] = "failed"
        self.has_failed = True

    # Going back

    @precondition(lambda self: self.is_going_forward() and self.has_failed and not self.in_hand)
    @rule()
    def turn_around(self):
        if self.attempt.debt().pivot is None:
            self.attempt.go_back("it failed")

    @precondition(is_going_back)
    @rule(host=hosts, task=st.sampled_from(sorted(BOOK)))
    def meet_a_task_on_the_way_back(self, host, task):
        """Nothing forward is done on the way back."""
        step = self.scene.meet(self.attempt, task, host, contract=self.book[task])
        assert self.attempt.decide(step).way is not Way.EXECUTE

    @precondition(lambda self: self.is_going_back() and self.attempt.debt().undoings)
    @rule(data=st.data(), is_killed=st.booleans())
    def undo(self, data, is_killed):
        debt = self.attempt.debt()
        undoing, *others = debt.undoings
        earliest = min(step.seq for step in undoing.steps)
        assert debt.pivot is None
        assert all(step.seq < earliest for other in others for step in other.steps)
        failed = data.draw(st.sets(st.sampled_from(undoing.hosts)), label="hosts on which the compensation fails")
        for host in undoing.hosts:
            path = f"undo {undoing.key}/Undo it"
            step = self.scene.meet(self.attempt, "Undo it", host, path=path, undoes=undoing.key)
            if self.attempt.decide(step).way is Way.EXECUTE:
                self.attempt.start(step)
                self.scene.finish(self.attempt, step, StepState.FAILED if host in failed else StepState.OK)
                self.undone[host, undoing.name] += host not in failed
            else:
                failed -= {host}
        if is_killed:
            self.scene.crash(self.attempt)
            self.former.append(self.attempt)
            self.attempt = None
        else:
            self.attempt.undone(undoing, failed)

    # Those that are believed dead, and the operator

    @precondition(lambda self: self.former)
    @rule(data=st.data())
    def wake_up_a_former_attempt(self, data):
        former = data.draw(st.sampled_from(self.former), label="the attempt that wakes up")
        [run] = self.scene.journal.runs(run=former.run.id)
        if run.token == former.run.token:
            return  # nobody has taken over: it may still write
        step = self.scene.meet(former, "Copy", contract=IDEMPOTENT)
        before = self.scene.everything()
        for write in (
            lambda: former.start(step),
            lambda: self.scene.finish(former, step),
            lambda: former.end(RunState.COMPLETED),
        ):
            with pytest.raises(StaleAttemptError):
                write()
        assert self.scene.everything() == before

    @precondition(lambda self: not self.is_at_work() and self.run is not None and self.run.state.is_resumable)
    @rule(data=st.data())
    def settle_a_doubt(self, data):
        doubts = [step for step, word in self.known.items() if word == "doubt"]
        if not doubts or self.run.is_going_back:
            return
        host, task = data.draw(st.sampled_from(doubts), label="the step that the operator looks at")
        answer = Answer.DONE if self.effects[host, task] else Answer.RETRY
        operator.decide(self.scene.means, self.run, Word(host=host, step=task, answer=answer, why="looked at it"))
        self.known[host, task] = "done" if answer is Answer.DONE else "idle"

    @precondition(lambda self: not self.is_at_work() and self.run is not None and self.run.state.is_resumable)
    @rule()
    def abandon(self):
        operator.abandon(self.scene.means, self.run, why="the move is off")

    # What holds at any moment

    @invariant()
    def nothing_that_must_happen_once_has_happened_twice(self):
        if hasattr(self, "scene"):
            once = {task for task, contract in self.book.items() if not contract.is_idempotent}
            assert all(count < 2 for (_host, task), count in self.effects.items() if task in once)
            assert all(count < 2 for count in self.undone.values())

    @invariant()
    def in_a_run_that_was_compensated_all_that_happened_is_undone(self):
        if hasattr(self, "scene") and self.run is not None and self.run.state is RunState.COMPENSATED:
            assert remaining(self.scene.journal.steps(self.run.id)) == []
            undoable = {task for task, contract in self.book.items() if contract.compensate}
            assert all(self.undone[step] == 1 for step, count in self.effects.items() if count and step[1] in undoable)

    @invariant()
    def targets_are_held_by_runs_that_may_go_on_and_by_nobody_else(self):
        if not hasattr(self, "scene") or self.run is None:
            return
        is_holding = self.run.owner is not None or self.run.state is RunState.PARKED
        assert self.scene.held() == (dict.fromkeys(HOSTS, self.run.id) if is_holding else {})


class HistoriesOnDisk(Histories):
    journal = "sqlite"


def searched(machine, examples, **wish):
    known = {"stateful_step_count": 40, "deadline": None, "suppress_health_check": list(HealthCheck)}
    machine.TestCase.settings = settings(max_examples=examples, **(known | wish))
    return machine.TestCase


class TestHistories(searched(Histories, 80, derandomize=True, database=None)):
    """In memory."""


class TestHistoriesOnDisk(searched(HistoriesOnDisk, 20, derandomize=True, database=None)):
    """In SQLite."""


class LongHistories(Histories):
    pass


@pytest.mark.sweep
class TestLongHistories(searched(LongHistories, 500, stateful_step_count=80)):
    """Other ones each time."""
