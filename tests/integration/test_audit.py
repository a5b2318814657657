# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What is kept of a run's audit beside the journal, while plays run, die and are resumed: files of events, anchors."""

import json

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit import seal
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit.lines import line
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import Entry

from documented import VALIDATOR
from hook import listening

TASKS = """
- name: First
  ansible.builtin.raw: "{{ effect }} first"
- name: Second
  ansible.builtin.raw: "{{ effect }} second"
- name: Third
  ansible.builtin.raw: "{{ effect }} third; test ! -e broken"
"""


@pytest.fixture
def project(project):
    project.play(TASKS)
    return project


def written(project, **more):
    """Return the environment in which events are written to a file."""
    enabled = project.environment()["ANSIBLE_CALLBACKS_ENABLED"]
    return {"ANSIBLE_CALLBACKS_ENABLED": f"{enabled},saga.ops.jsonl", **more}


def must_be_the_journals(project, file):
    """The file has each event of the run, and proves itself."""
    told = [json.loads(text) for text in file.read_text().splitlines()]
    assert [error.message for event in told for error in VALIDATOR.iter_errors(event)] == []
    assert [(event["seq"], event["hash"]) for event in told] == [(event.seq, event.hash) for event in project.events()]
    done = project.saga("audit", "--verify", "--file", file)
    assert done.code == 0, done.output


@pytest.mark.parametrize(
    "point",
    [
        pytest.param("after_intent:First:1", marks=pytest.mark.sweep),
        pytest.param("after_effect:h2:1", marks=pytest.mark.sweep),
        "before_outcome:Second:1",
        pytest.param("after_outcome:Second:1", marks=pytest.mark.sweep),
    ],
)
def test_a_file_of_events_has_no_gap_after_a_kill_and_a_resume(project, point):
    enabled = written(project)
    assert project.run(SAGA_TEST_KILL=point, **enabled).code == -9
    [file] = project.folder.glob("saga-*.jsonl")
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_bytes(file.read_bytes()[:-7])  # as after a crash in the middle of a line
    project.resume(**enabled)
    assert file.name == f"saga-{project.last_run().id}.jsonl"
    must_be_the_journals(project, file)
    assert project.saga("audit", "--json").output == file.read_text()


def test_a_file_that_cannot_be_written_is_told_once_and_harms_nothing(project):
    enabled = written(project, SAGA_JSONL_PATH="events/{workflow}.jsonl")
    (project.folder / "events").touch()
    done = project.run(**enabled)
    assert done.code == 0, done.output
    assert done.output.count("saga.ops.jsonl:") == 1
    assert "cannot be written (File exists)" in " ".join(done.output.split())
    assert len(project.effects()) == 9


@pytest.mark.sweep
def test_a_full_disk_is_told_once_and_the_next_attempt_writes_what_is_missing(project):
    enabled = written(project, SAGA_JSONL_PATH="log/events.jsonl")
    (project.folder / "broken").touch()
    file = project.folder / "log" / "events.jsonl"
    file.parent.mkdir()
    # The file has a large run in it already, and no file of the process may become larger: the journal has room.
    other = Entry(type="run.started", run="another", data={"words": "x" * 4_000_000})
    before = line(seal(other, seq=1, before="", identity="E", moment=1.0)) + "\n"
    file.write_text(before)
    done = project.run(before=("prlimit", f"--fsize={len(before) + 100}"), **enabled)
    assert done.output.count("saga.ops.jsonl:") == 1, done.output
    assert "cannot be written (File too large)" in " ".join(done.output.split())
    assert "is stopped: 'Third' failed" in done.output
    assert file.read_text() == before
    (project.folder / "broken").unlink()
    project.resume(**enabled)
    written_now = file.with_name("written-now.jsonl")
    written_now.write_text(file.read_text().removeprefix(before))
    must_be_the_journals(project, written_now)
    assert project.saga("audit", "--verify", "--file", file).code == 0


def test_each_attempt_is_anchored_at_its_begin_and_its_end(project):
    (project.folder / "broken").touch()
    anchors = {"SAGA_ANCHOR": "kept/anchors"}
    (project.folder / "kept").mkdir()
    assert project.run(**anchors).code != 0
    (project.folder / "broken").unlink()
    project.resume(**anchors)
    file = project.folder / "kept" / "anchors"
    assert file.stat().st_mode & 0o777 == 0o600
    events = project.events()
    kept = [json.loads(text) for text in file.read_text().splitlines()]
    assert [events[anchor["events"] - 1].hash for anchor in kept] == [anchor["hash"] for anchor in kept]
    assert [events[anchor["events"]].type for anchor in kept[:3]] == ["step.intent", "run.resumed", "step.intent"]
    assert kept[3]["events"] == len(events)
    assert "Its 4 anchors are at their places" in project.saga("audit", "--verify", "--anchors", file).output


@pytest.mark.sweep
def test_an_anchor_that_cannot_be_kept_is_a_warning_without_secrets(project):
    with listening() as hook:
        hook.code = 500
        done = project.run(SAGA_ANCHOR=f"http://ann:s3cr3t@{hook.place}/s3cr3t")
    assert done.code == 0
    assert f"saga: the anchor was not kept: http://{hook.place} answered 500" in " ".join(done.output.split())
    assert "s3cr3t" not in done.output
    assert [posted["run"] for _path, _headers, posted in hook.posted] == [project.last_run().id] * 2


def test_an_anchor_that_nobody_can_keep_is_refused_before_anything_runs(project):
    done = project.run(SAGA_ANCHOR="ftp://ann:s3cr3t@files.example/")
    assert done.code != 0
    assert "saga_anchor must be a file, or the URL of a web hook" in done.output
    assert "s3cr3t" not in done.output
    assert project.effects() == []
