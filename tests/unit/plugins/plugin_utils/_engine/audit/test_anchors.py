# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Anchors: kept in a file or by a web hook; a chain that was cut or made anew does not have them."""

import json

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit import End, Fault, anchors, seal
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit.anchors import Anchor
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit.breaks import Chain
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit.refusals import AnchorsUnreadableError
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import Entry

from hook import listening
from samples import NOW

WHEN = "2026-01-31T23:59:59Z"


def chained(*said):
    events = []
    for seq, word in enumerate(said, 1):
        entry = Entry(type="run.note", run="R1", data={"said": word})
        before = events[-1].hash if events else ""
        events.append(seal(entry, seq=seq, before=before, identity=f"I{seq}", moment=NOW + seq))
    return Chain(run="R1", events=events)


def anchored(chain, count):
    return Anchor.of("R1", End(count=count, head=chain.before(count + 1)), WHEN)


CHAIN = chained(*"abcdef")
ANCHORS = [anchored(CHAIN, count) for count in range(7)]


def found(chain, known=ANCHORS):
    return list(anchors.unheld(chain, known))


def test_a_chain_has_the_anchors_of_its_own():
    assert found(CHAIN) == []


@pytest.mark.parametrize("left", range(6))
def test_a_cut_chain_does_not_have_the_anchors_after_the_cut(left):
    lost = found(Chain(run="R1", events=CHAIN.events[:left]))
    assert [finding.seq for finding in lost] == list(range(left + 1, 7))
    assert {(finding.fault, finding.sound) for finding in lost} == {(Fault.ANCHOR, left)}
    assert f"the chain ends with event {left}, and it was anchored at event 6 at {WHEN}" in lost[-1].what


@pytest.mark.parametrize("place", range(6))
def test_a_chain_that_was_made_anew_does_not_have_the_anchors_from_there_on(place):
    forged = chained(*("abcdef"[:place] + "X" + "abcdef"[place + 1 :]))
    assert forged.first_break(forged.end) is None
    lost = found(forged)
    assert [finding.seq for finding in lost] == list(range(place + 1, 7))
    assert {finding.sound for finding in lost} == {place}
    assert "has another hash than when it was anchored" in lost[-1].what


def test_an_anchor_comes_back_as_it_was_written(tmp_path):
    path = tmp_path / "anchors"
    haven = anchors.Haven(str(path))
    for anchor in ANCHORS:
        assert haven.keep(anchor) == ""
    assert anchors.read(str(path), "R1") == ANCHORS
    assert anchors.read(str(path), "R2") == []
    assert json.loads(path.read_text().splitlines()[6]) == {
        "schema": 1,
        "run": "R1",
        "events": 6,
        "hash": CHAIN.events[-1].hash,
        "time": WHEN,
    }


def test_only_its_owner_may_read_a_file_of_anchors(tmp_path):
    anchors.Haven(str(tmp_path / "anchors")).keep(ANCHORS[3])
    assert (tmp_path / "anchors").stat().st_mode & 0o777 == 0o600


def test_an_anchor_stands_beneath_a_line_that_was_cut_off(tmp_path):
    path = tmp_path / "anchors"
    path.write_text(ANCHORS[1].line[:20])
    assert anchors.Haven(str(path)).keep(ANCHORS[2]) == ""
    assert path.read_text() == f"{ANCHORS[1].line[:20]}\n{ANCHORS[2].line}\n"
    with pytest.raises(AnchorsUnreadableError, match=f"line 1 of {path}: it is no anchor"):
        anchors.read(str(path), "R1")


@pytest.mark.parametrize("path", ["/dev/full", "/proc/nowhere/anchors", "/"])
def test_a_file_that_cannot_be_written_is_told(path):
    trouble = anchors.Haven(path).keep(ANCHORS[1])
    assert trouble.startswith(f"the anchor was not kept: {path} cannot be written (")


@pytest.mark.parametrize(
    "line",
    [
        "x",
        "[]",
        "{}",
        '{"schema": 1}',
        ANCHORS[1].line.replace('"schema": 1', '"schema": 2'),
        ANCHORS[1].line.replace('"events": 1', '"events": "1"'),
        ANCHORS[1].line.replace('"events": 1', '"events": true'),
        ANCHORS[1].line.replace('"events": 1', '"events": -1'),
        ANCHORS[1].line.replace('"run": "R1"', '"run": null'),
        ANCHORS[1].line.replace('"run"', '"ran"'),
    ],
)
def test_a_line_that_is_no_anchor_is_refused(tmp_path, line):
    (tmp_path / "anchors").write_text(f"{ANCHORS[1].line}\n{line}\n")
    with pytest.raises(AnchorsUnreadableError, match=f"line 2 of {tmp_path / 'anchors'}"):
        anchors.read(str(tmp_path / "anchors"), "R1")


def test_a_web_hook_gets_the_anchor():
    with listening() as hook:
        assert anchors.Haven(f"http://{hook.place}/anchors").keep(ANCHORS[6]) == ""
    [(_path, _headers, posted)] = hook.posted
    assert posted == json.loads(ANCHORS[6].line)


def test_a_web_hook_that_refuses_is_told_without_its_secrets():
    with listening() as hook:
        hook.code = 403
        trouble = anchors.Haven(f"http://ann:s3cr3t@{hook.place}/s3cr3t?key=s3cr3t").keep(ANCHORS[6])
    assert trouble == f"the anchor was not kept: http://{hook.place} answered 403"


@pytest.mark.parametrize("target", ["ftp://ann:s3cr3t@a/", "http://", "http://a b/", " ", "redis://x/"])
def test_what_is_neither_a_file_nor_a_web_hook_is_refused_without_its_secrets(target):
    with pytest.raises(ValueError, match=r".") as refused:
        anchors.Haven(target)
    assert "s3cr3t" not in str(refused.value)
