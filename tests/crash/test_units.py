# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""kill -9 around the beginning of a unit and around its undoing: it begins once, it is undone once [I7] [I14]."""

import pytest

from playground import Project

SITE = """
- name: Build
  hosts: db
  gather_facts: false
  strategy: saga.ops.linear
  tasks:
    - name: Outer
      vars: {saga: {compensate: Undo outer, idempotent: true}}
      block:
        - name: One
          ansible.builtin.raw: "{{ effect }} one"
        - name: Inner
          tags: ["saga:compensate=Undo inner"]
          block:
            - name: Two
              ansible.builtin.raw: "{{ effect }} two"
              vars: {saga: {compensate: Undo two}}
            - name: Three
              ansible.builtin.raw: "{{ effect }} three"
    - name: Break
      ansible.builtin.raw: exit 1
      tags: ["saga:idempotent"]
  handlers:
    - name: Undo two
      ansible.builtin.raw: "{{ effect }} undo-two"
    - name: Undo inner
      ansible.builtin.raw: "{{ effect }} undo-inner"
    - name: Undo outer
      ansible.builtin.raw: "{{ effect }} undo-outer"
"""

DONE = ["one", "two", "three", "undo-two", "undo-inner", "undo-outer"]


def prepare(folder):
    project = Project(folder, hosts=("h1", "h2"))
    project.write("site.yml", SITE)
    return project


def must_be_undone_as_wholes(project):
    """Workers outlive their controller, so nothing happens twice; every host undoes everything, backwards."""
    for host in ("h1", "h2"):
        assert [line.split()[1] for line in project.effects() if line.startswith(host)] == DONE
    undone = [line.split()[1] for line in project.effects() if " undo" in line]
    assert undone == [word for word in DONE[3:] for _host in ("h1", "h2")], "in lockstep"
    assert [event.type for event in project.events()].count("unit.begun") == 4
    assert {str(step.undo) for step in project.steps() if step.is_unit} == {"compensated"}
    assert project.last_run().state == "compensated"
    assert project.audit_findings() == []
    assert not project.held_targets()


@pytest.mark.core
@pytest.mark.parametrize(
    "point",
    [
        pytest.param("before_intent:One:2", marks=pytest.mark.sweep),
        "after_intent:Two:1",
        pytest.param("before_outcome:Three:1", marks=pytest.mark.sweep),
        "before_undo:Inner:1",
        "before_outcome:Undo outer:1",
        pytest.param("after_undo:Inner:1", marks=pytest.mark.sweep),
    ],
)
def test_a_kill_around_a_unit_neither_loses_nor_repeats_its_undoing(tmp_path, point):
    project = prepare(tmp_path)
    assert project.run(SAGA_TEST_KILL=point).code == -9
    assert project.run().code == 2
    must_be_undone_as_wholes(project)


@pytest.mark.sweep
@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("words", ["One", "Two", "Three", "Undo two", "Undo inner", "Undo outer"])
@pytest.mark.parametrize(
    "point", ["before_intent", "after_intent", "worker_started", "before_outcome", "after_outcome"]
)
def test_a_kill_at_any_point_of_a_units_life(tmp_path, point, words, number):
    project = prepare(tmp_path)
    # What was ready in one moment is recorded in one breath: then there is no second time.
    assert project.run(SAGA_TEST_KILL=f"{point}:{words}:{number}").code in {-9, 2}
    if project.last_run().state != "compensated":
        assert project.run().code == 2
    must_be_undone_as_wholes(project)


@pytest.mark.sweep
@pytest.mark.parametrize("number", range(1, 15))
def test_a_kill_of_everything_after_any_effect_undoes_what_may_have_happened(tmp_path, number):
    project = prepare(tmp_path)
    killed = project.run(SAGA_TEST_KILL=f"after_effect::{number}", SAGA_TEST_KILL_TREE="1")
    assert killed.code == -9
    assert project.run().code == 2
    for host in ("h1", "h2"):
        done = [line.split()[1] for line in project.effects() if line.startswith(host)]
        assert list(dict.fromkeys(done)) == DONE, "in order, idempotent steps and undoings perhaps twice"
        assert len(done) <= len(DONE) + 1
    assert project.last_run().state == "compensated"
    assert project.audit_findings() == []
