# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What fuzzers have found: each case in tests/fuzz/corpus is tried again, with the check of its door."""

from pathlib import Path

import pytest
import yaml

import fuzzed

CORPUS = Path(__file__).parents[1] / "fuzz" / "corpus"
CASES = [
    pytest.param(path.stem, case["case"], id=f"{path.stem}: {case['was']}")
    for path in sorted(CORPUS.glob("*.yml"))
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize(("door", "case"), CASES)
def test_a_case_that_was_found_once_is_answered(door, case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SAGA_JOURNAL", str(tmp_path / "journal.db"))
    fuzzed.CHECKS[door](case.encode("ascii").decode("unicode_escape") if door != "command" else case)


def test_every_door_has_a_check():
    assert {path.stem for path in CORPUS.glob("*.yml")} <= fuzzed.CHECKS.keys()
