# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""How an attempt begins: which run it finds, who must be gone, what it may take; refused, it changes nothing."""

import re
import select
import signal
import subprocess
import sys
from dataclasses import asdict, replace

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine import owners
from ansible_collections.saga.ops.plugins.plugin_utils._engine.begin import Ended, extend, find_run, is_live
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import (
    DriftError,
    LeaseLostError,
    RunBusyError,
    RunEndedError,
    RunUnfinishedError,
    RunUnknownError,
    StaleAttemptError,
    TargetHeldError,
    WorkersAliveError,
)
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.memory import MemoryJournal
from ansible_collections.saga.ops.plugins.plugin_utils._engine.meeting import Way
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import (
    PlannedStep,
    RunState,
    StepState,
    Surroundings,
)
from ansible_collections.saga.ops.plugins.plugin_utils._engine.spool import Page

from samples import DEAD, ELSEWHERE, HERE, NOW
from scene import BEGIN, RESULT, WORKER, Scene

PATIENCE = 60  # seconds for the system to end processes; reached only by a failure
OVER = [RunState.COMPLETED, RunState.COMPENSATED]
OPEN = [RunState.STOPPED, RunState.PARKED]


class Refused:
    """Expect a refusal that changes nothing."""

    def __init__(self, scene, error, match=None):
        self.scene = scene
        self.raises = pytest.raises(error, match=match)

    def __enter__(self):
        self.before = self.scene.everything()
        return self.raises.__enter__()

    def __exit__(self, *raised):
        result = self.raises.__exit__(*raised)
        assert self.scene.everything() == self.before
        return result


@pytest.fixture
def child():
    """A process of our own that lives until its input ends, and leads its own group as workers do."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True)
    yield process
    process.kill()
    process.communicate()


def owner_of(process):
    return replace(HERE, pid=process.pid, born=owners.born(process.pid))


# A new run


def test_a_first_start_is_a_new_run(scene):
    attempt = scene.begin(command=("ansible-playbook", "site.yml"), directory="/srv")
    run = attempt.run
    facts = (
        run.workflow,
        run.state,
        run.attempt,
        run.targets,
        scene.slice().owner,
        run.started,
        run.command,
        run.directory,
    )
    command = ("ansible-playbook", "site.yml")
    assert facts == ("site.yml", RunState.RUNNING, 1, ("h1", "h2"), HERE, NOW, command, "/srv")
    part = scene.slice()
    assert (part.owner, part.attempt, part.targets, part.command) == (HERE, 1, ("h1", "h2"), command)
    assert not attempt.is_resumed


def test_a_run_is_in_the_journal_as_its_attempt_knows_it(scene):
    assert scene.begin().run == scene.run()


def test_a_new_run_has_a_ulid(scene):
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{26}", scene.begin().run.id)


def test_a_new_run_holds_its_targets_for_the_time_of_a_lease(scene):
    attempt = scene.begin(lock_ttl=60)
    held = {lease.name: (lease.run, lease.token, lease.expires) for lease in scene.journal.leases()}
    assert held == dict.fromkeys(("h1", "h2"), (attempt.run.id, attempt.slice.token, NOW + 60))


def test_a_new_run_keeps_what_its_playbook_foresees(scene):
    foreseen = (PlannedStep(path="1 Move/Copy", fingerprint="f", where="site.yml:7", play=1),)
    assert scene.journal.plan(scene.begin(plan=foreseen).run.id) == foreseen


def test_a_beginning_is_told(scene):
    """[I12]"""
    assert scene.types(scene.begin().run) == ["run.started", "lease.acquired"]


# Finding the run to go on with


@pytest.mark.parametrize("state", OPEN)
def test_the_same_command_again_resumes_what_is_unfinished(scene, state):
    """[I5]"""
    first = scene.begin()
    first.end(state)
    second = scene.begin()
    assert (second.run.id, second.run.attempt, second.is_resumed) == (first.run.id, 2, True)


@pytest.mark.parametrize("state", [*OVER, RunState.ABANDONED])
def test_the_same_command_again_begins_anew_when_the_last_run_is_over(scene, state):
    first = scene.begin()
    first.end(state)
    second = scene.begin()
    assert (second.run.id != first.run.id, second.run.attempt) == (True, 1)


def test_a_resume_begins_as_running_and_without_the_reason_for_which_it_stopped(scene):
    scene.begin().end(RunState.STOPPED, "it failed")
    run = scene.begin().run
    assert (run.state, run.reason, scene.slice().owner) == (RunState.RUNNING, "", HERE)


@pytest.mark.parametrize("targets", [("h2",), ("h2", "h3"), ("h1", "h2")], ids=["fewer", "some others", "the same"])
def test_a_run_is_resumed_when_the_targets_overlap(scene, targets):
    first = scene.begin()
    first.end(RunState.STOPPED)
    assert scene.begin(targets=targets).run.id == first.run.id


def test_one_workflow_on_other_targets_is_another_run(scene):
    """Staging must not go on with what production has begun."""
    first = scene.begin(targets=("staging",))
    first.end(RunState.STOPPED)
    assert scene.begin(targets=("production",)).run.id != first.run.id


def test_another_workflow_on_the_same_targets_is_another_run(scene):
    first = scene.begin()
    first.end(RunState.STOPPED)
    assert scene.begin(workflow="other.yml").run.id != first.run.id


def test_a_run_stays_a_run_over_all_its_targets_when_some_resume(scene):
    scene.begin(targets=("h1", "h2")).end(RunState.STOPPED)
    assert scene.begin(targets=("h2", "h3")).run.targets == ("h1", "h2", "h3")


def test_a_resume_for_some_targets_holds_those(scene):
    scene.begin(targets=("h1", "h2")).end(RunState.STOPPED)
    scene.begin(targets=("h2",))
    assert sorted(scene.held()) == ["h2"]


def test_what_a_parked_run_kept_is_freed_in_the_end_even_if_some_targets_only_resume(scene):
    scene.begin(targets=("h1", "h2")).end(RunState.PARKED)
    scene.begin(targets=("h2",)).end(RunState.STOPPED)
    assert scene.held() == {}


def test_a_fresh_start_is_refused_while_a_run_is_unfinished(scene):
    """[I5]"""
    scene.begin().end(RunState.STOPPED)
    with Refused(scene, RunUnfinishedError, match=r"saga abandon .* --why"):
        scene.begin(resume="new")


def test_a_fresh_start_is_granted_when_every_run_is_over(scene):
    for state in (*OVER, RunState.ABANDONED):
        scene.begin(resume="new").end(state)
    assert len(scene.journal.runs()) == 3


# The caller's own id


def test_a_run_may_have_its_callers_id(scene):
    assert scene.begin(run_id="release-7").run.id == "release-7"


def test_an_unfinished_run_is_resumed_by_its_id(scene):
    scene.begin(run_id="release-7").end(RunState.STOPPED)
    assert scene.begin(run_id="release-7").run.attempt == 2


@pytest.mark.parametrize("state", OVER)
def test_a_finished_run_that_is_asked_for_by_its_id_is_answered_and_not_repeated(scene, state):
    """[I1] The id is the caller's idempotency key."""
    scene.begin(run_id="release-7").end(state)
    before = scene.everything()
    answer = scene.begin(run_id="release-7")
    assert isinstance(answer, Ended)
    assert (answer.run.state, scene.everything()) == (state, before)


def test_an_abandoned_run_cannot_be_asked_for_by_its_id(scene):
    scene.begin(run_id="release-7").end(RunState.ABANDONED)
    with Refused(scene, RunEndedError, match="is abandoned"):
        scene.begin(run_id="release-7")


def test_an_id_is_not_a_beginning_of_an_id(scene):
    scene.begin(run_id="release-7").end(RunState.STOPPED)
    assert scene.begin(run_id="release", targets=("h9",)).run.attempt == 1


def test_an_id_of_another_workflow_is_refused(scene):
    scene.begin(run_id="release-7").end(RunState.STOPPED)
    with Refused(scene, RunUnknownError, match=r"a run of site\.yml, not of other\.yml"):
        scene.begin(run_id="release-7", workflow="other.yml")


@pytest.mark.parametrize("identity", ["../x", "a/b", " ", ".hidden", "a b", "a\n", "ü", "a" * 129])
def test_an_id_that_could_be_a_path_or_worse_is_refused(scene, identity):
    with Refused(scene, RunUnknownError, match="an id is made of"):
        scene.begin(run_id=identity)


# Nobody else may be at work on the run


def test_a_run_that_a_live_process_works_on_is_busy(scene, child):
    scene.give(scene.begin().run, owner_of(child))
    with Refused(scene, RunBusyError, match=f"process {child.pid}"):
        scene.begin()


def test_a_run_whose_process_is_dead_is_resumed_at_once(scene, child):
    """Its leases have not run out: on one machine death is proven."""
    scene.give(scene.begin().run, owner_of(child))
    child.kill()
    child.wait()
    assert scene.begin().run.attempt == 2


def test_a_run_of_another_machine_is_busy_while_its_leases_run(scene):
    scene.give(scene.begin(lock_ttl=60).run, ELSEWHERE)
    scene.clock.wait(59)
    with Refused(scene, RunBusyError, match=r"another\.example"):
        scene.begin()


def test_a_run_of_another_machine_is_resumed_when_its_leases_have_run_out(scene):
    scene.give(scene.begin(lock_ttl=60).run, ELSEWHERE)
    scene.clock.wait(60)
    assert scene.begin().run.attempt == 2


@pytest.mark.parametrize("owner", [DEAD, ELSEWHERE])
def test_a_run_that_was_taken_over_takes_no_more_from_its_former_process(scene, owner):
    """[I11]"""
    former = scene.begin(lock_ttl=60)
    scene.give(former.run, owner)
    scene.clock.wait(60)
    scene.begin()
    with Refused(scene, StaleAttemptError):
        former.end(RunState.COMPLETED)


def live_worker(scene, attempt, process, owner=None):
    Page(scene.spool.page(attempt.run.id, 1, "h1", "k")).write("worker", owner=asdict(owner or owner_of(process)))
    scene.crash(attempt)


class Restless:
    """Stands for time.sleep: does something instead, and is patient only so often."""

    def __init__(self, monkeypatch, act=lambda: None, patience=1000):
        self.act, self.patience = act, patience
        monkeypatch.setattr("time.sleep", self)

    def __call__(self, seconds):
        self.act()
        self.patience -= 1
        assert self.patience, "waited for something that does not come"


def test_workers_of_a_dead_process_are_waited_for(scene, child, monkeypatch):
    live_worker(scene, scene.begin(), child)
    Restless(monkeypatch, act=lambda: (child.kill(), child.wait()))
    assert scene.begin().run.attempt == 2
    assert "still at work" in scene.told[0]


def test_workers_of_a_dead_process_are_waited_for_only_so_long(scene, child, monkeypatch):
    live_worker(scene, scene.begin(), child)
    Restless(monkeypatch, act=lambda: scene.clock.wait(100))
    with Refused(scene, WorkersAliveError) as refused:
        scene.begin(orphan_wait=300)
    assert refused.value.pids == (child.pid,)


def test_leases_run_from_when_the_waiting_for_workers_was_over(scene, child, monkeypatch):
    live_worker(scene, scene.begin(), child)
    Restless(monkeypatch, act=lambda: (scene.clock.wait(100), child.kill(), child.wait()))
    scene.begin(lock_ttl=60).check()


def test_workers_of_a_dead_process_are_ended_when_asked_for(scene, child):
    live_worker(scene, scene.begin(), child)
    scene.begin(orphan_workers="kill")
    assert child.wait() == -signal.SIGKILL


def test_a_module_in_hand_is_ended_with_its_worker(scene):
    """Whatever the two have open is closed once both are gone."""
    command = ["sh", "-c", "sleep 600 & wait"]
    with subprocess.Popen(command, start_new_session=True, stdout=subprocess.PIPE) as child:
        live_worker(scene, scene.begin(), child)
        scene.begin(orphan_workers="kill")
        assert select.select([child.stdout], [], [], PATIENCE)[0] == [child.stdout]
        assert child.stdout.read() == b""


def test_a_worker_that_does_not_lead_its_group_is_ended_alone(scene):
    """Or the whole terminal would go with it."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        live_worker(scene, scene.begin(), child)
        scene.begin(orphan_workers="kill")
        assert child.wait() == -signal.SIGKILL


def test_a_worker_that_is_dead_too_is_not_waited_for(scene, child, monkeypatch):
    live_worker(scene, scene.begin(), child, DEAD)
    Restless(monkeypatch, patience=1)
    assert scene.begin().run.attempt == 2


# Targets


def other(scene, **wish):
    return scene.begin(**({"workflow": "other.yml", "targets": ("h2", "h3")} | wish))


def test_a_target_that_another_run_works_on_is_refused_and_no_run_begins(scene):
    """[I10]"""
    other(scene)
    with Refused(scene, TargetHeldError, match="h2 is held by run .* it is at work"):
        scene.begin()


def test_a_target_that_a_parked_run_keeps_is_refused(scene):
    """[I10]"""
    other(scene).end(RunState.PARKED)
    with Refused(scene, TargetHeldError, match="the run is parked"):
        scene.begin()


def test_a_held_target_keeps_an_unfinished_run_from_going_on(scene):
    scene.begin().end(RunState.STOPPED)
    other(scene)
    with Refused(scene, TargetHeldError):
        scene.begin()


def test_a_target_of_a_run_whose_worker_still_lives_is_refused(scene, child):
    """[I10] The worker still works on the target."""
    live_worker(scene, other(scene), child)
    with Refused(scene, TargetHeldError, match="it is at work"):
        scene.begin()


def test_a_held_target_is_waited_for_when_asked_for(scene, monkeypatch):
    holder = other(scene)
    Restless(monkeypatch, act=lambda: holder.end(RunState.COMPLETED), patience=2)
    assert scene.begin(lock_wait=60).run.targets == ("h1", "h2")


def test_waiting_is_told_once(scene, monkeypatch):
    holder, looks = other(scene), []

    def act():
        looks.append(1)
        if len(looks) == 3:
            holder.end(RunState.COMPLETED)

    Restless(monkeypatch, act)
    scene.begin(lock_wait=60)
    [told] = scene.told
    assert told.startswith("waiting up to 60 s: h2 is held by")


def test_a_held_target_is_waited_for_only_so_long(scene, monkeypatch):
    other(scene)
    Restless(monkeypatch, act=lambda: scene.clock.wait(20))
    with Refused(scene, TargetHeldError):
        scene.begin(lock_wait=60)


def test_the_leases_of_a_dead_run_are_taken_over(scene):
    loser = other(scene)
    scene.crash(loser)
    winner = scene.begin()
    assert scene.held() == {"h1": winner.run.id, "h2": winner.run.id, "h3": loser.run.id}


def test_a_run_whose_lease_was_taken_over_can_write_no_more(scene):
    """[I10] [I11] Its process may only have been believed dead."""
    loser = other(scene)
    scene.crash(loser)
    scene.begin()
    with Refused(scene, StaleAttemptError):
        scene.start(loser, "Copy", "h3")


def test_a_run_whose_lease_was_taken_over_cannot_renew_the_others(scene):
    """[I6]"""
    loser = other(scene)
    scene.crash(loser)
    scene.begin()
    loser.heartbeat.beat()
    with pytest.raises(LeaseLostError):
        loser.check()


def test_a_takeover_is_told_with_the_run_that_it_was_taken_from(scene):
    """[I12]"""
    loser = other(scene)
    scene.crash(loser)
    [told] = [event for event in scene.journal.events(scene.begin().run.id) if event.type == "lease.taken_over"]
    assert (told.data["targets"], told.data["from"]) == (["h2"], loser.run.id)


def test_a_run_whose_lease_was_taken_over_goes_on_when_its_target_is_free(scene):
    loser = other(scene)
    scene.crash(loser)
    scene.begin().end(RunState.COMPLETED)
    assert other(scene).run.id == loser.run.id


def test_a_dead_runs_lease_is_left_alone_when_asked_to(scene):
    scene.crash(other(scene))
    with Refused(scene, TargetHeldError, match="saga_on_orphan=fail"):
        scene.begin(on_orphan="fail")


# More targets than were foreseen


def widen(scene, attempt, *names, **wish):
    extend(attempt, names, **({"lock_ttl": 60, "on_orphan": "takeover"} | wish))


def test_a_run_can_take_more_targets_on_its_way(scene):
    attempt = scene.begin(targets=("h1",))
    widen(scene, attempt, "h1", "h2")
    assert (scene.held(), scene.run().targets) == (dict.fromkeys(("h1", "h2"), attempt.run.id), ("h1", "h2"))


def test_targets_that_a_run_has_already_are_not_taken_again(scene):
    attempt = scene.begin()
    before = scene.everything()
    widen(scene, attempt, "h1", "h2")
    assert scene.everything() == before


def test_a_step_whose_intent_took_longer_than_the_lease_does_not_start(scene):
    """[I6] The journal was busy with others, so that the leases could not be renewed either."""
    attempt = scene.begin()
    step = scene.meet(attempt, "Copy")
    attempt.check()
    commit = scene.journal.commit

    def slow(*entries, **fence):
        scene.clock.wait(55)
        commit(*entries, **fence)

    scene.journal.commit = slow
    with pytest.raises(LeaseLostError):
        attempt.start(step)
    assert [known.name for known in attempt.in_hand()] == ["Copy"]


@pytest.mark.parametrize("are_targets", [True, False])
def test_a_target_on_the_way_whose_taking_took_long_is_held_as_long_as_the_others(scene, are_targets):
    """[I6] [I10] Or a step would start on it by the others' lease, and another run could take it already."""
    attempt = scene.begin(targets=("h1",))
    commit = scene.journal.commit

    def slow(*entries, **fence):
        scene.journal.commit = commit
        scene.clock.wait(40)
        attempt.heartbeat.beat()
        scene.clock.wait(15)
        commit(*entries, **fence)

    scene.journal.commit = slow
    widen(scene, attempt, "h2", are_targets=are_targets)
    attempt.check()
    assert {lease.name: lease.expires for lease in scene.journal.leases()} == {
        "h1": scene.clock.now() + 60,
        "h2": scene.clock.now() + 60,
    }


def test_a_target_on_the_way_that_another_run_works_on_is_refused(scene):
    """[I10]"""
    other(scene)
    attempt = scene.begin(targets=("h1",))
    with Refused(scene, TargetHeldError):
        widen(scene, attempt, "h2", "h9")
    assert attempt.run.targets == ("h1",)


def test_a_run_whose_lease_was_taken_on_the_way_can_write_no_more(scene):
    """[I10] [I11]"""
    loser = other(scene)
    scene.crash(loser)
    widen(scene, scene.begin(targets=("h1",)), "h2")
    with Refused(scene, StaleAttemptError):
        scene.start(loser, "Copy", "h3")


def test_targets_taken_on_the_way_are_freed_in_the_end(scene):
    attempt = scene.begin(targets=("h1",))
    widen(scene, attempt, "h2")
    attempt.end(RunState.COMPLETED)
    assert scene.held() == {}


# Drift


def plan(*tasks, mark="as it was"):
    return tuple(
        PlannedStep(path=f"1 Move/{task}", fingerprint=mark, where=f"site.yml:{line}", play=1)
        for line, task in enumerate(tasks, 1)
    )


def drifting(scene, **wish):
    """Return what begins after a run has done Copy as it was foreseen."""
    attempt = scene.begin(plan=plan("Copy", "Start"))
    scene.do(attempt, "Copy")
    attempt.end(RunState.STOPPED)
    return lambda: scene.begin(**({"plan": plan("Copy", "Start", mark="new")} | wish))


def test_drift_is_refused_with_a_list_of_what_changed(scene):
    resume = drifting(scene)
    with Refused(scene, DriftError) as refused:
        resume()
    told = "site.yml:1: 1 Move/Copy has changed since it was done (it stood at site.yml:7 then)"
    assert refused.value.changes == (told,)


def test_of_much_drift_the_beginning_is_told(scene):
    names = [f"Copy {number}" for number in range(20)]
    attempt = scene.begin(plan=plan(*names))
    for name in names:
        scene.do(attempt, name)
    attempt.end(RunState.STOPPED)
    with Refused(scene, DriftError) as refused:
        scene.begin(plan=())
    assert (len(refused.value.changes), refused.value.changes[-1]) == (13, "and 8 more")


def test_accepted_drift_keeps_what_was_done(scene):
    """[I1]"""
    attempt = drifting(scene, drift="accept")()
    assert scene.decide(attempt, "Copy", fingerprint="new").way is Way.REPLAY


def test_drift_to_be_done_again_is(scene):
    attempt = drifting(scene, drift="rerun")()
    assert scene.decide(attempt, "Copy", fingerprint="new").way is Way.EXECUTE


def test_what_did_not_drift_is_not_done_again(scene):
    """[I1]"""
    attempt = drifting(scene, drift="rerun")()
    assert scene.decide(attempt, "Copy").way is Way.REPLAY


def test_drift_that_no_plan_foresaw_is_refused_when_it_is_met(scene):
    attempt = drifting(scene, plan=plan("Copy", "Start"))()
    with pytest.raises(DriftError, match="1 Move/Copy has changed since it was done"):
        scene.decide(attempt, "Copy", fingerprint="new")


@pytest.mark.parametrize("word", ["accept", "rerun"])
def test_drift_that_was_settled_is_what_the_run_is_measured_by_from_then_on(scene, word):
    resume = drifting(scene, drift=word)
    attempt = resume()
    if word == "rerun":
        scene.do(attempt, "Copy", fingerprint="new")
    attempt.end(RunState.STOPPED)
    assert scene.journal.plan(attempt.run.id) == plan("Copy", "Start", mark="new")


@pytest.mark.parametrize("word", ["accept", "rerun"])
def test_how_drift_was_settled_is_told(scene, word):
    """[I12]"""
    attempt = drifting(scene, drift=word)()
    [told] = [event for event in scene.journal.events(attempt.run.id) if event.type == "run.resumed"]
    assert told.data["drift"] == word


def test_drift_is_no_reason_not_to_go_back(scene):
    attempt = scene.begin(plan=plan("Copy"))
    scene.do(attempt, "Copy")
    attempt.go_back("it failed")
    scene.crash(attempt)
    assert scene.begin(plan=plan("Copy", mark="new")).run.is_going_back


@pytest.mark.parametrize("met", ["from the plan", "when it is met"])
def test_drift_that_was_accepted_is_accepted_for_good(scene, met):
    seen = plan("Copy", "Start", mark="new" if met == "from the plan" else "as it was")
    attempt = drifting(scene, drift="accept", plan=seen)()
    assert scene.decide(attempt, "Copy", fingerprint="new").way is Way.REPLAY
    attempt.end(RunState.STOPPED)
    again = scene.begin(plan=plan("Copy", "Start", mark="new"))
    assert scene.decide(again, "Copy", fingerprint="new").way is Way.REPLAY


def test_drift_that_was_accepted_is_told(scene):
    """[I12]"""
    drifting(scene, drift="accept")()
    [told] = [event for event in scene.journal.events(scene.run().id) if event.type == "run.drift_accepted"]
    words = "site.yml:1: 1 Move/Copy has changed since it was done (it stood at site.yml:7 then)"
    assert told.data["changes"] == [words]


# Surroundings


def around(*hosts, **facts):
    """Return a wish that has these hosts, each its own target, in an inventory that has no others."""
    met = Surroundings(hosts={host: host for host in hosts}, **facts)
    return {"targets": hosts, "hosts": frozenset(hosts), "surroundings": met}


def test_a_new_run_keeps_what_surrounds_it(scene):
    run = scene.begin(**around("h1", "h2", versions={"ansible-core": "2.19.1"})).run
    assert scene.slice(run.id).surroundings == Surroundings(
        hosts={"h1": "h1", "h2": "h2"}, versions={"ansible-core": "2.19.1"}
    )


def test_what_changed_around_a_run_is_told_and_recorded(scene):
    before = scene.begin(**around("h1", "h2", versions={"ansible-core": "2.19.1"}))
    attempt = scene.resume(before, **around("h1", "h2", "h3", versions={"ansible-core": "2.20.0"}))
    words = ["ansible-core was 2.19.1 and is 2.20.0", "h3 joins the run"]
    assert scene.told == [f"changed since the last attempt of run {attempt.run.id}:\n  " + "\n  ".join(words)]
    [told] = [event for event in scene.journal.events(attempt.run.id) if event.type == "run.resumed"]
    assert told.data["changes"] == words
    assert scene.slice(attempt.run.id).surroundings.hosts.keys() == {"h1", "h2", "h3"}


def test_a_host_that_joins_is_locked_before_any_step(scene):
    attempt = scene.resume(scene.begin(**around("h1")), **around("h1", "h2"))
    assert scene.held() == {"h1": attempt.run.id, "h2": attempt.run.id}


def test_a_host_that_joins_and_is_held_by_another_run_is_refused(scene):
    other(scene)
    before = scene.begin(**around("h1"))
    scene.crash(before)
    with Refused(scene, TargetHeldError, match="h2 is held by run"):
        scene.begin(**around("h1", "h2"))


def test_a_host_that_is_gone_is_refused(scene):
    before = scene.begin(**around("h1", "h2"))
    scene.do(before, "Copy", "h2")
    scene.crash(before)
    with Refused(scene, DriftError, match=r"the hosts changed in .*\n  h2 is a host of the run, .* done there: 'Copy'"):
        scene.begin(**around("h1"))


@pytest.mark.parametrize("word", ["accept", "rerun"])
def test_a_host_that_is_gone_and_let_go_is_free_and_none_of_the_runs(scene, word):
    before = scene.begin(**around("h1", "h2"))
    before.end(RunState.PARKED)
    attempt = scene.begin(**around("h1"), drift=word)
    assert (attempt.run.targets, scene.held()) == (("h1",), {"h1": attempt.run.id})
    assert scene.types()[-2:] == ["run.drift_accepted", "lease.released"]


def test_a_target_that_another_host_shares_stays_the_runs(scene):
    both = Surroundings(hosts={"web": "h1", "db": "h1"})
    before = scene.begin(targets=("h1",), hosts=frozenset({"web", "db"}), surroundings=both)
    one = Surroundings(hosts={"db": "h1"})
    attempt = scene.resume(before, targets=("h1",), hosts=frozenset({"db"}), surroundings=one, drift="accept")
    assert attempt.run.targets == ("h1",)


def test_what_is_in_doubt_on_a_host_that_was_let_go_is_in_nobodys_hands(scene):
    before = scene.begin(**around("h1", "h2"))
    scene.start(before, "Copy", "h2", WORKER, BEGIN)
    attempt = scene.resume(before, **around("h1"), drift="accept")
    assert attempt.in_hand() == []


def test_on_the_way_back_nobody_is_let_go(scene):
    before = scene.begin(**around("h1", "h2"))
    before.go_back("it failed")
    attempt = scene.resume(before, **around("h1"), drift="accept")
    assert attempt.run.targets == ("h1", "h2")


def test_who_has_come_to_the_end_is_known_to_the_next_attempt(scene):
    before = scene.begin(**around("h1", "h2"))
    before.end(RunState.STOPPED, finished=["h1", "somebody else"])
    assert scene.begin(**(around("h2") | {"hosts": frozenset({"h1", "h2"})})).finished() == {"h1"}


# Several beginnings at once


class Crossed(MemoryJournal):
    """A journal in which something happens after a beginning has looked for its run, or before it commits."""

    after_the_look = meanwhile = None

    def runs(self, **wish):
        found = super().runs(**wish)
        act, self.after_the_look = self.after_the_look, None
        if act:
            act()
        return found

    def next_token(self):
        act, self.meanwhile = self.meanwhile, None
        if act:
            act()
        return super().next_token()


@pytest.fixture
def crossed(tmp_path):
    scene = Scene(tmp_path)
    scene.journal = Crossed(clock=scene.clock)
    scene.means = replace(scene.means, journal=scene.journal)
    yield scene
    scene.must_be_accounted_for()


def begin_and_die(scene):
    scene.crash(scene.begin())


def test_of_two_that_resume_a_run_at_once_one_is_busy(crossed):
    """[I11]"""
    crossed.begin().end(RunState.STOPPED)
    crossed.journal.meanwhile = crossed.begin
    with pytest.raises(RunBusyError):
        crossed.begin()
    assert crossed.run().attempt == 2


@pytest.mark.parametrize("lock_wait", [0, 60])
def test_of_two_that_begin_a_workflow_at_once_one_is_busy(crossed, lock_wait):
    """[I5] It does not wait for the targets either, to begin anew if the other one stops."""
    crossed.journal.meanwhile = crossed.begin
    with pytest.raises(RunBusyError):
        crossed.begin(lock_wait=lock_wait)
    assert len(crossed.journal.runs()) == 1


def test_of_two_that_begin_one_run_id_at_once_one_is_busy(crossed):
    crossed.journal.meanwhile = lambda: crossed.begin(run_id="release-7", targets=("h8",))
    with pytest.raises(RunBusyError):
        crossed.begin(run_id="release-7", targets=("h9",))
    assert [run.targets for run in crossed.journal.runs()] == [("h8",)]


@pytest.mark.parametrize("when", ["after_the_look", "meanwhile"])
def test_a_run_that_begins_and_dies_meanwhile_is_resumed_not_begun_anew(crossed, when):
    """[I5]"""
    setattr(crossed.journal, when, lambda: begin_and_die(crossed))
    assert crossed.begin().run.attempt == 2
    assert len(crossed.journal.runs()) == 1


def test_what_a_beginning_takes_goes_off_the_time_of_its_leases(crossed):
    """[I6] They run from when they were asked for."""
    crossed.journal.meanwhile = lambda: crossed.clock.wait(20)
    attempt = crossed.begin(lock_ttl=60)
    crossed.clock.wait(31)
    with pytest.raises(LeaseLostError):
        attempt.check()


# Looking for a run


def test_a_run_is_found_by_the_beginning_of_its_id(scene):
    run = scene.begin().run
    assert find_run(scene.journal, run.id[:20]).id == run.id


def test_a_run_is_found_by_the_beginning_of_its_id_in_small_letters(scene):
    run = scene.begin().run
    assert find_run(scene.journal, run.id[:20].lower()).id == run.id


def test_a_run_is_found_by_its_callers_id(scene):
    scene.begin(run_id="release-7")
    assert find_run(scene.journal, "rel").id == "release-7"


def test_without_an_id_the_newest_run_is_found(scene):
    for identity in ("release-2", "release-1"):
        scene.begin(run_id=identity, targets=(identity,))
        scene.clock.wait(1)
    assert find_run(scene.journal, "").id == "release-1"


def test_a_whole_id_is_that_run_even_if_others_begin_so(scene):
    for identity in ("release-1", "release-10"):
        scene.begin(run_id=identity, targets=(identity,))
    assert find_run(scene.journal, "release-1").id == "release-1"


def test_a_beginning_that_several_runs_have_is_refused_with_their_names(scene):
    for identity in ("release-1", "release-2"):
        scene.begin(run_id=identity, targets=(identity,))
    with pytest.raises(RunUnknownError, match="release-2, release-1"):
        find_run(scene.journal, "release")


@pytest.mark.parametrize(("beginning", "why"), [("x", "there is none"), ("", "the journal has no runs")])
def test_a_run_that_is_not_there_is_not_found(scene, beginning, why):
    with pytest.raises(RunUnknownError, match=why):
        find_run(scene.journal, beginning)


# Is anybody at work on it?


def live(scene, run):
    return is_live(scene.journal, scene.spool, scene.run(run.id))


def test_a_run_is_live_while_its_process_is(scene, child):
    run = scene.begin().run
    scene.give(run, owner_of(child))
    assert live(scene, run) is True


def test_a_run_is_live_while_one_of_its_workers_is(scene, child):
    attempt = scene.begin()
    live_worker(scene, attempt, child)
    assert live(scene, attempt.run) is True


def test_a_run_whose_process_is_dead_is_not_live(scene):
    attempt = scene.begin()
    scene.crash(attempt)
    assert live(scene, attempt.run) is False


@pytest.mark.parametrize("state", [*OPEN, *OVER])
def test_a_run_that_has_ended_is_not_live(scene, state):
    attempt = scene.begin()
    attempt.end(state)
    assert live(scene, attempt.run) is False


@pytest.mark.parametrize(("seconds", "known"), [(59, None), (60, False)])
def test_a_run_of_another_machine_may_be_live_until_its_leases_have_run_out(scene, seconds, known):
    run = scene.begin(lock_ttl=60).run
    scene.give(run, ELSEWHERE)
    scene.clock.wait(seconds)
    assert live(scene, run) is known


# What was left is judged when the next attempt begins


def test_a_beginning_tells_what_it_found_of_each_step(scene):
    """[I12]"""
    attempt = scene.begin()
    for task, page in (("Ended", [WORKER, BEGIN, RESULT]), ("Idle", [WORKER]), ("Lost", [WORKER, BEGIN])):
        scene.start(attempt, task, "h1", *page)
    attempt = scene.resume(attempt)
    found = [event.type for event in scene.journal.events(attempt.run.id) if event.attempt == 2]
    assert found == ["run.resumed", "lease.acquired", "step.found_ended", "step.found_not_at_work", "step.in_doubt"]


def test_what_is_judged_is_durable_before_anything_is_decided(scene):
    attempt = scene.begin()
    scene.start(attempt, "Copy", "h1", WORKER)
    scene.resume(attempt)
    assert scene.state("Copy") == "pending"


def test_a_step_that_a_former_attempt_left_in_doubt_is_judged_by_that_attempts_page(scene):
    attempt = scene.begin()
    scene.start(attempt, "Copy", "h1", WORKER, BEGIN)
    for _ in range(2):
        attempt = scene.resume(attempt)
    assert [step.state for step in attempt.in_hand()] == [StepState.STARTED]


# Locks that steps ask for


def ask_for(scene, attempt, *names):
    extend(attempt, names, lock_ttl=60.0, on_orphan="takeover", are_targets=False)


def test_a_lock_that_a_step_asks_for_is_held_and_is_no_target(scene):
    attempt = scene.begin(targets=("h1",))
    ask_for(scene, attempt, "db")
    assert (sorted(scene.held()), attempt.run.targets) == (["db", "h1"], ("h1",))
    attempt.end(RunState.COMPLETED)
    assert scene.held() == {}
    scene.must_be_accounted_for()


def test_a_lock_that_another_run_holds_is_refused(scene):
    attempt = scene.begin(targets=("h1",))
    ask_for(scene, attempt, "db")
    other = scene.begin(targets=("h2",), workflow="other.yml")
    with pytest.raises(TargetHeldError, match=r"^db is held by run"):
        ask_for(scene, other, "lb", "db")
    assert "lb" not in scene.held(), "all or nothing"


def test_a_run_that_is_resumed_keeps_the_locks_that_it_had_when_it_parked(scene):
    attempt = scene.begin(targets=("h1",))
    ask_for(scene, attempt, "db")
    attempt.end(RunState.PARKED, "ask")
    later = scene.begin(targets=("h1",))
    assert scene.held() == {"h1": later.run.id, "db": later.run.id}
    assert {lease.token for lease in scene.journal.leases()} == {later.slice.token}
    ask_for(scene, later, "db")
    later.end(RunState.COMPLETED)
    assert scene.held() == {}
    scene.must_be_accounted_for()


def test_all_events_of_an_attempt_name_the_one_in_whose_name_it_works(scene):
    attempt = scene.begin(actor="ann")
    scene.start(attempt, "Copy")
    scene.crash(attempt)
    attempt = scene.begin(actor="bob")
    extend(attempt, ["h3"], lock_ttl=60.0, on_orphan="takeover")
    attempt.end(RunState.STOPPED)
    events = [event for event in scene.journal.events(scene.run().id) if event.type != "test.given"]
    assert {event.actor for event in events if event.attempt == 1} == {"ann"}
    assert {event.actor for event in events if event.attempt == 2} == {"bob"}
