# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A catalogue that a user writes: what it can say, and what its mistakes are told."""

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.contracts import Catalogue, Task
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import ContractError
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import Contract, Effect

OWN = """\
example.net.switch:
  arguments: {state: {default: present, aliases: [status]}}
  cases:
    - {when: {state: [query, list]}, effect: none}
    - {when: {state: absent, force: true}, effect: irreversible}
    - {changed_when: false, given: [dry_run, check], missing: commit, effect: none}
    - {when: {state: present}, idempotent: true}
  unknown: true
ansible.builtin.copy: {effect: irreversible}
example.net.port_info: {idempotent: true}
"""


def entry(module, text=OWN, *, is_never_changed=False, **arguments):
    catalogue = Catalogue.load().extended(text, "own.yml")
    return catalogue.entry(Task(module=module, args=arguments, is_never_changed=is_never_changed))


def said(*words, **arguments):
    found = entry(*words, **arguments)
    return found.effect, found.is_idempotent, found.is_known


NONE = (Effect.NONE, True, True)
UNKNOWN = (Effect.SIDE_EFFECT, False, False)
IDEMPOTENT = (Effect.SIDE_EFFECT, True, True)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"state": "query"}, NONE),
        ({"status": "LIST"}, NONE),
        ({"state": "absent", "force": "yes"}, (Effect.IRREVERSIBLE, False, True)),
        ({"state": "absent", "force": 1}, (Effect.IRREVERSIBLE, False, True)),
        ({"state": "absent", "force": False}, UNKNOWN),
        ({"state": "absent"}, UNKNOWN),
        ({}, IDEMPOTENT),
        ({"state": "odd", "check": "x", "is_never_changed": True}, NONE),
        ({"state": "odd", "check": "x"}, UNKNOWN),
        ({"state": "odd", "check": "x", "commit": "y", "is_never_changed": True}, UNKNOWN),
        ({"state": "odd", "is_never_changed": True}, UNKNOWN),
    ],
)
def test_the_first_case_whose_conditions_all_hold_counts(arguments, expected):
    assert said("example.net.switch", **arguments) == expected


def test_a_rule_of_the_user_comes_before_one_that_is_shipped():
    assert said("ansible.builtin.copy") == (Effect.IRREVERSIBLE, False, True)
    assert said("ansible.builtin.file") == IDEMPOTENT


def test_a_rule_of_the_user_comes_before_what_a_name_tells():
    assert said("example.net.port_info") == IDEMPOTENT


def test_a_later_text_comes_before_an_earlier_one():
    catalogue = Catalogue.load().extended(OWN, "own.yml").extended("ansible.builtin.copy: {effect: none}", "more.yml")
    assert catalogue.contract(Task(module="ansible.builtin.copy")) == Contract(effect=Effect.NONE, is_idempotent=True)
    assert catalogue.entry(Task(module="example.net.port_info")).is_known


def test_the_place_of_the_users_rule_is_told():
    assert entry("example.net.switch", state="query").why == "example.net.switch with state query (own.yml:1)"
    assert entry("ansible.builtin.copy").why == "ansible.builtin.copy (own.yml:9)"


def test_a_file_is_read_from_its_path(tmp_path, monkeypatch):
    (tmp_path / "own.yml").write_text("---\n# only this\nexample.net.port: {idempotent: true}\n")
    monkeypatch.chdir(tmp_path)
    found = Catalogue.load("own.yml").entry(Task(module="example.net.port"))
    assert (found.is_idempotent, found.why) == (True, "example.net.port (own.yml:3)")


@pytest.mark.parametrize("text", ["", "---\n", "# nothing yet\n"])
def test_an_empty_file_says_nothing(text):
    assert said("ansible.builtin.copy", text) == IDEMPOTENT


def test_a_file_that_is_not_there_is_an_error_with_its_name(tmp_path):
    with pytest.raises(ContractError, match=r"own\.yml: the catalogue cannot be read: No such file or directory$"):
        Catalogue.load(tmp_path / "own.yml")


def test_a_file_that_is_no_text_is_an_error_with_its_name(tmp_path):
    (tmp_path / "own.yml").write_bytes(b"\xff\xfe")
    with pytest.raises(ContractError, match=r"own\.yml: the catalogue cannot be read: 'utf-8' codec"):
        Catalogue.load(tmp_path / "own.yml")


M = "example.net.port"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            f"{M}: {{efect: none}}",
            "1: unknown key 'efect' in the entry of example.net.port; known keys are effect, idempotent, ",
        ),
        (
            f"{M}:\n  cases:\n    - {{wen: {{a: b}}}}",
            "3: unknown key 'wen' in a case; known keys are when, given, missing, changed_when, effect, ",
        ),
        (
            f"{M}:\n  arguments:\n    state: {{defualt: x}}",
            "3: unknown key 'defualt' in the argument state; known keys are default, aliases (did you mean 'default'?)",
        ),
        (
            f"---\n{M}: {{effect: irreversable}}",
            "2: 'effect' must be one of none, side_effect, irreversible, not 'irreversable' (did",
        ),
        (f"{M}: {{idempotent: maybe}}", "1: 'idempotent' must be true or false, not the text 'maybe'"),
        (f"{M}: {{unknown: [true]}}", "1: 'unknown' must be true or false, not a list"),
        (f"{M}: {{effect: none, idempotent: false}}", "1: what has no effect is idempotent"),
        (f"{M}: {{unknown: true, effect: none}}", "1: what is unknown has no 'effect' and no 'idempotent'"),
        (f"{M}: idempotent", "1: the entry of example.net.port must be a dictionary, not the text 'idempotent'"),
        (f"- {M}", "1: a catalogue must be a dictionary, not a list"),
        ("port: {effect: none}", "1: 'port' is no full name of a module, like ansible.builtin.copy"),
        (f"{M}: {{effect: none}}\n{M}: {{}}", "2: 'example.net.port' is there twice in a catalogue"),
        (f"{M}: {{cases: {{when: x}}}}", "1: 'cases' must be a list, not a dictionary"),
        (
            f"{M}:\n  cases:\n    - effect: none",
            "3: a case needs one of when, given, missing, changed_when, or no later one is ever reached",
        ),
        (f"{M}: {{cases: [{{when: state}}]}}", "1: 'when' must be a dictionary, not the text 'state'"),
        (f"{M}: {{cases: [{{when: {{state: {{a: b}}}}}}]}}", "1: 'state' must be a text, not a dictionary"),
        (f"{M}: {{cases: [{{when: {{state: null}}}}]}}", "1: 'state' must be a text, not null"),
        (f"{M}: {{cases: [{{when: {{state: []}}}}]}}", "1: 'state' lists nothing"),
        (f"{M}: {{cases: [{{when: {{}}}}]}}", "1: 'when' asks for nothing"),
        (f"{M}: {{cases: [{{given: []}}]}}", "1: 'given' lists nothing"),
        (f"{M}: {{cases: [{{changed_when: true}}]}}", "1: 'changed_when' can only be false in a case"),
        ("a: b: c", "1: this is no YAML: mapping values are not allowed"),
    ],
)
def test_a_mistake_is_told_with_its_place(text, message):
    with pytest.raises(ContractError) as caught:
        Catalogue.load().extended(text, "own.yml")
    assert str(caught.value).startswith(f"own.yml:{message}")


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        (f"{M}: {{efect: none}}", "effect"),
        (f"{M}: {{cases: [{{wen: {{a: b}}}}]}}", "when"),
        (f"{M}: {{effect: irreversable}}", "irreversible"),
    ],
)
def test_the_nearest_good_word_is_proposed(text, nearest):
    with pytest.raises(ContractError, match=rf"\(did you mean '{nearest}'\?\)$"):
        Catalogue.load().extended(text, "own.yml")
