# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What a contract captures right after its step, and what the step's compensation is given of it [I3]."""

import shutil
import subprocess

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine import codec

UNDO = """
- name: Undo
  ansible.builtin.raw: "{{ effect }} undo-{{ saga_step.captured | dictsort | map('join', '=') | join(',') }}"
"""


def failed(project, tasks, code=2, **environment):
    project.play(tasks + "\n- name: Break\n  ansible.builtin.raw: exit 1\n", UNDO)
    done = project.run("--limit", "h1", **environment)
    assert done.code == code, done.output
    return done.output


def undone(project):
    return [line.removeprefix("h1 undo-") for line in project.effects() if "undo" in line]


@pytest.mark.core
@pytest.mark.sample
def test_a_compensation_is_given_what_was_captured_right_after_its_step(project):
    failed(
        project,
        """
- name: Make
  ansible.builtin.raw: echo old-{{ inventory_hostname }}
  register: made
  vars:
    place: shelf
    saga:
      effect: side_effect
      compensate: Undo
      capture: {old: made.stdout | trim, place: "at {{ place }}", same: saga_result.stdout == made.stdout}
- ansible.builtin.set_fact: {made: overwritten, place: elsewhere}
""",
    )
    assert undone(project) == ["old=old-h1,place=at shelf,same=True"]
    assert project.audit_findings() == []


def test_a_loop_captures_from_the_results_of_all_its_items(project):
    failed(
        project,
        """
- name: Make
  ansible.builtin.raw: echo made-{{ item }}
  loop: [a, b]
  vars:
    saga:
      effect: side_effect
      compensate: Undo
      capture: {made: "saga_result.results | map(attribute='stdout') | map('trim') | join('+')"}
""",
    )
    assert undone(project) == ["made=made-a+made-b"]


@pytest.mark.core
def test_what_a_target_sends_is_never_taken_for_a_template(project):
    tasks = """
- name: Make
  ansible.builtin.raw: echo '{''{ 6 * 7 }''}'
  register: made
  vars: {saga: {effect: side_effect, compensate: Undo, capture: {sent: made.stdout | trim}}}
"""
    failed(project, tasks)
    [step] = [step for step in project.steps() if step.name == "Make"]
    assert codec.decode(step.captured) == {"sent": "{{ 6 * 7 }}"}
    assert not any("42" in line for line in project.effects())


@pytest.mark.core
def test_an_expression_that_fails_is_told_and_left_out_and_the_step_stays_done(project):
    output = failed(
        project,
        """
- name: Make
  ansible.builtin.raw: echo x
  register: made
  vars: {saga: {effect: side_effect, compensate: Undo, capture: {wrong: made.nothing.of_it, right: made.rc}}}
""",
    )
    assert undone(project) == ["right=0"]
    assert "capture of 'wrong'" in " ".join(output.split())


@pytest.mark.sweep
def test_a_block_captures_what_its_steps_make_known(project):
    failed(
        project,
        """
- name: Whole
  vars: {saga: {compensate: Undo, capture: {first: one.stdout | trim, second: two.stdout | trim}}}
  block:
    - name: One
      ansible.builtin.raw: echo 1st
      register: one
    - name: Two
      ansible.builtin.raw: echo 2nd
      register: two
    - name: Look
      ansible.builtin.raw: echo seen
      vars: {saga: {effect: none}}
- ansible.builtin.set_fact: {one: {stdout: overwritten}}
""",
    )
    assert undone(project) == ["first=1st,second=2nd"]
    assert project.audit_findings() == []


@pytest.mark.core
@pytest.mark.parametrize("on", ["task", pytest.param("block", marks=pytest.mark.sweep)])
def test_no_log_and_capture_are_refused_before_anything_has_run(project, on):
    capture = "{saga: {effect: side_effect, compensate: Undo, capture: {secret: saga_result.stdout}}}"
    task = f"""
- name: First
  ansible.builtin.raw: "{{{{ effect }}}} first"
- name: Make
  ansible.builtin.raw: echo secret
  no_log: true
  vars: {capture}
"""
    block = f"""
- name: Whole
  no_log: true
  vars: {capture}
  block:
    - name: Make
      ansible.builtin.raw: echo secret
"""
    output = failed(project, task if on == "task" else block, code=1)
    assert "has 'capture' and no_log" in output
    assert "site.yml:" in output
    assert project.effects() == []


@pytest.mark.sweep
def test_a_result_that_turns_out_to_be_secret_captures_nothing_and_that_is_told(project):
    output = failed(
        project,
        """
- name: Make
  ansible.builtin.raw: echo hidden
  no_log: "{{ true }}"
  vars: {saga: {effect: side_effect, compensate: Undo, capture: {secret: saga_result.stdout}}}
""",
    )
    assert undone(project) == [""]
    assert "captures nothing, because of no_log" in " ".join(output.split())


@pytest.mark.core
def test_a_vaulted_value_is_not_stored_and_that_is_told(project):
    project.write("password", "let me in\n")
    vault = [shutil.which("ansible-vault", path=project.environment()["PATH"]), "encrypt_string"]
    sealed = subprocess.run(
        [*vault, "--vault-password-file", "password", "--name", "token", "s3cr3t-word"],
        cwd=project.folder,
        env=project.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    project.write("group_vars/all.yml", sealed.stdout)
    tasks = """
        - name: Make
          ansible.builtin.raw: echo x
          vars: {saga: {effect: side_effect, compensate: Undo, capture: {secret: token, open: "'yes'"}}}
        - name: Break
          ansible.builtin.raw: exit 1
    """
    project.play(tasks, UNDO)
    done = project.run("--limit", "h1", "--vault-password-file", "password")
    assert undone(project) == ["open=yes"], done.output
    assert "it comes from a vault, so it is not stored" in " ".join(done.output.split())
    assert b"s3cr3t-word" not in project.journal_file.read_bytes()


def test_what_a_step_captures_that_ended_after_its_controller_is_captured_by_the_next_attempt(project):
    """[I14]"""
    failed(
        project,
        """
- name: Make
  ansible.builtin.raw: echo late
  register: made
  vars: {saga: {effect: side_effect, compensate: Undo, capture: {old: made.stdout | trim}}}
""",
        code=-9,
        SAGA_TEST_KILL="before_outcome:Make:1",
    )
    assert project.run("--limit", "h1").code == 2
    assert undone(project) == ["old=late"]
    assert [event.type for event in project.events()].count("step.captured") == 1
    assert project.audit_findings() == []
