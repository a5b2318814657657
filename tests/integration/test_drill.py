# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Drills of whole plays: what holds is green, and of what doesn't the step is named."""

import json

import pytest

from playground import Project

TASKS = """
- name: Append a line
  ansible.builtin.raw: echo a >> {{ home }}/lines
  vars: {saga: {effect: side_effect, idempotent: false, compensate: Remove the lines, verify: Is it appended}}
- name: Make a file
  ansible.builtin.raw: touch {{ home }}/file && echo made >> {{ home }}/.log
  vars: {saga: {effect: side_effect, idempotent: true, compensate: Remove the file}}
- name: Make a folder
  ansible.builtin.raw: mkdir -p {{ home }}/folder
  vars: {saga: {effect: side_effect, idempotent: false, compensate: Remove the folder}}
- name: Look
  ansible.builtin.raw: ls {{ home }}
  vars: {saga: {effect: none}}
"""
HANDLERS = """
- name: Remove the lines
  ansible.builtin.raw: rm -f {{ home }}/lines
- name: Remove the file
  ansible.builtin.raw: rm -f {{ home }}/file
- name: Remove the folder
  ansible.builtin.raw: rm -rf {{ home }}/folder
- name: Is it appended
  ansible.builtin.raw: test -s {{ home }}/lines
"""
PLANTED = {
    "it says idempotent, and was done a second time": (
        "Append a line",
        (
            "idempotent: false, compensate: Remove the lines, verify: Is it appended",
            "idempotent: true, compensate: Remove the lines",
        ),
    ),
    "it says undone by 'Remove the file', and undone, the state is not what it was": (
        "Make a file",
        ("rm -f {{ home }}/file", "rm -f {{ home }}/another"),
    ),
    "its verify 'Is it appended' says that it is not there, and it is": (
        "Append a line",
        ("test -s {{ home }}/lines", "test -s {{ home }}/lnies"),
    ),
    "its compensation failed": ("Make a folder", ("rm -rf {{ home }}/folder", "rmdir {{ home }}/floder")),
    "it has an effect, and nothing undoes it": ("Make a folder", (", compensate: Remove the folder", "")),
}


@pytest.fixture
def project(tmp_path):
    made = Project(tmp_path / "p", hosts={"h1": {"home": str(tmp_path / "target"), "saga_disposable": True}})
    made.play(TASKS, HANDLERS)
    reset = "rm -rf {{ home }} && mkdir -p {{ home }}"
    made.write("reset.yml", [{"hosts": "db", "gather_facts": False, "tasks": [{"ansible.builtin.raw": reset}]}])
    return made


def drilled(project, *options):
    """Return how a drill has ended, and what it says as data."""
    state = "cd {{ home }} && ls && cat lines 2>/dev/null; true"
    effects = "cat {{ home }}/.log 2>/dev/null; true"
    command = ["drill", "--reset", "reset.yml", "--state", state, "--effects", effects, "--json", *options, "site.yml"]
    done = project.saga(*command)
    told = done.output[done.output.index("{\n") : done.output.rindex("}\n") + 2] if "{\n" in done.output else "{}"
    return done, json.loads(told)


def words(told):
    return {(case["step"], case["moment"]): case["word"] for case in told["cases"]}


@pytest.mark.sweep
def test_a_playbook_that_keeps_its_word_is_green(project):
    done, told = drilled(project, "--moments", "during,unsaid,fails", "--steps", "Append*", "--junit", "drill.xml")
    assert done.code == 0, done.output
    assert words(told) == {
        ("Append a line", "during"): "resumed",
        ("Append a line", "unsaid"): "looked",
        ("Append a line", "fails"): "undone",
    }
    assert (project.folder / "drill.xml").read_text().count("<testcase") == 3


def test_targets_that_nobody_has_called_disposable_are_left_alone(project):
    inventory = project.folder / "inventory.yml"
    inventory.write_text(inventory.read_text().replace("saga_disposable: true", "saga_disposable: false"))
    done, _told = drilled(project)
    assert done.code == 1
    assert "disposable: h1. Say so with saga_disposable" in done.output
    assert project.effects() == []
    assert not (project.folder.parent / "target").exists()


def test_the_callback_does_nothing_without_the_secret_of_a_drill(project, tmp_path):
    order = {"act": "kill", "point": "before_intent", "host": "h1", "key": "", "after": 0, "nonce": "right"}
    (tmp_path / "order.json").write_text(json.dumps(order))
    reset = project.run(playbook="reset.yml")
    assert reset.code == 0, reset.output
    done = project.run(ANSIBLE_CALLBACKS_ENABLED="saga.ops.drill", SAGA_DRILL=tmp_path, SAGA_DRILL_NONCE="wrong")
    assert done.code == 0, done.output
    assert not (tmp_path / "marks.jsonl").exists()


@pytest.mark.sweep
def test_every_moment_of_every_step_is_green(project):
    done, told = drilled(project)
    assert done.code == 0, done.output
    assert len(words(told)) == 3 * 7 + 4


@pytest.mark.sweep
@pytest.mark.parametrize("what", PLANTED)
def test_the_step_whose_contract_is_wrong_is_named(project, what):
    step, (right, wrong) = PLANTED[what]
    site = project.folder / "site.yml"
    assert right in site.read_text()
    site.write_text(site.read_text().replace(right, wrong))
    done, told = drilled(project, "--moments", "unsaid,fails")
    assert done.code == 5, done.output
    assert [(blame["step"], what in blame["what"]) for blame in told["blamed"]] == [(step, True)]
