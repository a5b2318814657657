# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What a compromised target says, and what those who watch are shown of it."""

import re

import pytest

FORGE = """
from ansible.module_utils.basic import AnsibleModule
module = AnsibleModule(argument_spec={"fails": {"type": "bool"}, "item": {"type": "str"}})
said = {"saga_restored": True, "changed": True, "msg": "\\x1b[2J\\x1b]0;mine\\x07something evil"}
(module.fail_json if module.params["fails"] else module.exit_json)(**said)
"""
TASKS = """
- name: Quiet
  forge: {item: "{{ item }}"}
  loop: [a, b]
- name: Loud
  forge: {fails: true}
  vars: {saga: {effect: side_effect, idempotent: true, on_failure: {retry: {attempts: 2}, then: stop}}}
"""


@pytest.mark.core
@pytest.mark.parametrize("callback", ["default", pytest.param("saga.ops.progress", marks=pytest.mark.sweep)])
def test_a_target_cannot_pass_its_work_off_as_restored_nor_steer_the_terminal(project, callback):
    project.write("library/forge.py", FORGE)
    project.play(TASKS)
    done = project.run("--limit", "h1", ANSIBLE_STDOUT_CALLBACK=callback)
    assert done.code == 2, done.output
    assert "restored" not in done.output
    assert "something evil" in done.output
    assert "tried again" in done.output
    ours = (
        done.output if callback.startswith("saga.") else "".join(re.findall(r"^saga: .*$", done.output, re.MULTILINE))
    )
    assert not {"\x1b", "\x07"} & set(ours)


def test_what_is_restored_of_a_no_log_step_is_shown_as_restored_by_the_progress(project):
    project.play("""
- name: Secret
  ansible.builtin.raw: "{{ effect }} secret"
  no_log: true
- name: Ignored
  ansible.builtin.raw: "{{ effect }} ignored; false"
  no_log: true
  ignore_errors: true
- name: Stop
  ansible.builtin.raw: "{{ effect }} stopped; test -e {{ playbook_dir }}/mended"
""")
    progress = {"ANSIBLE_STDOUT_CALLBACK": "saga.ops.progress"}
    assert project.run("--limit", "h1", **progress).code == 2
    project.write("mended", "")
    said = project.resume("--limit", "h1", **progress).output
    assert project.counted() == {"h1 secret": 1, "h1 ignored": 1, "h1 stopped": 2}
    assert "Secret: 1 restored" in said
    assert "Ignored: 1 restored" in said
    assert "failed, ignored" not in said
