# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A controller as a process of its own: it does with an attempt what the bridge does with it, without Ansible.

It does its jobs one after the other, some of another controller's too, until somebody lets it come to an end; killed
and started again, it goes on with what it has left.
"""

import os
import random
import time
import traceback
from dataclasses import asdict, replace
from pathlib import Path

from ansible_collections.saga.ops.plugins.plugin_utils._engine import begin, operator, owners
from ansible_collections.saga.ops.plugins.plugin_utils._engine.claiming import extend
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import (
    EngineError,
    JournalError,
    TargetAwaitedError,
    TargetHeldError,
)
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.access import Access
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.opening import open_journal
from ansible_collections.saga.ops.plugins.plugin_utils._engine.line import Waiting
from ansible_collections.saga.ops.plugins.plugin_utils._engine.meeting import Finish, Reference, Way
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import Answer, RunState, StepState
from ansible_collections.saga.ops.plugins.plugin_utils._engine.spool import Page, Spool

from history.chronicle import Chronicle, lag, moment
from history.jobs import CONTRACTS, job
from history.targets import Effect, RefusedError, Targets
from history.witness import Skewed, Witness

IN_DOUBT = "it is in doubt"


class LeftError(Exception):
    """The attempt was left where it was, as if nobody would ever come back."""


class Controller:
    """One life of a controller."""

    def __init__(self, setting):
        self.folder = Path(setting["folder"])
        self.seed, self.ttl = setting["seed"], setting["ttl"]
        self.who, self.life, self.others = setting["who"], setting["life"], setting["others"]
        self.draw = random.Random(f"{self.seed}/{self.who}/life {self.life}")  # noqa: S311  no secret
        self.chronicle = Chronicle(self.folder / "chronicle", self.who, self.life)
        self.targets = Targets(self.folder / "targets", is_fenced=setting["is_fenced"])
        clock = Skewed(setting["skew"])
        journal = open_journal(setting["url"], clock=clock, access=Access(patience=setting["patience"]))
        self.means = begin.Means(
            journal=Witness(journal, self.chronicle, ttl=self.ttl),
            spool=Spool(self.folder / "spool"),
            clock=clock,
            tell=lambda _text: None,
        )

    @property
    def is_over(self):
        """Whether nothing new is to be begun, and nothing left behind."""
        return (self.folder / "over").exists()

    def work(self):
        """Do jobs until it is over; then bring to an end what was left."""
        self.chronicle.note("born", machine=owners.machine(), pid=os.getpid())
        while not self.is_over:
            who = self.draw.choice(self.others) if self.draw.random() < 0.15 else self.who
            self._try(who, self._number(who))
        self.chronicle.note("draining")
        (self.folder / "resting" / self.who).touch()
        while True:
            do_all_rest = self._do_all_rest()  # looked at first: what is left after that is all there will be
            left = self._left()
            if do_all_rest and not left:
                break
            for number in left:
                self._try(self.who, number)
            time.sleep(0.02)
        self.chronicle.note("drained")

    def _do_all_rest(self):
        """Tell whether nobody does jobs of others any more, and leaves them half done."""
        return {path.name for path in (self.folder / "resting").iterdir()} == {self.who, *self.others}

    def _left(self):
        """Return the numbers of its own jobs that have begun and not ended."""
        runs = self.means.journal.runs()
        prefix = f"{self.who}/"
        names = {run.workflow for run in runs if run.state.is_resumable and run.workflow.startswith(prefix)}
        return sorted(int(name.removeprefix(prefix)) for name in names)

    def _number(self, who):
        path = self.folder / "jobs" / who
        return int(path.read_text()) if path.exists() else 0

    def _has_done(self, who, number):
        fresh = self.folder / "jobs" / f"{who}.{self.who}"
        fresh.write_text(str(number + 1))
        fresh.rename(self.folder / "jobs" / who)

    def _try(self, who, number):
        wanted = job(self.seed, who, number)
        try:
            self._attempt(wanted)
        except JournalError as error:  # nobody knows what was written
            self._die(error)
        except EngineError as error:
            self._met(error)
            if isinstance(error, TargetHeldError | TargetAwaitedError) and who == self.who and not self.is_over:
                self._has_done(who, number)  # to something else; what has begun is gone on with in the end
        except LeftError:
            pass
        else:
            self._has_done(who, number)

    def _met(self, error):
        self.chronicle.note("met", error=type(error).__name__, text=str(error)[:300])
        time.sleep(self.draw.uniform(0.0, 0.1))

    # An attempt

    def _attempt(self, wanted):
        request = begin.Request(
            workflow=wanted.workflow,
            targets=wanted.targets,
            plan=(),
            lock_ttl=self.ttl,
            lock_wait=5 * self.ttl if self.is_over else self.draw.choice([0.0, 0.3, self.ttl]),
            orphan_wait=60.0,
            actor=self.who,
        )
        attempt = begin.begin(self.means, request)
        facts = {"run": attempt.run.id, "attempt": attempt.run.attempt, "token": attempt.slice.token}
        self.chronicle.note("began", **facts, size=wanted.size)
        attempt.heartbeat.start()
        try:
            self._work(attempt, wanted)
        except (EngineError, RefusedError) as error:
            # As the bridge does: the end is recorded if that may be, and the journal says whether it may.
            self.chronicle.note("broke off", error=type(error).__name__, text=str(error)[:300], **facts)
            self._end(attempt, str(error))
            raise LeftError from error
        finally:
            attempt.heartbeat.stop()

    def _end(self, attempt, why):
        try:
            attempt.end(RunState.STOPPED, why)
        except EngineError as error:
            self._die(error)

    def _die(self, error):
        """End the process: what is on the record as begun, and not as ended, is told to be dead by that."""
        self.chronicle.note("met", error=type(error).__name__, text=str(error)[:300])
        self.chronicle.note("gone")
        os._exit(4)

    def _work(self, attempt, wanted):
        """Do the job as far as a throw of the dice says, and end the attempt."""
        steps = [(number, target) for number in range(len(wanted.tasks)) for target in wanted.targets_of(number)]
        far = len(steps) if self.is_over or self.draw.random() < 0.7 else self.draw.randrange(len(steps) + 1)
        for number, target in steps[:far]:
            if number == len(wanted.tasks) - 1 and wanted.later:
                self._take_later(attempt, wanted)
            if not self._do(attempt, wanted, wanted.tasks[number], target):
                attempt.end(RunState.PARKED, IN_DOUBT)
                time.sleep(0 if self.is_over else self.draw.uniform(0, self.ttl))
                self._answer(attempt.run.id)
                raise LeftError
        if far == len(steps):
            attempt.end(RunState.COMPLETED)
            self.chronicle.note("completed", run=attempt.run.id)
            return
        self._leave(attempt)

    def _take_later(self, attempt, wanted):
        """Take what comes on the way, and wait for it a while."""

        def pause(seconds):
            time.sleep(seconds)
            attempt.check()

        waiting = Waiting(limit=self.draw.uniform(0.0, 2 * self.ttl), pause=pause)
        how = {"lock_ttl": self.ttl, "on_orphan": "takeover", "are_targets": wanted.are_targets}
        extend(attempt, wanted.later, waiting=waiting, **how)

    def _leave(self, attempt):
        """Leave an attempt in the middle, in one of the ways in which that happens."""
        way = self.draw.choice(["stopped", "parked", "dead"])
        self.chronicle.note("left", how=way, run=attempt.run.id)
        match way:
            case "stopped":
                attempt.end(RunState.STOPPED, "somebody has stopped it")
            case "parked":
                attempt.end(RunState.PARKED, "somebody is to look at it")
            case _:
                self.chronicle.note("gone")
                os._exit(7)
        raise LeftError

    def _answer(self, run):
        """Be the operator of a run that is in doubt: look at the target, and say what is true."""
        known = begin.find_run(self.means.journal, run)
        for step in self.means.journal.steps(run):
            if step.asks:
                is_there = self.targets.has_ended(step.host, run, step.key)
                answer = Answer.DONE if is_there else Answer.RETRY
                word = operator.Word(answer=answer, host=step.host, step=step.key, why="looked at it", by=self.who)
                operator.decide(self.means, known, word)
                return  # one step at a time is in hand

    # A step

    def _do(self, attempt, wanted, task, target):
        """Do a step, unless it is done; return whether the attempt may go on."""
        path = f"{task.name} on {target}"
        key = attempt.meet(target, path)
        contract = CONTRACTS[task.kind]
        known = {"path": path, "name": task.name, "play": 1, "where": "site.yml:1", "fingerprint": ""}
        step = Reference(host=target, on=target, key=key, contract=contract, **known)
        checked, lag_then = moment(), lag()
        attempt.check()
        course = attempt.decide(step)
        if course.way is Way.VERIFY:
            is_there = self.targets.has_ended(target, attempt.run.id, key)
            attempt.resolve(step, payload="found" if is_there else None, how="looking")
            checked, lag_then = moment(), lag()
            attempt.check()
            course = attempt.decide(step)
        if course.way is Way.WAIT:
            attempt.ask([(step, course.asks)])
            return False
        if course.way is Way.EXECUTE:
            mark = attempt.mark_for(target) if self.targets.is_fenced else 0
            attempt.start(step)
            task = replace(task, seconds=wanted.seconds(task, target, ttl=self.ttl))
            self._execute(attempt, step, task, checked=checked, lag_then=lag_then, mark=mark)
        elif course.is_news:  # a target has refused it, and nobody has known that yet
            attempt.finish([Finish(reference=step, state=StepState.FAILED, payload="refused", is_handled=False)])
            raise RefusedError(target)
        elif course.way is not Way.REPLAY:
            raise RuntimeError(f"{step.name} is to be met by {course.way}")
        return True

    def _execute(self, attempt, step, task, *, checked, lag_then, mark):
        facts = {"run": attempt.run.id, "attempt": attempt.run.attempt, "token": attempt.slice.token}
        facts |= {
            "mark": mark,
            "who": self.who,
            "life": self.life,
            "key": step.key,
            "kind": task.kind,
            "seconds": task.seconds,
        }
        effect = Effect(self.targets, step.host, checked=checked, lag_then=lag_then, **facts)
        page = attempt.spool.page(attempt.run.id, attempt.run.attempt, step.host, step.key)
        is_done = self._by_worker(effect, page, task, lag_then) if task.has_worker else effected(effect, page, task)
        if is_done:
            attempt.finish([Finish(reference=step, state=StepState.OK, payload="done")])
        else:
            attempt.finish([Finish(reference=step, state=StepState.FAILED, payload="refused", is_handled=False)])
            raise RefusedError(step.host)

    def _by_worker(self, effect, page, task, lag_then):
        """Let a process of its own do it, which outlives this one."""
        before, parent = lag() - lag_then, os.getpid()
        pid = os.fork()
        if pid == 0:
            effect._lag = lag()  # the child's thread counts anew
            os._exit(0 if effected(effect, page, task, before=before, parent=parent) else 1)
        self.chronicle.note("worker", pid=pid)
        return os.waitpid(pid, 0)[1] == 0


def effected(effect, path, task, *, before=0.0, parent=None):
    """Do it as a worker does, who leaves a page about it; return whether the target has taken it."""
    page = Page(path)
    if parent is not None:
        page.write("worker", owner=asdict(owners.this_process()))
        if os.getppid() != parent:  # nobody may have known of this worker when he took the parent's place
            page.write("left")
            return False
    page.write("begin", sync=True, key="", nth=1)
    try:
        effect.begin(before)
        time.sleep(task.seconds)
        effect.end(before)
    except RefusedError:
        page.write("result", sync=True, state="failed", payload="refused")
        return False
    else:
        page.write("result", sync=True, state="ok", payload="done")
        return True
    finally:
        page.close()


def live(setting):
    """Live one life; return how it ended."""
    chronicle = Chronicle(Path(setting["folder"]) / "chronicle", setting["who"], setting["life"])
    try:
        Controller(setting).work()
    except EngineError as error:  # there is no journal for it, yet
        chronicle.note("met", error=type(error).__name__, text=str(error)[:300])
        return 3
    except BaseException:  # noqa: BLE001  whatever it is, it goes on the record
        chronicle.note("broken", text=traceback.format_exc())
        return 1
    return 0
