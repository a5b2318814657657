# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A plan in a terminal."""

from ansible_collections.saga.ops.plugins.plugin_utils._cli.plan_text import terminal
from ansible_collections.saga.ops.plugins.plugin_utils._engine.report.plan import Finding, view_plan
from ansible_collections.saga.ops.plugins.plugin_utils._screen.screen import Screen

from planned import a_large, a_move, a_play, a_task, an_outline
from samples import ONCE


def said(capsys, outline, findings=()):
    terminal(view_plan(outline, findings), Screen())
    return capsys.readouterr().out


def test_every_step_has_its_line(capsys):
    lines = said(capsys, a_move()).splitlines()
    assert all(sum(f" {task.where} " in line for line in lines) == 1 for task in a_move().tasks)


def test_every_section_is_there(capsys):
    lines = said(capsys, a_move()).splitlines()
    wanted = ["Steps", "If it crashes", "If it fails", "Failure policies", "Locks", "Audit"]
    assert [line for line in lines if line in wanted] == wanted


def test_findings_come_first(capsys):
    finding = Finding(rule="SAGA003", severity="error", where="site.yml:4", task="Pay", message="nothing undoes it")
    out = said(capsys, a_move(), [finding])
    assert 0 < out.index("SAGA003") < out.index("Steps")


def test_a_name_cannot_steer_the_terminal(capsys):
    assert "\x1b" not in said(capsys, an_outline(a_play(a_task("\x1b[2J", ONCE, delegate="\x1b[2J"))))


def test_an_empty_workflow_has_a_plan(capsys):
    assert "plan of shop/site.yml" in said(capsys, an_outline())


def test_a_plan_of_two_thousand_steps_has_a_line_for_each(capsys):
    assert len(said(capsys, a_large(2000)).splitlines()) > 2000
