# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The playbooks that the rules are explained with, read as a run would read them."""

import json
import os
from pathlib import Path

from ansible_collections.saga.ops.plugins.plugin_utils._engine.rules import RULES

from commands import answers

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "rules"


def test_the_failing_example_of_each_rule_has_this_fault_and_no_other_and_the_passing_one_has_none(tmp_path):
    expected = {f"{rule}-{how}.yml": [rule] * (how == "fails") for rule in RULES for how in ("fails", "passes")}
    check = ["check", "--format", "json", "-i", "inventory.ini"]
    environment = {**os.environ, "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}
    said = answers([(EXAMPLES, [*check, example]) for example in expected], environment)
    found = {}
    for example, answer in zip(expected, said, strict=True):
        assert answer.code in {0, 1}, answer.err
        findings = json.loads(answer.out)["findings"]
        found[example] = [finding["rule"] for finding in findings if not finding["suppressed"]]
    assert found == expected


def test_every_example_is_of_a_rule():
    assert {path.name for path in EXAMPLES.glob("SAGA*.yml")} == {
        f"{rule}-{how}.yml" for rule in RULES for how in ("fails", "passes")
    }


def test_the_command_line_finds_it_and_says_so(project):
    example = EXAMPLES / "SAGA003-fails.yml"
    done = project.saga("check", "-i", str(EXAMPLES / "inventory.ini"), str(example), "--format", "json")
    document = json.loads(done.output)
    assert (done.code, document["counts"]["error"]) == (1, 1)
    assert [finding["rule"] for finding in document["findings"]] == ["SAGA003"]


def test_a_playbook_that_cannot_be_read_is_a_sentence(project):
    done = project.saga("check", "nowhere.yml")
    assert done.code == 1
    assert done.output.startswith("saga: ")
    assert "Traceback" not in done.output


def test_the_collections_own_playbooks_and_roles_are_found_as_those_of_others(project):
    done = project.saga("check", "--format", "json", "saga.ops.smoke")
    assert "Place the smoke marker" not in done.output  # it has its compensation
    assert "SAGA012" in {finding["rule"] for finding in json.loads(done.output)["findings"]}
