# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A controller dies at night, with its workers; an operator looks, decides, and types what status says."""

import subprocess

import pytest

from playground import kill_tree

pytestmark = pytest.mark.core

TASKS = """
- name: Copy
  ansible.builtin.raw: "{{ effect }} copy"
- name: Switch
  ansible.builtin.raw: "{{ effect }} switch; test -e {{ done }} || sleep 300"
- name: Check
  ansible.builtin.raw: "{{ effect }} check"
"""
LOOP = """
- name: Add
  ansible.builtin.raw: "{{ effect }} {{ item }}; test -e {{ done }} || test {{ item }} != two || sleep 300"
  loop: [one, two, three]
"""


def play_and_die(project, tasks, word):
    """Run the play, and kill all of it once every host has left that word."""
    done = project.folder / "done"
    project.play(tasks.replace("{{ done }}", str(done)))
    process = project.start()
    project.until(lambda: sum(effect.endswith(f" {word}") for effect in project.effects()) == 3)
    kill_tree(process)
    done.touch()
    return project.last_run().id


def decide(project, run, host, *said):
    done = project.saga("decide", run, "--host", host, "--step", *said, "--why", "I looked at the host")
    assert done.code == 0, done.output
    return done.output


def type_last_line(project, output):
    """Type what the last line says, as an operator would."""
    return subprocess.run(
        ["sh", "-c", output.splitlines()[-1]], env=project.environment(), capture_output=True, text=True, timeout=120
    )


@pytest.mark.sweep
def test_an_operator_decides_what_is_in_doubt_and_the_run_goes_on_from_there(project):
    run = play_and_die(project, TASKS, "switch")
    said = project.saga("status").output
    assert "nobody: process" in said
    assert "'Switch' on h1, h2, h3, since" in said
    decide(project, run, "h1", "Switch", "done")
    decide(project, run, "h2", "Switch", "done")
    said = decide(project, run, "h3", "Switch", "retry")
    assert said.split()[-3:] == ["saga", "resume", run]
    project.resume()
    assert project.counted() == {
        **{f"{host} {word}": 1 for host in ("h1", "h2", "h3") for word in ("copy", "switch", "check")},
        "h3 switch": 2,
    }
    assert "completed" in project.saga("runs").output
    assert project.saga("audit", run, "--verify").code == 0


@pytest.mark.sweep
def test_a_loop_in_doubt_that_is_tried_again_does_only_the_items_that_are_missing(project):
    run = play_and_die(project, LOOP, "two")
    for host in ("h1", "h2", "h3"):
        decide(project, run, host, "Add", "retry")
    project.resume()
    assert project.counted() == {
        f"{host} {item}": times for host in ("h1", "h2", "h3") for item, times in (("one", 1), ("two", 2), ("three", 1))
    }


def test_an_abandoned_run_makes_room_for_a_new_one(project):
    run = play_and_die(project, TASKS, "switch")
    refused = project.run(SAGA_RESUME="new")
    assert f"saga abandon {run} --why" in refused.output
    done = project.saga("abandon", run, "--why", "the move is off")
    assert "'Copy' on h1, h2, h3" in done.output
    assert "'Switch' (in doubt) on h1, h2, h3" in done.output
    started = type_last_line(project, done.output)
    assert started.returncode == 0, started.stdout
    assert project.last_run().id != run
    assert project.counted()["h1 copy"] == 2
