# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""kill -9 in the middle of going back: each undo happens once, in order [I7] [I14]."""

import pytest

from playground import Project

pytestmark = pytest.mark.core

SITE = """
- name: Build
  hosts: db
  gather_facts: false
  serial: 2
  strategy: saga.ops.linear
  tasks:
    - name: One
      ansible.builtin.raw: "{{ effect }} one; echo made-{{ inventory_hostname }}"
      register: one
      vars: {saga: {effect: side_effect, idempotent: false, compensate: Undo one}}
    - name: Two
      ansible.builtin.raw: "{{ effect }} two"
      tags: ["saga:side_effect", "saga:compensate=undo two"]
  handlers:
    - name: Undo one
      ansible.builtin.raw: "{{ effect }} undo-one-{{ saga_step.result.stdout | trim }}"
    - name: A handler of a topic
      listen: undo two
      ansible.builtin.raw: "{{ effect }} undo-two"
- name: Finish
  hosts: db
  gather_facts: false
  strategy: saga.ops.linear
  tasks:
    - name: Three
      ansible.builtin.raw: "{{ effect }} three-{{ item }}"
      loop: [a, b]
      vars: {saga: {effect: side_effect, compensate: Undo three}}
    - name: Break
      ansible.builtin.raw: "{{ effect }} break; test {{ inventory_hostname }} != h2"
    - name: Never
      ansible.builtin.raw: "{{ effect }} never"
  handlers:
    - name: Undo three
      ansible.builtin.include_tasks: undo_three.yml
"""

UNDO_THREE = """
- name: Undo it by parts
  ansible.builtin.raw: "{{ effect }} undo-three-{{ saga_step.item_results | length }}"
"""

UNDONE = [
    *["undo-three-2"] * 3,
    "undo-two",
    *["undo-one"],
    *["undo-two"] * 2,
    *["undo-one"] * 2,
]


def prepare(folder):
    project = Project(folder)
    project.write("site.yml", SITE)
    project.write("undo_three.yml", UNDO_THREE)
    return project


def must_be_compensated(project):
    undone = [line for line in project.effects() if " undo" in line]
    assert ["-".join(line.split()[1].split("-")[:2]) for line in undone] == [
        "-".join(word.split("-")[:2]) for word in UNDONE
    ]
    assert set(project.counted().values()) == {1}, project.effects()
    assert {line for line in undone if "one" in line} == {f"{host} undo-one-made-{host}" for host in ("h1", "h2", "h3")}
    assert not any("never" in line for line in project.effects())
    assert project.last_run().state == "compensated"
    assert project.audit_findings() == []


def test_a_failing_step_compensates_over_all_plays_and_batches_in_reverse_order(tmp_path):
    project = prepare(tmp_path)
    done = project.run()
    assert done.code == 2, done.output
    must_be_compensated(project)
    assert not project.held_targets()


@pytest.mark.parametrize(
    "point",
    [
        "before_undo:Three:1",
        pytest.param("after_intent:Undo it by parts:2", marks=pytest.mark.sweep),
        pytest.param("after_effect:h2:6", marks=pytest.mark.sweep),
        "before_outcome:Undo it by parts:1",
        pytest.param("after_undo:Three:1", marks=pytest.mark.sweep),
        pytest.param("before_outcome:A handler of a topic:1", marks=pytest.mark.sweep),
        pytest.param("after_undo:Two:2", marks=pytest.mark.sweep),
        pytest.param("after_intent:Undo one:3", marks=pytest.mark.sweep),
        pytest.param("after_undo:One:2", marks=pytest.mark.sweep),
    ],
)
def test_a_killed_compensation_goes_on_where_it_stopped(tmp_path, point):
    project = prepare(tmp_path)
    killed = project.run(SAGA_TEST_KILL=point)
    assert killed.code == -9, killed.output
    done = project.run()
    assert done.code == 2, done.output
    must_be_compensated(project)


def test_a_compensation_killed_twice_goes_on(tmp_path):
    project = prepare(tmp_path)
    for point in ("after_undo:Three:1", "before_outcome:Undo one:1"):
        assert project.run(SAGA_TEST_KILL=point).code == -9
    project.run()
    must_be_compensated(project)
