# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A result that one ansible-core wrote, as another has it."""

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._bridge.core import dictionary, shapes

TASK = {"action": "ansible.builtin.raw", "ignore_errors": False, "ignore_unreachable": False}
RAW = {"changed": True, "failed": False, "rc": 0, "stdout": "{{ 1 + 1 }}", "stdout_lines": ["{{ 1 + 1 }}"]}


def of_2_16(data, **beside):
    return shapes.dictionary({"family": "2.16", "result": {"data": data, **beside}})


def of_2_21(**fields):
    return shapes.dictionary({"family": "2.21", "result": fields})


def item(name, **said):
    return {"data": {"ansible_loop_var": "item", "item": name, "changed": True, "_ansible_item_label": name, **said}}


def test_a_plain_result_is_the_same_there_and_back():
    there = shapes.fields(of_2_16(RAW), TASK)
    assert dictionary.public(of_2_21(**there)) == RAW


def test_what_the_strategy_alone_sees_goes_with_it():
    told = {
        "_ansible_notify": ["Tell"],
        "_ansible_no_log": False,
        "_ansible_delegated_vars": {"ansible_delegated_host": "h2"},
    }
    there = shapes.fields(of_2_16(RAW | told), TASK)
    assert (there["notify"], there["no_log"], there["delegated_host"]) == (["Tell"], False, "h2")
    assert of_2_21(**there)["data"].items() >= told.items()


def test_a_loop_is_the_same_there_and_back():
    said = {"changed": True, "msg": "All items completed", "failed": False}
    there = shapes.fields(of_2_16(said, results=[item("a"), item("b", ansible_index_var="n", n=1)]), TASK)
    assert [found["loop_item"] for found in there["loop_results"]] == ["a", "b"]
    assert there["loop_results"][1]["loop_index"] == 1
    back = of_2_21(**there)
    assert back["results"][1]["data"].items() >= {"item": "b", "n": 1, "changed": True}.items()
    assert back["data"].items() >= said.items()


def test_an_empty_loop_is_one_that_was_skipped():
    there = shapes.fields(of_2_16({"skipped": True, "changed": False}, results=[]), TASK)
    assert (there["loop_results"], there["_skipped"]) == ([], True)


@pytest.mark.parametrize("results", [[], [{"value": "installed"}], [{"data": {"name": "x"}}]])
def test_results_that_a_module_said_are_no_loop(results):
    there = shapes.fields(of_2_16({"changed": True}, results=results), TASK)
    assert "loop_results" not in there
    assert of_2_21(**there)["results"] == results


def test_facts_become_changes_that_are_kept_for_good():
    there = shapes.fields(of_2_16({"ansible_facts": {"a": 1}}), TASK | {"action": "ansible.builtin.setup"})
    assert there["pending_changes"] == {"CACHEABLE_FACT": {"a": 1}}


@pytest.mark.parametrize(
    ("said", "changes"),
    [
        ({}, {"EPHEMERAL_FACT": {"a": 1}}),
        ({"_ansible_facts_cacheable": True}, {"CACHEABLE_FACT": {"a": 1}, "EPHEMERAL_FACT": {"a": 1}}),
    ],
)
def test_set_facts_become_changes_of_the_run_and_only_if_asked_for_good(said, changes):
    there = shapes.fields(of_2_16({"ansible_facts": {"a": 1}, **said}), TASK | {"action": "set_fact"})
    assert there["pending_changes"] == changes
    assert of_2_21(**there)["data"].get("_ansible_facts_cacheable", False) is bool(said)


def test_facts_that_were_only_shown_change_nothing():
    there = shapes.fields(of_2_16({"ansible_facts": {"a": 1}}), TASK | {"action": "ansible.builtin.debug"})
    assert there["pending_changes"] == {}


def test_a_failure_of_2_16_is_an_error_with_its_traceback():
    failed = of_2_16({"failed": True, "msg": "no", "exception": "Traceback ..."})
    assert failed["exception"] == {"msg": "no", "formatted_traceback": "Traceback ..."}
    assert shapes.texts(failed)["data"] == {"failed": True, "msg": "no", "exception": "Traceback ..."}


def test_an_error_with_a_cause_is_one_text_before_2_19():
    chain = ["because", "because", {"msg": "disk full"}, True]
    told = {"data": {"failed": True}, "exception": {"msg": "Task failed.", "chain": chain}}
    assert shapes.texts(told)["data"] == {"failed": True, "msg": "Task failed: disk full"}


def test_warnings_are_texts_before_2_19_and_events_after():
    warned = of_2_16({"warnings": ["careful"]})
    assert warned["warnings"] == [{"msg": "careful"}]
    assert shapes.texts(warned)["data"]["warnings"] == ["careful"]


@pytest.mark.parametrize(
    ("fields", "ended"),
    [
        ({"rc": 3}, {"failed": True, "changed": False}),
        ({"rc": 3, "failed_when_result": False}, {"failed": False, "changed": False}),
        ({"_skipped": True}, {"skipped": True, "failed": False}),
        ({"loop_results": [{"_failed": True}, {"_changed": True}]}, {"failed": True, "changed": True}),
        ({"loop_results": [{"_skipped": True}]}, {"skipped": True}),
    ],
)
def test_how_a_result_of_2_21_ended_is_derived_as_2_21_does(fields, ended):
    assert of_2_21(**fields)["data"].items() >= ended.items()


def test_lines_are_split_for_those_who_expect_them_in_the_result():
    assert of_2_21(result_data={"stdout": "a\nb"})["data"]["stdout_lines"] == ["a", "b"]


def test_an_operators_word_is_a_result():
    assert shapes.dictionary({"family": "operator", "result": {"changed": True}}) == {"data": {"changed": True}}
