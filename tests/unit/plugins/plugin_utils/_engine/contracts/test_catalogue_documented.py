# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The catalogue held against what the modules' own documentation says.

Those of ansible-core come from the one that is installed, our own from the checkout, the others from module_docs.json,
which tools/module_docs.py writes. Where the catalogue says something else, the reason is here.
"""

import json
import runpy
from pathlib import Path

import ansible
import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.contracts import Catalogue, Task
from ansible_collections.saga.ops.plugins.plugin_utils._engine.contracts.catalogue.shelf import shipped
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import Effect

TOOL = runpy.run_path(str(Path(__file__).resolve().parents[6] / "tools" / "module_docs.py"))
RECORDED = json.loads(TOOL["RECORD"].read_text())["modules"]
COLLECTIONS = sorted(path.stem for path in TOOL["SHELF"].glob("*.yml"))
RULES = {name: rule for collection in COLLECTIONS for name, rule in shipped(collection).items()}
BUILTIN = "ansible.builtin."
INSTALLED = (BUILTIN, "saga.ops.")

NOT_IN_EVERY_CORE = {
    "yum": "until ansible-core 2.16",
    "mount_facts": "since ansible-core 2.18",
}
NOTHING_THAT_A_TASK_NAMES = {
    "async_wrapper": "runs a module in the background, for Ansible itself",
    "normal": "the action that all modules without one of their own have",
}
WORDS_FOR_LOOKING = {"query", "list", "info", "get", "read", "gathered", "search", "fetch", "check", "planned"}
WORDS_THAT_MEAN_MORE = {
    ("amazon.aws.s3_object", "mode", "get"): "it writes the object into a file",
    ("community.general.terraform", "state", "planned"): "it writes the plan into a file",
}
SAFE_THOUGH_NOT_IDEMPOTENT = {
    "community.docker.docker_image_load": "it reports a change each time, and the images are the same",
}


@pytest.fixture(scope="module")
def documented():
    """What is documented of each module in the catalogue, by name."""
    installed = (name for name in RULES if name.startswith(INSTALLED))
    names = [name for name in installed if name.removeprefix(BUILTIN) not in NOT_IN_EVERY_CORE]
    older = {name: RECORDED[f"ansible{name.removeprefix('community')}"] for name in shipped("community.mysql")}
    return {**RECORDED, **TOOL["documented"](names), **older}


def conditions(known):
    """Each argument that a case asks for, with the values it asks for, of the modules whose documentation is known."""
    for name, rule in RULES.items():
        if name not in known:
            continue
        for case in rule.cases:
            yield from ((name, rule, argument, values) for argument, values in case.when)
            yield from ((name, rule, argument, frozenset()) for argument in (*case.given, *case.missing))


def words(values):
    return {str(value).lower() for value in values}


def entry(module, **arguments):
    return Catalogue.load().entry(Task(module=module, args=arguments))


def test_each_module_of_the_catalogue_is_in_the_file_of_its_collection():
    assert [
        name for collection in COLLECTIONS for name in shipped(collection) if name.rpartition(".")[0] != collection
    ] == []


def test_the_modules_of_a_file_are_in_order():
    assert {name: sorted(shipped(name)) for name in COLLECTIONS} == {name: list(shipped(name)) for name in COLLECTIONS}


def test_every_module_of_the_catalogue_is_documented(documented):
    exceptions = {BUILTIN + name for name in NOT_IN_EVERY_CORE}
    assert RULES.keys() - documented.keys() - exceptions == set()


def test_no_documentation_is_kept_of_a_module_that_is_not_in_the_catalogue():
    assert RECORDED.keys() - RULES.keys() == set(), "run: python tools/module_docs.py FOLDER"


def test_every_module_and_action_of_ansible_core_is_in_the_catalogue():
    folder = Path(ansible.__file__).parent
    there = {path.stem for part in ("modules", "plugins/action") for path in (folder / part).glob("[a-z]*.py")}
    assert len(there) > 60
    assert there - {name.removeprefix(BUILTIN) for name in RULES} == set(NOTHING_THAT_A_TASK_NAMES)


def test_every_module_of_this_collection_is_in_the_catalogue():
    modules = Path(__file__).resolve().parents[6] / "plugins" / "modules"
    assert set(shipped("saga.ops")) == {f"saga.ops.{path.stem}" for path in modules.glob("[a-z]*.py")}


def test_every_argument_that_a_case_asks_for_is_documented(documented):
    asked = [(name, argument) for name, _rule, argument, _values in conditions(documented)]
    assert len(asked) > 100
    assert [where for where in asked if where[1] not in documented[where[0]]["options"]] == []


def test_every_value_that_a_case_asks_for_is_a_documented_choice(documented):
    assert [
        (name, argument, value)
        for name, _rule, argument, values in conditions(documented)
        if (choices := documented[name]["options"][argument].get("choices"))
        for value in values - words(choices)
    ] == []


def test_the_catalogue_knows_an_argument_by_each_of_its_names(documented):
    assert [
        (name, argument, names)
        for name, rule, argument, _values in conditions(documented)
        if (names := documented[name]["options"][argument].get("aliases", []))
        and sorted(rule.aliases.get(argument, ())) != sorted(names)
    ] == []


def test_the_catalogue_knows_a_default_that_a_case_asks_for(documented):
    for name, rule, argument, values in conditions(documented):
        default = documented[name]["options"][argument].get("default")
        expected = str(default).lower() if str(default).lower() in values else None
        known = rule.defaults.get(argument)
        assert known is None or known.lower() == str(default).lower(), (name, argument)
        assert expected is None or known is not None, (name, argument)


def test_every_name_and_default_that_is_known_is_asked_for():
    assert [
        (name, argument)
        for name, rule in RULES.items()
        for argument in {*rule.aliases, *rule.defaults} - TOOL["asked"](rule)
    ] == []


def test_a_module_that_calls_itself_idempotent_may_run_again(documented):
    full = [name for name, told in documented.items() if told["attributes"].get("idempotent") == "full"]
    assert len(full) > 15
    assert [name for name in full if not is_idempotent(name)] == []


def is_idempotent(name):
    return RULES[name].cases[-1].is_idempotent


def test_a_module_that_calls_itself_not_idempotent_runs_once(documented):
    never = {name for name, told in documented.items() if told["attributes"].get("idempotent") == "none"}
    assert never
    assert {name for name in never if is_idempotent(name)} == set(SAFE_THOUGH_NOT_IDEMPOTENT)


def test_what_is_told_to_look_has_no_effect(documented):
    told = [
        (name, option, str(value))
        for name, page in documented.items()
        for option, said in page["options"].items()
        if option in {"state", "mode", "action", "op", "operation"}
        for value in said.get("choices", ())
        if str(value) in WORDS_FOR_LOOKING
    ]
    assert len(told) > 8
    assert [
        where
        for where in told
        if where not in WORDS_THAT_MEAN_MORE and entry(where[0], **{where[1]: where[2]}).effect is not Effect.NONE
    ] == []


def test_no_exception_outlives_its_reason(documented):
    gone = [where for where in WORDS_THAT_MEAN_MORE if entry(where[0], **{where[1]: where[2]}).effect is Effect.NONE]
    assert gone == []
    assert [name for name in NOT_IN_EVERY_CORE if BUILTIN + name not in RULES] == []


@pytest.mark.parametrize("name", sorted(RULES))
def test_every_case_can_be_reached_with_some_task(name):
    """A case that asks for no more than an earlier one never counts."""
    cases = RULES[name].cases
    for number, case in enumerate(cases):
        for earlier in cases[:number]:
            assert not asks_for_less(earlier, case), case


def asks_for_less(earlier, case):
    """Whether all that the earlier case asks for is what the later one asks for too."""
    later = dict(case.when)
    return (
        all(name in later and later[name] <= values for name, values in earlier.when)
        and (not earlier.given or (case.given and set(case.given) <= set(earlier.given)))
        and set(earlier.missing) <= set(case.missing)
        and earlier.is_never_changed <= case.is_never_changed
    )
