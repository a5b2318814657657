# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Drills of whole plays: what holds is green, and of what doesn't the step is named."""

import contextlib
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

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

# A process that was started in the background may have been told to ignore Ctrl-C, and by nohup to ignore SIGHUP.
HEEDING = """
import signal, sys
from ansible_collections.saga.ops.plugins.plugin_utils._cli.main import main
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
sys.exit(main())
"""


@pytest.fixture
def project(tmp_path):
    made = Project(tmp_path / "p", hosts={"h1": {"home": str(tmp_path / "target"), "saga_disposable": True}})
    made.play(TASKS, HANDLERS)
    reset = "rm -rf {{ home }} && mkdir -p {{ home }}"
    made.write("reset.yml", [{"hosts": "db", "gather_facts": False, "tasks": [{"ansible.builtin.raw": reset}]}])
    return made


@pytest.fixture
def two(project, tmp_path):
    """The project with two hosts that are alike, but for what the first step marks them with."""
    inventory = yaml.safe_load((project.folder / "inventory.yml").read_text())
    hosts = {name: {"home": str(tmp_path / name), "saga_disposable": True} for name in ("h1", "h2")}
    inventory["all"]["children"]["db"]["hosts"] = hosts
    project.write("inventory.yml", inventory)
    mark = "\n- name: Mark the host\n  ansible.builtin.raw: touch {{ home }}/{{ inventory_hostname }}"
    project.play(mark + TASKS, HANDLERS)
    return project


def typed(*options):
    """Return the arguments of a drill."""
    state = "cd {{ home }} && ls && cat lines 2>/dev/null; true"
    effects = "cat {{ home }}/.log 2>/dev/null; true"
    return ["drill", "--reset", "reset.yml", "--state", state, "--effects", effects, "--json", *options, "site.yml"]


def drilled(project, *options):
    """Return how a drill has ended, and what it says as data."""
    done = project.saga(*typed(*options))
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


@pytest.mark.sweep
def test_lanes_share_the_cases_out_and_each_is_measured_by_its_own_host(two):
    done, told = drilled(two, "--lanes", "h1,h2", "--moments", "unsaid", "--steps", "M*", "--doubts", "done")
    assert done.code == 0, done.output
    assert words(told) == {
        ("Mark the host", "unsaid"): "asked",
        ("Make a file", "unsaid"): "repeated",
        ("Make a folder", "unsaid"): "asked",
    }
    assert {case["host"] for case in told["cases"]} == {"h1", "h2"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_plays_of_every_lane_and_leaves_what_they_wrote(two, number, tmp_path):
    homes = [two.folder.parent / name for name in ("h1", "h2")]
    (tmp_path / "t").mkdir()
    with (two.folder / "output").open("w") as output:
        drill = subprocess.Popen(
            [sys.executable, "-c", HEEDING, *typed("--lanes", "h1,h2")],
            cwd=two.folder,
            env={**two.environment(), "TMPDIR": str(tmp_path / "t")},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    two.until(lambda: all((home / "file").exists() for home in homes))
    drill.send_signal(number)
    said = two.folder / "output"
    assert drill.wait(60) == 128 + number, said.read_text()
    two.until(lambda: at_work(two) == [])
    [folder] = (tmp_path / "t").glob("saga-drill-*")
    assert f"journals and outputs are in {folder}" in said.read_text()
    assert sorted(journal.parent.parent.name for journal in folder.glob("*/baseline/journal.db")) == ["h1", "h2"]


def at_work(project):
    """Return the processes that are in the folder of a project."""
    found = []
    for link in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            found += [link.parent.name] if link.readlink() == project.folder else []
    return found


@pytest.mark.parametrize(
    ("options", "code", "why"),
    [
        (["--lanes", "h1,h7"], 1, "--lanes names h7, and the playbook's hosts are h1"),
        (["--lanes", "h1", "--hosts", "all"], 2, "take one of them"),
    ],
)
def test_lanes_that_make_no_sense_are_refused_before_anything_runs(project, options, code, why):
    done, _told = drilled(project, *options)
    assert (done.code, why in done.output) == (code, True), done.output
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
@pytest.mark.parametrize(
    ("step", "count"), [("Append a line", 7), ("Make a file", 7), ("Make a folder", 7), ("Look", 4)]
)
def test_every_moment_of_every_step_is_green(project, step, count):
    done, told = drilled(project, "--steps", step)
    assert done.code == 0, done.output
    assert len(words(told)) == count


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
