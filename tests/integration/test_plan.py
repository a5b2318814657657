# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""`saga plan` of real playbooks: what it says is kept beside them, and saying it touches nothing."""

import html
import json
import os
import shutil
from pathlib import Path

import pytest
import yaml
from ansible_collections.saga.ops.plugins.plugin_utils._engine.rules import RULES

from commands import answers
from playground import BIN

PLANS = Path(__file__).parents[1] / "plans"
ROOT = PLANS.parents[1]
CASES = sorted(path.parent.name for path in PLANS.glob("*/case.yml"))
OFTEN = {"cluster_join", "database_migration"}  # the rest is the sweep
WRITES = "SAGA_TEST_WRITE_PLANS"
"""Set, it writes the golden files anew instead of comparing with them; read the difference before you commit it."""


def environment(home, workflow="plans"):
    return {
        "SAGA_WORKFLOW": workflow,
        "SAGA_JOURNAL": "/var/lib/saga/journal.db",
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "LC_ALL": "C.UTF-8",
        "HOME": str(home),
        "ANSIBLE_COLLECTIONS_PATH": f"{ROOT / '.venv' / 'collections'}:{PLANS / 'collections'}",
        "ANSIBLE_DEPRECATION_WARNINGS": "false",
    }


def saga(folder, home, *arguments):
    """Return the answer of a command line given in a folder."""
    [answer] = answers([(folder, arguments)], environment(home, folder.name))
    return answer


def told(name):
    case = yaml.safe_load((PLANS / name / "case.yml").read_text())
    return ["-i", "inventory.ini", "site.yml", *map(str, case.get("run", []))]


@pytest.mark.parametrize("name", CASES)
def test_a_plan_is_the_one_that_an_engineer_has_agreed_to(tmp_path, name):
    answer = saga(PLANS / name, tmp_path, "plan", "--format", "markdown", *told(name))
    assert answer.code == 0, answer.err
    golden = PLANS / name / "plan.md"
    if os.environ.get(WRITES):
        golden.write_text(answer.out)
    assert answer.out == golden.read_text()


def test_every_format_tells_of_every_step(tmp_path):
    name = "database_migration"
    formats = ("json", "text", "markdown", "html")
    asked = [(PLANS / name, ["plan", "--format", form, *told(name)]) for form in formats]
    document, *shown = answers(asked, environment(tmp_path))
    names = {step["task"] for step in json.loads(document.out)["steps"]}
    assert len(names) > 20
    for form, answer in zip(formats[1:], shown, strict=True):
        text = html.unescape(answer.out).replace("\\", "")
        assert [step for step in names if step not in text] == [], form


def test_a_plan_can_be_written_to_a_file(tmp_path):
    name = "dns_cutover"
    path = tmp_path / "plan.html"
    answer = saga(PLANS / name, tmp_path, "plan", "--format", "html", "--output", str(path), *told(name))
    assert (answer.code, answer.out) == (0, "")
    assert f"the plan is in {path}" in answer.err
    assert "<svg" in path.read_text()


def faults(answer):
    assert answer.code in {0, 1}, answer.err
    return [each for each in json.loads(answer.out)["findings"] if not each["suppressed"]]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in OFTEN else pytest.mark.sweep) for name in CASES]
)
def test_a_clean_playbook_passes_the_check_and_every_planted_defect_is_found_where_it_is(tmp_path, name):
    defects = yaml.safe_load((PLANS / name / "case.yml").read_text())["defects"]
    assert len(defects) > 5
    folders = [PLANS / name, *(planted(name, defect, tmp_path / str(n)) for n, defect in enumerate(defects))]
    check = ["check", "--format", "json", *told(name)]
    clean, *those = answers([(folder, check) for folder in folders], environment(tmp_path))
    assert faults(clean) == []
    for defect, answer in zip(defects, those, strict=True):
        found = faults(answer)
        at = {each["task"] or None for each in found if each["rule"] == defect["finds"]}
        assert defect["task"] in at, (defect["name"], found)
        assert {each["rule"] for each in found} <= {defect["finds"], *defect.get("also", ())}, (defect["name"], found)


def planted(name, defect, folder):
    """Return a copy of a playbook with a defect in it."""
    shutil.copytree(PLANS / name, folder)
    file = folder / defect["file"]
    text = file.read_text()
    assert text.count(defect["replace"]) == 1, defect["name"]
    file.write_text(text.replace(defect["replace"], defect["with"]))
    return folder


def test_every_rule_is_planted_in_some_playbook():
    cases = [yaml.safe_load((PLANS / name / "case.yml").read_text()) for name in CASES]
    assert {defect["finds"] for case in cases for defect in case["defects"]} == set(RULES)


TOUCHED = """
from ansible.plugins.connection.local import Connection as Local
DOCUMENTATION = "name: noted\\nshort_description: notes\\ndescription: [notes]\\nauthor: us\\noptions: {}"


class Connection(Local):
    transport = "noted"

    def _connect(self):
        open("touched", "a").write("touched")
        return super()._connect()
"""


def test_planning_touches_no_target_and_writes_no_journal(project):
    """Checking and annotating do not, either."""
    project.play("""
        - name: Change
          ansible.builtin.command: touch {{ playbook_dir }}/changed
        - name: Bring more
          ansible.builtin.include_tasks: more.yml
    """)
    project.write("more.yml", "- ansible.builtin.command: touch {{ playbook_dir }}/more\n")
    project.write("connection_plugins/noted.py", TOUCHED)
    inventory = project.folder / "inventory.yml"
    inventory.write_text(inventory.read_text().replace("ansible_connection: local", "ansible_connection: noted"))
    before = {path for path in project.folder.rglob("*") if ".ansible" not in path.parts}
    for command in ("plan", "check", "annotate"):
        done = project.saga(command, "site.yml")
        assert "site.yml:" in done.output or command == "plan", done.output
        assert "more.yml" in done.output, done.output
    after = {
        path for path in project.folder.rglob("*") if ".ansible" not in path.parts and "__pycache__" not in path.parts
    }
    assert after == before
    assert project.run().code == 0
    assert (project.folder / "touched").exists()  # so the first runs would have been noticed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nowhere.yml",), "the playbook: nowhere.yml could not be found"),
        (("broken.yml",), "broken.yml:4: YAML parsing failed"),
        (("--output", "x", "site.yml"), "--output wants --format"),
    ],
)
def test_what_cannot_be_planned_is_refused_in_a_sentence(project, arguments, words):
    project.play("- ansible.builtin.ping:")
    project.write("broken.yml", "- hosts: db\n  tasks:\n    - nosuchmodule: {\n")
    done = project.saga("plan", *arguments)
    assert done.code == 1
    assert words in done.output
    assert "Traceback" not in done.output
