# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Several declarations about one step: the nearest wins, key by key, and each word keeps its source."""

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.contracts import (
    Declaration,
    Layer,
    layered,
    unit,
    with_units,
)
from ansible_collections.saga.ops.plugins.plugin_utils._engine.contracts.parse import OF_THE_UNIT
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import ContractError
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import (
    Contract,
    Effect,
    OnDoubt,
    OnFailure,
    Then,
)
from hypothesis import given
from hypothesis import strategies as st

PLACE = "site.yml:7"
UNKNOWN = Contract()
STOP, PARK = OnFailure(then=Then.STOP), OnFailure(then=Then.ESCALATE)


def layer(source, **said):
    return Layer(source=source, said=Declaration(**said))


def promised(*layers, default=UNKNOWN, **more):
    return layered(layers, default, why="catalogue: a command", where=PLACE, **more)


def test_the_nearest_word_counts_for_each_key_and_is_the_source():
    found = promised(
        layer("task", is_idempotent=True),
        layer("tag", effect=Effect.SIDE_EFFECT),
        layer("block 'Move'", effect=Effect.IRREVERSIBLE, on_failure=PARK),
        layer("play", on_failure=STOP, locks=("db",)),
        layer("sidecar", locks=("far",), on_in_doubt=OnDoubt.RERUN),
    )
    assert found.contract == Contract(
        is_idempotent=True, on_failure=PARK, locks=("db",), on_in_doubt=OnDoubt.RERUN, is_declared=True
    )
    assert found.sources == {
        "effect": "tag",
        "idempotent": "task",
        "on_failure": "block 'Move'",
        "locks": "play",
        "on_in_doubt": "sidecar",
    }


def test_what_nobody_says_comes_from_the_catalogue():
    found = promised(default=Contract(effect=Effect.NONE, is_idempotent=True))
    assert (found.contract.has_effect, found.contract.is_declared) == (False, False)
    assert found.sources == {"effect": "catalogue: a command", "idempotent": "catalogue: a command"}


def test_a_step_without_effect_is_idempotent_because_of_that():
    assert promised(layer("task", effect=Effect.NONE)).sources["idempotent"] == "task"


SAID = {
    "effect": st.sampled_from([Effect.SIDE_EFFECT]),
    "is_idempotent": st.booleans(),
    "compensate": st.sampled_from([("A",), ("B", "C")]),
    "id": st.sampled_from(["x", "y"]),
    "on_failure": st.sampled_from([STOP, PARK]),
    "locks": st.sampled_from([("p",), ("q",)]),
}
declarations = st.fixed_dictionaries({}, optional=SAID)


@given(st.lists(declarations, max_size=5))
def test_each_word_is_that_of_the_first_layer_that_says_something_of_it(all_said):
    layers = [layer(str(number), **said) for number, said in enumerate(all_said)]
    found = promised(*layers)
    for name in SAID:
        number = next((number for number, said in enumerate(all_said) if name in said), None)
        if number is not None:
            assert getattr(found.contract, name) == all_said[number][name]
            assert found.sources["idempotent" if name == "is_idempotent" else name] == str(number)


@pytest.mark.parametrize(
    ("said", "is_known", "expected"), [({}, False, False), ({"is_idempotent": True}, False, False), ({}, True, True)]
)
def test_a_module_that_nobody_knows_stays_unknown_until_its_effect_is_declared(said, is_known, expected):
    assert promised(layer("task", **said), is_known=is_known).is_known is expected
    assert promised(layer("task", effect=Effect.NONE), is_known=False).is_known


# What is inherited


WHOLE = Declaration(
    effect=Effect.SIDE_EFFECT, compensate=("Undo",), verify=("Look",), id="all", capture=(("a", "b"),), on_failure=STOP
)


def test_the_tasks_in_a_block_have_its_contract_but_for_what_is_the_blocks_own():
    assert WHOLE.inherited == Declaration(effect=Effect.SIDE_EFFECT, on_failure=STOP)
    assert set(WHOLE.of_the_unit.said) == set(OF_THE_UNIT)
    assert WHOLE.inherited.over(WHOLE.of_the_unit) == WHOLE


def test_an_inherited_answer_to_a_doubt_is_left_out_where_the_step_cannot_give_it():
    around = layer("block 'Move'", on_in_doubt=OnDoubt.VERIFY)
    assert promised(around).contract.on_in_doubt is None
    assert promised(layer("task", verify=("Look",)), around).contract.on_in_doubt is OnDoubt.VERIFY
    with pytest.raises(ContractError, match="no 'verify' names a handler"):
        promised(layer("task", on_in_doubt=OnDoubt.VERIFY), around)


# Units


def a_unit(**said):
    return unit(Declaration(**said), path="1 Move/whole:Move", name="Move", where=PLACE)


def test_a_block_that_says_nothing_of_itself_is_no_unit():
    assert a_unit(effect=Effect.IRREVERSIBLE, on_failure=STOP, locks=("db",)) is None


@pytest.mark.parametrize(
    "said", [{"compensate": ("Undo",)}, {"verify": ("Look",)}, {"id": "all"}, {"capture": (("a", "b"),)}]
)
def test_a_block_that_says_something_of_itself_is_a_unit_with_that_contract(said):
    found = a_unit(**said, on_failure=STOP, effect=Effect.SIDE_EFFECT)
    assert found.contract == Contract(effect=Effect.SIDE_EFFECT, is_declared=True, **said)
    assert (found.path, found.name, found.where) == ("1 Move/whole:Move", "Move", PLACE)


@pytest.mark.parametrize(("effect", "words"), [(Effect.NONE, "without effect"), (Effect.IRREVERSIBLE, "irreversible")])
def test_what_cannot_or_need_not_be_undone_is_refused_as_a_unit(effect, words):
    with pytest.raises(ContractError, match=f"^{PLACE}: what is {words} cannot be compensated as a whole"):
        a_unit(effect=effect, compensate=("Undo",))


def test_a_step_keeps_its_units_in_the_order_of_nearness():
    inner, outer = a_unit(id="inner"), a_unit(id="outer")
    assert with_units(promised(), [inner, outer]).units == (inner, outer)
    assert with_units(promised(), []) == promised()
