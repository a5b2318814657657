# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A run waits; somebody decides with the module saga.ops.decision, or with the extra vars of a relaunch."""

import json
import sys

import pytest

from playground import kill_tree

pytestmark = pytest.mark.core

TASKS = """
- name: Copy
  ansible.builtin.raw: "{{ effect }} copy"
  vars: {saga: {compensate: Remove}}
- name: Switch
  ansible.builtin.raw: "{{ effect }} switch; test -e FLAG"
  vars: {saga: {on_failure: escalate}}
- name: Check
  ansible.builtin.raw: "{{ effect }} check"
"""
REMOVE = """
- name: Remove
  ansible.builtin.raw: "{{ effect }} remove"
"""
HOSTS = ("h1", "h2", "h3")


@pytest.fixture
def parked(project):
    """A run that is parked, because a step has failed on all hosts."""
    project.play(TASKS.replace("FLAG", str(project.folder / "flag")), REMOVE)
    assert project.run().code == 2
    assert str(project.last_run().state) == "parked"
    return project


def mended(project):
    (project.folder / "flag").touch()
    return project


def relaunched(project, answer, *more, why="I looked"):
    given = {"saga_decision": answer, "saga_decision_why": why, "awx_user_name": "carl"}
    return project.run("-e", json.dumps(given), *more)


def module(project, *arguments, **given):
    """Run a playbook whose first task is the module; return what it said."""
    said = project.folder / "said.json"
    decide = {"saga.ops.decision": {"run": project.last_run().id, **given}, "register": "said", "ignore_errors": True}
    keep = {"ansible.builtin.copy": {"content": "{{ said | to_json }}", "dest": str(said)}, "check_mode": False}
    play = {"name": "Decide", "hosts": "localhost", "gather_facts": False, "strategy": "ansible.builtin.linear"}
    tasks = [{"name": "Decide", **decide}, {"name": "Keep", **keep}]
    project.write("decide.yml", [{**play, "vars": {"ansible_python_interpreter": sys.executable}, "tasks": tasks}])
    done = project.run(*arguments, playbook="decide.yml", ANSIBLE_CALLBACKS_ENABLED="crash")
    assert done.code == 0, done.output
    return json.loads(said.read_text())


def actors(project, kind):
    return {event.actor for event in project.events() if event.type == kind}


def times(project, word):
    return {host: project.counted()[f"{host} {word}"] for host in HOSTS}


def test_a_relaunch_with_a_decision_makes_it_in_the_launchers_name_and_goes_on(parked):
    done = relaunched(mended(parked), "retry")
    assert done.code == 0, done.output
    assert "saga: 'Switch' on h1, h2, h3 is pending by carl's word: a resume does it again" in done.output
    assert times(parked, "switch") == dict.fromkeys(HOSTS, 2)
    assert times(parked, "copy") == times(parked, "check") == dict.fromkeys(HOSTS, 1)
    assert actors(parked, "decision.made") == actors(parked, "run.resumed") == {"carl"}
    assert parked.audit_findings() == []


@pytest.mark.sweep
def test_a_relaunch_may_decide_about_one_host(parked):
    done = relaunched(parked, "done", "-e", "saga_decision_host=h2 saga_decision_step=Switch", "--limit", "h2")
    assert parked.states()["h2", "Switch"] == "ok"
    assert times(parked, "check") == {"h1": 0, "h2": 1, "h3": 0}, done.output


def test_a_relaunch_that_skips_goes_on_without_the_step(parked):
    done = relaunched(parked, "skip")
    assert done.code == 0, done.output
    assert times(parked, "switch") == times(parked, "check") == dict.fromkeys(HOSTS, 1)


@pytest.mark.sweep
def test_a_relaunch_that_turns_the_run_back_undoes_it(parked):
    done = relaunched(parked, "compensate")
    assert str(parked.last_run().state) == "compensated", done.output
    assert times(parked, "remove") == dict.fromkeys(HOSTS, 1)


def test_a_relaunch_that_gives_the_run_up_runs_nothing(parked):
    before = parked.effects()
    done = relaunched(parked, "abort")
    assert done.code == 0, done.output
    assert "is abandoned by carl's word; free again: h1, h2, h3" in done.output
    assert (parked.effects(), str(parked.last_run().state)) == (before, "abandoned")


@pytest.mark.parametrize(
    ("answer", "why", "words"),
    [
        ("approve", "", "'approve' is refused: nothing of run"),
        pytest.param("retry", "", "'retry' about run", marks=pytest.mark.sweep),
        pytest.param("never", "x", "never", marks=pytest.mark.sweep),
    ],
)
def test_a_relaunch_with_a_decision_that_is_refused_runs_nothing(parked, answer, why, words):
    before, count = parked.effects(), len(parked.events())
    done = relaunched(mended(parked), answer, why=why)
    assert done.code != 0
    assert words in done.output
    assert (parked.effects(), len(parked.events())) == (before, count)


def test_nothing_is_decided_about_a_run_that_cannot_go_on_because_the_playbook_changed(parked):
    parked.play(TASKS.replace("copy", "copy all").replace("FLAG", str(parked.folder / "flag")), REMOVE)
    done = relaunched(mended(parked), "retry")
    assert "the playbook changed in what run" in done.output
    assert actors(parked, "decision.made") == set()


def test_a_relaunch_with_a_decision_is_refused_where_nothing_waits(project):
    project.play(TASKS.replace("FLAG", str(project.folder / "flag")), REMOVE)
    done = relaunched(mended(project), "approve")
    assert done.code != 0
    assert "'approve' is refused: nothing of workflow" in done.output
    assert project.effects() == []


@pytest.mark.sweep
def test_a_survey_that_was_left_empty_decides_nothing(project):
    project.play(TASKS.replace("FLAG", str(project.folder / "flag")), REMOVE)
    assert relaunched(mended(project), "", why="").code == 0


@pytest.mark.sweep
def test_the_module_decides_and_says_so_and_its_check_mode_changes_nothing(parked):
    count = len(parked.events())
    given = {"answer": "retry", "why": "mended", "host": "h1", "variables": {"size": 40}}
    would_be = module(parked, "--check", **given)
    assert would_be["msg"].startswith("it would be decided: 'Switch' on h1 is pending by ")
    assert len(parked.events()) == count
    said = module(parked, **given)
    assert (said["changed"], said["state"], said["step"], said["hosts"]) == (True, "parked", "Switch", ["h1"])
    assert [(each["step"], each["hosts"], each["about"]) for each in said["waiting"]] == [
        ("Switch", ["h2", "h3"], "failure")
    ]
    [step] = [step for step in parked.steps() if (step.name, step.doer) == ("Switch", "h1")]
    assert json.loads(step.decision.variables) == {"size": 40}
    assert module(parked, answer="done", why="by hand")["hosts"] == ["h2", "h3"]
    mended(parked).resume()
    assert times(parked, "switch") == {"h1": 2, "h2": 1, "h3": 1}


@pytest.mark.sweep
def test_the_module_says_why_it_is_refused(parked):
    count = len(parked.events())
    said = module(parked, answer="approve", step="Switch")
    assert said["failed"]
    assert "'approve' is no answer about 'Switch' on h1: it failed" in said["msg"]
    assert "there is no journal at" in module(parked, answer="approve", journal="/proc/nowhere/journal.db")["msg"]
    assert len(parked.events()) == count


def test_a_doubt_is_decided_by_a_relaunch(project):
    flag = project.folder / "flag"
    project.play(TASKS.replace("test -e FLAG", f"test -e {flag} || sleep 300"), REMOVE)
    process = project.start()
    project.until(lambda: times(project, "switch") == dict.fromkeys(HOSTS, 1))
    kill_tree(process)
    done = relaunched(mended(project), "done")
    assert done.code == 0, done.output
    assert times(project, "switch") == times(project, "check") == dict.fromkeys(HOSTS, 1)
