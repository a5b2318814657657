# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""`saga plan` of real playbooks: what it says is kept beside them, and saying it touches nothing."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from playground import BIN

PLANS = Path(__file__).parents[1] / "plans"
ROOT = PLANS.parents[1]
CASES = sorted(path.parent.name for path in PLANS.glob("*/case.yml"))
WRITES = "SAGA_TEST_WRITE_PLANS"
"""Set, it writes the golden files anew instead of comparing with them; read the difference before you commit it."""


def saga(folder, *arguments, **environment):
    done = subprocess.run(
        [BIN / "saga", *arguments],
        cwd=folder,
        env={
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "LC_ALL": "C.UTF-8",
            "HOME": str(folder),
            "ANSIBLE_COLLECTIONS_PATH": f"{ROOT / '.venv' / 'collections'}:{PLANS / 'collections'}",
            "ANSIBLE_DEPRECATION_WARNINGS": "false",
            "ANSIBLE_HOME": os.environ.get("ANSIBLE_HOME", "/tmp/ansible"),  # noqa: S108  only its own scratch files
            **environment,
        },
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout, done.stderr


def told(name):
    case = yaml.safe_load((PLANS / name / "case.yml").read_text())
    return ["-i", "inventory.ini", "site.yml", *map(str, case.get("run", []))]


@pytest.mark.parametrize("name", CASES)
def test_a_plan_is_the_one_that_an_engineer_has_agreed_to(name):
    code, plan, complaints = saga(PLANS / name, "plan", "--format", "markdown", *told(name))
    assert code == 0, complaints
    golden = PLANS / name / "plan.md"
    if os.environ.get(WRITES):
        golden.write_text(plan)
    assert plan == golden.read_text()


def test_every_format_tells_of_every_step(tmp_path):
    name = "database_migration"
    names = {
        step["name"] for step in json.loads(saga(PLANS / name, "plan", "--format", "json", *told(name))[1])["steps"]
    }
    assert len(names) > 20
    for form in ("text", "markdown", "html"):
        _code, shown, _complaints = saga(PLANS / name, "plan", "--format", form, *told(name))
        assert [step for step in names if step.replace("'", "&#39;") not in shown and step not in shown] == [], form


def test_a_plan_can_be_written_to_a_file(tmp_path):
    name = "dns_cutover"
    code, shown, said = saga(
        PLANS / name, "plan", "--format", "html", "--output", str(tmp_path / "p.html"), *told(name)
    )
    assert (code, shown) == (0, "")
    assert f"the plan is in {tmp_path / 'p.html'}" in said
    assert "<svg" in (tmp_path / "p.html").read_text()


def defects():
    for name in CASES:
        for number, defect in enumerate(yaml.safe_load((PLANS / name / "case.yml").read_text())["defects"], start=1):
            yield pytest.param(name, defect, id=f"{name}-{number}-{defect['finds']}")


@pytest.mark.parametrize("name", CASES)
def test_a_clean_playbook_passes_the_check(name):
    code, out, complaints = saga(PLANS / name, "check", "--strict", *told(name))
    assert code == 0, out + complaints


@pytest.mark.parametrize(("name", "defect"), list(defects()))
def test_a_planted_defect_is_found_where_it_is(tmp_path, name, defect):
    shutil.copytree(PLANS / name, tmp_path / name)
    planted = tmp_path / name / defect["file"]
    text = planted.read_text()
    assert text.count(defect["replace"]) == 1
    planted.write_text(text.replace(defect["replace"], defect["with"]))
    code, out, complaints = saga(tmp_path / name, "check", "--format", "json", *told(name))
    assert code in {0, 1}, complaints
    found = [each for each in json.loads(out)["findings"] if not each["suppressed"]]
    assert defect["task"] in {each["task"] or None for each in found if each["rule"] == defect["finds"]}, out
    assert {each["rule"] for each in found} <= {defect["finds"], *defect.get("also", ())}, out


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
        ((), "name a playbook"),
        (("nowhere.yml",), "the playbook: nowhere.yml could not be found"),
        (("broken.yml",), "broken.yml"),
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
