# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Where runs happen without Ansible: a journal, a spool and a clock; attempts that work, die and are followed."""

from dataclasses import asdict, replace

from ansible_collections.saga.ops.plugins.plugin_utils._engine import begin
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit import Kept
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit.verifying import verify
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.memory import MemoryJournal
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.sqlite import SqliteJournal
from ansible_collections.saga.ops.plugins.plugin_utils._engine.meeting import Finish, Reference, Way
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import EVERY_HOST, Entry, StepState, Taking
from ansible_collections.saga.ops.plugins.plugin_utils._engine.spool import Page, Spool

from documented import must_be_documented
from samples import DEAD, ONCE, StillClock

JOURNALS = {
    "memory": lambda folder, clock: MemoryJournal(clock=clock),
    "sqlite": lambda folder, clock: SqliteJournal(folder / "journal.db", clock=clock),
}

# What a worker writes on its page; the death of the machine's power is not played here.
WORKER = {"fact": "worker", "owner": asdict(DEAD)}
BEGIN = {"fact": "begin", "key": ""}
RESULT = {"fact": "result", "state": "ok", "payload": "found"}
FAILURE = {"fact": "result", "state": "failed", "payload": "found"}


def item(key, *, is_failed=False):
    return {"fact": "item", "key": key, "payload": f"result of {key}", "is_failed": is_failed}


class Scene:
    """A place where attempts begin, one after the other or side by side."""

    def __init__(self, folder, journal="memory"):
        self.clock = StillClock()
        self.journal = JOURNALS[journal](folder, self.clock)
        self.spool = Spool(folder / "spool")
        self.told = []
        self.means = begin.Means(journal=self.journal, spool=self.spool, clock=self.clock, tell=self.told.append)

    def begin(self, **wish):
        known = {"workflow": "site.yml", "targets": ("h1", "h2"), "plan": ()}
        return begin.begin(self.means, begin.Request(**(known | wish)))

    def slice(self, identity=""):
        """Return the last slice of a run as the journal has it now."""
        return self.journal.slices(self.run(identity).id)[-1]

    def run(self, identity=""):
        """Return the run as the journal has it now; the last one, if none is named."""
        return begin.find_run(self.journal, identity)

    def give(self, run, owner):
        """Let the journal say that another process works on the run."""
        held = [lease for lease in self.journal.leases() if lease.run == run.id]
        leases = [Taking(lease=replace(lease, owner=owner), expect=lease) for lease in held]
        parts = [replace(part, owner=owner) for part in self.journal.slices(run.id) if part.attempt == run.attempt]
        self.journal.commit([Entry(type="test.given", run=run.id, puts=(*parts, *leases))])

    def crash(self, attempt):
        """Let the attempt's process be dead; the object stays, as the memory of one that is only believed dead."""
        self.give(attempt.run, DEAD)

    def resume(self, attempt, **wish):
        self.crash(attempt)
        return self.begin(**wish)

    def meet(self, attempt, task, host="h1", **facts):
        """Return a step as Ansible meets it."""
        owner = EVERY_HOST if facts.pop("is_for_all", False) else host
        path = facts.pop("path", f"1 Move/{task}")
        known = {"name": task, "play": 1, "where": "site.yml:7", "contract": ONCE, "fingerprint": "as it was"}
        return Reference(host=owner, on=host, key=attempt.meet(owner, path), path=path, **(known | facts))

    def start(self, attempt, task, host="h1", *facts, **reference):
        """Start a step; its worker's page tells `facts`."""
        step = self.meet(attempt, task, host, **reference)
        assert attempt.decide(step).way is Way.EXECUTE
        attempt.start(step)
        if facts:
            page = Page(self.spool.page(attempt.run.id, attempt.run.attempt, step.host, step.key))
            for fact in facts:
                page.write(**fact)
        return step

    def finish(self, attempt, step, state=StepState.OK, **facts):
        known = {"payload": f"{step.name} on {step.on}", "is_handled": False if state.is_failure else None}
        attempt.finish([Finish(reference=step, state=state, **(known | facts))])

    def do(self, attempt, task, host="h1", state=StepState.OK, **reference):
        """Do a step from its start to its outcome."""
        step = self.start(attempt, task, host, **reference)
        self.finish(attempt, step, state)
        return step

    def decide(self, attempt, task, host="h1", **reference):
        return attempt.decide(self.meet(attempt, task, host, **reference))

    def state(self, task, host="h1"):
        """Return a step's state in the journal of the last run, None if it has no such step."""
        steps = self.journal.steps(self.run().id)
        return next((str(step.state) for step in steps if (step.name, step.doer) == (task, host)), None)

    def held(self):
        """Return which run holds which target."""
        return {lease.name: lease.run for lease in self.journal.leases()}

    def results_of(self, step):
        return self.journal.results(step.run, step.host, step.key)

    def everything(self):
        """Return all that the journal tells."""
        runs = self.journal.runs()
        events = [list(self.journal.events(run.id)) for run in runs]
        return runs, [self.journal.steps(run.id) for run in runs], events, self.journal.leases()

    def types(self, run=None):
        """Return the types of a run's events, in order."""
        return [event.type for event in self.journal.events((run or self.run()).id) if event.type != "test.given"]

    def must_be_accounted_for(self):
        """[I12] Whatever has happened, every run's audit holds; [I9] every (host, step) has one state."""
        for run in self.journal.runs():
            steps = self.journal.steps(run.id)
            count, head = self.journal.head(run.id)
            events = list(self.journal.events(run.id))
            must_be_documented(events)
            kept = Kept.of(steps, self.journal.slices(run.id), self.results_of)
            findings = verify(run, steps, events, kept, count=count, head=head)
            assert [finding.what for finding in findings] == []
            assert len({(step.host, step.key) for step in steps}) == len(steps)
            assert len({step.seq for step in steps}) == len(steps)
