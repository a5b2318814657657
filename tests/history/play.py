# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A history as it happens: controllers that work, a nemesis that hinders them, and a quiet time in which all ends."""

import asyncio
import contextlib
import os
import queue
import random
import signal
import threading
import time
from pathlib import Path

from ansible_collections.saga.ops.plugins.plugin_utils._engine import audit, begin
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit.verifying import verify
from ansible_collections.saga.ops.plugins.plugin_utils._engine.clock import SystemClock
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import EngineError
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.opening import open_journal
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import RunState
from ansible_collections.saga.ops.plugins.plugin_utils._engine.spool import Spool

from history.chronicle import Chronicle, moment
from history.nursery import Nursery, can_be_apart
from history.room import Room
from history.targets import NAMES

_LET_IT_END = 60.0  # seconds for all that was left to be brought to its end: generous, for a machine may be busy


class Life:
    """One process of one controller, and whatever it has started."""

    def __init__(self, nursery, setting):
        self.who, self.number = setting["who"], setting["life"]
        self._nursery = nursery
        self._is_apart = setting["is_apart"]
        nursery.bear(setting)

    @property
    def code(self):
        """How it has ended; None: it lives."""
        return self._nursery.ended.get(self._nursery.pid(self.who, self.number))

    def send(self, number, *, with_workers=False):
        """Send a signal to its process, as seen from here, and to its workers."""
        for pid in self._pids():
            for target in [pid, *(_children(pid) if with_workers else ())]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(target, number)

    def has_workers(self):
        """Tell whether workers of its are at work."""
        return any(_children(pid) for pid in self._pids())

    def _pids(self):
        pid = self._nursery.pid(self.who, self.number)
        if pid is None or self.code is not None:
            return []
        return _children(pid) if self._is_apart else [pid]


class Play:
    """All of a history; `seconds` long, and then as long as it takes to come to its end."""

    def __init__(self, folder, store, *, seed, ttl, seconds, is_fenced, controllers=8):
        self.folder, self.store, self.seed, self.ttl = folder, store, seed, ttl
        self._seconds, self._is_fenced = seconds, is_fenced
        self._draw = random.Random(f"{seed}/nemesis")  # noqa: S311  no secret
        self._whos = [f"c{number}" for number in range(controllers)]
        self._apart = set(self._whos[::2]) if can_be_apart() else set()
        self._lives = {}
        self._due = dict.fromkeys(self._whos, 0.0)
        self._errands = queue.SimpleQueue()
        self._is_open = threading.Event()
        self._is_over = False
        for name in ("chronicle", "jobs", "resting", "targets"):
            (folder / name).mkdir()
        self._chronicle = Chronicle(folder / "chronicle", "nemesis")
        with (folder / "errors").open("w") as errors:
            self._nursery = Nursery(errors)

    def run(self):
        """Let it happen; return what the journal says when it is over."""
        network = threading.Thread(target=lambda: asyncio.run(self._serve()))
        network.start()
        assert self._is_open.wait(60)
        open_journal(self.store.url, clock=SystemClock()).close()
        helpers = [threading.Thread(target=work) for work in (self._hinder, self._hinder_the_store, self._observe)]
        try:
            self._supervise(lambda: len([*(self.folder / "chronicle").glob("c*")]) == len(self._whos))
            for helper in helpers:
                helper.start()
            until = moment() + self._seconds
            self._supervise(lambda: moment() > until)
            self._is_over = True
            for helper in helpers:
                helper.join()
            self._run_errands()
            (self.folder / "over").touch()
            self._let_end(moment() + _LET_IT_END)
            return self._looked_at()
        finally:
            self._is_over = True
            for life in self._lives.values():
                life.send(signal.SIGKILL, with_workers=True)
            self._nursery.close()
            self._close()
            network.join()

    async def _serve(self):
        """Be the network, and the targets that have fences, until all is over."""
        loop, is_over = asyncio.get_running_loop(), asyncio.Event()
        self._close = lambda: loop.call_soon_threadsafe(is_over.set)
        opened = [await Room(self.folder / "targets").open(), *await self.store.open(self._whos)]
        self._is_open.set()
        await is_over.wait()
        for server in opened:
            server.close()

    # Supervision

    def _supervise(self, is_done):
        while not is_done():
            for who in self._whos:
                self._start(who)
            self._run_errands()
            time.sleep(0.05)

    def _run_errands(self):
        with contextlib.suppress(queue.Empty):
            while True:
                self._errands.get_nowait()()

    def _start(self, who):
        """Start a controller that is not there, a while after it has died."""
        life, now = self._lives.get(who), moment()
        if life is not None and life.code is None:
            return
        if life is not None and self._due[who] == 0.0:
            self._chronicle.note("died", of=who, of_life=life.number, code=life.code)
            self._due[who] = now + (0.0 if self._is_over else self._draw.uniform(0, 1.5 * self.ttl))
        if now >= self._due[who]:
            place = self._whos.index(who)
            setting = {
                "folder": str(self.folder),
                "url": self.store.url_of(who),
                "who": who,
                "life": 0 if life is None else life.number + 1,
                "others": [other for other in self._whos if other != who],
                "seed": self.seed,
                "ttl": self.ttl,
                "patience": self.store.patience,
                "is_apart": who in self._apart,
                "skew": self.store.skews[place // 2 % len(self.store.skews)],
                "is_fenced": self._is_fenced,
            }
            self._lives[who] = Life(self._nursery, setting)
            self._due[who] = 0.0

    def _let_end(self, until):
        """Let every controller bring to an end what it has left."""
        left = {*self._whos}
        while left and moment() < until:
            for who in sorted(left):
                if self._lives[who].code == 0:
                    left.discard(who)
                else:
                    self._start(who)
            time.sleep(0.05)
        self._chronicle.note("quiet", left=sorted(left))

    # The nemesis

    def _hinder(self):
        """Kill controllers, and stop them for a while."""
        stopped = {}
        while not self._is_over:
            time.sleep(self._draw.uniform(0.05, min(1.0, self._seconds / 8)))  # a short history is a hard one
            for life, until in [*stopped.items()]:
                if moment() >= until:
                    self._let_go(life, stopped)
            life = self._lives.get(self._draw.choice(self._whos))
            if life is None or life.code is not None or life in stopped:
                continue
            if self._draw.random() < 0.5:
                if self._draw.random() < 0.5:  # one whose workers are at work, if there is any soon
                    life = self._found(Life.has_workers, besides=stopped, seconds=min(1.0, self._seconds / 8)) or life
                self._chronicle.note("kill", of=life.who, of_life=life.number)
                life.send(signal.SIGKILL)
            else:
                seconds = self.ttl * self._draw.uniform(0.2, 2.0)
                with_workers = self._draw.random() < 0.7
                self._chronicle.note("stop", of=life.who, of_life=life.number, seconds=seconds)
                life.send(signal.SIGSTOP, with_workers=with_workers)
                stopped[life] = moment() + seconds
        for life in [*stopped]:
            self._let_go(life, stopped)

    def _found(self, holds, *, besides, seconds):
        """Wait for a life of which something holds, but not for long."""
        deadline = moment() + seconds
        while moment() < deadline:
            for life in self._draw.sample([*self._lives.values()], len(self._lives)):
                if life not in besides and holds(life):
                    return life
            time.sleep(0.005)
        return None

    def _let_go(self, life, stopped):
        del stopped[life]
        life.send(signal.SIGCONT, with_workers=True)
        self._chronicle.note("go on", of=life.who, of_life=life.number)

    def _hinder_the_store(self):
        draw = random.Random(f"{self.seed}/store")  # noqa: S311  no secret
        while not self._is_over:
            time.sleep(self.ttl * draw.uniform(0.5, 2.0))
            way, seconds = draw.choice(self.store.faults), self.ttl * draw.uniform(0.1, 1.6)
            self._chronicle.note("store", way=way, seconds=seconds)
            self.store.break_(way, seconds, draw, self._errands.put)

    def _observe(self):
        """Look who holds what, all the time."""
        journal, seen = open_journal(self.store.url, clock=SystemClock()), {}
        while not self._is_over:
            asked = moment()
            with contextlib.suppress(EngineError):
                held = {lease.name: (lease.run, lease.token) for lease in journal.leases()}
                for name, (run, token) in held.items():
                    if seen.get(name) != (run, token):
                        self._chronicle.note("seen", target=name, run=run, token=token, asked=asked)
                seen = held
            time.sleep(0.1)
        journal.close()

    # The end

    def _looked_at(self):
        """Take all targets once more, and return what the journal says of everything."""
        clock = SystemClock()
        journal = open_journal(self.store.url, clock=clock)
        means = begin.Means(journal=journal, spool=Spool(self.folder / "spool"), clock=clock, tell=lambda _text: None)
        wanted = begin.Request(workflow="sweep", targets=NAMES, plan=(), lock_ttl=self.ttl, lock_wait=10 * self.ttl)
        try:
            begin.begin(means, wanted).end(RunState.COMPLETED)
            swept = ""
        except EngineError as error:
            swept = str(error)
        runs = []
        for run in journal.runs():
            steps, events = journal.steps(run.id), list(journal.events(run.id))
            count, head = journal.head(run.id)
            kept = audit.Kept.of(
                steps, journal.slices(run.id), lambda step: journal.results(step.run, step.host, step.key)
            )
            broken = verify(run, steps, events, kept, count=count, head=head)
            found = [str(finding.what) for finding in broken]
            runs.append({"run": run, "steps": steps, "events": events, "found": found})
        held = [lease.name for lease in journal.leases()]
        journal.close()
        return {"runs": runs, "held": held, "swept": swept}


def _children(pid):
    with contextlib.suppress(OSError):
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []
