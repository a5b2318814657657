# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Plays that look at runs and decide about them: the modules and the lookup, on the controller."""

import json
import sqlite3
from contextlib import closing

import pytest

pytestmark = pytest.mark.core

TASKS = """
- name: Copy
  ansible.builtin.raw: "{{ effect }} copy; echo '{{ '{{' }} 6 * 7 {{ '}}' }}'"
  vars: {saga: {compensate: Remove}}
- name: Hide
  ansible.builtin.raw: echo hidden
  no_log: true
  register: hidden
  vars: {saga: {effect: none, idempotent: true}}
- name: Switch
  ansible.builtin.raw: "{{ effect }} switch; test -e FLAG"
  vars: {saga: {on_failure: escalate}}
"""
REMOVE = """
- name: Remove
  ansible.builtin.raw: "{{ effect }} remove"
"""


@pytest.fixture
def parked(project):
    """A run that is parked, because a step has failed on all hosts."""
    project.play(TASKS.replace("FLAG", str(project.folder / "flag")), REMOVE)
    assert project.run().code == 2
    assert str(project.last_run().state) == "parked"
    return project


def said(project, tasks, *arguments):
    """Return what the tasks say in a play that is not durable, each a dictionary; a failure is said, too."""
    play = {"name": "Ask", "hosts": "localhost", "gather_facts": False, "strategy": "ansible.builtin.linear"}
    numbered = list(enumerate(tasks))
    asking = [{"name": f"Ask {n}", **task, "register": f"said_{n}", "ignore_errors": True} for n, task in numbered]
    heard = "{{ [" + ", ".join(f"said_{n}" for n, _task in numbered) + "] | to_json }}"
    file = project.folder / "said.json"
    keep = {"name": "Keep", "ansible.builtin.copy": {"content": heard, "dest": str(file)}, "check_mode": False}
    interpreter = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    project.write("ask.yml", [{**play, "vars": interpreter, "tasks": [*asking, keep]}])
    done = project.run(*arguments, playbook="ask.yml", ANSIBLE_CALLBACKS_ENABLED="crash")
    assert done.code == 0, done.output
    return json.loads(file.read_text())


def result(step, **given):
    options = "".join(f", {name}={value!r}" for name, value in given.items())
    return {"ansible.builtin.set_fact": {"found": f"{{{{ lookup('saga.ops.result', '{step}'{options}) }}}}"}}


def test_the_modules_say_what_the_command_line_says(parked):
    run = parked.last_run()
    asked = [
        {"saga.ops.run_info": {"run": run.id[:12]}},
        {"saga.ops.run_info": {"state": ["open"]}},
        {"saga.ops.run_info": {"state": ["completed"]}},
        {"saga.ops.run_info": {"state": ["completed"], "newest": True}},
        {"saga.ops.lease_info": {}},
        {"saga.ops.lease_info": {"targets": ["h2", "h9"]}},
    ]
    one, unfinished, none, unknown, leases, some = said(parked, asked)
    status = json.loads(parked.saga("status", "--json").output)
    assert one["status"] == {name: value for name, value in status.items() if name != "schema"}
    assert unfinished["runs"] == one["runs"] == json.loads(parked.saga("runs", "--json").output)["runs"]
    assert none["runs"] == []
    assert "there is none that is of this workflow" in unknown["msg"]
    assert [lease["target"] for lease in leases["leases"]] == ["h1", "h2", "h3"]
    [held] = some["leases"]
    assert (held["run"], held["state"], held["expires"], held["waiting"]) == (run.id, "parked", None, [])


@pytest.mark.sweep
def test_check_mode_says_what_would_be_done_and_changes_nothing(parked):
    run, count = parked.last_run(), len(parked.events())
    freed, given_up, paused, cancelled = said(
        parked,
        [
            {"saga.ops.unlock": {"target": "h2", "why": "I looked"}},
            {"saga.ops.abandon": {"run": run.id, "why": "I looked"}},
            {"saga.ops.control": {"run": run.id, "wish": "pause", "why": "I looked"}},
            {"saga.ops.control": {"run": run.id, "wish": "cancel", "why": "I looked"}},
        ],
        "--check",
    )
    assert (freed["changed"], freed["run"]) == (True, run.id)
    assert "h2 would be free" in freed["msg"]
    assert given_up["freed"] == ["h1", "h2", "h3"]
    assert "nobody works on run" in paused["msg"]
    assert "would be abandoned" in cancelled["msg"]
    assert (len(parked.events()), str(parked.last_run().state)) == (count, "parked")


@pytest.mark.sweep
def test_what_is_decided_is_on_the_record_once(parked):
    run = parked.last_run()
    asked = [
        {"saga.ops.unlock": {"target": "h2", "why": "I looked"}},
        {"saga.ops.unlock": {"target": "h2", "why": "I looked"}},
        {"saga.ops.unlock": {"target": "h1", "why": "..."}},
        {"saga.ops.abandon": {"run": run.id, "why": "I looked"}},
        {"saga.ops.abandon": {"run": run.id, "why": "I looked"}},
    ]
    freed, again, wordless, given_up, over = said(parked, asked, "-e", "awx_user_name=carl")
    assert [each["changed"] for each in (freed, again, given_up, over)] == [True, False, True, False]
    assert wordless["failed"]
    assert given_up["freed"] == ["h1", "h3"]
    assert {(step["step"], step["host"]) for step in given_up["standing"]} >= {("Copy", "h1")}
    made = [(event.type, event.actor) for event in parked.events()]
    assert made.count(("lease.unlocked", "carl")) == made.count(("run.abandoned", "carl")) == 1
    assert parked.audit_findings() == []


@pytest.mark.sweep
def test_a_run_at_work_is_asked_to_pause(project):
    go = project.folder / "flag"
    project.play(f"""
- name: Wait
  ansible.builtin.raw: "{{{{ effect }}}} wait; until test -e {go}; do sleep 0.1; done"
- name: Go on
  ansible.builtin.raw: "{{{{ effect }}}} go"
""")
    process = project.start()
    project.until(lambda: len(project.effects()) == 3)
    output = project.folder / "output"
    output.rename(project.folder / "kept")
    wish = {"saga.ops.control": {"run": project.last_run().id, "wish": "pause", "why": "the shop opens"}}
    asked, again = said(project, [wish, wish])
    go.touch()
    process.wait(60)
    assert (asked["changed"], again["changed"]) == (True, False)
    assert (str(project.last_run().state), len(project.effects())) == ("parked", 3)


def test_a_recorded_result_is_data_and_never_a_template(parked):
    where = {"workflow": parked.last_run().workflow, "host": "h1"}
    found, hidden, instead, unknown, nowhere = said(
        parked,
        [
            result("Copy", **where),
            result("Hide", **where),
            result("Hide", **where, default="none"),
            result("Copi", **where),
            result("Copy", host="h1"),
        ],
    )
    assert found["ansible_facts"]["found"]["stdout_lines"] == ["{{ 6 * 7 }}"]
    assert "it holds what may not be written down" in hidden["msg"]
    assert instead["ansible_facts"]["found"] == "none"
    assert "'Copi on h1' is no step that it has started" in unknown["msg"]
    assert "no run is in hand here" in nowhere["msg"]


def test_a_recorded_result_that_is_not_as_it_was_written_is_not_returned(parked):
    where = {"workflow": parked.last_run().workflow}
    with closing(sqlite3.connect(parked.journal_file)) as editor, editor:
        changed = (
            "UPDATE result SET payload = replace(payload, '6 * 7', 'evil') WHERE host = 'h1' AND key LIKE '%Copy%'"
        )
        assert editor.execute(changed).rowcount == 1
    altered, instead, other = said(
        parked,
        [
            result("Copy", host="h1", **where),
            result("Copy", host="h1", default="none", **where),
            result("Copy", host="h2", **where),
        ],
    )
    assert "on h1 is not the one that event" in altered["msg"]
    assert "--verify" in altered["msg"]
    assert instead["failed"]
    assert other["ansible_facts"]["found"]["stdout_lines"] == ["{{ 6 * 7 }}"]


def test_a_play_finds_the_results_of_its_own_run_and_does_not_run_them(project):
    project.play("""
- name: Ask
  ansible.builtin.raw: echo "{{ '{{' }} 6 * 7 {{ '}}' }}"
  run_once: true
- name: Use
  ansible.builtin.raw: "{{ effect }} {{ found.stdout | trim | regex_replace('[{} ]', '') | quote }}"
  vars: {found: "{{ lookup('saga.ops.result', 'Ask') }}"}
""")
    assert project.run().code == 0
    assert sorted(project.effects()) == ["h1 6*7", "h2 6*7", "h3 6*7"]


def collection_playbook(project, name, *arguments, **environment):
    known = {"ANSIBLE_CALLBACKS_ENABLED": "saga.ops.durable"}  # which makes runs of all other plays
    return project.run(*arguments, playbook=f"saga.ops.{name}", **(known | environment))


def test_the_playbooks_show_a_run_plan_it_resume_it_and_report_it_and_are_no_runs_themselves(parked):
    run, page = parked.last_run(), parked.folder / "page.html"
    shown = collection_playbook(parked, "status", "-e", f"saga_run={run.id[:14]}").output
    assert f"run {run.id} of {run.workflow}" in shown
    assert "Waiting for a decision" in shown
    planned = collection_playbook(parked, "plan", "-e", "saga_playbook=site.yml").output
    assert "Copy" in planned
    (parked.folder / "flag").touch()
    decided = parked.saga("decide", run.id, "--step", "Switch", "retry", "--why", "mended")
    assert decided.code == 0, decided.output
    foreseen = collection_playbook(parked, "resume", "-e", f"saga_run={run.id}", "--check").output
    assert f"resume of run {run.id}" in foreseen
    assert str(parked.last_run().state) == "parked"
    resumed = collection_playbook(parked, "resume", "-e", f"saga_workflow={run.workflow}")
    assert resumed.code == 0, resumed.output
    assert f"saga: run {run.id} is completed" in resumed.output
    again = collection_playbook(parked, "resume", "-e", f"saga_run={run.id}")
    assert again.code == 2
    assert "there is nothing to resume" in again.output
    reported = collection_playbook(parked, "report", "-e", f"saga_dest={page}")
    assert reported.code == 0, reported.output
    assert run.id in page.read_text()
    pruned = collection_playbook(parked, "prune", "-e", "saga_older_than=0s saga_keep=0", "--check").output
    assert "1 of 1 runs that are due would be forgotten" in pruned
    assert [known.id for known in parked.asked(lambda journal: journal.runs())] == [run.id]
    assert collection_playbook(parked, "prune", "-e", "saga_older_than=0s saga_keep=0").code == 0
    assert parked.asked(lambda journal: journal.runs()) == []
