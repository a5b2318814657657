# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Whichever way in: the strategies that a play names, and the callback that makes the built-in ones durable."""

import shutil
from pathlib import Path

import pytest

pytestmark = pytest.mark.core

ROOT = Path(__file__).resolve().parents[2]
CALLBACK = "crash,saga.ops.durable"
SELDOM = {"saga.ops.free", "saga.ops.host_pinned", "ansible.builtin.free", "host_pinned"}


def when(name):
    """Return when a door is gone through; the callback before linear on the oldest and the newest core, too."""
    return [pytest.mark.sweep] if name in SELDOM else [pytest.mark.sample] if name == "linear" else []


DOORS = [
    *(
        pytest.param({"ANSIBLE_STRATEGY": f"saga.ops.{name}"}, id=f"saga.ops.{name}", marks=when(f"saga.ops.{name}"))
        for name in ("linear", "free", "host_pinned")
    ),
    *(
        pytest.param(
            {"ANSIBLE_STRATEGY": name, "ANSIBLE_CALLBACKS_ENABLED": CALLBACK},
            id=f"callback-{name}",
            marks=when(name),
        )
        for name in ("linear", "ansible.builtin.free", "host_pinned")
    ),
]
every_door = pytest.mark.parametrize("door", DOORS)

SITE = """
- name: Move
  hosts: db
  gather_facts: false
  tasks:
    - name: Drain
      ansible.builtin.raw: "{{ effect }} drain; echo {{ inventory_hostname }}"
      register: drained
      vars: {saga: {effect: side_effect, idempotent: false, compensate: Undrain}}
    - name: Back up
      ansible.builtin.raw: "{{ effect }} backup-{{ item }}"
      loop: [schema, rows]
      notify: Reload
      vars: {saga: {effect: side_effect, idempotent: false, compensate: Drop}}
    - name: Parts
      ansible.builtin.include_tasks: part.yml
      loop: [one, two]
    - name: Open
      ansible.builtin.raw: "test ! -e broken && {{ effect }} open-{{ drained.stdout | trim }}"
  handlers:
    - name: Reload
      ansible.builtin.raw: "{{ effect }} reload"
    - name: Undrain
      ansible.builtin.raw: "{{ effect }} undrain"
    - name: Drop
      ansible.builtin.raw: "{{ effect }} drop"
"""
PART = """
- name: Convert
  ansible.builtin.raw: "{{ effect }} convert-{{ item }}"
"""
FORWARD = ["drain", "backup-schema", "backup-rows", "convert-one", "convert-two"]


@pytest.fixture
def project(project):
    project.write("site.yml", SITE)
    project.write("part.yml", PART)
    return project


def done_on(project, host):
    return [line.split(" ")[1] for line in project.effects() if line.split(" ")[0] == host]


@every_door
def test_a_killed_play_resumes_with_nothing_done_twice(project, door):
    """[I1] [I4] [I14]"""
    assert project.run(SAGA_TEST_KILL="before_outcome:Convert:2", **door).code == -9
    done = project.resume(**door)
    assert "restored: [h1]" in done.output
    for host in ("h1", "h2", "h3"):
        assert done_on(project, host) == [*FORWARD, f"open-{host}", "reload"]
    assert project.last_run().state == "completed"
    assert project.audit_findings() == []


@every_door
def test_a_play_that_fails_goes_back(project, door):
    """[I7]"""
    (project.folder / "broken").touch()
    assert project.run(**door).code != 0
    assert project.last_run().state == "compensated"
    for host in ("h1", "h2", "h3"):
        done = done_on(project, host)
        assert done == [word for word in [*FORWARD, "drop", "undrain"] if word in done]
        assert ("drop" in done, "undrain" in done) == ("backup-rows" in done, "drain" in done)


@every_door
def test_a_way_back_that_is_killed_goes_on(project, door):
    (project.folder / "broken").touch()
    assert project.run(SAGA_TEST_KILL="after_undo:Back up:1", **door).code == -9
    project.run(**door)
    assert project.last_run().state == "compensated"
    assert set(project.counted().values()) == {1}


def test_the_callback_leaves_other_strategies_alone(project):
    project.run(ANSIBLE_STRATEGY="debug", ANSIBLE_CALLBACKS_ENABLED=CALLBACK)
    assert not project.journal_file.exists()


def test_both_doors_at_once_are_one(project):
    project.resume(ANSIBLE_STRATEGY="saga.ops.linear", ANSIBLE_CALLBACKS_ENABLED=CALLBACK)
    assert set(project.counted().values()) == {1}
    assert project.last_run().state == "completed"


def test_the_callback_brings_no_warning_about_strategies(project):
    door = {"ANSIBLE_STRATEGY": "linear", "ANSIBLE_CALLBACKS_ENABLED": CALLBACK}
    assert "DEPRECATION" not in project.resume(ANSIBLE_DEPRECATION_WARNINGS="true", **door).output


@pytest.mark.parametrize("strategy", ["free", pytest.param("host_pinned", marks=pytest.mark.sweep)])
def test_what_runs_once_in_lockstep_runs_on_each_host_without_it(project, strategy):
    project.write(
        "site.yml",
        """
- hosts: db
  gather_facts: false
  tasks:
    - name: Once
      ansible.builtin.raw: "{{ effect }} once; echo {{ inventory_hostname }}"
      run_once: true
      register: once
    - name: Use
      ansible.builtin.raw: "{{ effect }} use"
""",
    )
    door = {"ANSIBLE_STRATEGY": f"saga.ops.{strategy}"}
    assert project.run(SAGA_TEST_KILL="before_intent:Use:1", **door).code == -9
    project.resume(**door)
    assert project.counted() == {f"{host} {word}": 1 for host in ("h1", "h2", "h3") for word in ("once", "use")}


@pytest.mark.parametrize(
    "door",
    [
        pytest.param({"ANSIBLE_STRATEGY": "saga.ops.linear", "ANSIBLE_CALLBACKS_ENABLED": "crash"}, id="strategy"),
        pytest.param({"ANSIBLE_STRATEGY": "linear", "ANSIBLE_CALLBACKS_ENABLED": "saga.ops.durable"}, id="callback"),
    ],
)
def test_no_play_runs_unrecorded_when_the_collection_cannot_be_loaded(project, door):
    """ansible-core would pass over a callback that fails, and run the play."""
    damaged = project.folder / "collections" / "ansible_collections" / "saga" / "ops"
    for part in ("meta", "plugins"):
        shutil.copytree(ROOT / part, damaged / part)
    (damaged / "plugins" / "plugin_utils" / "_bridge" / "worker.py").unlink()
    done = project.run(ANSIBLE_COLLECTIONS_PATH=project.folder / "collections", **door)
    assert done.code not in {0, -9}
    assert project.effects() == []
