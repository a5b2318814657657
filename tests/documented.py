# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What docs/event.schema.json says of an event; whoever has a journal full of them looks here."""

import json
from pathlib import Path

from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit.lines import line
from jsonschema import Draft202012Validator

SCHEMA = json.loads((Path(__file__).resolve().parents[1] / "docs" / "event.schema.json").read_text())
VALIDATOR = Draft202012Validator(SCHEMA)
_OWN = "test."  # what tests write themselves
_seen = set()


def faults(event):
    """Return what the schema does not allow of an event as it is printed."""
    return [
        f"{event.type}: {error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(json.loads(line(event)))
    ]


def must_be_documented(events):
    """Every event is as the schema says. One that looks like another is looked at once: there are very many."""
    for event in events:
        shape = (event.type, bool(event.host), bool(event.step), *sorted(map(_shape, event.data.items())))
        if shape not in _seen and not event.type.startswith(_OWN):
            assert faults(event) == []
            _seen.add(shape)


def _shape(pair):
    name, value = pair
    words = {"state", "was", "asks", "failed", "wish", "answer", "about", "drift", "taken", "slice"}
    return name, type(value).__name__, value if name in words and isinstance(value, str) else ""
