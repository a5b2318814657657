# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What AWX accepts as a custom credential type: the shape of inputs and injectors, and what its templates may name."""

import re
from types import SimpleNamespace

import jsonschema
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

_NAME = "^[a-zA-Z_]+[a-zA-Z0-9_]*$"
_FIELD = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "pattern": _NAME},
        "label": {"type": "string"},
        "type": {"enum": ["string", "boolean"]},
        "format": {"enum": ["ssh_private_key", "url"]},
        "choices": {"type": "array", "minItems": 1, "items": {"type": "string"}, "uniqueItems": True},
        "help_text": {"type": "string"},
        "multiline": {"type": "boolean"},
        "secret": {"type": "boolean"},
        "ask_at_runtime": {"type": "boolean"},
        "default": {},
    },
    "additionalProperties": False,
    "required": ["id", "label"],
}
INPUTS = {
    "type": "object",
    "properties": {
        "fields": {"type": "array", "items": _FIELD},
        "required": {"type": "array", "items": {"type": "string"}},
    },
    "additionalProperties": False,
}
INJECTORS = {
    "type": "object",
    "properties": {
        "file": {
            "type": "object",
            "patternProperties": {r"^template(\.[a-zA-Z_]+[a-zA-Z0-9_]*)?$": {"type": "string"}},
            "additionalProperties": False,
        },
        "env": {
            "type": "object",
            "patternProperties": {_NAME: {"type": "string", "pattern": "^[\x00-\x7f]*$"}},
            "additionalProperties": False,
        },
        "extra_vars": {
            "type": "object",
            "patternProperties": {_NAME: {"type": "string"}},
            "additionalProperties": False,
        },
    },
    "additionalProperties": False,
}


def validate(inputs, injectors):
    """Raise what a rule of AWX's makes of a type that it would refuse."""
    jsonschema.validate(inputs, INPUTS)
    jsonschema.validate(injectors, INJECTORS)
    names = [field["id"] for field in inputs["fields"]]
    assert len(names) == len(set(names)), "field IDs must be unique"
    assert "tower" not in names, '"tower" is a reserved field name'
    assert set(inputs.get("required", ())) <= set(names)
    for name in injectors.get("env", {}):
        assert not re.match("ANSIBLE_|AWX_HOST|JOB_ID|PATH|PYTHONPATH", name), f"{name} is not allowed in credentials"
    files = [name.partition(".")[2] for name in injectors.get("file", {})]
    filename = SimpleNamespace(**dict.fromkeys(filter(None, files), "EXAMPLE_FILENAME"))
    known = {**dict.fromkeys(names, "EXAMPLE"), "tower": SimpleNamespace(filename=filename)}
    sandbox = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
    for kind in injectors.values():
        for template in kind.values():
            sandbox.from_string(template).render(known)
