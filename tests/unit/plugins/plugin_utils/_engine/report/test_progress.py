# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A run on its way: what the journal's events, and what a callback sees beside them, make of the picture."""

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.meeting import Finish
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import Approval, Contract, Effect
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import (
    Asks,
    PlannedStep,
    RunState,
    StepState,
    Surroundings,
)
from ansible_collections.saga.ops.plugins.plugin_utils._engine.report.progress import Pace, Progress, Standing, pace

from samples import NOW, ONCE, READ_ONLY, UNDOABLE, a_run, a_step
from scene import BEGIN, WORKER, Scene

HOSTS = ("h1", "h2", "h3")
NAMES = ("Copy", "Switch", "Use")


def planned(*names):
    return tuple(
        PlannedStep(path=f"1 Move/{name}", fingerprint="as it was", where=f"site.yml:{number}", play=1)
        for number, name in enumerate(names, 6)
    )


@pytest.fixture
def scene(tmp_path):
    return Scene(tmp_path)


def begin(scene, **wish):
    known = {"targets": HOSTS, "plan": planned(*NAMES, "handlers/Undo it")}
    return scene.begin(**(known | wish), surroundings=Surroundings(hosts={host: host for host in HOSTS}))


def picture(scene, progress=None, **options):
    """Fold all of the run's events, as whoever looks on from elsewhere does."""
    progress = progress or Progress()
    run = scene.run()
    progress.adopt(run, scene.journal.plan(run.id))
    progress.meet(HOSTS)
    progress.see(scene.journal.events(run.id))
    progress.learn(run, scene.journal.steps(run.id))
    return progress.picture(scene.clock.now(), **options)


def standings(seen):
    return {host.host: str(host.standing) for host in seen.hosts}


def places(seen):
    return {host.host: (host.position, host.step) for host in seen.hosts}


def test_a_run_that_begins_knows_how_many_steps_are_foreseen(scene):
    begin(scene)
    seen = picture(scene)
    assert (seen.step, seen.steps, seen.is_open, seen.share, seen.left) == (0, 3, False, 0.0, None)
    assert standings(seen) == dict.fromkeys(HOSTS, "between steps")


def test_each_host_is_shown_at_its_step_those_first_that_somebody_should_look_at(scene):
    attempt = begin(scene)
    for host in HOSTS:
        scene.do(attempt, "Copy", host)
    steps = [scene.start(attempt, "Switch", host) for host in HOSTS]
    scene.finish(attempt, steps[2], StepState.FAILED)
    scene.finish(attempt, steps[0])
    seen = picture(scene)
    assert [(host.host, host.standing) for host in seen.hosts] == [
        ("h3", Standing.FAILED),
        ("h2", Standing.AT_WORK),
        ("h1", Standing.BETWEEN),
    ]
    assert places(seen) == dict.fromkeys(HOSTS, (2, "Switch"))
    assert (seen.step, seen.name, seen.counts.done, seen.counts.failed) == (2, "Switch", 4, 1)
    assert seen.share == pytest.approx(4 / 9)


def test_a_step_without_an_effect_is_seen_when_it_has_ended(scene):
    attempt = begin(scene)
    scene.do(attempt, "Copy", contract=READ_ONLY)
    assert picture(scene).counts.done == 1


def test_a_step_that_is_tried_again_says_when_and_how_often_it_has_failed(scene):
    attempt = begin(scene)
    step = scene.start(attempt, "Copy")
    attempt.retry(Finish(reference=step, state=StepState.FAILED, payload="", is_handled=False), delay=7.0)
    [host] = [host for host in picture(scene).hosts if host.host == "h1"]
    assert (host.standing, host.tries, host.due) == (Standing.RETRYING, 1, NOW + 7)
    attempt.start(step)
    seen = picture(scene)
    assert standings(seen)["h1"] == "at work"
    assert (seen.counts.retried, seen.counts.failed) == (1, 0)


def test_a_failure_that_is_handled_counts_for_nothing(scene):
    attempt = begin(scene)
    step = scene.start(attempt, "Copy")
    scene.finish(attempt, step, StepState.FAILED, is_handled=True)
    seen = picture(scene)
    assert seen.counts.failed == 0
    assert standings(seen)["h1"] == "between steps"


def test_a_host_that_has_come_to_the_last_step_is_done(scene):
    attempt = begin(scene)
    for name in NAMES:
        scene.do(attempt, name, "h2")
    assert standings(picture(scene)) == {"h1": "between steps", "h2": "done", "h3": "between steps"}


def test_a_completed_run_is_all_done(scene):
    attempt = begin(scene)
    scene.do(attempt, "Copy")
    attempt.end(RunState.COMPLETED)
    seen = picture(scene)
    assert (seen.state, seen.share, seen.is_over, seen.left) == ("completed", 1.0, True, None)
    assert set(standings(seen).values()) == {"done"}


def test_a_step_that_nobody_foresaw_has_its_place_where_it_was_met_and_there_may_be_more(scene):
    attempt = begin(scene)
    scene.do(attempt, "Copy")
    scene.do(attempt, "Included")
    seen = picture(scene)
    assert (seen.step, seen.steps, seen.is_open) == (2, 4, True)
    scene.do(attempt, "Switch")
    assert picture(scene).step == 3


def test_a_step_that_is_done_once_for_all_is_at_the_host_that_does_it(scene):
    attempt = begin(scene)
    scene.start(attempt, "Switch", "h2", is_for_all=True)
    assert standings(picture(scene))["h2"] == "at work"
    assert "*" not in standings(picture(scene))


def test_what_waits_for_a_decision_is_counted_until_it_was_made(scene):
    attempt = begin(scene)
    gated = [scene.meet(attempt, "Copy", host, contract=Contract(approval=Approval())) for host in HOSTS]
    attempt.ask([(step, Asks.APPROVAL) for step in gated])
    attempt.end(RunState.PARKED, "'Copy' waits")
    seen = picture(scene)
    assert (seen.counts.waiting, seen.state, seen.reason) == (3, "parked", "'Copy' waits")
    assert set(standings(seen).values()) == {"waiting"}


def test_a_resume_tries_again_what_had_failed(scene):
    attempt = begin(scene)
    scene.do(attempt, "Copy", "h1", StepState.FAILED)
    attempt.end(RunState.STOPPED, "failed")
    assert picture(scene).counts.failed == 1
    begin(scene)
    seen = picture(scene)
    assert (seen.counts.failed, seen.attempt, seen.reason, seen.is_over) == (0, 2, "", False)
    assert standings(seen)["h1"] == "between steps"


def test_what_a_dead_attempt_had_in_hand_is_in_doubt(scene):
    attempt = begin(scene)
    scene.start(attempt, "Copy")
    seen = picture(scene, is_lost=True)
    assert (standings(seen)["h1"], seen.counts.in_doubt) == ("in doubt", 1)


def test_a_resume_finds_what_was_in_doubt_as_its_events_tell(scene):
    attempt = begin(scene)
    scene.start(attempt, "Copy", "h1", WORKER, BEGIN)
    scene.resume(attempt, targets=HOSTS, plan=planned(*NAMES))
    seen = picture(scene)
    assert (standings(seen)["h1"], seen.counts.in_doubt, seen.counts.failed) == ("in doubt", 1, 0)


def undo(scene, attempt, host, key, *, failed=False):
    step = scene.meet(attempt, "Undo it", host, path=f"undo {key}/1 Move/handlers/Undo it", undoes=key)
    attempt.start(step)
    scene.finish(attempt, step, StepState.FAILED if failed else StepState.OK)


def test_the_way_back_says_what_was_undone_what_could_not_be_and_what_is_left(scene):
    attempt = begin(scene)
    for name in ("Copy", "Switch"):
        for host in HOSTS:
            scene.do(attempt, name, host, contract=UNDOABLE)
    attempt.go_back("'Use' failed on h3")
    seen = picture(scene)
    assert (seen.is_going_back, seen.counts.owed, seen.share) == (True, 6, 0.0)
    last, first = attempt.debt().undoings
    for host in HOSTS:
        undo(scene, attempt, host, last.key, failed=host == "h2")
    assert seen.step == picture(scene).step == 2  # what undoes is no step of the way
    attempt.undone(last, {"h2"})
    seen = picture(scene)
    assert (seen.counts.compensated, seen.counts.compensation_failed, seen.counts.owed) == (2, 1, 3)
    assert seen.share == pytest.approx(2 / 6)
    attempt.undone(first, set())
    seen = picture(scene)
    assert standings(seen) == {"h1": "compensated", "h2": "compensation failed", "h3": "compensated"}
    assert (places(seen)["h2"], {host.host: host.owed for host in seen.hosts}) == (
        (2, "Switch"),
        {"h1": 0, "h2": 1, "h3": 0},
    )


def test_a_run_that_turns_forward_again_owes_nothing(scene):
    attempt = begin(scene)
    scene.do(attempt, "Copy", contract=UNDOABLE)
    attempt.go_back("why")
    attempt.undone(attempt.debt().undoings[0], set())
    attempt.turn_forward()
    seen = picture(scene)
    assert (seen.is_going_back, seen.counts.owed, seen.state) == (False, 0, "running")


# What a callback tells beside


def test_a_step_that_the_journal_does_not_tell_of_is_taken_from_ansible():
    progress = Progress("site.yml", began=NOW)
    progress.meet(["h1", "h2"])
    progress.begin("h1", "Look", "site.yml:4", at=NOW)
    assert standings(progress.picture(NOW)) == {"h1": "at work", "h2": "between steps"}
    progress.end("h1", at=NOW + 1)
    progress.begin("h2", "Look", "site.yml:4", at=NOW + 1)
    progress.end("h2", Standing.FAILED, at=NOW + 2)
    seen = progress.picture(NOW + 2)
    assert (seen.run, seen.step, seen.steps, seen.counts.done, seen.counts.failed) == ("", 1, 0, 1, 1)
    assert standings(seen) == {"h1": "between steps", "h2": "failed"}
    progress.handle("h2")
    progress.finish(at=NOW + 3)
    assert set(standings(progress.picture(NOW + 3)).values()) == {"done"}


def test_a_step_that_the_journal_tells_of_is_not_counted_twice(scene):
    attempt = begin(scene)
    progress = Progress()
    progress.adopt(scene.run(), planned(*NAMES))
    progress.begin("h1", "Copy", "site.yml:6", at=NOW)
    scene.do(attempt, "Copy", contract=READ_ONLY)
    progress.see(scene.journal.events(attempt.run.id))
    progress.end("h1", at=NOW)
    seen = progress.picture(NOW)
    assert (seen.counts.done, seen.step, seen.steps) == (1, 1, 3)


def test_a_step_without_an_effect_that_is_tried_again_is_at_work_once_it_is_due(scene):
    attempt = begin(scene)
    step = scene.start(attempt, "Copy", contract=READ_ONLY)
    attempt.retry(Finish(reference=step, state=StepState.FAILED, payload="", is_handled=False), delay=7.0)
    progress = Progress()
    picture(scene, progress)
    progress.begin("h1", "Copy", "site.yml:6", at=NOW + 1)
    assert standings(progress.picture(NOW + 1))["h1"] == "retrying"
    progress.begin("h1", "Copy", "site.yml:6", at=NOW + 7)
    assert standings(progress.picture(NOW + 7))["h1"] == "at work"


def test_what_is_restored_is_counted_and_is_no_step_done_anew(scene):
    attempt = begin(scene)
    scene.do(attempt, "Copy")
    attempt.end(RunState.STOPPED, "why")
    begin(scene)
    progress = Progress()
    picture(scene, progress)
    progress.begin("h1", "Copy", "site.yml:6", at=NOW)
    progress.end("h1", at=NOW, is_restored=True)
    counts = progress.picture(NOW).counts
    assert (counts.restored, counts.done) == (1, 1)


def test_a_step_that_is_foreseen_is_known_by_its_name_and_place():
    progress = Progress()
    progress.adopt(a_run(), planned(*NAMES))
    assert progress.numbered("Switch", "site.yml:7") == (2, 3)
    assert progress.numbered("Switch", "other.yml:7") == (0, 3)


# How long it takes


def steps(*ends, attempt=1, hosts=("h1",)):
    return [
        a_step(host=host, key=f"1 Move/{name}#1", path=f"1 Move/{name}", updated=1000 + end, attempt=attempt)
        for name, end in ends
        for host in hosts
    ]


COPY, SWITCH, USE = (f"1 Move/{name}" for name in NAMES)


def test_a_step_takes_as_long_as_from_the_end_of_the_one_before_it():
    found = pace([steps(("Copy", 10.0), ("Switch", 40.0), ("Use", 45.0))])
    assert found.seconds == {SWITCH: 30.0, USE: 5.0}  # when the first one began nobody knows


def test_the_middle_one_of_several_runs_counts():
    runs = [steps(("Copy", 0.0), ("Switch", seconds)) for seconds in (10.0, 12.0, 500.0)]
    assert pace(runs).seconds == {SWITCH: 12.0}


def test_what_was_waited_for_between_two_attempts_is_no_part_of_a_step():
    found = pace([[*steps(("Copy", 10.0), ("Switch", 20.0)), *steps(("Use", 90_000.0), attempt=2)]])
    assert found.seconds == {SWITCH: 10.0}


def test_a_step_that_few_runs_have_done_is_left_out():
    runs = [steps(("Copy", 0.0), ("Switch", 10.0))] * 3 + [steps(("Copy", 0.0), ("Use", 5.0), ("Switch", 10.0))]
    assert pace(runs).seconds == {SWITCH: 10.0}


def test_a_run_over_many_more_hosts_says_nothing_about_this_one():
    many = steps(("Copy", 0.0), ("Switch", 10.0), hosts=[f"h{number}" for number in range(50)])
    assert pace([many], hosts=3).seconds == {}
    assert pace([many], hosts=40).seconds == {SWITCH: 10.0}


def test_what_undoes_is_no_part_of_the_way():
    undoing = a_step(key="undo", path="undo x/1 Move/handlers/Undo it", undoes="x", updated=1099.0)
    assert pace([[*steps(("Copy", 0.0), ("Switch", 10.0)), undoing]]).seconds == {SWITCH: 10.0}


def test_what_is_left_is_the_rest_of_the_step_in_hand_and_all_that_follow():
    known = Pace(seconds={COPY: 5.0, SWITCH: 10.0, USE: 20.0})
    assert known.left([COPY], SWITCH, spent=4.0) == 26.0
    assert known.left([COPY], SWITCH, spent=400.0) == 20.0
    assert known.left([COPY, SWITCH], "", spent=0.0) == 20.0


def test_where_nothing_was_measured_nobody_knows():
    assert Pace().left([], COPY, spent=0.0) is None
    assert Pace(seconds={SWITCH: 10.0}).left([], "1 Move/New", spent=0.0) is None


def test_the_estimate_of_a_run_counts_from_the_step_that_it_is_at(scene):
    attempt = begin(scene)
    progress = Progress()
    progress.pace = Pace(seconds={SWITCH: 10.0, USE: 20.0})
    for host in HOSTS:
        scene.do(attempt, "Copy", host)
    assert picture(scene, progress).left == 30.0
    scene.start(attempt, "Switch")
    scene.clock.wait(4)
    progress = Progress()
    progress.pace = Pace(seconds={SWITCH: 10.0, USE: 20.0})
    assert picture(scene, progress).left == 26.0


def test_an_effect_does_not_matter_to_where_a_step_stands(scene):
    attempt = begin(scene)
    scene.do(attempt, "Copy", contract=Contract(effect=Effect.IRREVERSIBLE))
    scene.do(attempt, "Switch", contract=ONCE)
    assert picture(scene).counts.done == 2
