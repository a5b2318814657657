# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Variables that are put together when somebody looks: whoever looks, in whatever way, sees them all."""

import ast
import copy
import json
import pickle

import pytest
from ansible.playbook.task import Task
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


class Manager:
    extra_vars = ALL

    def get_vars(self, **keywords):
        return keywords


def asked(task):
    """Return what a strategy gets that asks for the variables of a task."""
    return Variables(Manager()).get_vars(host="h1", task=Task.load(task))


def test_the_manager_of_variables_is_the_same_but_for_the_one_method():
    found = asked({"raw": "{{ word }}", "name": "Say"})
    assert Variables(Manager()).extra_vars is ALL
    assert isinstance(found, Lazily)
    assert type(at_once(found)) is dict
    assert at_once(found)["host"] == "h1"


@pytest.mark.parametrize(
    "task",
    [
        {"raw": "true", "name": "Say {{ word }}"},
        {"raw": "true", "run_once": "{{ word }}"},
        {"raw": "true", "throttle": "{{ word }}"},
        {"raw": "true", "any_errors_fatal": "{{ word }}"},
        {"meta": "end_host", "when": "word"},
        {"add_host": {"name": "{{ word }}"}},
    ],
)
def test_what_ansible_templates_in_the_controller_gets_a_dictionary(task):
    assert type(asked(task)) is dict


def test_what_is_asked_for_a_play_is_a_dictionary():
    assert type(Variables(Manager()).get_vars(play="a play")) is dict
