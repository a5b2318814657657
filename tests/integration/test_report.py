# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What a report says of a real run: killed in the middle, resumed, failed, and not undone altogether."""

from collections import Counter

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.report.timeline import bars
from junitparser import JUnitXml

TASKS = """
- name: Copy
  ansible.builtin.raw: "{{ effect }} copy"
  vars: {saga: {compensate: Remove}}
- name: Try
  ansible.builtin.raw: "{{ effect }} try; test $(grep -c {{ inventory_hostname }}.try EFFECTS) -gt 1"
  vars: {saga: {idempotent: true, on_failure: {retry: {attempts: 3, delay: 100ms}, then: compensate}}}
- name: Switch
  ansible.builtin.raw: "{{ effect }} switch; test {{ inventory_hostname }} = h1 || { echo no such place >&2; exit 3; }"
  vars: {saga: {compensate: Switch back}}
"""
HANDLERS = """
- name: Remove
  ansible.builtin.raw: "test {{ inventory_hostname }} = h1"
- name: Switch back
  ansible.builtin.raw: "{{ effect }} back"
"""


@pytest.fixture
def project(project):
    project.play(TASKS.replace("EFFECTS", str(project.effects_file)), HANDLERS)
    killed = project.run("--limit", "h1,h2", SAGA_TEST_KILL="after_outcome:Copy:1")
    assert killed.code < 0
    assert project.run("--limit", "h1,h2").code > 0
    return project


def test_a_report_tells_of_a_run_that_was_killed_and_went_back(project):
    tries = Counter((bar.host, bar.key.rpartition("/")[2], bar.word) for bar in bars(project.steps(), project.events()))
    assert tries == {
        **{(host, "Copy#1", "ok"): 1 for host in ("h1", "h2")},
        **{(host, "Try#1", word): 1 for host in ("h1", "h2") for word in ("retrying", "ok")},
        ("h1", "Switch#1", "ok"): 1,
        ("h2", "Switch#1", "failed"): 1,
        ("h1", "Switch back#1", "ok"): 1,
        ("h1", "Remove#1", "ok"): 1,
        ("h2", "Remove#1", "failed"): 1,
    }
    text = project.saga("report", "--format", "markdown").output
    assert "parked, going back" in text
    assert "| attempts | 2 |" in text
    assert "- Copy: compensation failed on h2 (site.yml:6)" in text
    assert "Switch: failed on h2 (site.yml:12): non-zero return code (rc 3) no such place" in text
    assert "- Copy on h2, by Remove" in text
    assert project.saga("report", "-o", "run.xml").code == 0
    [suite] = list(JUnitXml.fromstring((project.folder / "run.xml").read_bytes()))
    assert [case.name for case in suite if case.is_failure] == ["Copy [h2]", "Switch [h2]", "undo of Copy: Remove [h2]"]
    assert project.saga("report", "-o", "run.html").code == 0
    page = (project.folder / "run.html").read_text()
    assert "parked, going back" in page
    assert "no such place" in page
