# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Comments that take a finding for granted: where they count, and what they must say."""

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import Contract, Effect
from ansible_collections.saga.ops.plugins.plugin_utils._engine.rules import check
from ansible_collections.saga.ops.plugins.plugin_utils._engine.rules.noqa import Comments

from outlines import COMPENSATION, a_handler, a_play, a_task, an_outline

PLAYBOOK = """\
---
# noqa: SAGA101 above the play
- name: Move  # noqa: SAGA102 on the play's first line
  hosts: db  # noqa: SAGA103 in the play
  tasks:
    - name: First
      ansible.builtin.copy:  # noqa: SAGA104 inside
        content: x

      # noqa: SAGA105 at its end

    # noqa: SAGA106 above the second

    - name: Second  # noqa: SAGA107 on its first line
      loop:
        - name: an item  # noqa: SAGA108 in a list of its own
    - name: The block  # noqa: SAGA109 on the block
      block:
        - {name: Inner, ansible.builtin.ping: }  # noqa: SAGA110 on one line
        # noqa: SAGA111 above the deeper one
        - name: Deeper
          ansible.builtin.ping:
      # noqa: SAGA112 on the block, below
      rescue:
        - ansible.builtin.ping:
            data: y  # noqa: SAGA113 without a name
  # noqa: SAGA114 in the play, at its end
"""
LINES = {
    "Move": (3, {"101", "102", "103", "114"}),
    "First": (6, {"104", "105"}),
    "Second": (14, {"106", "107", "108"}),
    "The block": (17, {"109", "112"}),
    "Inner": (19, {"110"}),
    "Deeper": (21, {"111"}),
    "rescue": (25, {"113"}),
}


@pytest.mark.parametrize("name", LINES)
def test_a_comment_counts_for_the_task_or_play_in_whose_lines_it_stands(name):
    line, wanted = LINES[name]
    found = {rule.removeprefix("SAGA") for noqa in Comments(PLAYBOOK).about(line) for rule in noqa.rules}
    assert found == wanted


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_lines_end_as_they_like(ending):
    changed = Comments(PLAYBOOK.replace("\n", ending))
    assert [(noqa.line, noqa.first) for noqa in changed.noqa] == [
        (noqa.line, noqa.first) for noqa in Comments(PLAYBOOK).noqa
    ]


@pytest.mark.parametrize(
    "value",
    [
        '"a # noqa: SAGA003 because"',
        "'a # noqa: SAGA003 because'",
        "a#noqa: SAGA003 because",
        "|\n    # noqa: SAGA003 because",
        ">-\n    x\n    # noqa: SAGA003 because\n\n    y",
        '"over\n    # noqa: SAGA003 because\n    lines"',
    ],
)
def test_a_value_is_no_comment(value):
    assert Comments(f"- name: {value}\n  other: x\n").noqa == ()


def test_the_line_that_begins_a_text_may_have_a_comment():
    [noqa] = Comments("- name: x\n  shell: |  # noqa: SAGA003 because\n    one # noqa: SAGA004 no\n").noqa
    assert (noqa.line, noqa.rules, noqa.reason) == (2, ("SAGA003",), "because")


@pytest.mark.parametrize(
    ("comment", "rules", "reason"),
    [
        ("# noqa: SAGA003 because", ("SAGA003",), "because"),
        ("#noqa SAGA003 because", ("SAGA003",), "because"),
        ("# noqa: SAGA003, SAGA005,SAGA005 because, well", ("SAGA003", "SAGA005"), "because, well"),
        ("# noqa: saga003 SAGA005 - saga is new here", ("SAGA003", "SAGA005"), "saga is new here"),
        ("# noqa: SAGA003", ("SAGA003",), ""),
        ("# noqa: SAGA003: --", ("SAGA003",), ""),
        ("# noqa: SAGAS because", ("SAGAS",), "because"),
    ],
)
def test_a_comment_says_which_rules_and_why(comment, rules, reason):
    [noqa] = Comments(f"- name: x  {comment}\n").noqa
    assert (noqa.rules, noqa.reason) == (rules, reason)


@pytest.mark.parametrize("comment", ["# noqa", "# noqa: no-changed-when", "# no SAGA003 here", "# see noqa: SAGA003 x"])
def test_what_other_tools_read_is_left_to_them(comment):
    assert Comments(f"- name: x  {comment}\n").noqa == ()


@pytest.mark.parametrize("text", ["", "# noqa: SAGA003 x", "a: [", "--- x\n--- y\n# noqa: SAGA003 x", "\x00"])
def test_a_file_without_tasks_has_comments_about_none(text):
    assert all(noqa.first == 0 for noqa in Comments(text).noqa)
    assert [*Comments(text).about(1)] == []


# ---- what they do to findings

FILE = """\
- name: Move
  tasks:
    - name: Open  # noqa: {comment}
    - name: Close
"""
STAYS = Contract(is_idempotent=True)


def findings(comment, *, text=FILE, contract=STAYS):
    tasks = a_task("Open", contract, where="site.yml:3"), a_task("Close", contract, where="site.yml:4")
    outline = an_outline(a_play(*tasks, where="site.yml:1"))
    read = {"site.yml": text.format(comment=comment)}.get
    return [(each.rule, each.line, each.excuse) for each in check(outline, lambda file: read(file, ""))]


def test_a_finding_is_excused_with_its_reason_and_another_tasks_is_not():
    assert findings("SAGA003 it is gone by itself") == [
        ("SAGA003", 3, "it is gone by itself"),
        ("SAGA003", 4, ""),
    ]


def test_a_comment_about_another_rule_excuses_nothing():
    assert findings("SAGA005 why not") == [("SAGA003", 3, ""), ("SAGA003", 4, "")]


def test_a_comment_without_a_reason_excuses_nothing_and_is_found():
    assert findings("SAGA003") == [("SAGA003", 3, ""), ("SAGA015", 3, ""), ("SAGA003", 4, "")]


def test_a_rule_that_is_not_there_is_found_and_the_others_of_the_comment_count():
    assert findings("SAGA003, SAGA033 because") == [("SAGA003", 3, "because"), ("SAGA015", 3, ""), ("SAGA003", 4, "")]


def test_no_comment_excuses_a_contradiction():
    lost = Contract(is_idempotent=True, compensate=("Gone",))
    assert findings("SAGA002 I like it", contract=lost) == [("SAGA002", 3, ""), ("SAGA002", 4, "")]
    undo = a_handler("Undo it", Contract(effect=Effect.IRREVERSIBLE), COMPENSATION, where="site.yml:3")
    [finding] = check(
        an_outline(a_play(a_task(where="site.yml:4"), undo)), lambda _file: FILE.format(comment="SAGA009 x")
    )
    assert (finding.rule, finding.excuse) == ("SAGA009", "")


def test_without_the_files_comments_are_not_looked_at():
    [finding] = check(an_outline(a_play(a_task("Open", STAYS))))
    assert finding.excuse == ""


def test_a_file_that_cannot_be_read_excuses_nothing():
    [finding] = check(an_outline(a_play(a_task("Open", STAYS))), lambda _file: "")
    assert finding.excuse == ""
