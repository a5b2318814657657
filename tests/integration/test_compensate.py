# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""saga compensate: a run is undone on request, all of it or back to a step, and may go forward again [I7] [I9]."""

import pytest

HOSTS = ("h1", "h2")
WHY = ("--why", "wrong tariff")

TASKS = """
- name: One
  ansible.builtin.raw: "{{ effect }} one"
  vars: {saga: {effect: side_effect, compensate: Undo one}}
- name: Look
  ansible.builtin.raw: "{{ effect }} look"
  register: look
  vars: {saga: {effect: none}}
- name: Two
  ansible.builtin.raw: "{{ effect }} two"
  vars: {saga: {effect: side_effect, compensate: Undo two}}
- name: Look again
  ansible.builtin.raw: "{{ effect }} look-again"
  vars: {saga: {effect: none}}
- name: Three
  ansible.builtin.raw: "{{ effect }} three-{{ item }}"
  loop: [a, b]
  vars: {saga: {effect: side_effect, compensate: Undo three}}
"""

HANDLERS = """
- name: Undo one
  ansible.builtin.raw: "{{ effect }} undo-one"
- name: Undo two
  ansible.builtin.raw: "{{ effect }} undo-two"
- name: Undo three
  ansible.builtin.raw: "{{ effect }} undo-three"
"""


def each(word, times=1):
    return {f"{host} {word}": times for host in HOSTS}


def done(project, *arguments, code=0):
    project.play(TASKS, HANDLERS)
    ended = project.run("--limit", "h1,h2", *arguments)
    assert ended.code == code, ended.output
    return project.last_run()


def undone(project):
    return [line for line in project.effects() if "undo" in line]


@pytest.mark.core
def test_a_completed_run_is_undone_on_request(project):
    """[I7]"""
    run = done(project)
    said = project.saga("compensate", run.id, *WHY)
    assert said.code == 2, said.output
    assert [line.split()[1] for line in undone(project)] == ["undo-three"] * 2 + ["undo-two"] * 2 + ["undo-one"] * 2
    run = project.last_run()
    assert str(run.state) == "compensated"
    assert run.reason.endswith("asked for it: wrong tariff")
    assert project.audit_findings() == []
    assert not project.held_targets()


@pytest.mark.core
@pytest.mark.sample
def test_a_run_that_is_undone_back_to_a_step_goes_forward_again(project):
    """[I1] What stayed done is not done again; [I7] what is done again is undone by its new place."""
    run = done(project)
    said = project.saga("compensate", run.id, "--to", "Look", *WHY)
    assert said.code == 2, said.output
    assert [line.split()[1] for line in undone(project)] == ["undo-three"] * 2 + ["undo-two"] * 2
    after = project.last_run()
    assert (str(after.state), after.is_going_back) == ("stopped", False)
    assert after.reason.endswith("wrong tariff; undone back to after 'Look'; the same command goes forward again")
    project.resume("--limit", "h1,h2")
    assert (project.last_run().id, str(project.last_run().state)) == (run.id, "completed")
    assert project.counted() == {
        **each("one"),
        **each("look"),
        **each("two", 2),
        **each("look-again", 2),
        **each("three-a", 2),
        **each("three-b", 2),
        **each("undo-two"),
        **each("undo-three"),
    }
    assert project.saga("compensate", run.id, *WHY).code == 2
    assert [line.split()[1] for line in undone(project)[4:]] == ["undo-three"] * 2 + ["undo-two"] * 2 + ["undo-one"] * 2
    assert project.audit_findings() == []


@pytest.mark.sweep
@pytest.mark.parametrize("point", ["before_undo:Two:1", "after_undo:Two:1"])
def test_a_crash_on_a_way_back_to_a_step_goes_no_further_than_that(project, point):
    """[I7] [I14]"""
    run = done(project)
    project.folder.joinpath("ansible.cfg").write_text(
        project.folder.joinpath("ansible.cfg").read_text() + "callbacks_enabled = crash\n"
    )
    real, project.environment = project.environment, lambda **more: real(**{"SAGA_TEST_KILL": point, **more})
    assert project.saga("compensate", run.id, "--to", "One", *WHY).code == -9
    project.environment = real
    assert project.saga("compensate", run.id, "--remaining").code == 2
    assert sorted(undone(project)) == sorted(f"{host} {word}" for host in HOSTS for word in ("undo-three", "undo-two"))
    assert str(project.last_run().state) == "stopped"
    project.resume("--limit", "h1,h2")
    assert project.counted()["h1 one"] == 1


def test_a_run_that_was_killed_goes_back_from_where_it_was_without_going_further(project):
    """What only the controller does is no step; it is not done either, beyond the place where the run was."""
    more = """
- name: Never
  ansible.builtin.raw: "{{ effect }} never"
  register: never
- ansible.builtin.set_fact: {later: "{{ never.stdout }}"}
"""
    project.play(TASKS + more, HANDLERS)
    assert project.run("--limit", "h1,h2", SAGA_TEST_KILL="before_intent:Never:1").code == -9
    said = project.saga("compensate", project.last_run().id, *WHY)
    assert said.code == 2
    assert "stdout" not in said.output
    assert str(project.last_run().state) == "compensated"
    assert len(undone(project)) == 6


def test_a_run_that_was_killed_is_undone_with_what_is_in_doubt(project):
    project.play(TASKS, HANDLERS)
    project.run("--limit", "h1,h2", SAGA_TEST_KILL="after_effect:h2:3", SAGA_TEST_KILL_TREE="1")
    run = project.last_run()
    said = project.saga("plan", "--compensate", run.id)
    assert "perhaps" in said.output
    assert project.saga("compensate", run.id, *WHY).code == 2
    assert str(project.last_run().state) == "compensated"
    assert set(undone(project)) == {f"{host} {word}" for host in HOSTS for word in ("undo-two", "undo-one")}
    assert not any("three" in line for line in project.effects()), "nothing new is done"


@pytest.mark.sweep
@pytest.mark.core
def test_what_an_unreachable_host_has_left_is_undone_when_it_is_back(project):
    """[I9]"""
    project.play(
        """
        - name: One
          ansible.builtin.raw: "{{ effect }} one"
          vars: {saga: {effect: side_effect, compensate: Undo one}}
        - name: Break
          ansible.builtin.raw: exit 1
        """,
        """
        - name: Undo one
          ansible.builtin.raw: "{{ effect }} undo-one"
          vars:
            is_away: "{{ inventory_hostname == 'h2' and not (playbook_dir ~ '/back') is exists }}"
            ansible_connection: "{{ 'ssh' if is_away else 'local' }}"
            ansible_host: "{{ '127.0.0.1' if is_away else inventory_hostname }}"
            ansible_port: 1
        """,
    )
    assert project.run("--limit", "h1,h2").code == 2
    run = project.last_run()
    assert str(run.state) == "parked"
    assert run.reason.endswith("not undone: 'One' on h2")
    assert undone(project) == ["h1 undo-one"]
    project.write("back", "")
    assert project.saga("compensate", run.id, "--remaining").code == 2
    assert undone(project) == ["h1 undo-one", "h2 undo-one"]
    assert str(project.last_run().state) == "compensated"
    assert project.audit_findings() == []


@pytest.mark.sweep
def test_a_run_that_stopped_after_a_failure_of_one_host_is_undone_on_all(project):
    """The others have gone further than the one that failed; all that is owed is met before it is undone."""
    project.play(
        TASKS.replace(
            "- name: Look again",
            """- name: Break
  ansible.builtin.raw: test {{ inventory_hostname }} != h2
  vars: {saga: {effect: none, on_failure: stop}}
- name: Look again""",
        ),
        HANDLERS,
    )
    assert project.run("--limit", "h1,h2").code == 2
    assert project.counted()["h1 three-b"] == 1
    assert project.saga("compensate", project.last_run().id, *WHY).code == 2
    assert str(project.last_run().state) == "compensated"
    assert undone(project)[0] == "h1 undo-three"
    assert len(undone(project)) == 5


def test_a_pivot_forbids_the_way_back_and_a_way_back_to_it_is_free(project):
    """[I8]"""
    project.play(
        TASKS.replace(
            "- name: Three", '- name: Burn\n  ansible.builtin.raw: "true"\n  tags: ["saga:irreversible"]\n- name: Three'
        ),
        HANDLERS,
    )
    project.resume("--limit", "h1,h2")
    run = project.last_run()
    refused = project.saga("compensate", run.id, *WHY)
    assert refused.code == 1
    assert "'Burn'" in refused.output
    assert project.last_run() == run
    assert project.saga("compensate", run.id, "--to", "Burn", *WHY).code == 2
    assert {line.split()[1] for line in undone(project)} == {"undo-three"}
