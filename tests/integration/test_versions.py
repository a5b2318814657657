# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A run that one ansible-core began goes on under another: the same names, results, variables and effects."""

import json
import subprocess
from pathlib import Path

import pytest

from playground import BIN, Project

ROOT = Path(__file__).resolve().parents[2]

ENVIRONMENTS = {"here": BIN} | {folder.name[6:]: folder / "bin" for folder in sorted(ROOT.glob(".venv-*"))}
between = pytest.mark.sweep
"""Versions between the oldest and the newest; each has the results of one of those that are tested always."""

TASKS = """
- name: Learn
  ansible.builtin.setup: {gather_subset: [min]}
- name: Say
  ansible.builtin.raw: "{{ effect }} say; printf '%s' '{''{ 1 + 1 }''}'"
  register: said
  notify: Tell
- name: Remember
  ansible.builtin.set_fact: {once: "{{ said.stdout }}!", kept: [1, {two: 2.5}]}
- name: Remember for good
  ansible.builtin.set_fact: {always: yes it is, cacheable: true}
- name: Fail a little
  ansible.builtin.raw: "{{ effect }} fail; echo no >&2; exit 3"
  register: failed
  ignore_errors: true
- name: Skip
  ansible.builtin.raw: "{{ effect }} skip"
  register: skipped
  when: said.rc == 1
- name: Wait for it
  ansible.builtin.raw: "{{ effect }} try"
  register: tried
  until: tried.rc == 0
  retries: 2
- name: Handled
  block:
    - name: Fail
      ansible.builtin.raw: "{{ effect }} fail in block; exit 4"
      changed_when: false
  rescue:
    - name: Rescue
      ansible.builtin.set_fact: {reason: "{{ ansible_failed_result.rc }}"}
- name: Loop
  ansible.builtin.raw: "{{ effect }} item {{ item.name }}; echo {{ item.name }}"
  loop: [{name: a}, {name: b}, {name: c}]
  register: looped
  loop_control: {label: "{{ item.name }}", index_var: number}
  notify: "Tell {{ item.name }}"
- name: Facts of items
  ansible.builtin.set_fact: {"fact_{{ item }}": "{{ item * 2 }}"}
  loop: [x, y]
- name: Stop
  ansible.builtin.raw: "{{ effect }} stop"
- name: Dump
  ansible.builtin.copy:
    dest: "{{ playbook_dir }}/dump"
    content: >-
      {{ dict(
        said=[said.stdout, said.stdout_lines, said.rc, said.changed, said.failed],
        facts=[once, kept, always, ansible_facts.always, fact_x, fact_y, reason | string],
        python=ansible_facts.python_version,
        failed=[failed is failed, failed.rc, failed.stderr_lines],
        skipped=[skipped is skipped, skipped.changed],
        tried=[tried.attempts, tried is changed],
        loop=[looped is changed, looped is failed, looped is skipped],
        items=looped.results | map(attribute="stdout_lines") | list,
        named=looped.results | map(attribute="item.name") | list,
        numbers=looped.results | map(attribute="number") | list) | to_json }}
"""

HANDLERS = """
- name: Tell
  ansible.builtin.raw: "{{ effect }} tell"
- name: Tell a
  ansible.builtin.raw: "{{ effect }} tell a"
- name: Tell b
  ansible.builtin.raw: "{{ effect }} tell b"
- name: Tell c
  ansible.builtin.raw: "{{ effect }} tell c"
"""

DUMPED = {
    "said": ["{{ 1 + 1 }}", ["{{ 1 + 1 }}"], 0, True, False],
    "facts": ["{{ 1 + 1 }}!", [1, {"two": 2.5}], "yes it is", "yes it is", "xx", "yy", "4"],
    "failed": [True, 3, ["no"]],
    "skipped": [True, False],
    "tried": [1, True],
    "loop": [True, False, False],
    "items": [["a"], ["b"], ["c"]],
    "named": ["a", "b", "c"],
    "numbers": [0, 1, 2],
}

EFFECTS = [
    *("say", "fail", "try", "fail in block", "item a", "item b", "item c", "stop"),
    *("tell", "tell a", "tell b", "tell c"),
]


def the_bin_of(version):
    if version not in ENVIRONMENTS:
        pytest.skip(f"there is no .venv-{version}: make .venv-{version}/ready")
    return ENVIRONMENTS[version]


def python_of(folder):
    program = "import platform; print(platform.python_version())"
    return subprocess.check_output([folder / "python", "-c", program], text=True).strip()


@pytest.fixture
def project(tmp_path):
    """One host, and Python found where the controller's is, so that the facts tell which environment gathered them."""
    made = Project(tmp_path, hosts=("h1",))
    made.play(TASKS, HANDLERS)
    return made


@pytest.mark.parametrize(
    "killed",
    [
        pytest.param("before_intent:Stop:1", marks=pytest.mark.sweep, id="after it"),
        pytest.param("after_effect:h1:11", id="in a loop"),
    ],
)
@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param("here", "2.16", marks=pytest.mark.sweep),
        ("2.16", "here"),
        ("here", "2.21"),
        pytest.param("2.21", "here", marks=pytest.mark.sweep),
        pytest.param("2.16", "2.21", marks=between),
        pytest.param("2.21", "2.16", marks=between),
        pytest.param("2.17", "2.20", marks=between),
        pytest.param("2.20", "2.18", marks=between),
        pytest.param("2.18", "2.17", marks=between),
    ],
)
def test_a_run_goes_on_under_another_ansible_core_as_if_it_were_the_same(project, first, second, killed):
    project.bin = the_bin_of(first)
    other = the_bin_of(second)
    began_with = python_of(project.bin)
    killed_run = project.run(SAGA_TEST_KILL=killed)
    assert killed_run.code == -9, killed_run.output
    project.bin = other
    project.resume()
    assert json.loads((project.folder / "dump").read_text()) == {**DUMPED, "python": began_with}
    assert project.effects() == [f"h1 {word}" for word in EFFECTS]
    assert project.last_run().attempt == 2
    assert project.audit_findings() == []


EVERY_WAY_TO_SAY_IT = """
- name: First
  hosts: db
  gather_facts: false
  strategy: saga.ops.linear
  vars: {answer: true}
  tasks:
    - ansible.builtin.command: echo a
      register: a
    - command: echo b
      when: a.rc == 0
      changed_when: false
      failed_when: a.rc == 1
    - shell: echo c
      args: {chdir: /tmp}
      when: [a.rc == 0, true]
      changed_when: [a.rc == 0, a.rc == 0]
      failed_when: [false, false]
    - shell: "echo d creates=/proc/nowhere"
      with_items: [1, 2]
      until: true
      retries: 2
      delay: 0
    - name: Loop over a template
      raw: "true {{ item }}"
      loop: "{{ [1, 2] }}"
      register: looped
      until: [looped.rc == 0]
    - name: All that is around it
      raw: "true"
      environment: {A: b}
      become: "{{ not answer }}"
      become_user: "{{ 'root' }}"
      delegate_to: "{{ inventory_hostname }}"
      check_mode: false
      no_log: "{{ answer }}"
      timeout: 20
    - name: Notify
      raw: "true"
      notify: Tell
      vars: {saga: {idempotent: true, compensate: topic}}
      tags: one
    - name: Notify two
      raw: "true"
      notify: [Tell, Other]
      tags: [one, "saga:read_only"]
    - name: Take time
      command: sleep 0
      async: "{{ 5 }}"
      poll: 1
      when: not answer
    - action: debug msg="x y"
    - local_action: debug msg=z
    - include_tasks: part.yml
      loop: [a, b]
    - import_tasks: part.yml
    - name: A block
      when: answer
      block:
        - name: In a block
          debug: {msg: "{{ answer is defined }}"}
          when: answer and not false
      always:
        - debug: var=answer
    - name: Types
      set_fact: {day: 2001-01-01, float: 1.5, nothing: null, empty: []}
      when: 1 == 1
      run_once: true
    - set_fact: a=b c="{{ 1 }}"
    - assert: {that: 1 == 1}
    - meta: flush_handlers
  handlers:
    - name: Tell
      raw: "true"
      listen: topic
    - name: Other
      raw: "true"
      listen: [topic, another]
- hosts: h1
  strategy: saga.ops.linear
  gather_facts: true
  gather_subset: min
  environment: {X: "{{ 1 }}"}
  serial: 1
  tasks:
    - name: "Templated {{ inventory_hostname }}"
      debug:
"""


def names_under(project, version):
    """Run the playbook and return what the plan and the steps of the run are known by."""
    project.bin = the_bin_of(version)
    project.resume(ANSIBLE_LOCALHOST_WARNING=0)
    run = project.last_run().id
    plan = project.asked(lambda journal: journal.plan(run))
    return (
        [(planned.path, planned.fingerprint, planned.where) for planned in plan],
        {(step.host, step.key, step.fingerprint, step.contract) for step in project.steps()},
    )


@pytest.mark.parametrize(
    "version",
    [
        "2.16",
        pytest.param("2.21", marks=pytest.mark.sweep),
        *(pytest.param(other, marks=between) for other in ("2.17", "2.18", "2.19", "2.20")),
    ],
)
def test_a_step_has_the_same_name_and_fingerprint_under_every_ansible_core(project, version):
    project.write("site.yml", EVERY_WAY_TO_SAY_IT)
    project.write("part.yml", '- name: Part\n  debug: {msg: "{{ item | default(1) }}"}\n')
    plan, steps = names_under(project, "here")
    other_plan, other_steps = names_under(project, version)
    assert other_plan == plan
    assert other_steps == steps


@pytest.mark.core
def test_what_a_target_says_is_text_after_a_resume_whatever_it_looks_like(project):
    project.play("""
    - name: Say
      ansible.builtin.raw: "echo '{''{ 2 }''}'"
      register: said
      changed_when: false
    - name: Keep
      ansible.builtin.set_fact: {kept: {__ansible_vault: of mine, __ansible_unsafe: "{{ said.stdout }}"}}
    - name: Loop
      ansible.builtin.raw: "echo '{''{ 3 }''}' {{ item }}"
      loop: [1, 2]
      register: looped
      changed_when: false
    - name: Stop
      ansible.builtin.raw: "{{ effect }} stop"
    - name: Dump
      ansible.builtin.copy:
        dest: "{{ playbook_dir }}/dump"
        content: "{{ [said.stdout_lines, kept, looped.results | map(attribute='stdout_lines')] | to_json }}"
    """)
    assert project.run(SAGA_TEST_KILL="before_intent:Stop:1").code == -9
    project.resume()
    assert json.loads((project.folder / "dump").read_text()) == [
        ["{{ 2 }}"],
        {"__ansible_vault": "of mine", "__ansible_unsafe": "{{ 2 }}\n"},
        [["{{ 3 }} 1"], ["{{ 3 }} 2"]],
    ]
