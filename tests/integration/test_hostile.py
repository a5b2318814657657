# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A target that returns whatever may hurt a controller: it comes back from the journal as it was, and hurts nobody."""

import json

import pytest

from playground import Project

# What a module prints is written by hand: json.dumps would not let all of it pass.
HOSTILE = r"""#!/usr/bin/python3
import json
deep = '{"__proto__":' * 150 + '"bottom"' + "}" * 150
said = {
    "changed": True,
    "msg": "<script>alert(1)</script> \x1b[2J \u202e ]]> {{ lookup('pipe', 'touch PWNED') }}",
    "template": "{{ lookup('pipe', 'touch PWNED') }}{% for x in range(9) %}{{ x }}{% endfor %}",
    "{{ lookup('pipe', 'touch PWNED') }}": "a key",
    "__ansible_unsafe": "{{ 1 + 1 }}", "__ansible_vault": "$ANSIBLE_VAULT;1.1;AES256\n00",
    "marks": [{"$bytes": "!"}, {"$dict": 1}, {"$pairs": [[[1], 2]]}, {"$set": [[]]}],
    "screen": "\x1b[2J\x1b]0;mine\x07 \u202egnp.exe \u0000 \u009b31m \r\b",
    "page": "<script>alert(1)</script><img src=x onerror=alert(1)> ]]> --> `|` [x](javascript:alert(1))",
    "path": "../../../../tmp/PWNED", "long": "x" * LENGTH,
    "constructor": {"prototype": {"polluted": True}}, "hasOwnProperty": 0,
    "ansible_facts": {"hostile_fact": "{{ lookup('pipe', 'touch PWNED') }}", "discovered/../x": 1},
}
text = json.dumps(said)
text = text[:-1] + ', "nan": NaN, "infinite": [Infinity, -Infinity], "large": 1e400, "deep": ' + deep + "}"
print(text)
"""
TASKS = """
- name: Ask it
  hostile: {}
  register: said
  vars: {saga: {effect: side_effect, idempotent: false}}
- name: Write down what it said
  ansible.builtin.copy: {content: "{{ said | to_json }}{{ hostile_fact }}", dest: "{{ playbook_dir }}/written"}
  delegate_to: localhost
- name: Fail <b>with</b> what it said
  hostile: {}
  failed_when: true
"""
STEERING = {*map(chr, range(32)), *map(chr, range(0x7F, 0xA0)), *"\u202a\u202b\u202c\u202d\u202e\u2066\u2067"} - {"\n"}


def a_hostile_project(project, length=100_000):
    project.write("library/hostile.py", HOSTILE.replace("LENGTH", str(length)))
    project.play(TASKS)
    return project


def steering(text):
    return {mark for mark in text if mark in STEERING}


@pytest.mark.core
def test_hostile_results_come_back_as_they_were_and_are_shown_without_harm(project, tmp_path):
    uninterrupted = a_hostile_project(Project(tmp_path / "uninterrupted"))
    assert uninterrupted.run("--limit", "h1").code == 2
    expected = (uninterrupted.folder / "written").read_text()
    assert "{{ lookup('pipe', 'touch PWNED') }}" in expected
    a_hostile_project(project)
    assert project.run("--limit", "h1", SAGA_TEST_KILL="after_outcome:Ask it:1").code == -9
    resumed = project.run("--limit", "h1", ANSIBLE_STDOUT_CALLBACK="saga.ops.progress")
    assert resumed.code == 2, resumed.output
    assert "restored" in resumed.output
    assert steering(resumed.output) == set()
    assert (project.folder / "written").read_text() == expected
    assert not list(tmp_path.rglob("PWNED"))
    assert project.audit_findings() == []
    shown_without_harm(project)


def shown_without_harm(project):
    commands = (
        ["status"], ["runs"], ["audit"], ["pending"], ["plan", "site.yml"], ["audit", "--verify"],
        ["report", "--format", "markdown"],
    )  # fmt: skip
    for command in commands:
        said = project.saga(*command)
        assert "Traceback" not in said.output
        assert steering(said.output) == set(), command
    said = project.saga("show", project.last_run().id, "Ask it")
    assert steering(said.output) == set()
    for form in ("html", "junit"):
        said = project.saga("report", "--format", form)
        assert "<script>alert" not in said.output
        assert "<img src=x" not in said.output
        assert steering(said.output) - {"\t"} == set(), form
    for line in project.saga("audit", "--json").output.splitlines():
        json.loads(line)
