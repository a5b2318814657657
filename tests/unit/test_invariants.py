# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What saga.ops keeps true, whatever happens; a test that guards one of these says so in its docstring, as [I1]."""

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]

INVARIANTS = {
    "I1": "a completed step is never executed again in its run",
    "I2": "there is no effect without an earlier durable intent",
    "I3": "nothing acts on a result that is not durable",
    "I4": "a completed loop item is never executed again; a running async job is never started twice",
    "I5": "an unfinished run is never begun anew without an operator's recorded word",
    "I6": "without a valid lease no step starts",
    "I7": "compensations run in the reverse order of the starts, once each",
    "I8": "nothing is compensated across a completed pivot",
    "I9": "a run ends in one state, every step of a host has one, and each is told with what a resume will do with it",
    "I10": "two live runs never hold one target",
    "I11": "a stale attempt cannot write",
    "I12": "the audit's chain verifies and accounts for every change of state",
    "I13": "with a contract nowhere and nothing failing, a playbook ends as under the stock strategy",
    "I14": "after kill -9 at any instant and a resume, the targets are as an uninterrupted run leaves them",
}


def docstrings():
    """Return the docstrings of all test files, test classes and tests."""
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef
    nodes = (node for path in TESTS.rglob("test_*.py") for node in ast.walk(ast.parse(path.read_text())))
    return [ast.get_docstring(node) or "" for node in nodes if isinstance(node, kinds)]


@pytest.fixture(scope="module")
def named():
    return set(re.findall(r"\[(I\d+)\]", "\n".join(docstrings())))


@pytest.mark.parametrize("invariant", INVARIANTS)
def test_every_invariant_is_guarded_by_a_test_that_names_it(invariant, named):
    assert invariant in named, INVARIANTS[invariant]


def test_no_test_names_an_invariant_that_there_is_not(named):
    assert named - INVARIANTS.keys() == set()
