# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What is stored of results that are large, or nested deeply."""

import json

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._bridge import results
from ansible_collections.saga.ops.plugins.plugin_utils._bridge.core.seen import Seen
from ansible_collections.saga.ops.plugins.plugin_utils._bridge.sealing import Cover
from ansible_collections.saga.ops.plugins.plugin_utils._engine import codec
from ansible_collections.saga.ops.plugins.plugin_utils._engine.sealing import DataKey, Place, unsealed

from fuzzed import nested

pytestmark = pytest.mark.skipif(
    results.core.FAMILY == "2.21", reason="its results are no dictionaries: see test_hostile"
)
FIELDS = {"name": "Ask", "action": "raw"}


def seen(*, is_failed=False, **data):
    return Seen(
        is_failed=is_failed,
        is_unreachable=False,
        is_skipped=False,
        is_changed=True,
        is_ignored=False,
        is_secret=False,
        has_done_items=False,
        data=data,
    )


PLACE = Place("R1", "h1", "1 Move/Ask#1")


def payload(said, *, is_registered, key=None):
    cover = Cover(place=PLACE, is_registered=is_registered, key=key, is_wanted=key is not None)
    return results.payload(seen(changed=True, said=said), FIELDS, cover)


@pytest.mark.parametrize("said", ["x" * (10 * 1024 * 1024), nested(700), nested(700, "dictionary")])
def test_a_result_of_ten_megabytes_or_of_many_levels_is_stored(said):
    assert codec.decode(payload(said, is_registered=True))["result"]["data"]["changed"] is True


@pytest.mark.parametrize("said", ["x" * codec.LARGEST, nested(50_000)], ids=["large", "deep"])
def test_a_result_that_is_too_large_is_not_stored(said):
    assert payload(said, is_registered=True) is None


@pytest.mark.parametrize("said", ["x" * (10 * 1024 * 1024), nested(700)], ids=["large", "deep"])
def test_what_is_encrypted_may_be_as_large(said):
    key = DataKey.fresh()
    assert codec.decode(unsealed(payload(said, is_registered=True, key=key), PLACE, key))["result"]["data"]["changed"]


def test_what_is_too_large_is_not_stored_encrypted_either():
    key = DataKey.fresh()
    assert payload("x" * codec.LARGEST, is_registered=True, key=key) is None
    stored = payload("x" * codec.LARGEST, is_registered=False, key=key)
    assert codec.decode(unsealed(stored, PLACE, key))["result"] == {"data": {"changed": True}}


def test_of_a_large_result_that_nothing_registers_how_the_step_ended_is_stored():
    stored = payload("x" * codec.LARGEST, is_registered=False)
    assert json.loads(stored)["result"] == {"data": {"changed": True}}


def test_a_step_whose_result_no_worker_could_pass_on_may_have_been_done():
    msg = "Task result omitted due to queue send failure: maximum recursion depth exceeded while pickling an object"
    assert results.was_cut_off(seen(is_failed=True, msg=msg))
    assert not results.was_cut_off(seen(is_failed=True, msg="no such file"))
