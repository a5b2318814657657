# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""saga check"""

import json
from pathlib import Path

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._cli.check import judge
from ansible_collections.saga.ops.plugins.plugin_utils._cli.main import _parsed, main
from ansible_collections.saga.ops.plugins.plugin_utils._cli.release import version
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import Contract
from ansible_collections.saga.ops.plugins.plugin_utils._engine.rules import RULES

from outlines import a_play, a_task, an_include, an_outline

PLAYBOOK = """\
- name: Move
  tasks:
    - name: Open
    - name: Pay
    - name: Close  # noqa: SAGA003 it is closed for good
"""
STAYS = Contract(is_idempotent=True)
ONCE = Contract(compensate=("Undo it",), is_idempotent=False)
TASKS = (
    a_task("Open", STAYS, where="site.yml:3"),
    a_task("Pay", ONCE, where="site.yml:4"),
    a_task("Close", STAYS, where="site.yml:5"),
)


@pytest.fixture
def judged(tmp_path, monkeypatch, capsys):
    """Judge a workflow in a folder with its playbook; return the exit code and what is printed."""
    (tmp_path / "site.yml").write_text(PLAYBOOK)
    monkeypatch.chdir(tmp_path)

    def judge_it(*tasks, form="text", is_strict=False, **facts):
        outline = an_outline(a_play(*tasks, where="site.yml:1", **facts))
        return judge(outline, form=form, is_strict=is_strict), capsys.readouterr().out

    return judge_it


def test_a_finding_is_a_line_as_compilers_have_it_and_what_to_write_below(judged):
    code, out = judged(*TASKS)
    lines = out.splitlines()
    assert lines[0].startswith("site.yml:3: SAGA003 error: 'Open' has a side effect")
    assert lines[1:5] == ["    - name: Open", "      vars:", "        saga:", '          compensate: "Undo: Open"']
    assert lines[5].startswith("site.yml:4: SAGA005 warning: 'Pay' must not be done twice")
    assert lines[-1] == "1 error, 1 warning (1 excused by noqa)"
    assert "Close" not in out
    assert code == 1


@pytest.mark.parametrize(("task", "is_strict", "code"), [(0, False, 1), (1, False, 0), (1, True, 1), (2, True, 0)])
def test_it_ends_as_its_findings_are_and_how_strict_it_is(judged, task, is_strict, code):
    assert judged(TASKS[task], is_strict=is_strict)[0] == code


def test_a_note_is_fine_even_if_it_is_strict(judged):
    code, out = judged(a_task(where="site.yml:3"), is_strict=True, unfollowed=(an_include(),))
    assert (code, out.splitlines()[-1]) == (0, "1 note")


def test_nothing_found_is_said(judged):
    assert judged(a_task(where="site.yml:3")) == (0, "no findings\n")


def test_json_holds_all_findings_those_excused_with_the_reason(judged):
    code, out = judged(*TASKS, form="json")
    document = json.loads(out)
    assert (code, document["schema"]) == (1, 1)
    assert document["counts"] == {"error": 1, "warning": 1, "note": 0, "suppressed": 1}
    stays, _doubt, excused = document["findings"]
    assert stays | {"message": "", "mend": ""} == {
        "rule": "SAGA003",
        "name": "no-compensation",
        "severity": "error",
        "file": "site.yml",
        "line": 3,
        "task": "Open",
        "message": "",
        "mend": "",
        "is_contradiction": False,
        "suppressed": None,
    }
    assert excused["suppressed"] == {"reason": "it is closed for good"}


def test_sarif_holds_the_rules_and_a_result_for_each_finding(judged):
    code, out = judged(*TASKS, form="sarif")
    log = json.loads(out)
    assert (code, log["version"]) == (1, "2.1.0")
    [run] = log["runs"]
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("saga check", version())
    assert [rule["id"] for rule in driver["rules"]] == [*RULES]
    assert all(driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    assert [(result["ruleId"], result["level"]) for result in run["results"]] == [
        ("SAGA003", "error"),
        ("SAGA005", "warning"),
        ("SAGA003", "error"),
    ]
    assert run["results"][2]["suppressions"] == [{"kind": "inSource", "justification": "it is closed for good"}]
    assert "suppressions" not in run["results"][0]


@pytest.mark.parametrize(
    ("where", "uri", "line"),
    [
        ("site.yml:3", "site.yml", 3),
        ("{folder}/roles/a role/main.yml:4", "roles/a%20role/main.yml", 4),
        ("/usr/share/x.yml:5", "file:///usr/share/x.yml", 5),
        ("saga.yml", "saga.yml", None),
    ],
)
def test_sarif_names_files_from_where_it_is_called(judged, where, uri, line):
    _code, out = judged(a_task("Open", STAYS, where=where.format(folder=Path.cwd())), form="sarif")
    [result] = json.loads(out)["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": uri}
    assert place.get("region", {}).get("startLine") == line


def test_sarif_knows_a_finding_again_when_its_line_has_moved(judged):
    marks = []
    for line in (3, 9):
        out = judged(a_task("Open", STAYS, where=f"site.yml:{line}"), form="sarif")[1]
        marks.append(json.loads(out)["runs"][0]["results"][0]["partialFingerprints"])
    assert marks[0] == marks[1]


def test_what_is_not_its_own_is_passed_on_in_order():
    words = ["-i", "hosts.ini", "--strict", "site.yml", "-e", "a=1", "--limit=db", "-vv", "more.yml"]
    asked = _parsed(["check", *words, "--format", "json"])
    assert asked.rest == ["-i", "hosts.ini", "site.yml", "-e", "a=1", "--limit=db", "-vv", "more.yml"]
    assert (asked.format, asked.strict) == ("json", True)


def test_without_a_playbook_it_says_how_it_is_called(capsys):
    assert main(["check", "--strict"]) == 2
    assert capsys.readouterr().err.startswith("saga: name a playbook")


def test_other_commands_take_no_words_that_they_do_not_know(capsys):
    assert main(["runs", "--limit", "db"]) == 2
    assert "unrecognized arguments: --limit db" in capsys.readouterr().err


def test_the_rules_are_listed(capsys):
    assert main(["check", "--rules"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["rule", *RULES]


def test_the_rules_are_listed_as_json(capsys):
    assert main(["check", "--rules", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)["rules"]
    assert [(rule["id"], rule["severity"]) for rule in told] == [(rule.id, rule.severity) for rule in RULES.values()]
