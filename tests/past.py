# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A journal with a past, written by the engine itself, and the command line that looks at it."""

import os
from collections import Counter
from dataclasses import asdict, dataclass

from ansible_collections.saga.ops.plugins.plugin_utils._cli.main import main
from ansible_collections.saga.ops.plugins.plugin_utils._engine import codec, owners
from ansible_collections.saga.ops.plugins.plugin_utils._engine.begin import Means, Request, begin
from ansible_collections.saga.ops.plugins.plugin_utils._engine.clock import SystemClock
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.sqlite import SqliteJournal
from ansible_collections.saga.ops.plugins.plugin_utils._engine.meeting import Finish, Reference
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import Contract
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import PlannedStep, RunState, StepState
from ansible_collections.saga.ops.plugins.plugin_utils._engine.run import Attempt
from ansible_collections.saga.ops.plugins.plugin_utils._engine.spool import Page, Spool

from documented import must_be_documented

UNDOABLE = Contract(compensate=("Undo it",))
IDEMPOTENT = Contract(is_idempotent=True)
RESULT = codec.encode({"family": "2.19", "result": {"data": {"changed": True}}, "fields": {}})


@dataclass(frozen=True)
class Said:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def last(self):
        return self.out.splitlines()[-1].strip()


class Work:
    """An attempt at work: steps by name, each step of a host met in order."""

    def __init__(self, attempt):
        self.attempt = attempt
        self.run, self.slice = attempt.run, attempt.slice

    def reference(self, name, host="h1", contract=None, *, for_all=False):
        """Return a step as Ansible meets it."""
        path = f"1 Move/{name}"
        owner = "*" if for_all else host
        return Reference(
            host=owner,
            on=host,
            key=self.attempt.meet(owner, path),
            path=path,
            name=name,
            play=1,
            where="site.yml:7",
            contract=contract or Contract(),
            fingerprint=name,
        )

    def start(self, *arguments, **keywords):
        """Start a step; its intent is in the journal when this returns."""
        reference = self.reference(*arguments, **keywords)
        self.attempt.start(reference)
        return reference

    def finish(self, reference, state=StepState.OK, payload=RESULT, **more):
        self.attempt.finish([Finish(reference=reference, state=state, payload=payload, **more)])

    def do(self, name, *hosts, contract=None):
        for host in hosts or ("h1",):
            self.finish(self.start(name, host, contract))

    def fail(self, name, host="h1", contract=None):
        self.finish(self.start(name, host, contract), StepState.FAILED, is_handled=False)

    def page(self, reference):
        """Open the page of the step's worker, as a fork of this process would."""
        spool, run = self.attempt.spool, self.run
        page = Page(spool.page(run.id, run.attempt, reference.host, reference.key))
        page.write("worker", owner=asdict(owners.this_process()))
        return page

    def leave_in_doubt(self, name, host="h1", contract=None, *, items=(), for_all=False):
        """Start a step whose worker has begun the module and then said nothing more."""
        reference = self.start(name, host, contract, for_all=for_all)
        page = self.page(reference)
        for item in items:
            page.write("begin", key=item)
            page.write("item", key=item, payload=RESULT)
        page.write("begin", key="")
        return reference

    def end(self, state=RunState.STOPPED, reason=""):
        self.attempt.end(RunState(state), reason)


class Past:
    """A journal in a folder: runs are begun in it, ended, or killed."""

    def __init__(self, folder, capsys):
        self.path = folder / "state" / "journal.db"
        self.folder = folder
        self._capsys = capsys
        self._opened = []

    def means(self):
        journal = SqliteJournal(self.path, clock=SystemClock())
        self._opened.append(journal)
        spool = Spool(self.path.with_name(f"{self.path.name}.spool"))
        return Means(journal=journal, spool=spool, clock=SystemClock(), tell=lambda _text: None)

    def begin(self, workflow="shop/site.yml", targets=("h1",), plan=(), **typed):
        known = {"command": ("ansible-playbook", "-i", "two words", "site.yml"), "directory": str(self.folder)}
        request = Request(
            workflow=workflow,
            targets=tuple(targets),
            plan=tuple(PlannedStep(path=path, fingerprint=path, where="site.yml:9", play=1) for path in plan),
            **(known | typed),
        )
        return Work(begin(self.means(), request))

    def killed(self, work, **request):
        """Let another process do some work on a run, and die of it."""
        pid = os.fork()
        if pid == 0:
            try:
                work(self.begin(**request))
                os._exit(0)
            finally:
                os._exit(1)
        assert os.waitpid(pid, 0)[1] == 0
        return self.last()

    def owner_of(self, run):
        """Return the process that worked on a run, or works on it."""
        return self.journal.slices(run.id)[-1].owner

    def as_if_alive(self, run):
        """Return an attempt at work that everybody else takes for dead."""
        means = self.means()
        options = {"clock": means.clock, "leased": means.clock.monotonic(), "lease_ttl": 60.0}
        return Work(
            Attempt(
                run,
                means.journal.slices(run.id)[-1],
                means.journal,
                means.spool,
                drift="refuse",
                actor="nobody",
                **options,
            )
        )

    def last(self):
        return self.journal.runs()[0]

    @property
    def journal(self):
        if not self._opened:
            self.means()
        return self._opened[-1]

    def states(self):
        return {(step.doer, step.name): str(step.state) for step in self.journal.steps(self.last().id)}

    def events(self):
        found = list(self.journal.events(self.last().id))
        must_be_documented(found)
        return Counter(event.type for event in found)

    def saga(self, *arguments):
        """Call the command line in this process."""
        self._capsys.readouterr()
        command, *more = arguments
        code = main([command, "--journal", str(self.path), *more])
        captured = self._capsys.readouterr()
        return Said(code, captured.out, captured.err)

    def close(self):
        for journal in self._opened:
            journal.close()
