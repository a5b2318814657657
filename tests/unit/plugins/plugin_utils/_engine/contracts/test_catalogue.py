# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What modules do, as long as nobody declares something else."""

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.contracts import Catalogue, Task
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import Contract, Effect

READ_ONLY = Contract(effect=Effect.NONE, is_idempotent=True)
IDEMPOTENT = Contract(is_idempotent=True)
UNKNOWN = Contract(is_idempotent=False)

CATALOGUE = Catalogue.load()
RUNNING_ANYTHING = sorted(CATALOGUE.creating)


def contract(module, *, is_never_changed=False, is_check_only=False, **arguments):
    task = Task(module=module, args=arguments, is_never_changed=is_never_changed, is_check_only=is_check_only)
    return CATALOGUE.contract(task)


def test_a_module_of_which_nothing_is_known_may_do_anything():
    assert contract("example.net.switch") == UNKNOWN


@pytest.mark.parametrize("module", sorted(CATALOGUE.read_only))
def test_a_module_that_reads_has_no_effect(module):
    assert contract(module) == READ_ONLY


@pytest.mark.parametrize("module", ["example.net.switch_info", "example.net.switch_facts"])
def test_a_module_that_gives_information_has_no_effect_whoever_wrote_it(module):
    assert contract(module) == READ_ONLY


@pytest.mark.parametrize("module", ["example.net_info.switch", "example.net.switch_information"])
def test_a_name_that_only_looks_informative_may_do_anything(module):
    assert contract(module) == UNKNOWN


@pytest.mark.parametrize("module", sorted(CATALOGUE.idempotent))
def test_a_module_that_brings_about_a_state_may_run_again(module):
    assert contract(module) == IDEMPOTENT


@pytest.mark.parametrize("module", RUNNING_ANYTHING)
def test_a_command_may_do_anything(module):
    assert contract(module) == UNKNOWN


@pytest.mark.parametrize("module", RUNNING_ANYTHING)
@pytest.mark.parametrize("argument", ["creates", "removes"])
def test_a_command_that_looks_for_its_file_first_may_run_again(module, argument):
    assert contract(module, **{argument: "/srv/done"}) == IDEMPOTENT


@pytest.mark.parametrize("empty", ["", None])
def test_a_command_that_looks_for_no_file_may_do_anything(empty):
    assert contract("ansible.builtin.command", creates=empty) == UNKNOWN


@pytest.mark.parametrize("module", RUNNING_ANYTHING)
def test_a_command_that_never_changes_anything_has_no_effect(module):
    assert contract(module, is_never_changed=True) == READ_ONLY


def test_a_module_that_never_reports_a_change_keeps_its_effect():
    """changed_when is a word about the report; of a command only, it is the author's word about the effect."""
    assert contract("ansible.builtin.copy", is_never_changed=True) == IDEMPOTENT


@pytest.mark.parametrize("module", ["ansible.builtin.copy", "ansible.builtin.shell", "example.net.switch"])
def test_a_task_that_only_checks_has_no_effect(module):
    assert contract(module, is_check_only=True) == READ_ONLY


@pytest.mark.parametrize("arguments", [{}, {"method": "GET"}, {"method": "head"}, {"method": "OPTIONS"}])
def test_a_request_that_asks_has_no_effect(arguments):
    assert contract("ansible.builtin.uri", **arguments) == READ_ONLY


def test_a_request_whose_answer_is_kept_in_a_file_may_run_again():
    assert contract("ansible.builtin.uri", method="GET", dest="/srv/answer") == IDEMPOTENT


@pytest.mark.parametrize("method", ["POST", "put", "PATCH", "DELETE", "{{ method }}", None])
def test_any_other_request_may_do_anything(method):
    assert contract("ansible.builtin.uri", method=method) == UNKNOWN


def test_no_module_is_in_two_classes():
    classes = [CATALOGUE.read_only, CATALOGUE.idempotent, CATALOGUE.creating]
    assert sum(map(len, classes)) == len(frozenset().union(*classes))


def test_every_module_is_named_in_full():
    names = CATALOGUE.read_only | CATALOGUE.idempotent | CATALOGUE.creating
    assert {name for name in names if name.count(".") < 2} == set()
