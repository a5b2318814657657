# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Days of work on one journal, in two halves: workers that are killed at random, and others at the command line.

After each half everybody comes to rest, what is left is brought to an end, and all is looked at.
"""

import contextlib
import os
import random
import signal
import time

from ansible_collections.saga.ops.plugins.plugin_utils._cli.main import main
from ansible_collections.saga.ops.plugins.plugin_utils._engine.operator import abandon

import servers
from history.chronicle import append, read
from playground import Project, kill_tree
from samples import verified
from soak.processes import forked, is_ended
from soak.user import User
from soak.worker import Worker

ROLES = ("look", "decide", "tidy")
KEEP = 2  # runs of each workflow
WAIT = 300  # seconds, in which a busy machine brings a phase to its end
PLAY = """
- raw: "{{ effect }} copy"
- raw: "{{ effect }} order; sleep 0.1"
"""


class Soak:
    """One journal, and all who work with it."""

    def __init__(self, folder, url, *, seed, runs, plays, workers=4):
        self.folder, self.url, self.seed, self.runs, self.plays = folder, url, seed, runs, plays
        self.draw = random.Random(seed)  # noqa: S311  no secret
        self.count = workers
        self.workers = []
        self.others = []

    def run(self, measure):
        """Let it all happen; return what there is after each half: what is left, and what `measure` says."""
        found = []
        self.others = [self._user(role) for role in ROLES]
        try:
            for half in (1, 2):
                self._phase(half * self.runs // 2)
                self._settle()
                found.append(self._left() | measure())
            (self.folder / "finished").touch()
            self._wait_for(self.others)
            return found
        finally:
            for pid in [*self.workers, *self.others]:
                with contextlib.suppress(ProcessLookupError, ChildProcessError):
                    os.kill(pid, signal.SIGKILL)
                    os.waitpid(pid, 0)

    def begun(self):
        """Return how many runs have begun."""
        return len(read(self.folder / "begun"))

    def _user(self, role):
        user = User(self.folder, self.url, f"{self.seed}/{role}", keep=KEEP)
        return forked(self.folder, lambda: user.use(role))

    def _worker(self, work=Worker.work):
        worker = Worker(self.folder, self.url, f"{self.seed}/{self.draw.random()}")
        return forked(self.folder, lambda: work(worker))

    def _phase(self, until):
        """Let runs begin until there have been so many, and kill whoever does one of them now and then."""
        for name in ("over", "quiet"):
            (self.folder / name).unlink(missing_ok=True)
        deadline, plays, play = time.monotonic() + WAIT, self.plays // 2, None
        self.workers = [self._worker() for _place in range(self.count)]
        steady = self._worker(lambda worker: worker.go_steadily(self.runs // 4))
        self.others.append(steady)
        while self.begun() < until or plays:
            assert time.monotonic() < deadline, f"{self.begun()} of {until} runs have begun"
            if plays and (play is None or play.poll() is not None):
                play, plays = self._play(), plays - 1
            time.sleep(self.draw.uniform(0.1, 0.5))
            if self.draw.random() < 0.5:
                os.kill(self.draw.choice(self.workers), signal.SIGKILL)
            elif play is not None and self.draw.random() < 0.2:
                kill_tree(play)
            self.workers = [self._worker() if is_ended(pid) else pid for pid in self.workers]
        if play is not None:
            play.wait(WAIT)
        self._wait_for([steady])
        self.others.remove(steady)

    def _play(self):
        """Start a real ansible-playbook on targets of the others."""
        name = self.draw.choice(["one", "two"])
        project = Project(self.folder / name, hosts=("t0", "t1", "t2"), journal=self.url)
        project.play(PLAY)
        append(self.folder / "played", {"name": name})
        return project.start(SAGA_LOCK_WAIT="2s", SAGA_WORKFLOW=f"play/{name}.yml")

    def _settle(self):
        """Let everybody come to rest, and bring to an end what is left."""
        (self.folder / "over").touch()
        self._wait_for(self.workers)
        (self.folder / "quiet").touch()
        servers.until(lambda: all((self.folder / f"{role} rests").exists() for role in ROLES), WAIT)
        worker = Worker(self.folder, self.url, self.seed)
        with worker.opened() as means:
            left = [run for run in means.journal.runs() if run.state.is_resumable]
            for run in left:
                if run.workflow.startswith("move") and self.draw.random() < 0.5:
                    worker.attempt(means, run.workflow, "done", targets=run.targets)
            left = [run for run in means.journal.runs() if run.state.is_resumable]
            for run in left:
                abandon(means, run, why="the day is over")
            servers.until(lambda: means.journal.waiters() == [])  # of those who died in line
        assert main(["prune", "--older-than", "0s", "--keep", str(KEEP), "--journal", self.url]) == 0

    def _wait_for(self, pids):
        deadline, left = time.monotonic() + WAIT, {*pids}
        while left := {pid for pid in left if not is_ended(pid)}:
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def _left(self):
        """Return what the journal has, and what is left of what has ended."""
        export = self.folder / "all.jsonl"
        assert main(["export", "--all", "-o", str(export), "--journal", self.url]) == 0
        with Worker(self.folder, self.url, self.seed).opened() as means:
            journal, spool = means.journal, means.spool
            runs = journal.runs()
            known = {run.id for run in runs}
            return {
                "begun": self.begun(),
                "runs": len(runs),
                "needs": export.stat().st_size,
                "unfinished": [run.id for run in runs if run.state.is_resumable],
                "held": [lease.name for lease in journal.leases()],
                "waiting": journal.waiters(),
                "asked": [run.id for run in runs if journal.control(run.id) is not None],
                # Whoever is killed between a run's end and his tidying up leaves a folder, until the run is forgotten.
                "folders": [run for run in spool.runs() if run not in known],
                "pages": [str(page) for page in spool.root.glob("*/*/*.jsonl")],
                "unverified": [found for run in runs for found in _findings(journal, run)],
            }


def _findings(journal, run):
    return [str(found.what) for found in verified(journal, run)]
