# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The examples that `ansible-doc` shows of the plugins, as they stand there."""

import ast
from pathlib import Path

import pytest
import yaml

from playground import IS_SECOND_DOOR, Project

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
KINDS = ("callback", "lookup", "modules", "strategy")
SITE = """
- name: Take a backup
  ansible.builtin.raw: "{{ effect }} backup; until test -e GO; do sleep 0.1; done; echo 42 files"
- name: Grow the volume
  ansible.builtin.raw: "{{ effect }} grow; test {{ size | default(60) }} = 40"
  vars: {saga: {on_failure: escalate}}
- name: Restart
  ansible.builtin.raw: "{{ effect }} restart"
"""
# In which order they are played, on a run that is parked because a step has failed.
LOOKING = ("run_info", "lease_info", "status", "plan", "report", "result", "resume")
DECIDING = ("decision", "unlock", "abandon", "prune")
STRATEGIES = ("linear", "free", "host_pinned")


def documented(path):
    """Return what a plugin's file says under EXAMPLES; None: nothing."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "EXAMPLES":
            return yaml.safe_load(node.value.value)
    return None


EXAMPLES = {path.stem: documented(path) for kind in KINDS for path in sorted((PLUGINS / kind).glob("*.py"))}


def test_every_plugin_has_examples_and_they_are_played_here():
    assert [name for name, found in EXAMPLES.items() if not found] == []
    plays = {name for name, found in EXAMPLES.items() if isinstance(found, list)}
    assert plays == {*LOOKING, *DECIDING, *STRATEGIES, "control"}


def played(project, names, **environment):
    """Play the examples one after the other, on the project's own hosts, run and folder."""
    plays = [play for name in names for play in EXAMPLES[name]]
    text = yaml.safe_dump(plays, sort_keys=False).replace("01M8242AA4", project.last_run().id)
    project.write("examples.yml", text)
    return project.run(playbook="examples.yml", **({"ANSIBLE_CALLBACKS_ENABLED": "crash"} | environment))


@pytest.mark.sweep
def test_the_examples_of_modules_and_of_the_lookup_do_what_they_say(tmp_path):
    project = Project(tmp_path / "shop", hosts=("db1",))
    go = project.folder / "go"
    project.play(SITE.replace("GO", str(go)))
    process = project.start()
    project.until(lambda: project.effects() == ["db1 backup"])
    done = played(project, ["control"])
    assert done.code == 0, done.output
    go.touch()
    process.wait(60)
    assert str(project.last_run().state) == "parked"
    assert project.run().code == 2
    assert project.states()["db1", "Grow the volume"] == "failed"

    done = played(project, LOOKING)
    assert done.code == 0, done.output
    assert "42 files" in done.output
    assert (project.folder / "report.html").exists()
    assert (project.folder / "plan.md").exists()

    [deciding] = EXAMPLES["decision"]
    deciding["tasks"] = [task for task in deciding["tasks"] if task["name"] != "Approve"]  # nothing waits for that here
    done = played(project, DECIDING)
    assert done.code == 0, done.output
    assert str(project.last_run().state) == "abandoned"
    assert {"decision.made", "lease.unlocked"} <= {event.type for event in project.events()}


def test_the_examples_of_strategies_and_callbacks_can_be_used_as_they_are(tmp_path):
    project = Project(tmp_path / "made")
    project.write("before.yml", "- {name: Nothing, hosts: localhost, gather_facts: false, strategy: saga.ops.linear}\n")
    assert project.run(playbook="before.yml").code == 0
    chosen = ["durable", "jsonl"] if IS_SECOND_DOOR else ["jsonl"]
    (project.folder / "ansible.cfg").write_text(
        EXAMPLES["jsonl"]["ansible.cfg"].replace("saga.ops.jsonl", ",".join(f"saga.ops.{name}" for name in chosen))
    )
    environment = project.environment()
    del environment["ANSIBLE_CALLBACKS_ENABLED"]
    project.environment = lambda **more: environment
    done = played(project, STRATEGIES)
    assert done.code == 0, done.output
    assert all((project.folder / name).is_dir() for name in STRATEGIES)
    assert "run.completed" in (project.folder / "events.jsonl").read_text()
