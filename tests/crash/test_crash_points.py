# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""kill -9 at every named point of a workflow of twelve steps on three hosts, then the same command again.

[I14] The end state equals an uninterrupted run's; [I1] [I2] [I3] no effect happened twice.
"""

import pytest

from playground import Project

pytestmark = pytest.mark.core

SITE = """
- name: Prepare
  hosts: db
  gather_facts: false
  strategy: saga.ops.linear
  tasks:
    - name: Drain
      ansible.builtin.raw: "{{ effect }} drain; echo token-{{ inventory_hostname }}"
      register: drained
      vars: {saga: {effect: side_effect, idempotent: false, compensate: Undrain}}
    - name: Remember
      ansible.builtin.set_fact:
        token: "{{ drained.stdout | trim }}"
    - name: Stop
      ansible.builtin.raw: "{{ effect }} stop"
      changed_when: true
      notify: Reload
    - name: Back up
      ansible.builtin.raw: "{{ effect }} backup-{{ item }}"
      loop: [schema, rows, files]
      register: backups
    - name: Ask the leader
      ansible.builtin.raw: "{{ effect }} leader; echo leader-said-{{ inventory_hostname }}"
      run_once: true
      register: leader
  handlers:
    - name: Reload
      ansible.builtin.raw: "{{ effect }} reload"
    - name: Undrain
      ansible.builtin.raw: "{{ effect }} undrain"

- name: Move
  hosts: db
  gather_facts: false
  strategy: saga.ops.linear
  tasks:
    - name: Write the settings
      ansible.builtin.copy:
        content: "{{ token }} {{ backups.results | length }} {{ leader.stdout | trim }}\\n"
        dest: "{{ playbook_dir }}/settings-{{ inventory_hostname }}"
        mode: "0600"
    - name: Migrate
      ansible.builtin.include_tasks: migrate.yml
      loop: [one, two]
      loop_control: {loop_var: part}
    - name: Check
      block:
        - name: Look
          ansible.builtin.raw: "{{ effect }} look; test {{ inventory_hostname }} != h2"
      rescue:
        - name: Repair
          ansible.builtin.raw: "{{ effect }} repair"
      always:
        - name: Tidy up
          ansible.builtin.raw: "{{ effect }} tidy"
    - name: Start
      ansible.builtin.raw: "{{ effect }} start"
      notify: Announce
    - name: Measure
      ansible.builtin.raw: "{{ effect }} measure; exit 3"
      ignore_errors: true
      register: measured
    - name: Open
      ansible.builtin.raw: "{{ effect }} open-{{ measured.rc }}-{{ token }}"
  handlers:
    - name: Announce
      ansible.builtin.raw: "{{ effect }} announce"
"""

MIGRATE = """
- name: Convert
  ansible.builtin.raw: "{{ effect }} convert-{{ part }}"
"""

POINTS = [
    pytest.param("before_intent:Drain:2", marks=pytest.mark.sweep),
    pytest.param("after_intent:Drain:1", marks=pytest.mark.sweep),
    pytest.param("worker_started:h2:1", marks=pytest.mark.sweep),
    pytest.param("after_effect:h3:1", marks=pytest.mark.sweep),
    pytest.param("before_outcome:Drain:1", marks=pytest.mark.sweep),
    pytest.param("after_outcome:Remember:1", marks=pytest.mark.sweep),
    "after_effect:h2:3",  # in a loop, after its first item
    pytest.param("before_outcome:Ask the leader:1", marks=pytest.mark.sweep),
    "play_ended:Prepare:1",
    "after_intent:Reload:1",
    pytest.param("before_outcome:Reload:1", marks=pytest.mark.sweep),
    pytest.param("after_outcome:Write the settings:1", marks=pytest.mark.sweep),
    pytest.param("after_intent:Convert:4", marks=pytest.mark.sweep),
    "before_outcome:Look:1",
    pytest.param("after_outcome:Look:2", marks=pytest.mark.sweep),
    pytest.param("before_intent:Repair:1", marks=pytest.mark.sweep),
    pytest.param("after_intent:Tidy up:2", marks=pytest.mark.sweep),
    pytest.param("after_outcome:Measure:1", marks=pytest.mark.sweep),
    pytest.param("before_outcome:Announce:2", marks=pytest.mark.sweep),
    pytest.param("play_ended:Move:1", marks=pytest.mark.sweep),
]


def prepare(folder):
    folder.mkdir(exist_ok=True)
    project = Project(folder)
    project.write("site.yml", SITE)
    project.write("migrate.yml", MIGRATE)
    return project


def state_of(project):
    """Return all that the workflow leaves on its targets: how often each effect happened, and the files."""
    files = {path.name: path.read_text() for path in sorted(project.folder.glob("settings-*"))}
    return project.counted(), files


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    project = prepare(tmp_path_factory.mktemp("uninterrupted"))
    project.resume()
    counted, files = state_of(project)
    assert set(counted.values()) == {1}
    assert len(files) == 3
    return counted, files


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_run_resumes_to_the_same_end_with_nothing_done_twice(tmp_path, uninterrupted, point):
    project = prepare(tmp_path)
    killed = project.run(SAGA_TEST_KILL=point)
    assert killed.code == -9, killed.output
    project.resume()
    assert state_of(project) == uninterrupted
    assert project.last_run().state == "completed"
    assert project.audit_findings() == []


@pytest.mark.sweep
def test_a_run_killed_again_and_again_still_ends_the_same(tmp_path, uninterrupted):
    project = prepare(tmp_path)
    for point in ("after_intent:Stop:2", "before_outcome:Back up:1", "after_effect:h1:2", "after_outcome:Start:1"):
        assert project.run(SAGA_TEST_KILL=point).code == -9
    project.resume()
    assert state_of(project) == uninterrupted
    assert project.last_run().attempt == 5


@pytest.mark.sweep
@pytest.mark.parametrize("number", range(1, 34))
@pytest.mark.parametrize("point", ["after_intent", "before_outcome", "after_outcome", "after_effect"])
def test_a_run_killed_at_the_nth_time_of_any_point_ends_the_same(tmp_path, uninterrupted, point, number):
    project = prepare(tmp_path)
    if project.run(SAGA_TEST_KILL=f"{point}::{number}").code == -9:
        project.resume()
    assert state_of(project) == uninterrupted
