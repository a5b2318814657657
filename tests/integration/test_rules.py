# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The playbooks that the rules are explained with, read as a run would read them."""

import json
from pathlib import Path

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.rules import RULES

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "rules"


def found(project, example):
    """Return the rules that find fault with an example, as the command line tells it."""
    where = ("-i", str(EXAMPLES / "inventory.ini"), str(EXAMPLES / example))
    done = project.saga("check", "--format", "json", *where)
    assert done.code in {0, 1}, done.output
    findings = json.loads(done.output)["findings"]
    return [finding["rule"] for finding in findings if not finding["suppressed"]]


@pytest.mark.parametrize("rule", RULES)
def test_the_failing_example_has_this_fault_and_no_other(project, rule):
    assert found(project, f"{rule}-fails.yml") == [rule]


@pytest.mark.parametrize("rule", RULES)
def test_the_passing_example_has_none(project, rule):
    assert found(project, f"{rule}-passes.yml") == []


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
