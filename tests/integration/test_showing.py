# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Restored steps are shown as restored, and nothing claims work that was not done now."""

import ansible_runner
import pytest

pytestmark = [pytest.mark.core]

TASKS = """
    - name: Do
      ansible.builtin.raw: "{{ effect }} do"
    - name: Leave out
      ansible.builtin.raw: "{{ effect }} never"
      when: false
    - name: Fail
      ansible.builtin.raw: exit 3
      ignore_errors: true
    - name: Loop
      ansible.builtin.raw: "{{ effect }} {{ item }}"
      loop: [a, b]
      register: loop
    - name: Half
      ansible.builtin.raw: "{{ effect }} {{ item }}; test {{ item }} != d -o -e mended"
      loop: [c, d]
"""


@pytest.fixture
def project(project):
    """A project whose first attempt got as far as the second item of the last loop."""
    project.play(TASKS)
    assert project.run("--limit", "h1").code != 0
    (project.folder / "mended").touch()
    return project


def shown(output):
    return [line for line in output.splitlines() if "[h1]" in line]


@pytest.mark.sample
def test_each_restored_step_and_item_is_shown_as_restored(project):
    assert shown(project.resume("--limit", "h1").output) == [
        "restored: [h1]",
        "restored: [h1] (skipped)",
        "restored: [h1] (failed)",
        "restored: [h1] => (item=a)",
        "restored: [h1] => (item=b)",
        "restored: [h1] => (item=c)",
        "changed: [h1] => (item=d)",
    ]


def test_the_recap_counts_no_change_that_was_not_made_now(project):
    output = project.resume("--limit", "h1").output
    [recap] = [line.split() for line in output.splitlines() if "unreachable=" in line]
    assert recap[2:4] == ["ok=4", "changed=1"]
    assert "saga: restored from the journal, not done now: h1 4" in output


def test_an_error_that_was_told_before_is_not_told_again(project):
    output = project.resume("--limit", "h1").output
    assert "non-zero return code" not in output


@pytest.mark.sweep
def test_a_callback_that_prints_in_its_own_way_claims_one_change(project):
    output = project.resume("--limit", "h1", ANSIBLE_STDOUT_CALLBACK="minimal").output
    assert "h1 | SUCCESS" in output
    assert output.count("h1 | CHANGED") == 1  # of the loop that went on


def test_what_is_registered_is_what_it_was(project):
    site = project.folder / "site.yml"
    site.write_text(
        site.read_text()
        + """
    - name: Look
      ansible.builtin.raw: "{{ effect }} {{ loop.results | map(attribute='changed') | join }}"
"""
    )
    project.resume("--limit", "h1")
    assert project.effects()[-1] == "h1 TrueTrue"


ENDS = {"runner_on_ok", "runner_on_skipped", "runner_on_failed", "runner_item_on_ok"}


def is_told_as_restored(event):
    """Both for a person, in the event's words, and for a program, in its result (that of a skipped one is left out)."""
    result, line = event["event_data"].get("res"), event["stdout"]
    if result is None:
        return "restored: [h1]" in line
    is_restored = result.get("saga_restored", False)
    assert not (is_restored and result["changed"])
    assert not line or ("restored: [h1]" in line) == is_restored  # a loop has no line beside those of its items
    return is_restored


@pytest.mark.sweep
@pytest.mark.sample
def test_ansible_runner_gets_the_same_events_marked(project):
    (project.folder / "runner").mkdir()
    environment = {name: value for name, value in project.environment().items() if name != "ANSIBLE_NOCOLOR"}
    ran = ansible_runner.run(
        private_data_dir=str(project.folder / "runner"),
        project_dir=str(project.folder),
        inventory=str(project.folder / "inventory.yml"),
        playbook="site.yml",
        limit="h1",
        envvars=environment,
        quiet=True,
    )
    assert ran.status == "successful"
    events = [event for event in ran.events if event["event"] in ENDS]
    told = [(event["event"], event["event_data"]["task"], is_told_as_restored(event)) for event in events]
    assert told == [
        ("runner_on_ok", "Do", True),
        ("runner_on_skipped", "Leave out", True),
        ("runner_on_failed", "Fail", True),
        ("runner_item_on_ok", "Loop", True),
        ("runner_item_on_ok", "Loop", True),
        ("runner_on_ok", "Loop", True),
        ("runner_item_on_ok", "Half", True),
        ("runner_item_on_ok", "Half", False),
        ("runner_on_ok", "Half", False),
    ]
    [stats] = [event["event_data"] for event in ran.events if event["event"] == "playbook_on_stats"]
    assert stats["changed"] == {"h1": 1}
