# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A run's events are walked over once, and none of them is kept: up to the first that does not follow."""

from dataclasses import replace

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit import End, seal
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit.anchors import Anchor
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit.verifying import Walk
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import JournalCorruptError

from samples import NOW, an_entry


def chained(count):
    events = []
    for seq in range(1, count + 1):
        before = events[-1].hash if events else ""
        entry = an_entry(data={"number": seq})
        events.append(seal(entry, seq=seq, before=before, identity=f"E{seq}", moment=NOW))
    return events


EVENTS = chained(4)


def walked(events, *anchors):
    walk = Walk("R1", [Anchor(run="R1", events=count, hash=hash_, time="") for count, hash_ in anchors])
    return walk, list(walk.over(events))


def test_a_chain_that_holds_is_walked_to_its_end():
    walk, met = walked(iter(EVENTS))
    assert (walk.holds, walk.end, met) == (True, End(count=4, head=EVENTS[-1].hash), EVENTS)


def test_a_run_without_events_holds():
    walk, met = walked([])
    assert (walk.holds, walk.end, met) == (True, End(count=0, head=""), [])


@pytest.mark.parametrize(
    "change", [{"actor": "eve"}, {"data": {"number": 7}}, {"seq": 4}, {"run": "R2"}, {"hash": "0" * 64}]
)
def test_nothing_is_told_from_the_first_event_on_that_does_not_follow(change):
    walk, met = walked([*EVENTS[:2], replace(EVENTS[2], **change), EVENTS[3]])
    assert (walk.holds, met) == (False, EVENTS[:2])


def test_a_chain_with_an_event_that_cannot_be_read_does_not_hold():
    def read():
        yield EVENTS[0]
        raise JournalCorruptError("/j", "a record cannot be read")

    walk, met = walked(read())
    assert (walk.holds, met) == (False, EVENTS[:1])


@pytest.mark.parametrize(
    ("anchors", "holds"),
    [
        ([(2, EVENTS[1].hash), (4, EVENTS[3].hash), (2, EVENTS[1].hash)], True),
        ([(0, "")], True),
        ([(0, EVENTS[0].hash)], False),
        ([(2, EVENTS[2].hash)], False),
        ([(2, EVENTS[1].hash), (2, EVENTS[2].hash)], False),
        ([(5, EVENTS[3].hash)], False),
    ],
)
def test_a_chain_holds_if_it_has_its_anchors_at_their_places(anchors, holds):
    assert walked(EVENTS, *anchors)[0].holds is holds
