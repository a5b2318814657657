# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The file of contracts beside a playbook: which entry is about which task, and where a mistake stands."""

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.contracts import Declaration, sidecar
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import ContractError
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import Effect

TEXT = """---
# names of tasks
Back up: {idempotent: false}
shop/Install:
  effect: none
acme.web.proxy/Install: {id: proxy}
7: {id: seven}
"""


def read(text, **facts):
    return sidecar.read(text, path="saga.yml", **facts)


def test_an_entry_is_known_by_the_name_of_its_task_and_has_its_place():
    found = read(TEXT).of(name="Back up")
    assert (found.said, found.where) == (Declaration(is_idempotent=False), "saga.yml:3")


@pytest.mark.parametrize(
    ("name", "role", "where"),
    [
        ("Install", "shop", "saga.yml:4"),
        ("Install", "acme.all.shop", "saga.yml:4"),  # a role may be named without its collection
        ("Install", "acme.web.proxy", "saga.yml:6"),
        ("Install", "proxy", None),
        ("Install", "", None),
        ("Back up", "shop", None),
        ("7", "", "saga.yml:7"),
        ("back up", "", None),
    ],
)
def test_a_task_of_a_role_is_known_by_both_names(name, role, where):
    found = read(TEXT).of(name=name, role=role)
    assert (found.where if found else None) == where


def test_the_full_name_of_a_role_counts_before_the_short_one():
    found = read("shop/Go: {id: short}\nacme.all.shop/Go: {id: full}\n").of(name="Go", role="acme.all.shop")
    assert found.said.id == "full"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("A: {}\nB: {effect: big}\n", "^saga.yml:2: 'effect' must be one of"),
        ("A:\n  idempotnet: true\n", "^saga.yml:1: unknown key 'idempotnet'"),
        ("A: irreversible\n", "^saga.yml:1: 'saga' must be a dictionary"),
        ("A: {}\nB: [\n", "^saga.yml:3: this is no YAML"),
        ("A: {compensate: []}\n", "^saga.yml:1: 'compensate' names no handler"),
        ("just a text\n", "^saga.yml: contracts stand under the names of tasks, not in the text"),
        ("A: !!python/name:os.system x\n", "^saga.yml:1: this is no YAML"),
        ("A: {}\nB: {}\nA: {effect: none}\n", "^saga.yml:3: 'A' is there twice"),
    ],
)
def test_a_mistake_is_refused_at_its_line(text, complaint):
    """One about a single contract, when a task asks for that: the others hold."""
    with pytest.raises(ContractError, match=complaint):
        [read(text).of(name=name) for name in ("A", "B")]


def test_a_contract_that_cannot_be_read_spoils_no_other():
    found = read("A: {effect: big}\nB: {effect: none}\n")
    assert found.of(name="B").said == Declaration(effect=Effect.NONE)


@pytest.mark.parametrize("text", ["", "---\n", "# nothing\n", "{}\n"])
def test_an_empty_file_has_no_contracts(text):
    assert read(text).of(name="A") is None


def test_a_list_is_a_playbook_unless_it_was_named():
    assert read("- hosts: all\n", is_asked_for=False).entries == {}
    with pytest.raises(ContractError, match="not in a list"):
        read("- hosts: all\n")


def test_an_entry_about_no_task_is_told_with_the_nearest_name():
    known = [("", "Back up"), ("acme.web.proxy", "Install"), ("shop", "Start")]
    [error] = read(TEXT.replace("7: {id: seven}\n", "")).unmatched(known)
    assert (error.where, error.nearest) == ("saga.yml:4", "proxy/Install")
    assert str(error).startswith("saga.yml:4: 'shop/Install' is no task of the playbook")


def test_a_role_is_matched_with_and_without_its_collection():
    known = [("acme.all.shop", "Install")]
    assert list(read("shop/Install: {}\nacme.all.shop/Install: {}\n").unmatched(known)) == []


def test_a_file_that_was_named_has_to_be_there_and_one_that_was_not_may_be_missing(tmp_path):
    missing = tmp_path / "saga.yml"
    assert sidecar.load(missing, shown="saga.yml", is_asked_for=False).path == ""
    with pytest.raises(ContractError, match=r"^saga\.yml: there is no such file of contracts"):
        sidecar.load(missing, shown="saga.yml", is_asked_for=True)


@pytest.mark.parametrize(
    "make", [lambda path: path.mkdir(), lambda path: path.write_bytes(b"\xff\xfe\xfa")], ids=["folder", "bytes"]
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path, make):
    make(tmp_path / "saga.yml")
    with pytest.raises(ContractError, match=r"^saga\.yml: this file of contracts cannot be read"):
        sidecar.load(tmp_path / "saga.yml", shown="saga.yml", is_asked_for=False)


def test_a_file_is_read_as_it_stands(tmp_path):
    (tmp_path / "saga.yml").write_text("Größe: {effect: none}\n", encoding="utf-8")
    found = sidecar.load(tmp_path / "saga.yml", shown="saga.yml", is_asked_for=True)
    assert found.of(name="Größe").said == Declaration(effect=Effect.NONE)
