# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What findings mean for a run that is about to begin."""

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.rules import (
    RULES,
    Finding,
    Severity,
    counted,
    summary,
    verdict,
)


def a_finding(rule, **facts):
    known = {"severity": RULES[rule].severity, "where": "site.yml:3", "task": "Open", "message": "m"}
    return Finding(rule=rule, **(known | facts))


WRONG = a_finding("SAGA002", is_contradiction=True)
ERROR = a_finding("SAGA003")
WARNING = a_finding("SAGA005")
NOTE = a_finding("SAGA013")
EXCUSED = a_finding("SAGA003", excuse="because")
ALL = (WRONG, ERROR, WARNING, NOTE, EXCUSED)


@pytest.mark.parametrize(
    ("enforce", "refused", "warned"),
    [("error", (WRONG, ERROR), (WARNING,)), ("warn", (WRONG,), (ERROR, WARNING)), ("off", (WRONG,), ())],
)
def test_a_run_is_refused_or_warned_as_it_is_enforced(enforce, refused, warned):
    told = verdict(ALL, enforce)
    assert (told.refused, told.warned) == (refused, warned)


def test_an_unknown_word_is_not_taken_for_another():
    with pytest.raises(ValueError, match="loud"):
        verdict(ALL, "loud")


def test_the_summary_counts_by_rule_and_names_the_command():
    assert summary([ERROR, ERROR, WARNING, EXCUSED], ["two words.yml"]) == (
        "2 errors, 1 warning (1 excused by noqa) in the contracts: SAGA003 no-compensation (2), "
        "SAGA005 doubt-unanswered (1); see them with: saga check 'two words.yml'"
    )


def test_there_is_no_summary_of_nothing():
    assert summary([]) == summary([EXCUSED]) == ""


def test_findings_are_counted_in_words():
    assert counted(ALL) == "2 errors, 1 warning, 1 note (1 excused by noqa)"
    assert counted([]) == "no findings"
    assert counted([EXCUSED]) == "no findings (1 excused by noqa)"


def test_a_place_is_a_file_and_a_line():
    assert (WRONG.file, WRONG.line) == ("site.yml", 3)
    whole = a_finding("SAGA001", where="C:/shop/saga.yml")
    assert (whole.file, whole.line) == ("C:/shop/saga.yml", 0)
    assert str(Severity.ERROR) == "error"
