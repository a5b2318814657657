# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""docs/event.schema.json says what is printed, and nothing else.

Many tests hold the events of their runs against it: those of tests/past.py, tests/scene.py and tests/playground.py.
"""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine import ids
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit import lines, seal
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import (
    Answer,
    Asks,
    Entry,
    Event,
    RunState,
    StepState,
    Undo,
    Wish,
)
from ansible_collections.saga.ops.plugins.plugin_utils._engine.report import About
from jsonschema import Draft202012Validator

from documented import SCHEMA, VALIDATOR
from samples import NOW

ROOT = Path(__file__).resolve().parents[2]
TYPES = SCHEMA["properties"]["type"]["enum"]
GROUPS = [part for part in SCHEMA["allOf"] if "data" in part["then"]["properties"]]
EVENT = seal(
    Entry(type="lease.acquired", run="R1", attempt=1, actor="ann", data={"targets": ["h1"], "token": 1}),
    seq=1,
    before="",
    identity=ids.ulid(NOW),
    moment=NOW,
)
PRINTED = json.loads(lines.line(EVENT))


def of(group):
    said = group["if"]["properties"]["type"]
    return said.get("enum") or [said["const"]]


def allows(printed):
    return VALIDATOR.is_valid(printed)


def test_it_is_a_schema():
    Draft202012Validator.check_schema(SCHEMA)


def test_it_has_every_type_of_event_in_the_source_and_no_other():
    source = "".join(path.read_text() for path in (ROOT / "plugins" / "plugin_utils" / "_engine").rglob("*.py"))
    events = set(re.findall(r'"((?:run|slice|unit|step|compensation|lease|decision)\.[a-z_]+)"', source))
    events |= {f"run.{state}" for state in RunState if state is not RunState.RUNNING}
    assert set(TYPES) == events


def test_it_says_once_of_each_type_what_its_data_is():
    assert sorted(name for group in GROUPS for name in of(group)) == sorted(TYPES)


@pytest.mark.parametrize("name", TYPES)
def test_the_readable_list_has_every_type_and_names_its_data(name):
    page = (ROOT / "docs" / "events.md").read_text()
    [row] = [row for row in page.splitlines() if row.startswith("| ") and f"`{name}`" in row.split("|")[1]]
    [group] = [group for group in GROUPS if name in of(group)]
    said = group["then"]["properties"]["data"]
    known = {field for part in said.get("anyOf", [said]) for field in part["properties"]} - {"state", "on", "digests"}
    assert known - set(re.findall(r"`(\w+)`", row.split("|", 2)[2])) == set()


def test_it_has_every_word_that_an_event_uses_and_no_other():
    words = SCHEMA["$defs"]
    assert words["run_state"]["enum"] == [str(state) for state in RunState]
    assert words["step_state"]["enum"] == [*map(str, StepState), *(str(undo) for undo in Undo if undo)]
    for kind, field, known in (
        ("step.waiting", "asks", [asks for asks in Asks if asks]),
        ("decision.made", "answer", list(Answer)),
        ("decision.made", "about", [*About, "run"]),
        ("run.pause_asked", "wish", [wish for wish in Wish if wish]),
    ):
        [group] = [group for group in GROUPS if kind in of(group)]
        assert set(group["then"]["properties"]["data"]["properties"][field]["enum"]) == set(map(str, known))


def test_it_has_every_field_of_an_event():
    assert [*SCHEMA["properties"]] == SCHEMA["required"] == ["schema", *Event.__slots__]
    assert SCHEMA["properties"]["schema"]["const"] == lines.SCHEMA


def test_it_allows_what_is_printed():
    assert list(VALIDATOR.iter_errors(PRINTED)) == []


@pytest.mark.parametrize(
    "change",
    [
        {"type": "lease.borrowed"},
        {"type": "run.started"},
        {"type": "step.outcome"},
        {"schema": 2},
        {"seq": 0},
        {"seq": "1"},
        {"attempt": 0},
        {"time": "today"},
        {"host": "h1"},
        {"hash": "x"},
        {"id": "x"},
        {"more": 1},
        {"data": {"targets": ["h1"]}},
        {"data": {"targets": "h1", "token": 1}},
        {"data": {"targets": ["h1"], "token": 1, "more": 1}},
    ],
)
def test_it_allows_nothing_else(change):
    assert not allows({**PRINTED, **change})


@pytest.mark.parametrize("field", PRINTED)
def test_it_misses_every_field_that_is_not_there(field):
    assert not allows({name: value for name, value in PRINTED.items() if name != field})


def test_a_line_is_read_back_as_the_event_that_it_was():
    odd = replace(EVENT, data={"words": ("ä", b"\0", {"$set": 1}), "time": 1.5}, host="\udcff")
    assert lines.event_of(lines.line(odd)) == odd
