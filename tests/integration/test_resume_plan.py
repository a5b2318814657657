# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What a resume would do, told before it does it, by `saga plan --resume` and by check mode; nothing is changed."""

import json

import pytest

from playground import kill_tree

STEPS = """
    - name: Prepare
      ansible.builtin.raw: "{{ effect }} prepare"
    - name: Install
      ansible.builtin.raw: "{{ effect }} install-{{ version | default('none') }}"
    - name: Break
      ansible.builtin.raw: "test -e {{ playbook_dir }}/mended || test {{ inventory_hostname }} = h3"
    - name: Announce
      ansible.builtin.raw: "{{ effect }} announce"
      notify: Tell
"""
TELL = """
    - name: Tell
      ansible.builtin.raw: "{{ effect }} told"
"""


def files(project):
    """Everything in the project's folder that a plan might change, by content."""
    kept = (path for path in project.folder.rglob("*") if path.is_file() and path.name != "output")
    return {path: path.read_bytes() for path in kept if "-shm" not in path.name and "/.ansible/" not in str(path)}


def planned(project, *arguments):
    """Return what `saga plan --resume` tells, and hold it to changing nothing."""
    before = project.asked(lambda journal: (journal.runs(), list(journal.events(journal.runs()[0].id))))
    done = project.saga("plan", "--format", "json", "--resume", *arguments)
    assert done.code == 0, done.output
    assert project.asked(lambda journal: (journal.runs(), list(journal.events(journal.runs()[0].id)))) == before
    return json.loads(done.output[done.output.index("{") :])


def words(plan):
    return {step["name"]: step["hosts"] for step in plan["steps"]}


@pytest.fixture
def stopped(project):
    project.play(STEPS, TELL)
    assert project.run("-e", "version=one").code == 2
    return project


def test_each_step_says_for_each_host_what_a_resume_does_with_it(stopped):
    assert words(planned(stopped, stopped.playbook, "-e", "version=one")) == {
        "Prepare": dict.fromkeys(["h1", "h2", "h3"], "replay"),
        "Install": dict.fromkeys(["h1", "h2", "h3"], "replay"),
        "Break": {"h1": "run again", "h2": "run again", "h3": "replay"},
        "Announce": {"h1": "run", "h2": "run", "h3": "replay"},
        "Tell": {"h1": "if notified", "h2": "if notified", "h3": "replay"},
    }


@pytest.mark.core
def test_a_resume_does_what_its_plan_said(stopped):
    plan = words(planned(stopped, stopped.playbook, "-e", "version=one"))
    before = stopped.counted()
    stopped.write("mended", "")
    stopped.resume("-e", "version=one")
    done = {f"{host} announce" for host, word in plan["Announce"].items() if word == "run"}
    assert {effect for effect in (stopped.counted() - before) if effect.endswith("announce")} == done
    assert not [effect for effect in (stopped.counted() - before) if effect.endswith(("prepare", "install-one"))]


def test_without_a_playbook_it_is_the_command_that_began_the_run(project):
    project.play(STEPS, TELL)
    assert project.run("--limit", "h1").code == 2
    assert words(planned(project))["Break"] == {"h1": "run again"}


@pytest.mark.sweep
def test_a_command_with_extra_vars_has_to_be_given_since_their_values_are_not_recorded(stopped):
    done = stopped.saga("plan", "--resume")
    assert done.code == 1
    assert "give it as you would type it: saga plan --resume " in done.output


def test_what_has_changed_since_is_told_and_so_is_the_refusal(stopped):
    stopped.play(STEPS.replace("{{ effect }} prepare", "{{ effect }} prepare-well"), TELL)
    plan = planned(stopped, stopped.playbook, "-e", "version=two")
    assert plan["refused"]
    assert words(plan)["Prepare"] == dict.fromkeys(["h1", "h2", "h3"], "changed")
    assert words(plan)["Install"] == dict.fromkeys(["h1", "h2", "h3"], "changed")
    assert any("Prepare has changed since it was done" in change for change in plan["changes"])


@pytest.mark.parametrize(
    ("drift", "word"), [("accept", "replay"), pytest.param("rerun", "run again", marks=pytest.mark.sweep)]
)
def test_what_becomes_of_a_change_is_told_as_saga_drift_has_it(stopped, drift, word):
    stopped.play(STEPS.replace("{{ effect }} prepare", "{{ effect }} prepare-well"), TELL)
    plan = planned(stopped, stopped.playbook, "-e", "version=one", "-e", f"saga_drift={drift}")
    assert not plan["refused"]
    assert words(plan)["Prepare"] == dict.fromkeys(["h1", "h2", "h3"], word)


@pytest.mark.sweep
def test_steps_that_are_gone_or_new_are_told(stopped):
    stopped.play(STEPS.replace("- name: Prepare", "- name: Prepare anew"), TELL)
    plan = planned(stopped, stopped.playbook, "-e", "version=one")
    assert words(plan)["Prepare"] == dict.fromkeys(["h1", "h2", "h3"], "gone")
    assert words(plan)["Prepare anew"] == dict.fromkeys(["h1", "h2", "h3"], "run")
    assert [step["name"] for step in plan["steps"] if step["is_new"]] == ["Prepare anew"]


def test_a_step_in_doubt_is_asked_about_with_since_when(project):
    project.write("held", "")
    project.play("""
        - name: Pay
          ansible.builtin.raw: "{{ effect }} paid; while test -e {{ playbook_dir }}/held; do sleep 0.1; done"
    """)
    process = project.start("--limit", "h1")
    project.until(lambda: project.counted()["h1 paid"] == 1)
    kill_tree(process)
    plan = planned(project)
    assert words(plan) == {"Pay": {"h1": "ask"}}
    assert [note for step in plan["steps"] for note in step["notes"] if "without an outcome" in note]
    assert "ask" in plan["words"]


def test_a_new_host_would_run_all_and_one_that_left_is_told(stopped):
    inventory = stopped.folder / "inventory.yml"
    inventory.write_text(inventory.read_text().replace("h2: null", "h9: null"))
    plan = planned(stopped, stopped.playbook, "-e", "version=one")
    assert {step["hosts"]["h9"] for step in plan["steps"]} == {"run", "if notified"}
    assert words(plan)["Prepare"]["h2"] == "left"


def test_a_run_that_has_ended_has_no_resume(project):
    project.play("- ansible.builtin.ping:")
    project.resume()
    done = project.saga("plan", "--resume")
    assert done.code == 1
    assert "is completed: there is nothing to resume" in done.output


@pytest.mark.sweep
def test_many_hosts_are_grouped_by_what_they_have_in_common(stopped):
    inventory = stopped.folder / "inventory.yml"
    inventory.write_text(
        inventory.read_text().replace("h3: null", "\n        ".join(f"h{n}: null" for n in range(3, 40)))
    )
    done = stopped.saga("plan", "--resume", stopped.playbook, "-e", "version=one")
    assert done.code == 0, done.output
    assert "36 hosts, all but h1, h2, h3" in done.output


# Check mode


@pytest.mark.core
def test_check_mode_says_what_a_resume_would_do_and_writes_nothing(stopped):
    before = files(stopped)
    done = stopped.run("-e", "version=one", "--check")
    assert "check mode records nothing. A resume of run " in done.output
    assert "h1, h2: replay 2, run again 1, run 1" in done.output
    assert "h3: replay 5" in done.output
    assert files(stopped) == before


def test_check_mode_without_an_unfinished_run_is_silent_and_makes_no_journal(project):
    project.play(STEPS, TELL)
    done = project.run("--check", "-e", "version=one")
    assert "saga:" not in done.output
    assert not project.journal_file.parent.exists()
