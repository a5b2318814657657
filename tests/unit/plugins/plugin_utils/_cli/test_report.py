# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""``saga report`` writes down a run that is over, waits, or is at work."""

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine import codec
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import StepState

from past import UNDOABLE

SAID = {"msg": "non-zero return code", "rc": 7, "stderr": "no space left", "failed": True}
FAILURE = codec.encode({"family": "2.16", "result": {"data": SAID}, "fields": {}})


@pytest.fixture
def failed(past):
    """A run that has copied to one host, and failed on another."""
    work = past.begin(targets=("h1", "h2"))
    work.do("Copy", contract=UNDOABLE)
    work.finish(work.start("Copy", "h2", UNDOABLE), StepState.FAILED, FAILURE, is_handled=False)
    work.end(reason="'Copy' failed on h2")
    return past


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("run.html", "<!DOCTYPE html>"),
        ("run.md", "# Run "),
        ("run.XML", "<?xml "),
        ("run", "<!DOCTYPE html>"),
    ],
)
def test_the_ending_of_the_file_says_how_a_report_is_written(failed, name, begins):
    said = failed.saga("report", "-o", str(failed.folder / name))
    assert (said.code, said.out) == (0, "")
    assert (failed.folder / name).read_text().startswith(begins)


def test_without_a_file_a_report_is_printed_and_the_format_is_as_asked(failed):
    assert failed.saga("report").out.startswith("<!DOCTYPE html>")
    assert failed.saga("report", "--format", "junit").out.startswith("<?xml ")
    named = failed.folder / "summary.html"
    failed.saga("report", "--format", "markdown", "--output", str(named))
    assert named.read_text().startswith("# Run ")


def test_a_report_says_what_a_failed_step_has_said(failed):
    said = failed.saga("report", failed.last().id, "--format", "markdown").out
    assert "failed on h2 (site.yml:7): non-zero return code (rc 7) no space left" in said


def test_a_report_tells_which_journal_its_commands_are_about(failed):
    assert f"SAGA_JOURNAL={failed.path}" in failed.saga("report", "--format", "markdown").out


def test_of_a_result_that_was_not_stored_nothing_is_told(past):
    work = past.begin()
    work.finish(work.start("Copy"), StepState.FAILED, None, is_handled=False)
    work.end()
    said = past.saga("report", "--format", "markdown")
    assert said.code == 0
    assert "Copy: failed on h1 (site.yml:7)\n" in said.out


def test_a_report_on_a_run_at_work_says_who_works_on_it(past):
    past.begin().start("Copy")
    said = past.saga("report", "--format", "markdown").out
    assert "| steps on hosts | 1 at work |" in said
    assert "process " in said


def test_a_report_says_when_the_audit_does_not_hold(failed):
    failed.means().journal._connection.execute("update event set actor = 'somebody else' where seq = 3")
    said = failed.saga("report", "--format", "markdown").out
    assert "| audit | does not hold: 1 finding |" in said
    assert "event 3" in said


def test_a_report_that_cannot_be_written_says_why_and_the_way_out(failed):
    said = failed.saga("report", "-o", str(failed.folder / "absent" / "run.html"))
    assert said.code == 1
    assert said.err.startswith(f"saga: the report cannot be written to {failed.folder}/absent/run.html: No such file")
    assert "-o" in said.err


def test_an_unknown_run_has_no_report(failed):
    assert failed.saga("report", "NONE").code == 1
