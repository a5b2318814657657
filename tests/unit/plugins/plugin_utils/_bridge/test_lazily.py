# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Variables that are put together when somebody looks: whoever looks, in whatever way, sees them all."""

import ast
import copy
import json
import pickle

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._bridge.lazily import Lazily, Variables, at_once

ALL = {"a": 1, "b": 3, "c": 4}


@pytest.fixture
def lazily():
    made = []

    def make():
        made.append(1)
        return {"a": 1, "b": 2}

    variables = Lazily(make)
    variables["b"] = 3
    variables.update(c=4)
    assert made == []
    yield variables
    assert made == [1]


WAYS = {
    "dict": dict,
    "unpacked": lambda them: {**them},
    "copy": lambda them: them.copy(),
    "a copy": copy.copy,
    "a deep copy": copy.deepcopy,
    "beneath": lambda them: {} | them,
    "above": lambda them: them | {},
    "items": lambda them: dict(them.items()),
    "by name": lambda them: {name: them[name] for name in them},
    "get": lambda them: {name: them.get(name) for name in list(them.keys())},
    "values": lambda them: dict(zip(them, them.values(), strict=True)),
    "pop": lambda them: {name: them.pop(name) for name in ("a", "b", "c")},
    "popitem": lambda them: dict(them.popitem() for _each in range(3)),
    "setdefault": lambda them: {name: them.setdefault(name, 0) for name in reversed(them)},
    "json": lambda them: json.loads(json.dumps(them)),
    "pickle": lambda them: pickle.loads(pickle.dumps(them)),  # noqa: S301  made here
    "repr": lambda them: ast.literal_eval(repr(them)),
    "keywords": lambda them: named(**them),
    "at once": at_once,
}


def named(**keywords):
    return keywords


@pytest.mark.parametrize("look", WAYS.values(), ids=WAYS)
def test_whoever_looks_sees_them_all_and_they_are_made_once(lazily, look):
    assert look(lazily) == ALL


def test_they_can_be_counted_compared_and_asked_for_one(lazily):
    assert lazily
    assert "a" in lazily
    assert "d" not in lazily
    assert len(lazily) == len(ALL)
    assert lazily == ALL
    del lazily["a"]
    assert "a" not in lazily


def test_the_manager_of_variables_is_the_same_but_for_the_one_method():
    class Manager:
        extra_vars = ALL

        def get_vars(self, **keywords):
            return keywords

    manager = Variables(Manager())
    assert manager.extra_vars is ALL
    assert manager.get_vars(host="h1") == {"host": "h1"}
    assert isinstance(manager.get_vars(host="h1"), Lazily)
    assert type(at_once(manager.get_vars(host="h1"))) is dict
