# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A job of AWX: its folder, its environment and its variables are new with every launch, and the run is found again."""

import shutil
import subprocess

import pytest

from jobs import Template, events_in, surroundings
from playground import BIN

TASKS = """
- name: Copy
  ansible.builtin.raw: "{{ effect }} copied"
  vars: {saga: {effect: side_effect}}
- name: Check
  ansible.builtin.raw: "{{ effect }} checked; test ! -e FOLDER/broken-{{ inventory_hostname }}"
  vars: {saga: {on_failure: stop}}
- name: Switch
  ansible.builtin.raw: "{{ effect }} switched"
"""
GATED = """
- name: Copy
  ansible.builtin.raw: "{{ effect }} copied"
- name: Switch
  ansible.builtin.raw: "{{ effect }} switched"
  vars: {saga: {effect: irreversible, approval: {approvers: [bob], two_person: true, reason_required: true}}}
"""


@pytest.fixture
def template(project):
    project.play(TASKS.replace("FOLDER", str(project.folder)))
    return Template(project)


def broken(project, *hosts):
    for host in hosts:
        (project.folder / f"broken-{host}").touch()


def mended(project):
    for path in project.folder.glob("broken-*"):
        path.unlink()


def test_a_relaunch_in_another_folder_resumes_in_the_name_of_the_template_and_of_who_launched_it(template):
    project = template.project
    broken(project, "h2")
    first = template.job()
    assert first.run().code == 2
    first.remove()
    assert str(project.last_run().state) == "stopped"
    mended(project)
    site = project.folder / "site.yml"
    site.write_text("# The project was updated meanwhile.\n" + site.read_text())
    template.user = "bob"
    second = template.job()
    done = second.run()
    assert done.code == 0, done.output
    told = second.left()
    assert (told["workflow"], told["state"]) == ("Move orders: site.yml", "completed")
    assert (told["attempt"], told["is_resumed"], told["restored"]) == (2, True, 7)
    counted = project.counted()
    assert counted.pop("h2 checked") == 2
    assert set(counted.values()) == {1}
    assert [event.actor for event in project.events() if event.type == "run.resumed"] == ["bob"]
    assert project.audit_findings() == []


@pytest.mark.sweep
def test_another_template_with_a_playbook_of_the_same_name_is_another_workflow(template):
    project = template.project
    broken(project, "h1", "h2", "h3")
    assert template.job().run().code == 2
    other = Template(project, "Move invoices")
    assert other.job().run().code != 0
    assert [run.workflow for run in project.asked(lambda journal: journal.runs())] == [
        "Move invoices: site.yml",
        "Move orders: site.yml",
    ]


@pytest.mark.sweep
def test_a_relaunch_on_failed_hosts_resumes_for_them_and_the_run_is_completed(template):
    project = template.project
    broken(project, "h2")
    assert template.job().run().code == 2
    mended(project)
    relaunched = template.job(limit="h2")
    done = relaunched.run()
    assert done.code == 0, done.output
    assert (relaunched.left()["state"], relaunched.left()["attempt"]) == ("completed", 2)
    counted = project.counted()
    assert (counted["h2 copied"], counted["h2 switched"], counted["h1 switched"]) == (1, 1, 1)


def test_a_relaunch_with_the_answers_of_a_survey_opens_a_gate_for_another_person_only(project):
    project.play(GATED)
    template = Template(project)
    parked = template.job()
    assert parked.run().code != 0
    [question] = parked.left()["pending"]
    assert (question["about"], question["barred"]) == ("approval", ["ann"])
    answers = {"saga_decision": "approve", "saga_decision_why": "change 4711", "saga_decision_step": ""}
    refused = template.job(**answers).run()
    assert refused.code != 0
    assert "ann" in refused.output
    template.user = "bob"
    approved = template.job(**answers)
    assert approved.run().code == 0
    assert approved.left()["state"] == "completed"
    assert project.counted()["h1 switched"] == 1


@pytest.mark.sweep
def test_a_job_of_a_schedule_is_in_the_name_of_the_schedule(template):
    job = template.job(
        facts={"user_name": "", "schedule_id": 4, "schedule_name": "Nightly", "job_launch_type": "scheduled"}
    )
    assert job.run().code == 0
    assert {event.actor for event in template.project.events() if event.type == "run.started"} == {"schedule Nightly"}


@pytest.mark.sweep
def test_the_slices_of_a_launch_are_one_run_and_a_node_after_them_goes_on_with_it(template):
    project = template.project
    broken(project, "h3")
    launch = {"workflow_job_id": 500, "workflow_job_name": "Move orders"}
    hosts = ("h1", "h2", "h3")
    jobs = [template.job(facts=launch, limit=host, saga_slices=3) for host in hosts]
    codes = [job.run().code for job in jobs]
    assert codes == [0, 0, 2]
    assert (project.last_run().id, str(project.last_run().state)) == ("awx-500", "stopped")
    mended(project)
    left = jobs[2].left()
    again = {"workflow_job_id": 501, "workflow_job_name": "Move orders"}
    for host in hosts:
        done = template.job(facts=again, limit=host, saga_slices=3, saga_run=left).run()
        assert done.code == 0, done.output
    assert [run.id for run in project.asked(lambda journal: journal.runs())] == ["awx-500"]
    assert str(project.last_run().state) == "completed"
    counted = project.counted()
    assert counted.pop("h3 checked") == 2
    assert set(counted.values()) == {1}


def test_a_job_that_is_transmitted_worked_on_and_processed_elsewhere_leaves_a_run_to_resume(template):
    """As AWX has its execution nodes do it: the job's folder travels as a stream, and so do its events."""
    project = template.project
    broken(project, "h2")
    job = template.job()
    node, results = job.folder.with_name("node"), job.folder.with_name("results")
    results.mkdir()
    relayed = _relayed(job, node, results)
    assert (results / "artifacts" / str(job.number) / "status").read_text() == "failed", relayed
    names = [event["event"] for event in events_in(results / "artifacts" / str(job.number))]
    assert {"playbook_on_start", "runner_on_ok", "runner_on_failed", "playbook_on_stats"} <= set(names)
    assert project.last_run().workflow == "Move orders: site.yml"
    shutil.rmtree(node)
    mended(project)
    second = template.job()
    assert second.run().code == 0
    assert (second.left()["attempt"], second.left()["state"]) == (2, "completed")


def _relayed(job, node, results):
    runner = BIN / "ansible-runner"
    transmit = [runner, "transmit", job.folder, "-p", "site.yml", "--ident", str(job.number)]
    sent = subprocess.run(transmit, env=surroundings(), capture_output=True, check=True).stdout
    work = [runner, "worker", "--private-data-dir", node]
    done = subprocess.run(work, env=surroundings(), input=sent, capture_output=True, check=False)
    process = [runner, "process", results, "--ident", str(job.number)]
    return subprocess.run(process, env=surroundings(), input=done.stdout, capture_output=True, check=False, text=False)
