# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Several attempts at one run, each at a slice of it."""

from dataclasses import replace

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.begin import Ended, extend
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import (
    JournalLostError,
    RunBusyError,
    RunHaltedError,
    SliceError,
    StaleAttemptError,
)
from ansible_collections.saga.ops.plugins.plugin_utils._engine.meeting import Way
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import (
    EVERY_HOST,
    Entry,
    Fencing,
    RunState,
    StepState,
    Surroundings,
    Undo,
    WayBack,
)

from samples import ELSEWHERE, PIVOT, UNDOABLE
from scene import BEGIN, RESULT, WORKER, Scene


@pytest.fixture(params=["memory", "sqlite"])
def scene(request, tmp_path):
    scene = Scene(tmp_path, request.param)
    yield scene
    scene.must_be_accounted_for()
    scene.journal.close()


def begin(scene, *hosts, slices=2, run_id="R1", **wish):
    """Begin a slice with these hosts, as a controller that knows no others."""
    around = Surroundings(hosts={host: host for host in hosts}, versions={"ansible-core": "2.19.1"})
    wish = {"surroundings": around, "hosts": frozenset(hosts)} | wish
    return scene.begin(run_id=run_id, slices=slices, targets=hosts, **wish)


def both(scene, **wish):
    return begin(scene, "h1", "h2", **wish), begin(scene, "h3", "h4", **wish)


def undoable(scene, attempt, host, task="Copy"):
    return scene.do(attempt, task, host, contract=UNDOABLE)


def slice_states(scene):
    return {part.targets: str(part.state) for part in scene.journal.slices("R1")}


# Beginning


def test_two_slices_of_a_run_are_worked_on_at_once(scene):
    one, other = both(scene)
    for attempt, host in ((one, "h1"), (other, "h3"), (one, "h2"), (other, "h4")):
        scene.do(attempt, "Copy", host)
    assert [run.id for run in scene.journal.runs()] == ["R1"]
    assert {step.doer for step in scene.journal.steps("R1")} == {"h1", "h2", "h3", "h4"}
    assert slice_states(scene) == {("h1", "h2"): "running", ("h3", "h4"): "running"}
    assert scene.run().targets == ("h1", "h2", "h3", "h4")


@pytest.mark.parametrize("slices", [1, 3])
def test_all_controllers_count_the_slices_alike(scene, slices):
    """[I9] Else the run could be completed before a slice had begun."""
    begin(scene, "h1")
    with pytest.raises(SliceError, match=f"begun with saga_slices=2, and this start says {slices}"):
        begin(scene, "h2", slices=slices)
    assert scene.run().targets == ("h1",)


def test_less_than_one_slice_is_no_number_of_slices(scene):
    with pytest.raises(SliceError, match="saga_slices=-1 is no number"):
        begin(scene, "h1", slices=-1)


def test_a_slice_that_comes_when_so_many_have_ended_is_not_told_that_all_is_done(scene):
    """[I9] More slices than the run was begun for: nothing was done on its hosts."""
    for attempt in both(scene):
        attempt.end(RunState.COMPLETED)
    assert scene.run().state == "completed"
    with pytest.raises(SliceError, match="h5 had no part in it"):
        begin(scene, "h5")
    with pytest.raises(SliceError, match="this start says 3"):
        begin(scene, "h1", slices=3)
    assert isinstance(begin(scene, "h1"), Ended)


def test_a_slice_that_was_resumed_with_a_limit_is_still_resumed_by_what_began_it(scene):
    one = begin(scene, "h1", "h2", command=("ansible-playbook", "site.yml"), directory="here")
    one.end(RunState.STOPPED)
    all_hosts = {"surroundings": one.slice.surroundings, "hosts": frozenset({"h1", "h2"})}
    begin(scene, "h1", command=("ansible-playbook", "site.yml", "-l", "h1"), **all_hosts).end(RunState.STOPPED)
    [part] = scene.journal.slices("R1")
    assert (part.command, part.directory, part.targets) == (("ansible-playbook", "site.yml"), "here", ("h1", "h2"))
    begin(scene, "h1", "h2", "h3", command=("ansible-playbook", "all.yml"), directory="there")
    [part] = scene.journal.slices("R1")
    assert part.command == ("ansible-playbook", "all.yml")


def test_each_slice_holds_its_own_targets(scene):
    """[I10]"""
    one, other = both(scene)
    held = {lease.name: lease.token for lease in scene.journal.leases()}
    assert held == {"h1": one.slice.token, "h2": one.slice.token, "h3": other.slice.token, "h4": other.slice.token}


def test_a_slice_that_somebody_works_on_is_not_begun_twice(scene):
    """[I10]"""
    both(scene)
    with pytest.raises(RunBusyError):
        begin(scene, "h2", "h5")


def test_an_attempt_at_a_first_slice_is_not_resumed(scene):
    assert [attempt.is_resumed for attempt in both(scene)] == [False, False]
    assert scene.types()[:4] == ["run.started", "lease.acquired", "run.joined", "lease.acquired"]


def test_slices_are_found_by_the_id_of_their_run(scene):
    with pytest.raises(SliceError, match="saga_run_id"):
        begin(scene, "h1", run_id="")


def test_a_run_that_was_begun_as_one_is_not_joined(scene):
    begin(scene, "h1", slices=0)
    with pytest.raises(SliceError, match="saga_slices"):
        begin(scene, "h2")


def test_a_process_without_slices_takes_up_all_of_a_run(scene):
    one, other = both(scene)
    with pytest.raises(RunBusyError):
        begin(scene, "h1", "h2", slices=0)
    scene.crash(one)
    with pytest.raises(RunBusyError):
        begin(scene, "h1", "h2", slices=0)
    scene.crash(other)
    whole = begin(scene, "h1", "h2", "h3", "h4", slices=0)
    assert slice_states(scene) == {("h1", "h2", "h3", "h4"): "running"}
    whole.end(RunState.COMPLETED)
    assert scene.run().state is RunState.COMPLETED


def test_a_slice_does_not_find_the_others_hosts_gone(scene):
    begin(scene, "h1", "h2")
    begin(scene, "h3", "h4")
    assert scene.told == []


# Ending


def test_a_run_is_completed_with_the_last_of_its_slices(scene):
    """[I9]"""
    one, other = both(scene)
    one.end(RunState.COMPLETED)
    assert (scene.run().state, one.run.state) == (RunState.RUNNING, RunState.RUNNING)
    other.end(RunState.COMPLETED)
    assert (scene.run().state, other.run.state) == (RunState.COMPLETED, RunState.COMPLETED)
    assert scene.held() == {}
    assert isinstance(begin(scene, "h1", "h2"), Ended)


def test_a_run_is_not_completed_before_all_its_slices_have_begun(scene):
    """[I9] One may still be waiting for a node to run on."""
    one, other = both(scene, slices=3)
    one.end(RunState.COMPLETED)
    other.end(RunState.COMPLETED)
    assert (scene.run().state, scene.run().reason) == (RunState.STOPPED, "1 of 3 slices have not begun")
    begin(scene, "h5", slices=3).end(RunState.COMPLETED)
    assert scene.run().state is RunState.COMPLETED


def test_a_slice_that_is_resumed_does_not_count_as_another(scene):
    one, other = both(scene, slices=3)
    one.end(RunState.STOPPED, "SIGTERM")
    other.end(RunState.COMPLETED)
    begin(scene, "h1", "h2", slices=3).end(RunState.COMPLETED)
    assert (scene.run().awaited, scene.run().state) == (1, RunState.STOPPED)


def test_a_run_is_stopped_while_a_slice_is_left(scene):
    """[I9]"""
    one, other = both(scene)
    scene.crash(one)
    other.end(RunState.COMPLETED)
    assert (scene.run().state, scene.run().reason) == (RunState.STOPPED, "left for another slice: h1, h2")
    begin(scene, "h1", "h2").end(RunState.COMPLETED)
    assert (scene.run().state, scene.run().reason) == (RunState.COMPLETED, "")


def test_a_run_is_parked_with_one_of_its_slices(scene):
    """[I9] A question of one does not keep the others from going on."""
    one, other = both(scene)
    one.end(RunState.PARKED, "'Switch' asks")
    assert other.halt(is_sure=True) is None
    other.end(RunState.COMPLETED)
    assert scene.run().state is RunState.PARKED
    assert scene.held() == {"h1": "R1", "h2": "R1"}


def test_a_run_that_stays_parked_says_for_whom(scene):
    one, other = both(scene)
    for attempt in (one, other):
        attempt.end(RunState.PARKED, "'Switch' asks")
    begin(scene, "h1", "h2").end(RunState.COMPLETED)
    assert (scene.run().state, scene.run().reason) == (RunState.PARKED, "left for another slice: h3, h4")


def test_an_attempt_whose_run_is_in_the_journal_no_more_says_so(scene):
    """The server was flushed, or somebody has pruned by hand: that is no newer attempt."""
    one = begin(scene, "h1")
    scene.journal.drop("R1", version=scene.run().version)
    with pytest.raises(JournalLostError, match="run R1 is not in it any more"):
        scene.start(one, "Copy", "h1")


# A slice whose controller is dead


def test_a_dead_slice_is_resumed_while_the_others_go_on(scene):
    one, other = both(scene)
    done = scene.do(one, "Copy", "h1")
    scene.crash(one)
    again = begin(scene, "h1", "h2")
    assert (again.is_resumed, again.slice.targets) == (True, ("h1", "h2"))
    assert again.decide(scene.meet(again, "Copy", "h1")).way is Way.REPLAY
    assert again.known(done) is not None
    scene.do(other, "Copy", "h3")
    for attempt in (again, other):
        attempt.end(RunState.COMPLETED)
    assert scene.run().state is RunState.COMPLETED


def test_an_attempt_whose_slice_was_resumed_writes_no_more(scene):
    """[I11]"""
    one, _other = both(scene)
    scene.crash(one)
    begin(scene, "h1", "h2")
    with pytest.raises(StaleAttemptError):
        scene.start(one, "Copy", "h1")


def test_what_another_slice_has_in_hand_is_not_judged(scene):
    """[I14] Its worker is at work, and its page belongs to its own attempt."""
    one, other = both(scene)
    scene.start(other, "Copy", "h3", WORKER, BEGIN, RESULT)
    scene.crash(one)
    begin(scene, "h1", "h2")
    assert scene.state("Copy", "h3") == "started"


def test_the_consequences_of_anothers_failure_stay_as_they_are(scene):
    one, other = both(scene)
    scene.do(other, "Clean up", "h3", is_aftermath=True)
    scene.crash(one)
    begin(scene, "h1", "h2")
    assert scene.state("Clean up", "h3") == "ok"


# What slices do once


def test_what_is_done_once_is_done_once_for_each_slice(scene):
    attempts = both(scene)
    for attempt, hosts in zip(attempts, (("h1", "h2"), ("h3", "h4")), strict=True):
        key = attempt.meet_batch("1 Move/Switch", UNDOABLE, hosts)
        step = replace(scene.meet(attempt, "Switch", hosts[0]), host=EVERY_HOST, on=hosts[0], key=key, batch=hosts)
        assert attempt.decide(step).way is Way.EXECUTE
        attempt.start(step)
        scene.finish(attempt, step)
    assert [step.on for step in scene.journal.steps("R1")] == ["h1", "h3"]
    for attempt in attempts:
        scene.crash(attempt)
    whole = begin(scene, "h1", "h2", "h3", "h4", slices=0)
    key = whole.meet_batch("1 Move/Switch", UNDOABLE, ("h1", "h2", "h3", "h4"))
    assert whole.known(replace(scene.meet(whole, "Switch"), host=EVERY_HOST, key=key)).state is StepState.OK


# Failing


def test_a_failing_slice_stops_the_others_at_their_next_step(scene):
    one, other = both(scene)
    one.end(RunState.STOPPED, "'Copy' failed on h1", is_halt=True)
    assert other.halt(is_sure=True).reason == "'Copy' failed on h1"
    with pytest.raises(RunHaltedError):
        scene.start(other, "Copy", "h3")
    other.end(RunState.STOPPED, "the other one failed")
    assert (scene.run().state, scene.run().reason) == (
        RunState.STOPPED,
        "'Copy' failed on h1; left for another slice: h1, h2",
    )


def test_a_slice_that_was_merely_interrupted_stops_nobody(scene):
    one, other = both(scene)
    one.end(RunState.STOPPED, "interrupted by SIGTERM")
    assert other.halt(is_sure=True) is None
    scene.do(other, "Copy", "h3")


def test_no_further_slice_of_a_run_begins_after_one_has_failed(scene):
    one = begin(scene, "h1")
    one.end(RunState.STOPPED, "'Copy' failed on h1", is_halt=True)
    with pytest.raises(SliceError, match="'Copy' failed on h1"):
        begin(scene, "h2")
    begin(scene, "h1")
    begin(scene, "h2")


def test_a_slice_in_hand_ends_what_it_has_started_when_another_fails(scene):
    one, other = both(scene)
    step = scene.start(other, "Copy", "h3")
    one.end(RunState.STOPPED, "'Copy' failed on h1", is_halt=True)
    scene.finish(other, step)
    assert scene.state("Copy", "h3") == "ok"


# Going back


def undo_all(scene, attempt):
    for undoing in attempt.debt().undoings:
        attempt.undone(undoing, ())
    attempt.end(RunState.COMPENSATED, attempt.run.reason)


def undone(scene):
    steps = scene.journal.steps("R1")
    return {step.doer for step in steps if step.undo is Undo.COMPENSATED}


def test_a_run_goes_back_over_all_its_slices(scene):
    """[I7]"""
    one, other = both(scene)
    undoable(scene, one, "h1")
    undoable(scene, other, "h3")
    assert one.go_back("'Move' failed on h1") is None
    assert other.halt(is_sure=True).is_going_back
    assert not other.run.is_going_back
    undo_all(scene, one)
    assert scene.run().state is RunState.COMPENSATING
    assert other.go_back("") is None
    assert other.run.is_going_back
    undo_all(scene, other)
    assert scene.run().state is RunState.COMPENSATED
    assert undone(scene) == {"h1", "h3"}


def test_a_slice_undoes_what_was_done_on_its_own_hosts(scene):
    one, other = both(scene)
    undoable(scene, one, "h1")
    undoable(scene, other, "h3")
    assert [undoing.hosts for undoing in one.debt().undoings] == [("h1",)]


@pytest.mark.parametrize("is_done", [True, False])
def test_a_pivot_of_one_slice_keeps_the_others_from_going_back(scene, is_done):
    """[I8] Be it done, or begun."""
    one, other = both(scene)
    undoable(scene, one, "h1")
    step = scene.start(other, "Switch", "h3", contract=PIVOT)
    if is_done:
        scene.finish(other, step)
    assert one.debt().pivot.doer == "h3"
    assert one.go_back("'Move' failed on h1").doer == "h3"
    assert not scene.run().is_going_back
    if not is_done:
        scene.finish(other, step)


def test_no_pivot_begins_once_another_slice_has_turned_the_run_around(scene):
    """[I8]"""
    one, other = both(scene)
    undoable(scene, one, "h1")
    assert one.go_back("'Move' failed on h1") is None
    with pytest.raises(RunHaltedError):
        scene.start(other, "Switch", "h3", contract=PIVOT)
    assert scene.state("Switch", "h3") is None


def test_a_pivot_that_begins_while_another_slice_decides_is_seen(scene, monkeypatch):
    """[I8] Between the look at all steps and the writing of the turn, another slice begins its pivot."""
    one, other = both(scene)
    undoable(scene, one, "h1")
    look = one.debt

    def debt(back=None):
        found = look(back)
        if scene.state("Switch", "h3") is None:
            scene.start(other, "Switch", "h3", contract=PIVOT)
        return found

    monkeypatch.setattr(one, "debt", debt)
    assert one.go_back("'Move' failed on h1").doer == "h3"
    assert not scene.run().is_going_back


def test_no_further_slice_of_a_run_that_goes_back_begins(scene):
    one = begin(scene, "h1")
    undoable(scene, one, "h1")
    one.go_back("'Move' failed on h1")
    with pytest.raises(SliceError, match="goes back"):
        begin(scene, "h2")


def test_a_slice_that_had_come_to_its_end_goes_back_when_it_is_started_again(scene):
    one, other = both(scene)
    undoable(scene, other, "h3")
    other.end(RunState.COMPLETED)
    undoable(scene, one, "h1")
    one.go_back("'Move' failed on h1")
    undo_all(scene, one)
    assert (scene.run().state, scene.run().is_going_back) == (RunState.STOPPED, True)
    assert scene.run().reason == "'Move' failed on h1; left for another slice: h3, h4"
    again = begin(scene, "h3", "h4")
    assert again.run.is_going_back
    undo_all(scene, again)
    assert (scene.run().state, scene.run().reason) == (RunState.COMPENSATED, "'Move' failed on h1")
    assert undone(scene) == {"h1", "h3"}


def test_a_slice_that_had_come_to_its_end_and_owes_nothing_has_gone_back_by_that(scene):
    one, other = both(scene)
    scene.do(other, "Copy", "h3")
    other.end(RunState.COMPLETED)
    undoable(scene, one, "h1")
    one.go_back("'Move' failed on h1")
    undo_all(scene, one)
    assert scene.run().state is RunState.COMPENSATED


def test_who_knows_the_hosts_of_a_slice_that_has_ended_undoes_it_too(scene):
    one, other = both(scene)
    undoable(scene, other, "h3")
    other.end(RunState.COMPLETED)
    undoable(scene, one, "h1")
    one.go_back("'Move' failed on h1")
    assert not one.take_in({"h1", "h2", "h3"})  # h4 is unknown here
    assert one.take_in({"h1", "h2", "h3", "h4"})
    extend(one, one.slice.targets, lock_ttl=60.0, on_orphan="takeover")
    assert scene.held() == dict.fromkeys(("h1", "h2", "h3", "h4"), "R1")
    undo_all(scene, one)
    assert scene.run().state is RunState.COMPENSATED
    assert undone(scene) == {"h1", "h3"}


def test_a_slice_at_work_is_not_taken_in(scene):
    one, _other = both(scene)
    assert not one.take_in({"h1", "h2", "h3", "h4"})


def test_a_way_back_of_some_hosts_is_the_slices_own(scene):
    one, other = both(scene)
    undoable(scene, one, "h1")
    one.go_back("'Move' failed on h1", WayBack(hosts=("h1",), play=1, is_forward_after=True))
    assert one.run.is_going_back
    assert not scene.run().is_going_back
    assert other.halt(is_sure=True) is None
    for undoing in one.debt().undoings:
        one.undone(undoing, ())
    one.turn_forward()
    assert not one.run.is_going_back
    scene.do(other, "Copy", "h3")


def test_a_way_back_of_some_hosts_goes_on_when_its_slice_is_resumed(scene):
    one, _other = both(scene)
    undoable(scene, one, "h1")
    one.go_back("'Move' failed on h1", WayBack(hosts=("h1",), play=1, is_forward_after=True))
    scene.crash(one)
    again = begin(scene, "h1", "h2")
    assert (again.run.is_going_back, again.run.back.hosts) == (True, ("h1",))


def test_each_slice_of_a_parked_run_takes_its_own_targets_again_when_somebody_has_decided(scene):
    """[I10] The decision has fenced all attempts, so no slice has the token that its leases have."""
    one, other = both(scene)
    for attempt in (one, other):
        attempt.end(RunState.PARKED, "'Switch' asks")
    parts = scene.journal.slices("R1")
    scene.journal.commit([Entry(type="test.decided", run="R1", puts=(Fencing(run="R1", token=100),))])
    assert {part.token for part in scene.journal.slices("R1")} == {100}
    again = [begin(scene, *part.targets) for part in parts]
    held = {lease.name: lease.token for lease in scene.journal.leases()}
    assert held == {name: attempt.slice.token for attempt in again for name in attempt.slice.targets}


# On other machines


def test_a_slice_of_another_machine_is_at_work_until_its_leases_have_run_out(scene):
    """[I6]"""
    one, other = both(scene)
    scene.give(one.run, ELSEWHERE)
    with pytest.raises(RunBusyError):
        begin(scene, "h1", "h2")
    other.heartbeat.beat()
    scene.clock.wait(61)
    again = begin(scene, "h1", "h2")
    assert again.slice.attempt == 3
    with pytest.raises(StaleAttemptError):
        scene.start(one, "Copy", "h1")
