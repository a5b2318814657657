# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The lease of a host that a step is delegated to [I10]."""

import pytest

from playground import Project

HOLD = "while test -e {{ playbook_dir }}/held; do sleep 0.1; done"


@pytest.fixture
def project(tmp_path):
    """A project in which lb1 and lb2 are in the inventory and in no play."""
    project = Project(tmp_path, hosts=("h1", "h2"))
    inventory = project.folder / "inventory.yml"
    inventory.write_text(inventory.read_text() + "    lb:\n      hosts: {lb1: {}, lb2: {}}\n")
    project.write("held", "")
    return project


def holding(project, delegate, head="", more="", *arguments, **environment):
    """Run a play whose step is delegated and holds, and return the leases that it has meanwhile."""
    project.play(
        f"""
        - name: Change the balancer
          ansible.builtin.raw: "{{{{ effect }}}} changed; {HOLD}"
          delegate_to: "{delegate}"
          {more}
        """,
        head=head,
    )
    process = project.start(*arguments, **environment)
    project.until(project.effects)
    held = project.held_targets()
    (project.folder / "held").unlink()
    done = project.wait(process)
    assert done.code == 0, done.output
    assert project.held_targets() == set()
    return held


@pytest.mark.core
def test_a_host_that_a_step_is_delegated_to_is_locked_until_the_attempt_ends(project):
    assert holding(project, "lb1") == {"h1", "h2", "lb1"}
    assert project.last_run().targets == ("h1", "h2")
    assert project.audit_findings() == []


@pytest.mark.parametrize(
    ("delegate", "more", "names"),
    [
        pytest.param("{{ groups['lb'][1] }}", "", {"lb2"}, marks=pytest.mark.sweep),
        pytest.param("192.0.2.7", "vars: {ansible_connection: local}", set(), marks=pytest.mark.sweep),
        ("{{ item }}", "loop: [lb1, lb2]", {"lb1", "lb2"}),
        (
            "{{ balancer }}",
            "loop: \"{{ groups['lb'] }}\"\n          loop_control: {loop_var: balancer}",
            {"lb1", "lb2"},
        ),
        pytest.param(
            "{{ item }}", "with_items: [lb1, lb2]", set(), marks=pytest.mark.sweep
        ),  # which only its worker knows
        pytest.param("h2", "", set(), marks=pytest.mark.sweep),
        pytest.param("localhost", "", set(), marks=pytest.mark.sweep),
        pytest.param("127.0.0.1", "vars: {ansible_connection: local}", set(), marks=pytest.mark.sweep),
        pytest.param("lb1", "vars: {saga: {effect: none}}", set(), marks=pytest.mark.sweep),
        pytest.param("lb1", "vars: {saga_lock_delegates: false}", set(), marks=pytest.mark.sweep),
    ],
)
def test_what_is_delegated_to_is_locked_as_far_as_it_can_be_known(project, delegate, more, names):
    assert holding(project, delegate, more=more) == {"h1", "h2"} | names


def test_the_locking_of_delegates_can_be_turned_off(project):
    assert holding(project, "lb1", SAGA_LOCK_DELEGATES="false") == {"h1", "h2"}


@pytest.mark.sweep
def test_a_delegates_lease_is_named_as_a_targets_is(project):
    held = holding(project, "lb1", SAGA_LOCK_NAMESPACE="prod", SAGA_LOCK_KEY="{{ inventory_hostname }}.example")
    assert held == {"prod/h1.example", "prod/h2.example", "prod/lb1.example"}


@pytest.mark.sweep
def test_a_host_beyond_the_limit_is_locked_when_a_step_is_delegated_to_it(project):
    assert holding(project, "h2", "", "", "--limit", "h1") == {"h1", "h2"}


@pytest.mark.sweep
def test_a_step_that_is_surely_skipped_does_not_lock_its_delegate(project):
    project.play("""
        - name: Change the balancer
          ansible.builtin.raw: "{{ effect }} changed"
          delegate_to: lb1
          when: false
        - name: Hold
          ansible.builtin.raw: "{{ effect }} holds"
    """)
    done = project.run()
    assert done.code == 0, done.output
    assert not any("lb1" in event.data.get("targets", ()) for event in project.events())


def test_a_delegate_that_another_run_holds_stops_the_run_before_the_step(project):
    project.play(f"""
        - name: Work on the balancer
          ansible.builtin.raw: "{{{{ effect }}}} worked; {HOLD}"
    """)
    site = project.folder / "site.yml"
    (project.folder / "balancer.yml").write_text(site.read_text().replace("hosts: db", "hosts: lb1"))
    holder = project.start(playbook="balancer.yml")
    project.until(project.effects)
    lock = project.held_targets()
    project.play("""
        - name: Change the balancer
          ansible.builtin.raw: "{{ effect }} changed"
          delegate_to: lb1
    """)
    done = project.run()
    (project.folder / "held").unlink()
    holder.wait(60)
    assert lock == {"lb1"}
    assert done.code != 0
    assert "lb1 is held by run" in done.output
    assert [effect for effect in project.effects() if "changed" in effect] == []
    project.resume()
    assert project.counted()["h1 changed"] == 1
