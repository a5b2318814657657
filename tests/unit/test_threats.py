# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The page of threats names tests that there are, and a test for what it says holds a threat."""

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
PAGE = (TESTS.parent / "docs" / "threats.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(\S+\.py)::(\w+)`", PAGE)))
THREATS = [
    [cell.strip() for cell in row.strip("|").split(" | ")]
    for row in PAGE.splitlines()
    if row.startswith("| ") and not re.match(r"\| (it|he) tries ", row)
]


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_test_that_the_page_names_is_there(file, name):
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_each_threat_has_what_holds_it_and_a_test_or_nothing_does():
    assert len(THREATS) > 25
    bare = [cells[0] for cells in THREATS if not cells[1].startswith("nothing") and "::" not in cells[-1]]
    assert bare == []


def test_the_page_is_where_whoever_reports_a_vulnerability_looks():
    assert "(docs/threats.md)" in (TESTS.parent / "SECURITY.md").read_text(encoding="utf-8")
