# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Callbacks of anybody's that watch durable runs."""

import json
import re

import pytest

from playground import CALLBACKS

WATCHER = """
import json
from ansible.plugins.callback import CallbackBase

class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "watching"

    def write(self, **told):
        with open("watched", "a") as file:
            file.write(json.dumps(told) + "\\n")

    def saga_began(self, watch):
        self.watch = watch
        self.write(what="began", run=watch.run.id, attempt=watch.run.attempt, resumed=watch.is_resumed)

    def saga_written(self):
        self.write(what="written", events=[[event.seq, event.type] for event in self.watch.news()])

    def saga_ended(self):
        asked = [question.step.name for question in self.watch.questions()]
        self.write(what="ended", state=str(self.watch.run.state), asked=asked)
"""
TASKS = """
- name: First
  ansible.builtin.raw: "{{ effect }} first"
- name: Switch
  ansible.builtin.raw: "{{ effect }} switched"
  vars: {saga: {effect: irreversible, approval: required}}
"""


@pytest.fixture
def watched(project):
    """Run the play with a watcher; return how it ended, and what the watcher wrote down."""
    project.play(TASKS)
    project.write("watchers/watching.py", WATCHER)
    file = project.write("watched", "")

    def run():
        file.write_text("")
        environment = {
            "ANSIBLE_CALLBACK_PLUGINS": f"{CALLBACKS}:{project.folder / 'watchers'}",
            "ANSIBLE_CALLBACKS_ENABLED": f"{project.environment()['ANSIBLE_CALLBACKS_ENABLED']},watching",
        }
        done = project.run("--limit", "h1", **environment)
        return done, [json.loads(line) for line in file.read_text().splitlines()]

    return run


@pytest.mark.core
def test_a_watcher_hears_of_the_attempt_of_each_event_once_and_of_the_end(project, watched):
    _done, told = watched()
    first, *written, ended = told
    assert first == {"what": "began", "run": project.last_run().id, "attempt": 1, "resumed": False}
    events = [tuple(event) for each in written for event in each["events"]]
    assert events == [(event.seq, event.type) for event in project.events()]
    assert ended == {"what": "ended", "state": "parked", "asked": ["Switch"]}


def test_a_watcher_of_a_resumed_run_hears_of_all_that_was_before(project, watched):
    watched()
    assert project.saga("approve", project.last_run().id, "--why", "seen").code == 0
    _done, told = watched()
    assert told[0]["resumed"]
    events = [seq for each in told if each["what"] == "written" for seq, _type in each["events"]]
    assert events == [event.seq for event in project.events()]
    assert told[-1]["state"] == "completed"


@pytest.mark.core
@pytest.mark.parametrize(
    ("method", "fault"),
    [
        ("saga_began", "1 / 0"),
        pytest.param("saga_written", "raise SystemExit(0)", marks=pytest.mark.sweep),
        pytest.param("saga_ended", "1 / 0", marks=pytest.mark.sweep),
    ],
)
def test_a_watcher_that_fails_is_told_once_and_the_run_goes_on(project, watched, method, fault):
    broken = re.sub(rf"(def {method}\(.*\):\n)", rf"\1        {fault}\n", WATCHER)
    project.write("watchers/watching.py", broken)
    project.play(TASKS.partition("- name: Switch")[0])
    done, _told = watched()
    assert done.code == 0, done.output
    assert done.output.count("callback watching watches no more: ") == 1
    assert project.effects() == ["h1 first"]
    assert project.last_run().state == "completed"
