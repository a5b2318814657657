# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What a run leaves in Ansible's custom stats, for AWX and for whoever starts plays from a program."""

import json
import re
from pathlib import Path

import ansible_runner
import pytest

TASKS = """
- name: First
  ansible.builtin.raw: "{{ effect }} first"
- name: Second
  ansible.builtin.raw: "{{ effect }} second; test ! -e {{ playbook_dir }}/broken-{{ inventory_hostname }}"
"""
UNDOABLE = TASKS.replace(' first"', ' first"\n  vars: {saga: {compensate: Undo first}}')
HANDLERS = """
- name: Undo first
  ansible.builtin.raw: "{{ effect }} undone"
"""
GATED = """
- name: Switch
  ansible.builtin.raw: "{{ effect }} switched"
  vars: {saga: {effect: irreversible, approval: {approvers: [ann]}}}
"""


def artifacts(output):
    """What the default callback shows of the custom stats, after the last run in the output."""
    found = re.findall(r'RUN: (\{ "saga_run".*\})', output)
    return json.loads(found[-1])["saga_run"] if found else None


def ran(project, *arguments, **environment):
    return artifacts(project.run(*arguments, ANSIBLE_SHOW_CUSTOM_STATS="true", **environment).output)


@pytest.mark.core
def test_a_run_leaves_what_became_of_it_and_what_to_type_next(project):
    project.play(TASKS)
    project.write("broken-h2", "")
    told = ran(project, "--limit", "h1,h2")
    run = project.last_run()
    assert (told["schema"], told["id"], told["workflow"], told["state"]) == (1, run.id, run.workflow, "stopped")
    assert (told["attempt"], told["is_resumed"], told["restored"]) == (1, False, 0)
    assert told["counts"] == {"ok": 3, "failed": 1}
    assert told["reason"] == "'Second' failed on h2"
    assert (told["pending"], told["next"]) == ([], f"saga resume {run.id}")
    (project.folder / "broken-h2").unlink()
    told = ran(project, "--limit", "h1,h2")
    assert (told["state"], told["attempt"], told["is_resumed"], told["restored"]) == ("completed", 2, True, 3)
    assert (told["counts"], told["next"], told["reason"]) == ({"ok": 4}, "", "")


def test_a_run_that_was_completed_before_says_so(project):
    project.play(TASKS)
    first = ran(project, "--limit", "h1", "-e", "saga_run_id=fleet-7")
    again = ran(project, "--limit", "h1", "-e", "saga_run_id=fleet-7")
    assert (first["id"], first["state"]) == (again["id"], again["state"]) == ("fleet-7", "completed")
    assert project.effects() == ["h1 first", "h1 second"]


@pytest.mark.sweep
def test_a_compensated_run_counts_what_was_undone(project):
    project.play(UNDOABLE, HANDLERS)
    project.write("broken-h1", "")
    told = ran(project, "--limit", "h1")
    assert (told["state"], told["counts"], told["next"]) == ("compensated", {"compensated": 1, "failed": 1}, "")


def test_a_run_that_parks_because_an_undo_has_failed_tells_what_waits(project):
    project.play(UNDOABLE, HANDLERS.replace('undone"', 'undone; false"'))
    project.write("broken-h1", "")
    told = ran(project, "--limit", "h1")
    [pending] = told["pending"]
    assert (told["state"], pending["about"], pending["step"]) == ("parked", "compensation", "First")
    assert told["next"] == f"saga resume {told['id']}"


@pytest.mark.sweep
def test_the_first_playbook_that_fails_tells_the_end_though_another_would_follow(project):
    project.play(TASKS)
    project.write("broken-h1", "")
    project.write("other.yml", "- hosts: db\n  gather_facts: false\n  strategy: saga.ops.linear\n  tasks: []\n")
    assert ran(project, "other.yml", "--limit", "h1")["state"] == "stopped"
    assert project.last_run().state == "stopped"


def test_the_last_of_two_playbooks_tells_the_end(project):
    project.play(TASKS)
    other = "- hosts: db\n  gather_facts: false\n  strategy: saga.ops.linear\n  tasks: [{name: Third, raw: 'true'}]\n"
    project.write("other.yml", other)
    told = ran(project, "other.yml", "--limit", "h1")
    assert (told["state"], told["counts"]) == ("completed", {"ok": 3})


@pytest.mark.core
def test_a_parked_job_gives_its_question_to_a_program_that_runs_it(project):
    """As AWX does: the stats of ansible-runner's last event become the job's artifacts."""
    project.play(GATED)
    (project.folder / "runner").mkdir()
    ran = ansible_runner.run(
        private_data_dir=str(project.folder / "runner"),
        project_dir=str(project.folder),
        playbook="site.yml",
        inventory=str(project.folder / "inventory.yml"),
        envvars={**project.environment(), "ANSIBLE_CONFIG": str(project.folder / "ansible.cfg")},
        limit="h1",
        quiet=True,
    )
    [stats] = [event["event_data"] for event in ran.events if event["event"] == "playbook_on_stats"]
    told = stats["artifact_data"]["saga_run"]
    run = project.last_run()
    assert (told["id"], told["state"]) == (run.id, "parked")
    [question] = told["pending"]
    assert (question["about"], question["step"], question["hosts"]) == ("approval", "Switch", ["h1"])
    assert told["next"].startswith(f"saga approve {run.id}")
    page = (Path(__file__).resolve().parents[2] / "docs" / "artifacts.md").read_text()
    shown = json.loads(page.partition("```json\n")[2].partition("```")[0])["saga_run"]
    assert (shown.keys(), shown["pending"][0].keys()) == (told.keys(), question.keys())
