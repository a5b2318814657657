# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""saga audit: selecting events, following a run, anchors, and files of events."""

import json
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit import seal
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal import rows
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import Entry

from hook import listening


@pytest.fixture
def work(past):
    return past.begin(targets=("h1", "h2"))


@pytest.fixture
def run(work):
    work.do("Copy, once", "h1", "h2")
    work.do("Migrate")
    work.end("completed")
    return work.run


def types(said):
    assert said.code == 0, said
    return [json.loads(line)["type"] for line in said.out.splitlines()]


# Selecting


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--type", "run.started"], ["run.started"]),
        (["--type", "lease.*"], ["lease.acquired", "lease.released"]),
        (["--type", "run.started,step.i*"], ["run.started", *["step.intent"] * 3]),
        (["--type", "run.started", "--type", "run.completed"], ["run.started", "run.completed"]),
        (["--host", "h2"], ["lease.acquired", "step.intent", "step.outcome", "lease.released"]),
        (["--host", "h2", "--type", "step.*"], ["step.intent", "step.outcome"]),
        (["--step", "Migrate"], ["step.intent", "step.outcome"]),
        (["--step", "1 Move/Migrate#1"], ["step.intent", "step.outcome"]),
        (["--step", "Copy, once", "--host", "h1"], ["step.intent", "step.outcome"]),
        (["--attempt", "2"], []),
        (["--attempt", "1,2", "--type", "run.*"], ["run.started", "run.completed"]),
        (["--by", "nobody"], []),
        (["--by", "*", "--type", "run.*"], ["run.started", "run.completed"]),
        (["--since", "-1h", "--type", "run.*"], ["run.started", "run.completed"]),
        (["--since", "1h", "--type", "run.*"], ["run.started", "run.completed"]),
        (["--until", "-1h"], []),
        (["--until", "2020-01-01"], []),
        (["--since", "2020-01-01T00:00:00Z", "--until", "2020-01-02T00:00:00+02:00"], []),
    ],
)
def test_events_are_selected(past, run, options, found):
    assert types(past.saga("audit", run.id, "--json", *options)) == found


def test_a_table_has_what_is_selected(past, run):
    said = past.saga("audit", run.id, "--type", "run.*")
    assert [line.split()[3] for line in said.out.splitlines()[1:]] == ["run.started", "run.completed"]


def test_it_is_said_when_nothing_is_like_that(past, run):
    said = past.saga("audit", run.id, "--type", "run.stopped")
    assert (said.code, said.out) == (0, "")
    assert said.err == f"saga: none of the 10 events of run {run.id} is like that\n"


def test_a_step_that_the_run_does_not_have_is_refused(past, run):
    said = past.saga("audit", run.id, "--step", "Migrat")
    assert said.code == 1
    assert "'Migrat' is no step that it has started" in said.err
    assert "Migrate" in said.err


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--since", "yesterday"], "'yesterday' must be a time like"),
        (["--since", "5"], "'5' must be a time like"),
        (["--attempt", "x"], "'x' is no number of an attempt"),
        (["--file", "f"], "--anchors and --file go with --verify"),
        (["--anchors", "f"], "--anchors and --file go with --verify"),
        (["--verify", "--host", "h1"], "a record is verified and anchored as a whole"),
        (["--anchor", "f", "--since", "1h"], "a record is verified and anchored as a whole"),
        (["--verify", "--follow"], "not allowed with argument"),
        (["--anchor", "ftp://ann:s3cr3t@h/"], "--anchor must be a file, or the URL of a web hook"),
    ],
)
def test_what_cannot_be_meant_is_refused(past, run, options, complaint):
    said = past.saga("audit", run.id, *options)
    assert said.code == 2
    assert complaint in said.err
    assert "s3cr3t" not in said.out + said.err


# Following


def test_a_run_that_has_ended_is_followed_to_its_end(past, run):
    assert types(past.saga("audit", run.id, "--follow", "--json")) == types(past.saga("audit", run.id, "--json"))


def test_a_run_is_followed_while_another_process_writes(past, work):
    saga = Path(sys.executable).with_name("saga")
    command = [saga, "audit", work.run.id, "--journal", past.path, "-f", "--type", "step.*,run.*"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as follower:
        assert " run.started " in follower.stdout.readline()
        work.do("Copy")
        assert " step.intent  h1  1 Move/Copy#1 " in follower.stdout.readline()
        assert " step.outcome " in follower.stdout.readline()
        work.end("completed")
        assert " run.completed " in follower.stdout.readline()
        assert follower.stdout.read() == ""
        assert follower.wait(30) == 0


def test_ctrl_c_ends_following(past, work, monkeypatch):
    def interrupt(_seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr("ansible_collections.saga.ops.plugins.plugin_utils._engine.clock.sleep", interrupt)
    said = past.saga("audit", work.run.id, "--follow")
    assert said.code == 130
    assert "run.started" in said.out


def test_a_step_that_is_yet_to_come_can_be_followed(past, work):
    def go_on():
        time.sleep(0.3)
        work.do("Migrate")
        work.end("completed")

    thread = threading.Thread(target=go_on)
    thread.start()
    said = past.saga("audit", work.run.id, "--follow", "--json", "--step", "Migrate")
    thread.join()
    assert types(said) == ["step.intent", "step.outcome"]


# Anchors


def forge(past, run):
    """Make the whole chain anew with another actor, and the run's record with it, as a liar with time does."""
    events, before = [], ""
    for event in past.journal.events(run.id):
        facts = {name: getattr(event, name) for name in Entry.__slots__ if name != "puts"}
        entry = Entry(**(facts | {"actor": "eve"}))
        events.append(seal(entry, seq=event.seq, before=before, identity=event.id, moment=event.time))
        before = events[-1].hash
    with closing(sqlite3.connect(past.path)) as database, database:
        for event in events:
            row = rows.of_event(event)
            database.execute(
                "UPDATE event SET actor = ?, hash = ? WHERE seq = ?", (row["actor"], row["hash"], event.seq)
            )
        database.execute("UPDATE run SET head = ?", (before,))


def cut(past, run):
    """Cut the end off, and say in the run's record that it never was."""
    events = list(past.journal.events(run.id))[:-2]
    with closing(sqlite3.connect(past.path)) as database, database:
        database.execute("DELETE FROM event WHERE seq > ?", (len(events),))
        database.execute("UPDATE run SET events = ?, head = ?, state = 'running'", (len(events), events[-1].hash))


def test_an_anchor_says_where_the_chain_ends(past, run):
    count, head = past.journal.head(run.id)
    anchor = json.loads(past.saga("audit", run.id, "--anchor").out)
    datetime.strptime(anchor.pop("time"), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert anchor == {"schema": 1, "run": run.id, "events": count, "hash": head}


def test_anchors_are_appended_to_a_file_and_hold(past, run, tmp_path):
    path = str(tmp_path / "anchors")
    for _time in range(2):
        said = past.saga("audit", run.id, "--anchor", path)
        assert (said.code, said.out) == (0, f"Run {run.id} is anchored at event 10: {path}\n")
    said = past.saga("audit", run.id, "--verify", "--anchors", path)
    assert said.code == 0
    assert "Its 2 anchors are at their places, up to event 10." in said.out


@pytest.mark.parametrize(
    ("tamper", "words"),
    [(forge, "event 10 (lease.released, "), (cut, "the chain ends with event 8, and it was anchored at event 10")],
)
def test_what_holds_by_itself_does_not_hold_against_its_anchor(past, run, tamper, words):
    path = str(past.folder / "anchors")
    past.saga("audit", run.id, "--anchor", path)
    tamper(past, run)
    assert past.saga("audit", run.id, "--verify").code == 0
    said = past.saga("audit", run.id, "--verify", "--anchors", path)
    assert said.code == 3
    assert words in said.out
    document = json.loads(past.saga("audit", run.id, "--verify", "--anchors", path, "--json").out)
    assert [finding["fault"] for finding in document["findings"]] == ["anchor"]


def test_a_web_hook_is_sent_the_anchor(past, run):
    with listening() as hook:
        said = past.saga("audit", run.id, "--anchor", f"http://ann:s3cr3t@{hook.place}/x?key=s3cr3t")
    assert said.out == f"Run {run.id} is anchored at event 10: http://{hook.place}\n"
    assert hook.posted[0][2]["events"] == 10


def test_an_anchor_that_cannot_be_kept_is_an_error_without_secrets(past, run):
    said = past.saga("audit", run.id, "--anchor", "http://ann:s3cr3t@127.0.0.1:9/s3cr3t")
    assert said.code == 1
    assert "the anchor was not kept: http://127.0.0.1:9 cannot be reached" in said.err
    assert "s3cr3t" not in said.err


def test_anchors_of_other_runs_prove_nothing(past, run, tmp_path):
    path = tmp_path / "anchors"
    path.write_text("")
    said = past.saga("audit", run.id, "--verify", "--anchors", str(path))
    assert said.code == 1
    assert f"{path} has no anchor of run {run.id}, so it proves nothing about it" in said.err
    assert "cannot be read" in past.saga("audit", run.id, "--verify", "--anchors", str(tmp_path / "none")).err


# Files of events


@pytest.fixture
def file(past, run, tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_text(past.saga("audit", run.id, "--json").out)
    return path


def verified(past, file, *more):
    return past.saga("audit", "--verify", "--file", str(file), *more)


def test_a_file_proves_itself_without_a_journal(past, run, file):
    past.path.unlink()
    said = verified(past, file)
    assert said.code == 0
    assert (
        f"The record of run {run.id} in {file} is whole from event 1 to its end, event 10 (lease.released, " in said.out
    )


def test_a_cut_file_is_whole_up_to_another_end_and_its_anchor_says_so(past, run, file, tmp_path):
    anchors = tmp_path / "anchors"
    past.saga("audit", run.id, "--anchor", str(anchors))
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:4]))
    assert "to its end, event 4 (step.outcome, " in verified(past, file).out
    said = verified(past, file, "--anchors", str(anchors))
    assert said.code == 3
    assert "the chain ends with event 4, and it was anchored at event 10" in said.out


@pytest.mark.parametrize("number", range(1, 11))
def test_each_line_of_a_file_that_is_changed_or_missing_is_found(past, run, file, number):
    lines = file.read_text().splitlines(keepends=True)
    line = lines[number - 1]
    is_last = number == len(lines)
    for other in (
        line.replace('"actor": "', '"actor": "x'),
        line.replace('"attempt": 1', '"attempt": "1"'),
        "nonsense\n",
        line * 2,
        line.rstrip("\n") if is_last else "",
    ):
        file.write_text("".join([*lines[: number - 1], other, *lines[number:]]))
        said = verified(past, file, "--json")
        assert said.code == 3, (other, said)
        [found] = json.loads(said.out)["runs"]
        assert found["findings"][0]["sound"] in {number - 1, number}


def test_each_run_in_a_file_is_verified(past, run, file):
    other = past.begin(workflow="other.yml", targets=("h3",))
    file.write_text(past.saga("audit", other.run.id, "--json").out + file.read_text().replace('"h2"', '"h9"'))
    found = json.loads(verified(past, file, "--json").out)["runs"]
    assert [(each["run"], each["holds"]) for each in found] == [(other.run.id, True), (run.id, False)]
    assert verified(past, file, other.run.id).code == 0


def test_a_file_without_events_is_refused(past, run, file):
    assert "it has none of a run 01XYZ" in verified(past, file, "01XYZ").err
    file.write_text("")
    assert "no event can be read from" in verified(past, file).err
    assert verified(past, file.with_name("none")).code == 1
