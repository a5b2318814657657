# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Records that are soon made are those that the standard library makes."""

from __future__ import annotations

import copy
import dataclasses
import importlib
import inspect
import pickle
import pkgutil

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils import _engine, _screen
from ansible_collections.saga.ops.plugins.plugin_utils._engine import slotted
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import PlannedStep

FROZEN = {"frozen": True, "slots": True, "kw_only": True}
ALIKE = {
    "frozen": FROZEN,
    "told by their places": {"frozen": True, "slots": True},
    "not frozen": {"slots": True},
}


class Plain:
    """A record."""

    name: str
    size: int = 3
    parts: list[str] = dataclasses.field(default_factory=list)
    secret: str = dataclasses.field(default="", repr=False)
    mark: int = dataclasses.field(default=0, compare=False)

    @property
    def is_large(self) -> bool:
        return self.size > 3


class Checked:
    """A record that looks at what it is given."""

    count: int

    def __post_init__(self):
        if self.count < 0:
            raise ValueError(self.count)


class Shown:
    """A record with words of its own."""

    name: str

    def __repr__(self):
        return f"<{self.name}>"


class Empty:
    """A record of nothing."""


ASKED = [
    lambda kind: kind(name="n"),
    lambda kind: kind("n"),
    lambda kind: kind("n", 1, ["p"]),
    lambda kind: kind(),
    lambda kind: kind(name="n", other=1),
    lambda kind: kind(name="n", size=5, parts=["p"], secret="s", mark=2).secret,
    lambda kind: kind(name="n", size=5).is_large,
    lambda kind: kind(name="n").parts is kind(name="n").parts,
    lambda kind: kind(name="n") == kind(name="n"),
    lambda kind: kind(name="n") == kind(name="m"),
    lambda kind: kind(name="n", mark=1) == kind(name="n", mark=2),
    lambda kind: kind(name="n") == "n",
    lambda kind: hash(kind(name="n")),  # of a list: there is none
    lambda kind: hash(kind(name="n", parts=())) == hash(kind(name="n", parts=(), mark=1)),
    lambda kind: setattr(kind(name="n"), "name", "m"),
    lambda kind: delattr(kind(name="n"), "size"),
    lambda kind: kind(name="n").__dict__,
    lambda kind: dataclasses.replace(kind(name="n"), size=9),
    lambda kind: dataclasses.replace(kind(name="n"), unknown=9),
    lambda kind: dataclasses.asdict(kind(name="n")),
    lambda kind: dataclasses.astuple(kind(name="n")),
    lambda kind: copy.copy(kind(name="n", parts=["p"])),
    lambda kind: copy.deepcopy(kind(name="n", parts=["p"])),
    lambda kind: kind.__slots__,
    lambda kind: kind.__match_args__,
    lambda kind: kind.__doc__,
]


def both(kind, asked):
    """Return the class as we make it and as the standard library does."""
    body = {name: value for name, value in vars(kind).items() if name not in {"__dict__", "__weakref__"}}
    return [make(**asked)(type(kind.__name__, (), dict(body))) for make in (slotted.dataclass, dataclasses.dataclass)]


def outcome(ask, *values):
    """Return what comes of it: a value as text, or the kind of error."""
    try:
        return repr(ask(*values))
    except Exception as error:  # noqa: BLE001
        return type(error)


@pytest.mark.parametrize("asked", ALIKE.values(), ids=ALIKE)
def test_a_record_is_what_the_standard_library_makes_of_it(asked):
    ours, standard = both(Plain, asked)
    assert [outcome(ask, ours) for ask in ASKED] == [outcome(ask, standard) for ask in ASKED]


@pytest.mark.parametrize("kind", [Checked, Shown, Empty])
def test_a_record_keeps_the_methods_that_it_has(kind):
    ours, standard = both(kind, {"frozen": True, "slots": True})
    for values in ((), (1,), (-1,)):
        assert outcome(ours, *values) == outcome(standard, *values)


def test_a_record_can_be_sent_to_another_process():
    step = PlannedStep(path="p", fingerprint="f", where="w", play=1)
    assert pickle.loads(pickle.dumps(step)) == step  # noqa: S301


def test_what_has_no_slots_is_refused():
    with pytest.raises(TypeError, match=r"dataclasses\.dataclass"):
        slotted.dataclass(slots=False)


def records():
    """Yield every class of records in the engine and the screen."""
    for room in (_engine, _screen):
        for found in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            module = importlib.import_module(found.name)
            for kind in vars(module).values():
                if isinstance(kind, type) and dataclasses.is_dataclass(kind) and kind.__module__ == module.__name__:
                    yield kind


@pytest.mark.parametrize(
    "kind", [*records()], ids=lambda kind: f"{kind.__module__.rpartition('_utils.')[2]}.{kind.__name__}"
)
def test_every_class_of_records_takes_what_the_standard_one_would(kind):
    fields = [(each.name, each.type, copy.copy(each)) for each in dataclasses.fields(kind)]
    standard = dataclasses.make_dataclass(kind.__name__, fields)
    ours = slotted._compiled(kind) if "__slots__" in vars(kind) else kind.__init__

    def asked(init):
        return [
            (each.name, each.kind, each.default is each.empty) for each in inspect.signature(init).parameters.values()
        ]

    assert asked(ours) == asked(standard.__init__)
