# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""From what a playbook declares to a contract; a mistake is an error that names its place."""

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.contracts import (
    Declaration,
    declared_by_tags,
    declared_by_vars,
    resolve,
)
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import ContractError
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import Contract, Effect

PLACE = "site.yml:7"
UNKNOWN = Contract()
READ_ONLY = Contract(effect=Effect.NONE, is_idempotent=True)


def by_vars(value):
    return declared_by_vars(value, where=PLACE)


def by_tags(*tags):
    return declared_by_tags(tags, where=PLACE)


def resolved(declaration, default=UNKNOWN):
    return resolve(declaration, default, where=PLACE)


# Variables


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        ({"effect": "none"}, Declaration(effect=Effect.NONE)),
        ({"effect": "side_effect"}, Declaration(effect=Effect.SIDE_EFFECT)),
        ({"effect": "irreversible"}, Declaration(effect=Effect.IRREVERSIBLE)),
        ({"idempotent": True}, Declaration(is_idempotent=True)),
        ({"idempotent": False}, Declaration(is_idempotent=False)),
        ({"compensate": "Undo it"}, Declaration(compensate=("Undo it",))),
        ({"compensate": ["Undo it", "Tell"]}, Declaration(compensate=("Undo it", "Tell"))),
        ({"id": "copy"}, Declaration(id="copy")),
    ],
)
def test_every_key_of_the_variable_is_understood(said, understood):
    assert by_vars(said) == understood


@pytest.mark.parametrize("value", [None, {}])
def test_an_empty_variable_says_nothing(value):
    assert by_vars(value).is_empty


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        (
            "irreversible",
            "must be a dictionary of effect, idempotent, compensate, id, verify, .*, capture, not the text",
        ),
        (["effect"], "must be a dictionary .*, not a list"),
        (True, "must be a dictionary .*, not a boolean"),
        (0, "must be a dictionary .*, not a number"),
        ({"effect": None}, "'effect' must be one of none, side_effect, irreversible, not None"),
        ({"effect": ["none"]}, "'effect' must be one of"),
        ({"effect": True}, "'effect' must be one of .*, not True"),
        ({"idempotent": "yes"}, "'idempotent' must be true or false, not the text 'yes'"),
        ({"idempotent": 1}, "'idempotent' must be true or false, not a number 1"),
        ({"idempotent": None}, "'idempotent' must be true or false, not null"),
        ({"compensate": []}, "'compensate' names no handler"),
        ({"compensate": ""}, "'compensate' must be a name"),
        ({"compensate": None}, "'compensate' must be a name, not null"),
        ({"compensate": ["Undo it", 3]}, "'compensate' must be a name, not a number 3"),
        ({"compensate": {"name": "Undo it"}}, "'compensate' must be a name, not a dictionary"),
        ({"id": " "}, "'id' must be a name"),
        ({"id": 7}, "'id' must be a name, not a number 7"),
    ],
)
def test_a_value_of_a_wrong_kind_is_refused_by_name(value, complaint):
    with pytest.raises(ContractError, match=complaint):
        by_vars(value)


@pytest.mark.parametrize(
    ("value", "nearest"),
    [
        ({"effekt": "none"}, "effect"),
        ({"idempotnet": True}, "idempotent"),
        ({"compensates": "Undo it"}, "compensate"),
        ({"effect": "irreversable"}, "irreversible"),
        ({"effect": "side-effect"}, "side_effect"),
        ({"colour": "red"}, ""),
        ({7: "seven"}, ""),
    ],
)
def test_an_unknown_word_is_refused_with_the_nearest_known_one(value, nearest):
    with pytest.raises(ContractError) as refused:
        by_vars(value)
    assert refused.value.nearest == nearest


# Tags


@pytest.mark.parametrize(
    ("tag", "understood"),
    [
        ("saga:read_only", Declaration(effect=Effect.NONE)),
        ("saga:idempotent", Declaration(is_idempotent=True)),
        ("saga:side_effect", Declaration(effect=Effect.SIDE_EFFECT)),
        ("saga:irreversible", Declaration(effect=Effect.IRREVERSIBLE)),
        ("saga:compensate=Undo it", Declaration(compensate=("Undo it",))),
        ("saga:compensate=a=b", Declaration(compensate=("a=b",))),
    ],
)
def test_every_tag_is_understood(tag, understood):
    assert by_tags(tag) == understood


def test_tags_add_up():
    said = by_tags("saga:side_effect", "saga:idempotent", "saga:compensate=Undo it", "saga:compensate=Tell")
    assert said == Declaration(effect=Effect.SIDE_EFFECT, is_idempotent=True, compensate=("Undo it", "Tell"))


@pytest.mark.parametrize("tag", ["always", "sagas", "saga", "my:saga:read_only", 7, None])
def test_other_tags_are_none_of_our_business(tag):
    assert by_tags(tag).is_empty


@pytest.mark.parametrize(
    ("tag", "nearest"),
    [
        ("saga:readonly", "saga:read_only"),
        ("saga:irreversable", "saga:irreversible"),
        ("saga:", ""),
        ("saga:read_only=yes", "saga:read_only"),
        ("saga:compensate", "saga:compensate=NAME"),
        ("saga:compensate=", "saga:compensate=NAME"),
    ],
)
def test_an_unknown_tag_is_refused_with_the_nearest_known_one(tag, nearest):
    with pytest.raises(ContractError) as refused:
        by_tags(tag)
    assert refused.value.nearest == nearest


def test_tags_that_contradict_one_another_are_refused():
    with pytest.raises(ContractError, match="contradicts"):
        by_tags("saga:read_only", "saga:irreversible")


def test_a_tag_said_twice_is_no_contradiction():
    assert by_tags("saga:read_only", "saga:read_only") == Declaration(effect=Effect.NONE)


# Which word counts


@pytest.mark.parametrize(
    ("key", "near", "far"),
    [
        ("effect", Effect.NONE, Effect.IRREVERSIBLE),
        ("is_idempotent", False, True),
        ("compensate", ("Near",), ("Far",)),
        ("id", "near", "far"),
    ],
)
def test_the_nearer_word_counts(key, near, far):
    assert Declaration(**{key: near}).over(Declaration(**{key: far})) == Declaration(**{key: near})


@pytest.mark.parametrize(
    "said",
    [
        Declaration(effect=Effect.NONE),
        Declaration(is_idempotent=False),
        Declaration(compensate=("Far",)),
        Declaration(id="far"),
    ],
)
def test_a_more_distant_word_counts_where_the_nearer_one_is_silent(said):
    assert Declaration().over(said) == said


@pytest.mark.parametrize("default", [UNKNOWN, READ_ONLY, Contract(is_idempotent=True)])
def test_where_nothing_is_said_the_catalogue_counts(default):
    assert resolved(Declaration(), default) == default


@pytest.mark.parametrize(
    ("said", "default", "expected"),
    [
        (Declaration(effect=Effect.IRREVERSIBLE), UNKNOWN, Contract(effect=Effect.IRREVERSIBLE, is_declared=True)),
        (Declaration(is_idempotent=True), UNKNOWN, Contract(is_idempotent=True, is_declared=True)),
        (Declaration(is_idempotent=False), Contract(is_idempotent=True), Contract(is_declared=True)),
        (Declaration(id="copy"), UNKNOWN, Contract(id="copy", is_declared=True)),
        (Declaration(compensate=("Undo",)), UNKNOWN, Contract(compensate=("Undo",), is_declared=True)),
    ],
)
def test_what_is_declared_stands_over_the_catalogue(said, default, expected):
    assert resolved(said, default) == expected


def test_a_step_declared_to_have_no_effect_is_harmless_to_repeat():
    assert resolved(Declaration(effect=Effect.NONE)).is_idempotent


@pytest.mark.parametrize("effect", [Effect.NONE, Effect.IRREVERSIBLE])
def test_a_compensation_for_what_cannot_or_need_not_be_undone_is_refused(effect):
    with pytest.raises(ContractError, match="compensat"):
        resolved(Declaration(effect=effect, compensate=("Undo it",)))


def test_a_compensation_contradicts_the_catalogue_as_well():
    with pytest.raises(ContractError, match="nothing to compensate"):
        resolved(Declaration(compensate=("Undo it",)), READ_ONLY)


# How an error reads


@pytest.mark.parametrize(
    ("read", "mistake"),
    [
        (by_vars, {"effekt": "none"}),
        (by_vars, {"effect": "nothing"}),
        (by_vars, []),
        (by_tags, "saga:readonly"),
        (resolved, Declaration(effect=Effect.NONE, compensate=("Undo it",))),
    ],
)
def test_every_refusal_begins_with_its_place(read, mistake):
    with pytest.raises(ContractError, match=rf"^{PLACE}: "):
        read(mistake)


def test_a_refusal_ends_with_the_word_that_may_have_been_meant():
    with pytest.raises(ContractError, match=r"\(did you mean 'effect'\?\)$"):
        by_vars({"effekt": "none"})
