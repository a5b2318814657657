# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A worker: one run after the other through the engine, on targets that others want too, with every kind of end."""

import contextlib
import os
import random
import signal

from ansible_collections.saga.ops.plugins.plugin_utils._engine import codec
from ansible_collections.saga.ops.plugins.plugin_utils._engine.begin import Means, Request, begin
from ansible_collections.saga.ops.plugins.plugin_utils._engine.clock import SystemClock
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import EngineError, JournalError
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.opening import open_journal, spool_path
from ansible_collections.saga.ops.plugins.plugin_utils._engine.meeting import Finish, Reference, Way
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import Approval, Contract
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import PlannedStep, RunState, StepState, Wish
from ansible_collections.saga.ops.plugins.plugin_utils._engine.saga import remaining
from ansible_collections.saga.ops.plugins.plugin_utils._engine.spool import Page, Spool

from history.chronicle import append
from soak.processes import WRONG, taken

TARGETS = tuple(f"t{number}" for number in range(10))
WORKFLOWS = tuple(f"move/{number}.yml" for number in range(16))
TASKS = {
    "Copy": Contract(is_idempotent=True, compensate=("Undo it",)),
    "Order": Contract(compensate=("Undo it",)),
    "Switch": Contract(compensate=("Undo it",), approval=Approval()),  # of every fourth workflow
    "Tell": Contract(),
}
ENDS = {"done": 60, "dead": 10, "back": 14, "stopped": 8, "given up": 2, "parked": 6}
WARM = 30  # runs, after which a process has all that it will ever need
_END = {"stopped": RunState.STOPPED, "parked": RunState.PARKED, "given up": RunState.ABANDONED}


class Worker:
    """One process: it begins runs, or goes on with them, until it is killed or all is over."""

    def __init__(self, folder, url, seed):
        self.folder, self.url = folder, url
        self.draw = random.Random(seed)  # noqa: S311  no secret

    def work(self):
        """Work until all is over."""
        with self.opened() as means:
            while not (self.folder / "over").exists():
                ends = self.draw.choices([*ENDS], [*ENDS.values()])[0]
                self.attempt(means, self.draw.choice(WORKFLOWS), ends)

    def go_steadily(self, runs):
        """Do so many runs, each with the journal opened anew as by a process of its own; note what that took."""
        for number in range(runs):
            if number == WARM:
                append(self.folder / "taken", {"who": "worker", **taken()})
            with self.opened() as means:
                workflow = f"steady/{number % 4}.yml"
                ends = self.draw.choice(["done", "done", "back", "stopped", "given up"])
                self.attempt(means, workflow, ends, targets=(f"own{number % 4}",))
        if runs > WARM:
            append(self.folder / "taken", {"who": "worker", **taken()})

    @contextlib.contextmanager
    def opened(self):
        clock = SystemClock()
        journal = open_journal(self.url, clock=clock)
        try:
            yield Means(journal=journal, spool=Spool(spool_path(self.url)), clock=clock, tell=lambda _text: None)
        finally:
            journal.close()

    def attempt(self, means, workflow, ends, targets=()):
        """Begin a run of a workflow, or go on with it, and let it end in a way, if others let it."""
        draw = random.Random(workflow)  # noqa: S311  a workflow has the same targets each time
        targets = targets or tuple(draw.sample(TARGETS, draw.randint(1, 3)))
        plan = tuple(PlannedStep(path=f"1 Move/{name}", fingerprint="f", where="site.yml:7", play=1) for name in TASKS)
        request = Request(workflow=workflow, targets=targets, plan=plan, lock_wait=self.draw.choice([0.0, 0.2]))
        try:
            attempt = begin(means, request)
        except EngineError as error:
            self._met(error)
            return
        if not attempt.is_resumed:
            append(self.folder / "begun", {"run": attempt.run.id})
        attempt.heartbeat.start()
        try:
            self._go(attempt, targets, ends)
        except EngineError as error:  # as the bridge: the end is recorded, if that may be
            self._met(error)
            with contextlib.suppress(EngineError):
                attempt.end(RunState.STOPPED, str(error))
        finally:
            attempt.heartbeat.stop()

    def _met(self, error):
        """Note what stood in the way; that is never the journal itself."""
        name = WRONG if isinstance(error, JournalError) else "met"
        append(self.folder / name, {"what": type(error).__name__, "text": str(error)})

    def _go(self, attempt, targets, ends):
        if attempt.run.is_going_back:
            self._go_back(attempt)
            return
        has_gate = attempt.run.workflow.endswith(("0.yml", "4.yml", "8.yml"))
        steps = [(name, target) for name in TASKS if name != "Switch" or has_gate for target in targets]
        far = len(steps) if ends == "done" else self.draw.randrange(len(steps))
        for name, target in steps[:far]:
            wish = attempt.wishes.now()
            if wish is not None:
                self._obey(attempt, wish.wish)
                return
            if not self._do(attempt, name, target):
                return
        match ends:
            case "done":
                attempt.end(RunState.COMPLETED)
            case "back":
                self._go_back(attempt)
            case "dead":
                self._die_at(attempt, *steps[far])
            case _:
                attempt.end(_END[ends], "so it was drawn")

    def _obey(self, attempt, wish):
        if wish is Wish.COMPENSATE:
            self._go_back(attempt)
        else:
            attempt.end(RunState.PARKED if wish is Wish.PAUSE else RunState.ABANDONED, "it was asked for")

    def _do(self, attempt, name, target):
        """Do a step; return whether the attempt goes on."""
        step = self._meet(attempt, name, target)
        attempt.check()
        course = attempt.decide(step)
        if course.way is Way.WAIT:
            attempt.ask([(step, course.asks)])
            attempt.end(RunState.PARKED, "it waits")
            return False
        if course.way in {Way.REFUSE, Way.TURN_BACK}:
            self._go_back(attempt)
            return False
        if course.way is Way.EXECUTE:
            self._execute(attempt, step)
        return True

    def _execute(self, attempt, step):
        attempt.start(step)
        page = Page(attempt.spool.page(attempt.run.id, attempt.run.attempt, step.host, step.key))
        page.write("begin", key="")
        told = {"changed": True, "msg": f"{step.name} on {step.on}: " + self.draw.randbytes(150).hex()}
        payload = codec.encode({"family": "2.19", "result": {"data": told}, "fields": {}})
        page.write("result", sync=True, state="ok", payload=payload)
        page.close()
        attempt.finish([Finish(reference=step, state=StepState.OK, payload=payload)])

    def _die_at(self, attempt, name, target):
        """Be killed in the middle of a step, if it comes to that."""
        step = self._meet(attempt, name, target)
        if attempt.decide(step).way is Way.EXECUTE:
            attempt.start(step)
            page = Page(attempt.spool.page(attempt.run.id, attempt.run.attempt, step.host, step.key))
            page.write("begin", key="")
        os.kill(os.getpid(), signal.SIGKILL)

    def _go_back(self, attempt):
        if not attempt.run.is_going_back:
            attempt.go_back("it failed")
        for undoing in attempt.debt().undoings:
            attempt.check()
            for step in undoing.steps:
                undo = self._meet(attempt, "Undo it", step.doer, path=f"undo {undoing.key}/Undo it", undoes=undoing.key)
                if attempt.decide(undo).way is Way.EXECUTE:
                    self._execute(attempt, undo)
            attempt.undone(undoing, [host for host in undoing.hosts if self.draw.random() < 0.02])
        attempt.end(RunState.PARKED if remaining(attempt.steps()) else RunState.COMPENSATED)

    def _meet(self, attempt, name, target, **facts):
        path = facts.pop("path", f"1 Move/{name}")
        known = {"path": path, "name": name, "play": 1, "where": "site.yml:7", "fingerprint": "f"}
        known["contract"] = TASKS.get(name, Contract(is_idempotent=True))
        return Reference(host=target, on=target, key=attempt.meet(target, path), **(known | facts))
