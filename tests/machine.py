# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A world in which any history can happen: targets that count effects, workers, and a process that drives an attempt.

The process does with each step what the strategy does with it, without Ansible. The world knows what has really
happened, by its own count, and objects as soon as that breaks a promise; it never asks the engine what it thinks.
"""

import json
from collections import Counter, defaultdict
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace

from ansible_collections.saga.ops.plugins.plugin_utils._engine import points
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import EngineError
from ansible_collections.saga.ops.plugins.plugin_utils._engine.meeting import Course, Finish, Reference, Way, Whole
from ansible_collections.saga.ops.plugins.plugin_utils._engine.policy import next_try
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import (
    Approval,
    Contract,
    Effect,
    OnDoubt,
    OnFailure,
    Retry,
    Then,
    Unit,
)
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import Asks, RunState, StepState, Wish
from ansible_collections.saga.ops.plugins.plugin_utils._engine.saga import remaining
from ansible_collections.saga.ops.plugins.plugin_utils._engine.spool import Page
from hypothesis import strategies as st

from samples import DEAD, IDEMPOTENT, ONCE, PIVOT, READ_ONLY, UNDOABLE
from scene import WORKER

TTL = 60.0  # seconds that a lease lasts
TWICE = Retry(attempts=3, delay=5.0)
VERIFIED = Contract(verify=("Is it there",))
CONTRACTS = {
    "none": READ_ONLY,
    "idempotent": IDEMPOTENT,
    "once": ONCE,
    "undoable": UNDOABLE,
    "verified": VERIFIED,
    "verified and undoable": replace(UNDOABLE, verify=("Is it there",)),
    "pivot": PIVOT,
    "pivot that is verified": replace(PIVOT, verify=("Is it there",)),
    "gated": replace(UNDOABLE, approval=Approval()),
    "gated, denied in time": replace(ONCE, approval=Approval(approvers=("bob",), expires=300.0)),
    "gated, approved in time": replace(IDEMPOTENT, approval=Approval(expires=300.0, default="approve")),
    "gated by two": replace(UNDOABLE, approval=Approval(is_two_person=True, is_reason_required=True)),
    "tried again": replace(IDEMPOTENT, on_failure=OnFailure(retry=TWICE)),
    "tried again, undoable": replace(UNDOABLE, on_failure=OnFailure(retry=TWICE, then=Then.COMPENSATE)),
    "tried again, verified": replace(VERIFIED, on_failure=OnFailure(retry=TWICE, then=Then.STOP)),
    "escalated": replace(UNDOABLE, on_failure=OnFailure(then=Then.ESCALATE)),
    "stopping": replace(UNDOABLE, on_failure=OnFailure(then=Then.STOP)),
    "continuing": replace(UNDOABLE, on_failure=OnFailure(then=Then.CONTINUE)),
    "rerun in doubt": replace(UNDOABLE, on_in_doubt=OnDoubt.RERUN),
    "undone in doubt": replace(UNDOABLE, on_in_doubt=OnDoubt.COMPENSATE),
    "asked about in doubt": replace(IDEMPOTENT, on_in_doubt=OnDoubt.ESCALATE),
}
# Most steps wait for nobody, or histories would be nothing but waiting.
KINDS = [kind for kind in CONTRACTS for _times in range(1 if "gated" in kind or "asked" in kind else 3)]
BLOCK = Unit(path="1 Move/Block", name="Block", where="site.yml:3", contract=Contract(compensate=("Undo the block",)))

# What a resume does with a step, by the word that `saga status` has for it.
FORECASTS = {
    "replay": {Way.REPLAY},
    "take in": {Way.REPLAY},
    "run": {Way.EXECUTE},
    "run again": {Way.EXECUTE},
    "run the rest": {Way.EXECUTE},
    "verify": {Way.VERIFY},
    "ask": {Way.WAIT, Way.TURN_BACK},  # where there is nothing to turn back for, somebody is asked
    "refuse": {Way.REFUSE},
    "go back": {Way.TURN_BACK},
    "compensate": {Way.REPLAY, Way.PASS_OVER},
    "nothing": {Way.REPLAY, Way.PASS_OVER},
}


@dataclass(frozen=True)
class Task:
    """One task of a drawn playbook."""

    name: str
    contract: Contract
    items: tuple[str, ...] = ()  # empty: no loop
    is_in_block: bool = False

    @property
    def parts(self):
        """What of it happens one after the other: its items, or the whole."""
        return self.items or ("",)


@st.composite
def books(draw, most=4):
    """Draw a playbook of one play."""
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=min(2, most), max_size=most))
    block = draw(st.sampled_from([(0, 0), (0, 2), (1, 3)])) if most > 1 else (0, 0)
    tasks = []
    for number, kind in enumerate(kinds):
        items = draw(st.sampled_from([(), (), ("a", "b"), ("a", "b", "c")]))
        contract = CONTRACTS[kind]
        tasks.append(Task(f"{number + 1} {kind}", contract, items, block[0] <= number < block[1]))
    return tuple(tasks)


class Killed(BaseException):
    """The process is dead, in the middle of what it did."""

    def __init__(self, point):
        super().__init__(point)
        self.point = point


class Halted(BaseException):
    """The process has stopped because it was asked to."""


@contextmanager
def killed_at(point):
    """Let whoever works die at this point; None: nowhere."""

    def strike(reached, _detail, _places):
        if reached == point:
            raise Killed(point)

    points.observe(strike)
    try:
        yield
    finally:
        points.observe(None)


class World:
    """What has really happened, over all runs. A place is a run, a host and a key."""

    def __init__(self, scene):
        self.scene = scene
        self.effects = Counter()  # of a place and an item
        self.allowed = Counter()  # second executions that somebody or some contract has asked for, of a place
        self.finished = set()  # places whose end is durable, or told by a page that stays
        self.payloads = {}  # of a place: what its replay must hand on
        self.items = defaultdict(set)  # of a place: items whose end is durable
        self.starts = defaultdict(list)  # of a run: hosts and keys in the order of their first starts
        self.contracts = {}  # of a place
        self.pivots = set()  # runs in which a pivot was completed
        self.tried = set()  # places whose compensation was begun at least once
        self.undone = set()  # places whose compensation is on the record as done
        self.left = set()  # places whose effects may stay, as an operator said
        self.expected = {}  # of a place: what an operator's answer makes of it
        self.forecasts = {}  # of a place: the word that status had for it before the attempt in hand began
        self.cut_off = set()  # results that tell of a failure in the middle
        self.results = 0

    def recorded(self, place):
        """Return a step as the journal has it now."""
        run, host, key = place
        return next((step for step in self.scene.journal.steps(run) if (step.host, step.key) == (host, key)), None)

    def result(self):
        self.results += 1
        return f"result {self.results}"

    # A step of the playbook

    def must_fit(self, place, course, run):
        """[I9] What a resume does is what status said; and what an operator said is done."""
        word = self.forecasts.pop(place, None)
        if word is not None:
            assert course.way in FORECASTS[word], f"{place} was to {word!r}, but it is {course.way}"
        expected = self.expected.pop(place, None)
        if expected is not None and not run.is_going_back:
            assert course.way is expected, f"an operator's answer for {place} is {expected}, but it is {course.way}"

    def must_be_replayed_rightly(self, place, course):
        """[I3] What is handed on is durable, and is what was done."""
        step = self.recorded(place)
        assert step.state in {StepState.OK, StepState.SKIPPED, StepState.FAILED, StepState.UNREACHABLE}
        assert self.scene.journal.results(*place)[""] == course.payload
        if place in self.payloads:
            assert course.payload == self.payloads[place]

    def must_be_free_to_start(self, process, reference):
        """[I6] Its targets are this attempt's, now."""
        attempt, now = process.attempt, self.scene.clock.now()
        held = {lease.name: lease for lease in self.scene.journal.leases()}
        for name in attempt.run.targets:
            lease = held.get(name)
            assert lease is not None, f"{reference.name} starts, and nobody holds {name}"
            assert (lease.run, lease.token) == (attempt.run.id, attempt.slice.token)
            assert lease.expires is not None
            assert lease.expires > now

    def must_not_be_finished(self, place):
        """[I1] A completed step is never executed again."""
        assert place not in self.finished, f"{place} is done, and is executed again"

    def started(self, process, hand):
        """Note a step's start, and the block's that begins with it."""
        reference = hand.reference
        run = process.attempt.run.id
        whole = (reference.on, BLOCK.path + "#1")
        if reference.wholes and reference.contract.has_effect and whole not in self.starts[run]:
            self.starts[run].append(whole)
            self.contracts[run, *whole] = BLOCK.contract
            hand.began_block = True
        if (reference.host, reference.key) not in self.starts[run]:
            self.starts[run].append((reference.host, reference.key))
        self.contracts[hand.place] = reference.contract

    def happen(self, process, hand, part):
        """Let an effect happen at the target [I2], [I4]."""
        place, contract = hand.place, hand.reference.contract
        if not contract.has_effect:
            return
        step = self.recorded(place)
        assert step is not None, f"{place} has an effect without an intent"
        assert (step.state, step.attempt) == (StepState.STARTED, process.attempt.run.attempt)
        assert not part or part not in self.items[place], f"item {part} of {place} is done, and is executed again"
        self.effects[place, part] += 1
        if not contract.is_idempotent:
            count = self.effects[place, part]
            assert count <= 1 + self.allowed[place], f"{place} {part} has happened {count} times"

    def is_there(self, place, parts=None):
        """Tell whether a step's effect is there: some of it, or of all parts."""
        run, host, key = place
        if key == BLOCK.path + "#1":
            inside = [other for other in self.contracts if other[0] == run and "/Block/" in other[2]]
            return any(self.is_there(other) for other in inside if other[1] == host)
        if parts is not None:
            return all(self.effects[place, part] for part in parts)
        return any(count and other == place for (other, _part), count in self.effects.items())

    # The way back

    def must_be_undone_now(self, run, place):
        """[I7] In reverse order, once; [I8] never across a pivot."""
        _run, host, key = place
        assert place not in self.undone, f"{place} is undone a second time"
        assert run not in self.pivots, f"{place} is undone across a pivot"
        order = self.starts[run]
        for other in order[order.index((host, key)) + 1 :]:
            there = (run, *other)
            if other[1] == key or not self.contracts[there].compensate or not self.is_there(there):
                continue
            if other[1] == BLOCK.path + "#1" and other[0] != host:
                continue  # blocks of several hosts that began in lockstep are undone together
            is_settled = there in self.tried | self.undone | self.left
            assert is_settled, f"{place} is undone before {there}, which began later"

    def must_be_undone_altogether(self, run):
        """[I7] What happened in a run that was compensated, and can be undone, is undone."""
        for place, contract in self.contracts.items():
            if place[0] == run and contract.compensate and self.is_there(place):
                assert place in self.undone | self.left, f"{place} is there, and its run is compensated"


@dataclass
class Hand:
    """A step that a process has met: at work, or waiting."""

    reference: Reference
    course: Course
    task: Task
    place: tuple[str, str, str]
    finish: Finish | None = None  # its worker has ended
    began_block: bool = False
    has_page: bool = False
    has_ended: bool = False  # its outcome is durable, or it was never to have one
    done: list[str] = field(default_factory=list)  # items that ended in this execution


class Process:
    """One ansible-playbook at work on a run, as the strategy has it do."""

    def __init__(self, world, attempt, book, hosts):
        self.world = world
        self.scene = world.scene
        self.attempt = attempt
        self.book = book
        self.hosts = hosts
        self.place = dict.fromkeys(hosts, 0)
        self.in_hand = {}
        self.waiting = {}
        self.out = set()
        self.failures = []  # what shall follow them
        self.turning = ""
        self.undoings = None  # still to be tried, once it goes back
        self.is_held_up = False
        self.has_ended = False

    @property
    def run(self):
        return self.attempt.run

    @property
    def is_stale(self):
        """Tell whether somebody has taken the run from it."""
        return all(part.token != self.attempt.slice.token for part in self.scene.journal.slices(self.run.id))

    # Going forward

    def check(self):
        """Raise unless a step may start now."""
        self.attempt.check()
        asked = self.attempt.wishes.now()
        if asked is None:
            return
        if asked.wish is Wish.COMPENSATE and self.attempt.debt().pivot is None:
            self.turning = self.turning or "an operator wants it back"
            return
        if self.in_hand:
            return  # they are waited for
        if asked.wish is Wish.COMPENSATE and (self.turning or self.run.is_going_back):
            return
        self.end(RunState.ABANDONED if asked.wish is Wish.CANCEL else RunState.PARKED)
        raise Halted

    def must_stop(self):
        """Tell whether nobody goes forward any more."""
        if self.turning:
            return self.attempt.has_met_all_owed()
        if not self.failures:
            return False
        debt, policy = self.attempt.debt(), self.policy()
        return policy is Then.ESCALATE or (policy is not Then.STOP and bool(debt.undoings) and debt.pivot is None)

    def policy(self):
        return next((then for then in (Then.ESCALATE, Then.STOP, Then.COMPENSATE) if then in self.failures), None)

    def has_more(self, host):
        return host not in self.out and self.place[host] < len(self.book)

    def do_next(self, draw):
        """Do the next thing, on a host that has one to do; without any, come to the end of the play."""
        if self.undoings is not None:
            self.undo_next(draw)
            return
        stops = self.must_stop()
        at_work = [host for host in self.hosts if host in self.in_hand]
        waiting = [host for host, hand in self.waiting.items() if hand.course.way is not Way.WAIT or self.turning]
        going = [] if stops else [host for host in self.hosts if self.has_more(host) and host not in self.waiting]
        able = list(dict.fromkeys((*at_work, *waiting, *going)))
        if able:
            self.go_on(draw(st.sampled_from(able), label="host"), draw)
        else:
            self.conclude()

    def go_on(self, host, draw):
        """Do the next thing on a host."""
        if host in self.in_hand:
            self.end_step(host, draw)
            return
        self.check()
        if host in self.waiting:
            self.wake(host, draw)
        elif self.has_more(host) and not self.must_stop():
            self.meet(host, draw)

    def meet(self, host, draw):
        task = self.book[self.place[host]]
        reference = self.reference(task, host)
        place = (self.run.id, reference.host, reference.key)
        course = self.attempt.decide(reference)
        self.world.must_fit(place, course, self.run)
        if self.turning and course.way is not Way.REPLAY:
            course = Course(way=Way.PASS_OVER)
        self.place[host] += 1
        self.take(Hand(reference, course, task, place), draw)

    def reference(self, task, host):
        path = f"1 Move/Block/{task.name}" if task.is_in_block else f"1 Move/{task.name}"
        whole = (Whole(key=self.attempt.meet_unit(host, BLOCK.path, "it"), unit=BLOCK),) if task.is_in_block else ()
        return self.scene.meet(self.attempt, task.name, host, contract=task.contract, path=path, wholes=whole)

    def take(self, hand, draw):
        """Do with a step what was decided about it."""
        host, course = hand.reference.on, hand.course
        match course.way:
            case Way.EXECUTE if not course.due:
                self.start(hand)
            case Way.EXECUTE | Way.VERIFY | Way.WAIT:
                self.waiting[host] = hand
            case Way.TURN_BACK:
                debt = self.attempt.debt()
                if debt.pivot is not None or not debt.undoings:
                    self.waiting[host] = replace(hand, course=replace(course, way=Way.WAIT, asks=Asks.DOUBT))
                else:
                    self.turning = self.turning or "it is in doubt"
            case Way.REFUSE:
                self.conclude_step(hand, StepState.FAILED, self.world.result(), is_handled=draw(st.booleans()))
            case Way.REPLAY:
                self.replay(hand, draw)

    def replay(self, hand, draw):
        known = hand.course.known
        self.world.must_be_replayed_rightly(hand.place, hand.course)
        if hand.course.is_news:
            is_handled = draw(st.booleans(), label="the failure that a worker left is handled")
            is_in_part = bool(self.attempt.results_of(known).keys() - {""}) or hand.course.payload in self.world.cut_off
            may_remain = known.state is StepState.FAILED and is_in_part
            was_cut_off = may_remain and hand.course.payload in self.world.cut_off and not hand.task.items
            self.conclude_step(
                hand,
                known.state,
                hand.course.payload,
                is_handled=is_handled,
                may_remain=may_remain,
                was_cut_off=was_cut_off,
            )
        elif known.state.is_failure and not known.is_handled:
            self.fail(hand, None)

    def start(self, hand):
        """Start a step; its worker is at work when this returns."""
        known, contract = hand.course.known, hand.reference.contract
        self.world.must_not_be_finished(hand.place)
        self.world.must_be_free_to_start(self, hand.reference)
        if known is not None and (
            (known.state is StepState.STARTED and contract.may_rerun)
            or (known.state.is_failure and not (known.was_cut_off and not contract.may_rerun))
            or (known.state is StepState.RETRYING and not contract.wants_verifying)
        ):
            self.world.allowed[hand.place] += 1
        try:
            self.attempt.start(hand.reference)
        except Killed as killed:
            if killed.point == points.AFTER_INTENT:
                self.world.started(self, hand)
            raise
        self.world.started(self, hand)
        self.in_hand[hand.reference.on] = hand

    # A worker

    def write(self, hand, fact, **data):
        """Write on the worker's page."""
        if not hand.reference.has_intent:
            return
        path = self.scene.spool.page(self.run.id, self.run.attempt, hand.reference.host, hand.reference.key)
        page = Page(path, is_carried=hand.has_page)
        hand.has_page = True
        page.write(fact, **data)
        page.close()

    def open_page(self, hand):
        self.write(hand, **WORKER)

    def todo(self, hand):
        done = dict(hand.course.items)
        return [part for part in hand.task.parts if part not in done]

    def do(self, hand, part, *, is_noted=True):
        """Let a worker do a part of its step."""
        self.write(hand, "begin", key=part)
        self.world.happen(self, hand, part)
        if part and is_noted:
            self.write(hand, "item", key=part, payload=f"result of {part}", is_failed=False)
            hand.done.append(part)

    def fail_at(self, hand, part, state, *, is_there):
        """Let a worker fail at a part, which may have happened all the same."""
        self.write(hand, "begin", key=part)
        if is_there:
            self.world.happen(self, hand, part)
        if part:
            self.write(hand, "item", key=part, payload="failed", is_failed=True)
        return self.ended(hand, state)

    def ended(self, hand, state):
        payload = self.world.result()
        self.write(hand, "result", state=str(state), payload=payload)
        return payload

    def end_step(self, host, draw):
        """Let a step end as drawn."""
        hand = self.in_hand[host]
        self.open_page(hand)
        ways = ["ok", "ok", "ok", "failed", "cut off", "unreachable"] + ([] if hand.course.items else ["skipped"])
        how = draw(st.sampled_from(ways), label=f"how {hand.reference.name} ends on {host}")
        todo = self.todo(hand)
        if how == "ok":
            for part in todo:
                self.do(hand, part)
            state, payload, may_remain = StepState.OK, self.ended(hand, StepState.OK), False
        elif how == "skipped":
            state, payload, may_remain = StepState.SKIPPED, self.ended(hand, StepState.SKIPPED), False
        else:
            before = draw(st.integers(0, max(0, len(todo) - 1))) if hand.task.items else 0
            for part in todo[:before]:
                self.do(hand, part)
            state = StepState.UNREACHABLE if how == "unreachable" else StepState.FAILED
            is_there = how != "failed" and draw(st.booleans(), label="it has happened all the same")
            part = todo[before] if before < len(todo) else ""
            payload = self.fail_at(hand, part, state, is_there=is_there)
            may_remain = state is StepState.FAILED and (how == "cut off" or bool(hand.done or hand.course.items))
            self.world.cut_off |= {payload} if how == "cut off" else set()
        is_handled = None
        if state.is_failure:
            is_ignored = hand.reference.contract.then is Then.CONTINUE
            is_rescued = draw(st.sampled_from([False, False, True])) and state is StepState.FAILED
            is_handled = (is_ignored and state is StepState.FAILED) or is_rescued
        was_cut_off = how == "cut off" and not hand.task.items
        self.conclude_step(hand, state, payload, is_handled=is_handled, may_remain=may_remain, was_cut_off=was_cut_off)

    def conclude_step(self, hand, state, payload, *, is_handled=None, **facts):
        """Make an outcome durable; only then act on it."""
        hand.finish = Finish(reference=hand.reference, state=state, payload=payload, is_handled=is_handled, **facts)
        delay = self.delay(hand.finish)
        if delay is not None:
            self.attempt.retry(hand.finish, delay=delay)
            self.world.items[hand.place].update(hand.done)
            self.in_hand.pop(hand.reference.on, None)
            course = self.attempt.decide(hand.reference)
            assert course.way in {Way.EXECUTE, Way.VERIFY}
            self.waiting[hand.reference.on] = Hand(hand.reference, course, hand.task, hand.place)
            return
        try:
            self.attempt.finish([hand.finish])
        except Killed as killed:
            if killed.point == points.AFTER_OUTCOME:
                self.note_end(hand)
            raise
        self.note_end(hand)
        self.in_hand.pop(hand.reference.on, None)
        if state.is_failure and not is_handled:
            denied = not self.attempt.known(hand.reference).executions
            then = hand.reference.contract.then
            self.fail(hand, None if denied and then is Then.ESCALATE else then)

    def note_end(self, hand):
        """Note that an outcome is durable."""
        finish, world = hand.finish, self.world
        step = world.recorded(hand.place)
        assert step.state is finish.state  # [I3]
        hand.has_ended = True
        world.items[hand.place].update(hand.done)
        world.payloads[hand.place] = finish.payload
        if not finish.state.is_failure or finish.is_handled:
            world.finished.add(hand.place)
        if finish.state is StepState.OK and finish.reference.contract.effect is Effect.IRREVERSIBLE:
            world.pivots.add(self.run.id)
        if finish.state is StepState.SKIPPED and hand.began_block:
            world.starts[self.run.id].remove((hand.reference.on, BLOCK.path + "#1"))

    def delay(self, finish):
        """Return after how many seconds a failed step is tried again; None: it is not."""
        step = self.attempt.known(finish.reference)
        if step is None or not finish.state.is_failure or not step.executions or self.run.is_going_back:
            return None
        following = next_try(step, finish.state, spent=self.attempt.retries(), budget=0, draw=lambda: 0.5)
        return None if following is None else following.delay

    def fail(self, hand, then):
        self.out.add(hand.reference.on)
        self.failures.append(then)

    # Steps that wait

    def wake(self, host, draw):
        hand = self.waiting[host]
        if self.turning or self.run.is_going_back:
            del self.waiting[host]
        elif hand.course.way is not Way.WAIT and hand.course.due > self.scene.clock.now():
            self.scene.clock.wait(1)
        elif hand.course.way is not Way.WAIT:
            if hand.course.way is Way.VERIFY:
                self.look(hand, draw)
            else:
                del self.waiting[host]
                self.start(hand)

    def look(self, hand, draw):
        """Ask the target whether a step's effect is there; it tells the truth, or nothing."""
        host = hand.reference.on
        path = f"verify {hand.reference.key}/Is it there"
        asking = self.scene.meet(
            self.attempt, "Is it there", host, path=path, contract=READ_ONLY, verifies=hand.reference.key
        )
        assert self.attempt.decide(asking).way is Way.EXECUTE
        self.attempt.start(asking)
        is_there = self.world.is_there(hand.place, hand.task.parts)
        can_tell = draw(st.sampled_from([True, True, False]), label="the target answers")
        state = (StepState.OK if is_there else StepState.FAILED) if can_tell else StepState.UNREACHABLE
        self.scene.finish(self.attempt, asking, state, is_handled=True if state.is_failure else None)
        if not can_tell:
            self.waiting[host] = replace(hand, course=replace(hand.course, way=Way.WAIT, asks=Asks.DOUBT))
            return
        payload = self.world.result() if is_there else None
        self.attempt.resolve(hand.reference, payload=payload, how="Is it there")
        if hand.task.items:
            self.world.allowed[hand.place] += 1  # of a loop a handler cannot tell which items are there
        del self.waiting[host]
        course = self.attempt.decide(hand.reference)
        if is_there:
            assert course.way is Way.REPLAY
            self.world.finished.add(hand.place)
            self.world.payloads[hand.place] = payload
            if hand.reference.contract.effect is Effect.IRREVERSIBLE:
                self.world.pivots.add(self.run.id)
            self.replay(replace(hand, course=course), draw)
        else:
            assert course.way is Way.EXECUTE
            self.start(replace(hand, course=course))

    # The end

    def conclude(self):
        """Come to the play's end, if nothing is left to do but that."""
        self.check()
        if self.turning or self.run.is_going_back:
            self.waiting.clear()
        asking = [hand for hand in self.waiting.values() if hand.course.way is Way.WAIT]
        is_settled = len(asking) == len(self.waiting) and not self.in_hand
        stops = self.must_stop()
        if not is_settled or any(self.has_more(host) and not stops for host in self.hosts if host not in self.waiting):
            return
        attempt, debt, policy = self.attempt, self.attempt.debt(), self.policy()
        if asking:
            attempt.ask([(hand.reference, hand.course.asks) for hand in asking])
            self.end(RunState.PARKED)
        elif self.run.is_going_back or self.turning:
            assert attempt.has_met_all_owed() or self.failures
            if debt.pivot is not None and not self.run.is_going_back:
                attempt.escalate()
                self.end(RunState.PARKED)
            else:
                self.go_back(debt)
        elif self.failures and policy is Then.ESCALATE:
            attempt.escalate()
            self.end(RunState.PARKED)
        elif self.failures and policy is not Then.STOP and debt.undoings:
            if debt.pivot is not None:
                attempt.escalate()
                self.end(RunState.PARKED)
            else:
                self.go_back(debt)
        elif self.failures or attempt.in_hand():
            self.end(RunState.STOPPED)
        else:
            self.end(RunState.COMPLETED)

    def go_back(self, debt):
        self.attempt.go_back("it failed")
        self.undoings = list(debt.undoings)

    def undo_next(self, draw):
        """Undo the next of what is owed, on all its hosts, or come to the end of the way back."""
        self.check()
        if not self.undoings:
            self.end(RunState.PARKED if remaining(self.attempt.steps()) else RunState.COMPENSATED)
            return
        undoing, bad = self.undoings[0], set()
        for host, step in zip(undoing.hosts, undoing.steps, strict=True):
            place = (self.run.id, step.host, step.key)
            path = f"undo {undoing.key}/Undo it"
            reference = self.scene.meet(self.attempt, "Undo it", host, path=path, contract=ONCE, undoes=undoing.key)
            course = self.attempt.decide(reference)
            if course.way is Way.EXECUTE:
                self.undo(place, reference, draw, bad)
            else:
                assert course.way is Way.REPLAY
                assert place in self.world.undone, f"{place} is taken for undone, and is not"
        self.attempt.undone(undoing, bad)
        del self.undoings[0]

    def undo(self, place, reference, draw, bad):
        world = self.world
        world.must_be_undone_now(self.run.id, place)
        world.must_be_free_to_start(self, reference)
        self.attempt.start(reference)
        world.tried.add(place)
        state = draw(
            st.sampled_from([StepState.OK, StepState.OK, StepState.FAILED, StepState.UNREACHABLE]),
            label=f"how {place} is undone",
        )
        is_handled = False if state.is_failure else None
        finish = Finish(reference=reference, state=state, payload=world.result(), is_handled=is_handled)
        try:
            self.attempt.finish([finish])
        except Killed as killed:
            if killed.point == points.AFTER_OUTCOME and state is StepState.OK:
                world.undone.add(place)
            raise
        if state is StepState.OK:
            world.undone.add(place)
        else:
            bad.add(reference.on)

    def end(self, state):
        """End the attempt."""
        self.attempt.end(state)
        self.has_ended = True
        if state is RunState.COMPENSATED:
            self.world.must_be_undone_altogether(self.run.id)
        if state is RunState.COMPLETED:
            steps = [step for step in self.scene.journal.steps(self.run.id) if step.is_forward and not step.is_unit]
            assert {(step.host, step.name) for step in steps} == {
                (host, task.name) for host in self.hosts for task in self.book
            }
            assert all((step.run, step.host, step.key) in self.world.finished for step in steps)

    def die(self, draw, owner=DEAD):
        """Be killed: each worker at work has a fate of its own, and the machine's power may be lost with it."""
        self.has_ended = True
        is_power_lost = owner is not DEAD or draw(st.sampled_from([False, False, True]), label="the power is lost")
        for hand in self.in_hand.values():
            if not hand.has_ended:
                self.leave(hand, draw, may_be_lost=is_power_lost)
        if is_power_lost:
            owner_file = self.scene.spool.root / self.run.id / str(self.run.attempt) / "owner.json"
            if owner_file.exists():
                owner_file.write_text(json.dumps(asdict(owner)))
        self.in_hand.clear()
        if any(part.attempt == self.run.attempt and part.owner for part in self.scene.journal.slices(self.run.id)):
            self.scene.give(self.run, owner)

    def leave(self, hand, draw, *, may_be_lost):
        """Let the worker of a step end with its process."""
        if not hand.reference.has_intent:
            return
        if hand.finish is None:
            state, payload = self.meet_its_fate(hand, draw)
        else:
            state, payload = hand.finish.state, hand.finish.payload
        if may_be_lost and draw(st.booleans(), label="its page is lost"):
            self.scene.spool.drop(self.run.id, self.run.attempt, hand.reference.host, hand.reference.key)
            return
        self.world.items[hand.place].update(hand.done)
        if state is not None:
            self.world.payloads[hand.place] = payload
        if state in {StepState.OK, StepState.SKIPPED}:
            self.world.finished.add(hand.place)
        if state is StepState.OK and hand.reference.contract.effect is Effect.IRREVERSIBLE:
            self.world.pivots.add(self.run.id)

    def meet_its_fate(self, hand, draw):
        """Let a worker come as far as drawn; return how its step ended, with its result, or None."""
        fates = ["begun", "happened", "nothing", "idle", "ok", "failed", "begun", "happened"]
        how = draw(st.sampled_from(fates), label=f"the fate of {hand.reference.name} on {hand.reference.on}")
        if how == "nothing":
            return None, None
        self.open_page(hand)
        todo = self.todo(hand)
        most = len(todo) if how == "idle" else max(0, len(todo) - 1)
        before = draw(st.integers(0, most)) if hand.task.items else 0
        before = len(todo) if how == "ok" else before
        for part in todo[:before]:
            self.do(hand, part)
        part = todo[before] if before < len(todo) else ""
        match how:
            case "begun":
                self.write(hand, "begin", key=part)
            case "happened" if part in todo:
                self.do(hand, part, is_noted=False)
            case "ok":
                return StepState.OK, self.ended(hand, StepState.OK)
            case "failed":
                return StepState.FAILED, self.fail_at(hand, part, StepState.FAILED, is_there=False)
        return None, None

    def stop(self, draw):
        """End because of the engine's own error: what is in hand is left to its workers."""
        for hand in self.in_hand.values():
            if not hand.has_ended:
                self.leave(hand, draw, may_be_lost=False)
        self.in_hand.clear()
        try:
            self.attempt.end(RunState.STOPPED)
        except EngineError:
            self.attempt.heartbeat.stop()
        self.die(draw)
