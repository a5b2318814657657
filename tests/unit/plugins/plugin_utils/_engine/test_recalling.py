# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What was done is answered on many hosts at once; of whatever is to be decided nothing is taken in advance."""

from dataclasses import replace

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit.refusals import ResultAlteredError
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import DriftError
from ansible_collections.saga.ops.plugins.plugin_utils._engine.meeting import Way
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import StepState

HOSTS = ("h1", "h2")
PATH = "1 Move/Copy"


def coming(scene, attempt, host, **facts):
    """Return a step as a host is about to meet it, which nobody counts; None: it was not done."""
    counted = scene.meet(attempt, "Copy", host, path="1 Move/elsewhere", **facts)
    key = attempt.coming(host, PATH)
    return replace(counted, path=PATH, key=key) if key else None


@pytest.fixture
def done(scene):
    """An attempt after one that did a step on two hosts."""
    attempt = scene.begin()
    for host in HOSTS:
        scene.do(attempt, "Copy", host)
    return scene.resume(attempt)


def test_each_host_is_answered_with_its_own_result_and_counted_once(scene, done):
    courses = list(done.recall([coming(scene, done, host) for host in HOSTS]))
    assert [(course.way, course.payload) for course in courses] == [(Way.REPLAY, f"Copy on {host}") for host in HOSTS]
    assert done.restored == len(HOSTS)
    assert [coming(scene, done, host) for host in HOSTS] == [None, None]
    assert scene.meet(done, "Copy", "h1").key == f"{PATH}#2"


def test_a_step_that_was_not_done_is_none_that_comes(scene):
    attempt = scene.begin()
    scene.start(attempt, "Copy", "h1")
    scene.do(attempt, "Copy", "h2", StepState.FAILED)
    resumed = scene.resume(attempt)
    assert [coming(scene, resumed, host) for host in ("h1", "h2", "h3")] == [None] * 3


def test_what_has_changed_is_left_to_the_decision_that_refuses_it(scene, done):
    step = coming(scene, done, "h1", fingerprint="as it is")
    assert list(done.recall([step])) == [None]
    assert done.restored == 0
    with pytest.raises(DriftError):
        scene.decide(done, "Copy", "h1", fingerprint="as it is")


def test_what_has_changed_and_is_accepted_is_left_to_the_decision_that_records_it(scene):
    attempt = scene.begin()
    scene.do(attempt, "Copy")
    resumed = scene.resume(attempt, drift="accept")
    assert list(resumed.recall([coming(scene, resumed, "h1", fingerprint="as it is")])) == [None]
    assert scene.decide(resumed, "Copy", fingerprint="as it is").accepted
    assert scene.types()[-1] == "step.drift_accepted"


def forge(scene, step, payload):
    """Put another result in the place of a step's, as somebody does who has the journal's file."""
    if scene.journal.__class__.__name__ == "MemoryJournal":
        scene.journal._state.results[scene.run().id, step.host, step.key] = {"": payload}
    else:
        scene.journal._connection.execute(
            "UPDATE result SET payload = ? WHERE host = ? AND key = ?", (payload, step.host, step.key)
        )


def test_a_result_that_was_altered_answers_nothing(scene, done):
    step = coming(scene, done, "h1")
    forge(scene, step, "forged")
    courses = list(done.recall([step, coming(scene, done, "h2")]))
    assert [course and course.way for course in courses] == [None, Way.REPLAY]
    with pytest.raises(ResultAlteredError):
        scene.decide(done, "Copy", "h1")
    forge(scene, step, "Copy on h1")
