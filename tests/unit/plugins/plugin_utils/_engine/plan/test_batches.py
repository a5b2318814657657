# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A step that is done once for a batch, met again by other batches."""

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.plan import Batched, batched
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import StepState

from samples import a_step


def once(key, *batch, **facts):
    return a_step(host="*", key=key, batch=batch, **facts)


DONE = [once("A", "h1", "h2"), once("B", "h3", "h4")]


def test_what_was_never_done_for_any_of_them_is_not_known():
    assert batched(DONE, ["h5", "h6"]) == Batched(missing=("h5", "h6"))


@pytest.mark.parametrize(
    ("batch", "key"), [(["h1", "h2"], "A"), (["h2"], "A"), (["h3", "h2"], "B"), (["h2", "h3"], "A")]
)
def test_what_was_done_for_all_of_them_answers_for_the_first(batch, key):
    assert batched(DONE, batch) == Batched(answer=key)


def test_what_was_done_for_some_of_them_is_mixed():
    found = batched(DONE, ["h0", "h2"])
    assert (found.is_mixed, found.answer, found.missing) == (True, "A", ("h0",))


@pytest.mark.parametrize(
    "facts",
    [
        {"state": StepState.FAILED, "is_handled": False},
        {"state": StepState.STARTED},
        {"state": StepState.PENDING},
        {"state": StepState.VOID},
    ],
)
def test_what_was_begun_for_some_of_them_is_gone_on_with(facts):
    found = batched([once("A", "h1", "h2", **facts)], ["h2", "h3"])
    assert (found.is_mixed, found.unfinished) == (False, "A")


def test_what_was_begun_for_some_and_done_for_others_is_mixed():
    found = batched([DONE[0], once("B", "h3", state=StepState.STARTED)], ["h2", "h3"])
    assert (found.is_mixed, found.unfinished, found.missing) == (True, "B", ("h3",))


@pytest.mark.parametrize("facts", [{"state": StepState.SKIPPED}, {"state": StepState.FAILED, "is_handled": True}])
def test_a_step_that_was_skipped_or_rescued_is_done(facts):
    assert batched([once("A", "h1", **facts)], ["h1"]).answer == "A"
