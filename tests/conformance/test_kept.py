# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Results of a run in Redis: what somebody with redis-cli does to them is found by the audit, and by a resume."""

from contextlib import closing
from dataclasses import replace

import pytest
import redis
from ansible_collections.saga.ops.plugins.plugin_utils._cli.main import main
from ansible_collections.saga.ops.plugins.plugin_utils._engine import codec
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit.refusals import ResultAlteredError
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import RunState
from ansible_collections.saga.ops.plugins.plugin_utils._engine.sightings import JournalWentBackError, Sightings
from ansible_collections.saga.ops.plugins.plugin_utils._engine.spool import Spool

from scene import Scene

FORGED = codec.encode({"family": "2.19", "result": {"data": {"changed": False}}, "fields": {}})


@pytest.fixture
def scene(opened, redis_url, namespace, tmp_path):
    """A stopped run that has done two steps, in Redis."""
    scene = Scene(tmp_path)
    scene.journal, scene.url = opened(redis_url), f"{redis_url}?namespace={namespace}"
    scene.means = type(scene.means)(
        journal=scene.journal, spool=Spool(tmp_path / "spool"), clock=scene.clock, tell=scene.told.append
    )
    attempt = scene.begin()
    scene.do(attempt, "Copy")
    scene.do(attempt, "Move")
    attempt.end(RunState.STOPPED)
    scene.must_be_accounted_for()
    return scene


@pytest.fixture
def rows(scene, redis_url):
    """The hash of the results, and its fields."""
    with closing(redis.Redis.from_url(redis_url, decode_responses=True)) as client:
        key = scene.journal._keys.results(scene.run().id)
        copy, move = sorted(name for name in client.hkeys(key) if name.endswith(', ""]'))
        yield client, key, copy, move


@pytest.mark.parametrize("fate", ["changed", "swapped", "removed"])
def test_a_result_that_is_changed_swapped_or_removed_is_named_and_not_gone_on_with(scene, rows, fate, capsys):
    client, key, copy, move = rows
    if fate == "removed":
        client.hdel(key, copy)
    else:
        client.hset(key, copy, FORGED if fate == "changed" else client.hget(key, move))
    assert main(["audit", "--verify", "--journal", scene.url]) == 3
    said = capsys.readouterr().out
    assert "the result of 1 Move/Copy#1 on h1 is " in said
    assert ("it is the one of 1 Move/Move#1 on h1" in said) == (fate == "swapped")
    resumed = scene.begin()
    with pytest.raises(ResultAlteredError, match="1 Move/Copy#1"):
        scene.decide(resumed, "Copy")


@pytest.mark.parametrize("when", ["before an attempt", "before all of it"])
def test_a_server_that_goes_on_from_an_old_dump_is_refused_where_a_newer_state_was_seen(server, opened, tmp_path, when):
    one, scene = server(), Scene(tmp_path)

    def connect():
        scene.journal = opened(one.url)
        seen = Sightings(tmp_path / "seen", tell=scene.told.append)
        scene.means = replace(scene.means, journal=scene.journal, seen=seen)

    def attempt(task):
        begun = scene.begin()
        scene.do(begun, task)
        begun.end(RunState.STOPPED)

    connect()
    attempt("Copy")
    if when == "before an attempt":
        one.client().save()
        attempt("Move")
    # The process dies without a word, and its successor reads the dump.
    one.kill()
    one.start()
    connect()
    if when == "before an attempt":
        with pytest.raises(JournalWentBackError, match="it gave out token 2, and token 2 was drawn before"):
            scene.begin()
    else:
        scene.begin()
        assert scene.told == ["the journal is empty, and this machine has seen it with 1 tokens drawn"]
