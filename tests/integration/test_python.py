# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The Python API: programs that start durable plays, look at them and decide about them."""

import re
import shutil
import time
from pathlib import Path

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils.runs import EngineError, Runs

PAGE = Path(__file__).resolve().parents[2] / "docs" / "python.md"
TASKS = """
- name: First
  ansible.builtin.raw: "{{ effect }} first"
- name: Slow
  ansible.builtin.raw: "{{ effect }} slow; while test -e {{ playbook_dir }}/hold; do sleep 0.1; done"
- name: Switch
  ansible.builtin.raw: "{{ effect }} switched"
  vars: {saga: {effect: irreversible, approval: {approvers: [ann]}}}
"""


@pytest.fixture
def runs(project):
    return Runs(project.journal, user="bob")


@pytest.fixture
def options(project):
    """What ansible-runner is started with."""
    project.play(TASKS)
    (project.folder / "runner").mkdir()
    return {
        "private_data_dir": str(project.folder / "runner"),
        "project_dir": str(project.folder),
        "playbook": "site.yml",
        "inventory": str(project.folder / "inventory.yml"),
        "limit": "h1",
        "envvars": {**project.environment(), "ANSIBLE_CONFIG": str(project.folder / "ansible.cfg")},
    }


@pytest.mark.core
def test_a_program_starts_a_run_decides_about_it_and_resumes_it(project, runs, options):
    job = runs.start(**options)
    ended = job.wait()
    assert (ended.word, ended.code, ended.run.state) == ("failed", 2, "parked")
    assert ended.run.counts == {"ok": 2, "waiting": 1}
    [pending] = ended.run.pending
    assert (pending.about, pending.step, pending.hosts, pending.approvers) == ("approval", "Switch", ("h1",), ("ann",))
    with pytest.raises(EngineError, match="bob may not say 'approve'"):
        runs.decide(ended.run.id, "approve")
    runs.decide(ended.run.id, pending.answers[0], by="ann", why="seen")
    ended = runs.resume(ended.run.id, **options).wait()
    assert (ended.word, ended.code, ended.run.state, ended.run.is_over) == ("successful", 0, "completed", True)
    assert project.effects() == ["h1 first", "h1 slow", "h1 switched"]
    with pytest.raises(EngineError, match="there is nothing to resume"):
        runs.resume(ended.run.id, **options)


def test_a_job_tells_its_run_while_it_is_at_work_and_is_paused(project, runs, options):
    project.write("hold", "")
    job = runs.start(**options)
    project.until(lambda: project.effects() == ["h1 first", "h1 slow"])
    assert job.wait(0) is None
    status = job.run
    assert (status.state, status.is_live, status.attempt) == ("running", True, 1)
    assert [each.id for each in runs.list(is_open=True)] == [status.id]
    runs.pause(status.id, why="lunch")
    time.sleep(1)  # an attempt looks for wishes twice a second
    (project.folder / "hold").unlink()
    ended = job.wait()
    assert (ended.run.state, "lunch" in ended.run.reason) == ("parked", True)
    assert project.effects() == ["h1 first", "h1 slow"]


@pytest.mark.core
def test_a_canceled_job_leaves_a_run_that_can_be_resumed(project, runs, options):
    project.write("hold", "")
    job = runs.start(**options)
    project.until(lambda: project.effects() == ["h1 first", "h1 slow"])
    run = job.run.id
    job.cancel()
    assert job.wait().word == "canceled"
    (project.folder / "hold").unlink()
    deadline = time.monotonic() + 30
    while runs.status(run).is_live and time.monotonic() < deadline:
        time.sleep(0.1)
    ended = runs.resume(run, **options).wait()
    if ended.run.pending and ended.run.pending[0].about == "doubt":  # everything was killed at once
        runs.decide(run, "done", why="it was there")
        ended = runs.resume(run, **options).wait()
    assert ended.run.state == "parked"
    assert project.effects() == ["h1 first", "h1 slow"]


def test_a_playbook_that_is_refused_has_no_run(project, runs, options):
    project.play("- name: First\n  ansible.builtin.raw: a\n  vars: {saga: {efect: none}}\n")
    ended = runs.start(**options).wait()
    assert (ended.word, ended.run) == ("failed", None)


@pytest.mark.sweep
def test_a_run_can_be_given_its_id_and_is_done_once(project, runs, options):
    project.play(TASKS.partition("- name: Switch")[0])
    for _time in range(2):
        ended = runs.start(run_id="order-4711", **options).wait()
        assert (ended.word, ended.run.id, ended.run.state) == ("successful", "order-4711", "completed")
    assert project.effects() == ["h1 first", "h1 slow"]


def test_the_program_of_the_page_runs_as_printed(project, options, monkeypatch, capsys):
    [program] = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    [said] = re.findall(r"```text\n(.*?)```", PAGE.read_text(), re.DOTALL)
    orders = project.folder / "there" / "orders"
    (orders / "inventory").mkdir(parents=True)
    shutil.copytree(project.folder, orders / "project", ignore=shutil.ignore_patterns("runner", "state", "there"))
    (orders / "project" / "inventory.yml").rename(orders / "inventory" / "inventory.yml")
    monkeypatch.chdir(orders.parent)
    for name, value in project.environment(LOGNAME="ann").items():
        monkeypatch.setenv(name, value)
    exec(program, {})  # noqa: S102  it is the page's
    assert capsys.readouterr().out == said
