# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""saga export, saga import"""

import hashlib
import io
import json
import os
import stat
from argparse import Namespace
from types import SimpleNamespace

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._cli import export
from ansible_collections.saga.ops.plugins.plugin_utils._cli.main import main
from ansible_collections.saga.ops.plugins.plugin_utils._engine import pruning
from ansible_collections.saga.ops.plugins.plugin_utils._engine.clock import SystemClock
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.opening import open_journal
from ansible_collections.saga.ops.plugins.plugin_utils._engine.moving import writing

import servers
from past import UNDOABLE, Past, Said
from samples import DEAD

# Where runs are brought to; a store joins with a line.
STORES = {
    "sqlite": lambda folder: f"sqlite://{folder}/there/journal.db",
    "redis": lambda folder: on_server("redis", folder),
}


def on_server(kind, folder):
    """Return the URL of a journal on a server, in a namespace that belongs to a folder."""
    if (url := servers.shared(kind)) is None:
        pytest.skip("this machine has no such server")
    return f"{url}?namespace={hashlib.sha256(bytes(folder)).hexdigest()[:16]}"


@pytest.fixture(params=[pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in sorted(STORES)])
def there(request, tmp_path, capsys, monkeypatch):
    """Another journal, which is not there yet."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "there"))
    url = STORES[request.param](tmp_path)

    def saga(command, *arguments):
        capsys.readouterr()
        code = main([command, "--journal", url, *arguments])
        captured = capsys.readouterr()
        return Said(code, captured.out, captured.err)

    def asked(question):
        journal = open_journal(url, clock=SystemClock())
        try:
            return question(journal)
        finally:
            journal.close()

    return SimpleNamespace(url=url, saga=saga, asked=asked, is_made=(tmp_path / "there").exists)


@pytest.fixture
def other(tmp_path, capsys):
    """Another journal that has a past of its own."""
    (tmp_path / "other").mkdir()
    opened = Past(tmp_path / "other", capsys)
    yield opened
    opened.close()


@pytest.fixture
def file(tmp_path):
    return tmp_path / "export.jsonl"


def ended(past, state="completed", **typed):
    work = past.begin(**typed)
    work.do("Copy")
    work.end(state)
    return work.run


def runs_in(text):
    lines = [json.loads(line) for line in text.splitlines()]
    return [line["id"] for line in lines if line["line"] == "run"]


# What is exported


def test_what_is_exported_here_is_imported_there_and_its_audit_holds(past, there, file):
    run = ended(past)
    assert past.saga("export", run.id, "-o", str(file)).code == 0
    said = there.saga("import", str(file))
    assert (said.code, said.out.splitlines()[1].split()[-2:]) == (0, ["completed", "imported"])
    assert there.saga("audit", run.id, "--verify").code == 0
    assert "run.imported" in there.saga("audit", run.id).out


def test_the_export_goes_to_standard_output_unless_a_file_is_named(past, there, monkeypatch):
    run = ended(past)
    export = past.saga("export", "--all").out
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(export.encode())))
    assert there.saga("import", "-").code == 0
    assert there.saga("status", run.id).code == 0


def test_the_header_tells_where_the_runs_come_from(past):
    ended(past)
    header = json.loads(past.saga("export", "--all").out.splitlines()[0])
    assert (header["format"], header["schema"], header["journal"]) == ("saga.ops export", 2, f"sqlite://{past.path}")
    assert header["version"]
    assert header["time"].endswith("Z")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:///srv/a@b/journal.db", "sqlite:///srv/a@b/journal.db"),
        ("redis://host:6379/0", "redis://host:6379/0"),
        ("redis://:secret@host:6379/0", "redis://host:6379/0"),
        ("rediss://ann:sec@ret@host/1", "rediss://ann@host/1"),
        ("redis://ann@host", "redis://ann@host"),
    ],
)
def test_no_password_of_a_journal_is_in_an_export(url, shown):
    header = json.loads(writing.opening(version="1", journal=url, moment=0))
    assert header["journal"] == shown


@pytest.mark.parametrize(
    ("choice", "which"),
    [
        (["--all"], ["old", "new", "open"]),
        (["--ended"], ["old", "new"]),
        (["--older-than", "30d"], ["old"]),
        (["--older-than", "30d", "--ended"], ["old"]),
        (["new"], ["new"]),
        (["open", "old", "old"], ["old", "open"]),
    ],
)
def test_runs_are_chosen_by_name_or_by_how_long_ago_they_ended(past, choice, which):
    names = {}
    for name in ("old", "new", "open"):
        run = ended(past, "stopped" if name == "open" else "completed", targets=(name,), run_id=f"{name}-{os.getpid()}")
        names[run.id] = name
    age(past, f"old-{os.getpid()}", 40)
    assert [names[run] for run in runs_in(past.saga("export", *choice).out)] == which


def age(past, run, days):
    """Let a run have ended so many days ago."""
    past.journal._execute('UPDATE run SET "updated" = "updated" - ? WHERE "id" = ?', (days * 86400, run))


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["R", "--all"],
        ["--older-than", "30"],
        ["--older-than", "soon"],
        ["R", "--move"],
        ["--all", "--move", "-o", "x"],
        ["R", "S", "--move", "-o", "x"],
        ["R", "--live", "--move", "-o", "x"],
    ],
)
def test_an_export_that_is_not_clearly_asked_for_is_none(past, words):
    ended(past)
    said = past.saga("export", *words)
    assert (said.code, said.out) == (2, "")
    assert "saga export --help" in said.err


def test_an_unknown_run_is_not_exported(past, file):
    ended(past)
    assert past.saga("export", "XYZ", "-o", str(file)).code == 1
    assert not file.exists()


def test_a_run_whose_audit_does_not_hold_is_not_exported(past, file):
    run = ended(past)
    past.journal._execute("UPDATE step SET \"state\" = 'failed'")
    said = past.saga("export", run.id, "-o", str(file))
    assert said.code == 1
    assert f"the audit of run {run.id} does not hold" in said.err
    assert list(file.parent.glob("*export.jsonl*")) == []


# The file


def test_the_file_is_for_its_owner_alone_and_takes_the_place_of_an_earlier_one(past, file):
    ended(past)
    file.write_text("an earlier one")
    past.saga("export", "--all", "-o", str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(runs_in(file.read_text())) == 1
    assert list(file.parent.glob(".export*")) == []


def test_an_earlier_file_stays_when_an_export_fails(past, file):
    work = past.begin()
    file.write_text("an earlier one")
    assert past.saga("export", work.run.id, "-o", str(file)).code == 1
    assert file.read_text() == "an earlier one"
    assert list(file.parent.glob(".export*")) == []


@pytest.mark.parametrize("name", ["/dev/null", ".", "nowhere/export.jsonl", "export.jsonl/more"])
def test_what_cannot_be_a_file_is_refused(past, file, name, monkeypatch):
    ended(past)
    file.write_text("")
    monkeypatch.chdir(file.parent)
    said = past.saga("export", "--all", "-o", name)
    assert (said.code, f"the export {name} cannot be written" in said.err) == (1, True)


# Runs that somebody is at work on


def test_a_run_that_is_named_and_at_work_is_refused(past):
    work = past.begin()
    said = past.saga("export", work.run.id)
    assert said.code == 1
    assert "is being worked on by" in said.err


def test_a_run_at_work_is_left_out_of_all_and_that_is_said(past):
    done, work = ended(past, targets=("h2",)), past.begin()
    said = past.saga("export", "--all")
    assert (said.code, runs_in(said.out)) == (0, [done.id])
    assert f"run {work.run.id} of shop/site.yml is left out, because somebody is at work on it" in said.err


def test_a_run_at_work_is_taken_as_it_is_and_imported_only_where_that_is_asked_for(past, there, file):
    work = past.begin()
    work.start("Copy")
    said = past.saga("export", work.run.id, "--live", "-o", str(file))
    assert (said.code, "somebody is at work on it here, too" in said.err) == (0, True)
    said = there.saga("import", str(file))
    assert (said.code, there.is_made()) == (1, False)
    assert "was at work when it was exported" in said.err
    assert there.saga("import", str(file), "--live").code == 0
    said = there.saga("status", work.run.id)
    assert "at work  nobody" in said.out
    assert "in doubt" in said.out


# Unfinished runs


def test_it_is_said_that_an_unfinished_run_goes_on_in_one_place_only(past, there, file):
    run = ended(past, "stopped")
    said = past.saga("export", run.id, "-o", str(file))
    assert "Go on with it in one place only" in said.err
    said = there.saga("import", str(file))
    assert "never in both places" in said.err


def test_a_run_that_moved_can_be_resumed_there_and_no_more_here(past, there, file):
    past.begin().end("parked")
    run = past.last()
    said = past.saga("export", run.id, "--move", "-o", str(file))
    assert said.code == 0
    assert (past.last().state, past.last().reason) == ("abandoned", f"moved to {file}")
    assert past.journal.leases() == []
    assert [event.type for event in past.journal.events(run.id)][-3:] == [
        "run.exported",
        "run.abandoned",
        "lease.released",
    ]
    assert past.saga("audit", run.id, "--verify").code == 0
    said = there.saga("import", str(file))
    assert (said.code, "never in both places" in said.err) == (0, False)
    assert there.asked(lambda journal: journal.runs()[0].state) == "parked"
    assert there.asked(lambda journal: journal.leases()) == []


def test_what_workers_left_of_a_run_moves_with_it(past, there, file):
    def work_on(work):
        work.do("Copy", contract=UNDOABLE)
        work.page(work.start("Link")).write("result", state="ok", payload="{}")
        work.start("Wait")
        work.leave_in_doubt("Switch")

    run = past.killed(work_on)
    assert past.saga("export", run.id, "--move", "-o", str(file)).code == 0
    there.saga("import", str(file))
    steps = there.asked(lambda journal: journal.steps(run.id))
    assert {step.name: str(step.state) for step in steps} == {
        "Copy": "ok",
        "Link": "ok",
        "Wait": "pending",
        "Switch": "started",
    }
    assert there.saga("audit", run.id, "--verify").code == 0


def test_an_ended_run_or_one_at_work_does_not_move(past, file):
    done, work = ended(past, targets=("h2",)), past.begin()
    assert "there is nothing to move" in past.saga("export", done.id, "--move", "-o", str(file)).err
    assert past.saga("export", work.run.id, "--move", "-o", str(file)).code == 1
    assert not file.exists()


def test_a_run_that_is_resumed_while_it_moves_stays(past, file, monkeypatch):
    run = ended(past, "stopped")

    def resumed(*_lines):
        monkeypatch.undo()
        past.begin()
        return '{"line":"end","runs":1}\n'

    monkeypatch.setattr(writing, "closing", resumed)
    monkeypatch.setattr("ansible_collections.saga.ops.plugins.plugin_utils._engine.moving.closing", resumed)
    said = past.saga("export", run.id, "--move", "-o", str(file))
    assert said.code == 1
    assert past.last().state == "running"
    assert list(file.parent.glob("*export.jsonl*")) == []


def test_a_run_that_moved_is_never_lost_even_if_its_file_cannot_take_its_place(past, file, monkeypatch):
    run = ended(past, "stopped")

    def full(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    said = past.saga("export", run.id, "--move", "-o", str(file))
    [draft] = file.parent.glob(".export*")
    assert (said.code, f"all of it is in {draft}" in said.err) == (1, True)
    assert runs_in(draft.read_text()) == [run.id]


# Runs that arrive


def test_a_dry_run_says_what_would_be_and_makes_no_journal(past, there, file):
    run = ended(past)
    past.saga("export", run.id, "-o", str(file))
    said = there.saga("import", str(file), "--dry-run")
    assert (said.code, "would be imported" in said.out, there.is_made()) == (0, True, False)


def test_what_is_there_already_is_left_alone(past, there, file):
    run = ended(past)
    past.saga("export", run.id, "-o", str(file))
    there.saga("import", str(file))
    for saga in (there.saga, past.saga):
        assert "here already" in saga("import", str(file)).out
    assert there.saga("audit", run.id).out.count("run.imported") == 1


def test_nothing_is_imported_of_a_file_that_holds_a_run_which_is_there_otherwise(past, there, file):
    first = ended(past, "stopped", targets=("h1",))
    past.saga("export", first.id, "-o", str(file))
    there.saga("import", str(file))
    ended(past, targets=("h2",))
    past.saga("abandon", first.id, "--why", "it is done there")
    past.saga("export", "--all", "-o", str(file))
    said = there.saga("import", str(file))
    assert (said.code, f"run {first.id} is in this journal already" in said.err) == (1, True)
    assert len(there.asked(lambda journal: journal.runs())) == 1


def test_a_file_that_is_cut_makes_no_journal(past, there, file):
    ended(past)
    past.saga("export", "--all", "-o", str(file))
    file.write_bytes(file.read_bytes()[:-5])
    said = there.saga("import", str(file))
    assert (said.code, "it was cut off" in said.err, there.is_made()) == (1, True, False)


@pytest.mark.parametrize("name", ["nowhere.jsonl", "."])
def test_a_file_that_cannot_be_read_is_refused(there, tmp_path, name, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = there.saga("import", name)
    assert (said.code, f"{name}: " in said.err) == (1, True)


def test_an_unfinished_run_in_the_same_place_is_told_of(past, other, file):
    run = ended(past, "stopped")
    past.saga("export", run.id, "-o", str(file))
    rival = ended(other, "stopped")
    said = other.saga("import", str(file))
    assert f"run {rival.id} of shop/site.yml is unfinished here on the same targets" in said.err


def test_a_run_that_came_is_resumed_with_what_it_had_done(past, other, file):
    run = past.killed(lambda work: work.do("Copy"))
    past.saga("export", run.id, "--move", "-o", str(file))
    other.saga("import", str(file))
    work = other.begin()
    assert (work.run.id, work.run.attempt) == (run.id, 2)
    work.do("Link")
    work.end("completed")
    assert other.states() == {("h1", "Copy"): "ok", ("h1", "Link"): "ok"}
    assert other.saga("audit", run.id, "--verify").code == 0


def test_workers_that_are_alive_here_are_not_taken_for_dead(past, file):
    """A journal is lost, a backup of it imported, and a worker of the run is still at work."""
    work = past.begin()
    page = work.page(work.start("Copy"))
    assert past.saga("export", work.run.id, "--live", "-o", str(file)).code == 0
    past.journal.drop(work.run.id, version=past.last().version)
    said = past.saga("import", str(file), "--live")
    assert (said.code, f"process {DEAD.pid}" in said.err or "is being worked on by" in said.err) == (1, True)
    page.close()


def test_a_run_that_is_forgotten_after_it_was_listed_is_left_out_of_an_export_of_all(past):
    past.begin(targets=("h1",)).end("completed")
    past.begin(targets=("h1",)).end("completed")
    means = past.means()
    listed = means.journal.runs()
    assert pruning.forget(means, listed[1])
    written = []
    tally = export._written(means, listed, Namespace(runs=[], live=False, journal=str(past.path)), written.append)
    assert [run.id for run, _how in tally.taken] == [listed[0].id]
    assert listed[1].id not in "".join(written)
