# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Columns are what a plain reading of a record gives, however fast they are made."""

import json
from dataclasses import asdict, fields, is_dataclass
from enum import StrEnum
from typing import get_type_hints

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine import codec, promises, records
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal import rows
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import Event, Lease, Result, Step
from hypothesis import given
from hypothesis import strategies as st

COLUMNS = {
    Step: rows.of_step,
    Lease: rows.of_lease,
    Result: rows.of_result,
    Event: rows.of_event,
}


def every_field(kind):
    """Draw records with something in every field."""
    return st.builds(kind, **{name: st.from_type(hint) for name, hint in get_type_hints(kind).items()})


for nested in [*vars(promises).values(), *vars(records).values()]:
    if isinstance(nested, type) and is_dataclass(nested):
        st.register_type_strategy(nested, every_field)  # else what has a default would be left away


RECORDS = {kind: every_field(kind) for kind in COLUMNS if kind is not Event}
RECORDS[Event] = st.builds(
    Event,
    data=st.dictionaries(st.text(), st.none() | st.booleans() | st.text() | st.lists(st.text())),
    **{name: st.from_type(hint) for name, hint in get_type_hints(Event).items() if name != "data"},
)


def column(name, value):
    """Return what a table has of a field, read plainly."""
    if name == "data":
        return codec.encode(value)
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, bool):
        return int(value)
    if is_dataclass(value):
        return json.dumps(asdict(value))
    return json.dumps(value) if isinstance(value, tuple) else value


@pytest.mark.parametrize("kind", COLUMNS)
@given(data=st.data())
def test_the_columns_of_a_record_are_its_fields(kind, data):
    record = data.draw(RECORDS[kind])
    row = COLUMNS[kind](record)
    assert list(row.items()) == [(item.name, column(item.name, getattr(record, item.name))) for item in fields(kind)]
    assert {type(value) for value in row.values()} <= {str, int, float, type(None)}
