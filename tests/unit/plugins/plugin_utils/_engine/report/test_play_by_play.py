# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What goes on with a run that an engine starts play by play."""

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import RunState
from ansible_collections.saga.ops.plugins.plugin_utils._engine.report import put_off, view
from ansible_collections.saga.ops.plugins.plugin_utils._engine.report.play_by_play import next_command

from samples import NOW, a_run

START = ("ansible-playbook", "move.yml")
FACTS = {"state": RunState.PARKED, "reason": put_off(3), "command": START, "directory": "/srv/moves"}


def following(*words, **facts):
    """The next node's arguments, of a run that began with these."""
    return next_command(a_run(**(FACTS | {"command": (*START, *words)} | facts)))[len(START) :]


@pytest.mark.parametrize(
    ("words", "after"),
    [
        (("-e", "saga_last_play=1"), ("-e", "saga_last_play=3")),
        (("-esaga_last_play=1", "-v"), ("-esaga_last_play=3", "-v")),
        (("-e", "saga_run_id=o-7 saga_last_play=1 a=***"), ("-e", "saga_run_id=o-7 saga_last_play=3 a=***")),
        (("-e", "saga_last_play=1", "-e", "saga_last_play=2"), ("-e", "saga_last_play=3", "-e", "saga_last_play=3")),
        ((), ("-e", "saga_last_play=3")),
        (("-e", "***"), ("-e", "***", "-e", "saga_last_play=3")),
    ],
)
def test_the_next_node_is_the_same_command_up_to_the_play_that_was_put_off(words, after):
    assert following(*words) == after


@pytest.mark.parametrize(
    "facts",
    [
        {"reason": "somebody has paused it"},
        {"reason": ""},
        {"state": RunState.RUNNING},
        {"is_going_back": True},
    ],
)
def test_a_run_that_has_not_come_to_a_last_play_has_no_next_node(facts):
    assert following("-e", "saga_last_play=1", **facts) == ()


def test_whoever_looks_at_the_run_is_told_the_command_of_the_next_node():
    told = view(a_run(**FACTS), [], {}, now=NOW, is_live=False).next
    assert (told.say, told.command) == ("the next play goes on with", (*START, "-e", "saga_last_play=3"))
    assert told.directory == "/srv/moves"
