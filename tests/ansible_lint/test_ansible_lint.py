# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Our rules inside of a real ansible-lint."""

import json
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "extensions" / "ansible_lint"

PLAY = """\
---
- name: Move
  hosts: all
  gather_facts: false
  strategy: saga.ops.linear
  roles: [shop]
  tasks:
    - name: Install the configuration
      ansible.builtin.copy: {src: shop.conf, dest: /etc/shop.conf, mode: "0644"}

    - name: Install the key  # noqa: SAGA003 the next release replaces it
      ansible.builtin.copy: {src: shop.key, dest: /etc/shop.key, mode: "0600"}
"""
ROLE = """\
---
- name: Open the account
  ansible.builtin.command: bank open
  vars:
    saga: {idempotent: true}
"""


@pytest.fixture
def lint(project):
    """Lint site.yml; return the exit code and (rule, file, line, level) of what is ours."""
    project.write("site.yml", PLAY)
    project.write("roles/shop/tasks/main.yml", ROLE)

    def lint_it(*options):
        command = [project.bin / "ansible-lint", "--offline", "-f", "json", "-R", "-r", RULES, *options, "site.yml"]
        done = subprocess.run(command, cwd=project.folder, env=project.environment(), capture_output=True, text=True)
        assert "Ignored exception" not in done.stderr
        found = [
            (each["check_name"], each["location"]["path"], _line(each["location"]), each["severity"])
            for each in json.loads(done.stdout)
            if each["check_name"].startswith(("SAGA", "saga"))
        ]
        return done.returncode, sorted(found)

    return lint_it


def _line(location):
    begin = location["lines"]["begin"] if "lines" in location else location["positions"]["begin"]
    return begin["line"] if isinstance(begin, dict) else begin


def test_our_findings_are_ansible_lints_in_whichever_file_they_are(lint):
    code, found = lint()
    assert [each[:3] for each in found] == [
        ("SAGA003", "roles/shop/tasks/main.yml", 2),
        ("SAGA003", "site.yml", 8),
        ("SAGA007", "roles/shop/tasks/main.yml", 2),
    ]
    assert code == 2


def test_a_list_of_ansible_lint_means_our_rules_by_their_ids(lint):
    assert {rule for rule, *_place in lint("-x", "SAGA003")[1]} == {"SAGA007"}


def test_only_errors_of_ours_fail_it(lint):
    code, found = lint("-x", "SAGA003,command-shell,idempotency,yaml,name,role-name")
    assert [rule for rule, *_place in found] == ["SAGA007"]
    assert code == 0


def test_our_rules_are_listed_with_what_they_find(project):
    command = [project.bin / "ansible-lint", "--offline", "--nocolor", "-L", "-f", "brief", "-r", RULES]
    done = subprocess.run(command, cwd=project.folder, env=project.environment(), capture_output=True, text=True)
    assert "SAGA004" in done.stdout
    assert "An irreversible step comes before a step that has a compensation." in done.stdout
