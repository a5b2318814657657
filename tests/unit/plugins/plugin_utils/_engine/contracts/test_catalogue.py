# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What modules do, as long as nobody declares something else."""

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.contracts import Catalogue, Entry, Task
from ansible_collections.saga.ops.plugins.plugin_utils._engine.contracts.catalogue.shelf import shipped
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import Contract, Effect

READ_ONLY = Contract(effect=Effect.NONE, is_idempotent=True)
IDEMPOTENT = Contract(is_idempotent=True)
ONCE = Contract(is_idempotent=False)
GONE = Contract(effect=Effect.IRREVERSIBLE, is_idempotent=True)
GONE_EACH_TIME = Contract(effect=Effect.IRREVERSIBLE, is_idempotent=False)

RUNNING_ANYTHING = [f"ansible.builtin.{name}" for name in ("command", "expect", "raw", "script", "shell")]


def task(module, *, is_never_changed=False, is_check_only=False, **arguments):
    return Task(module=module, args=arguments, is_never_changed=is_never_changed, is_check_only=is_check_only)


def contract(*words, **arguments):
    return Catalogue.load().contract(task(*words, **arguments))


def entry(*words, **arguments):
    return Catalogue.load().entry(task(*words, **arguments))


# ---- what is not in it


@pytest.mark.parametrize(
    "module", ["example.net.switch", "community.general.switch", "../../etc.x.y", "a..b", "switch"]
)
def test_a_module_of_which_nothing_is_known_may_do_anything(module):
    assert entry(module) == Entry(
        effect=Effect.SIDE_EFFECT, is_idempotent=False, is_known=False, why=f"{module} is not in the catalogue"
    )


@pytest.mark.parametrize("module", ["example.net.switch_info", "example.net.switch_facts", "amazon.aws.ec2_vol_info"])
def test_a_module_that_gives_information_has_no_effect_whoever_wrote_it(module):
    assert contract(module) == READ_ONLY
    assert entry(module).is_known


@pytest.mark.parametrize("module", ["example.net_info.switch", "example.net.switch_information"])
def test_a_name_that_only_looks_informative_may_do_anything(module):
    assert not entry(module).is_known


# ---- commands


@pytest.mark.parametrize("module", RUNNING_ANYTHING)
def test_a_command_may_do_anything_and_that_is_said(module):
    assert entry(module) == Entry(
        effect=Effect.SIDE_EFFECT, is_idempotent=False, is_known=False, why=f"{module} may do anything"
    )


@pytest.mark.parametrize("module", [name for name in RUNNING_ANYTHING if name != "ansible.builtin.raw"])
@pytest.mark.parametrize("argument", ["creates", "removes"])
def test_a_command_that_looks_for_its_file_first_may_run_again(module, argument):
    assert entry(module, **{argument: "/srv/done"}) == Entry(
        effect=Effect.SIDE_EFFECT, is_idempotent=True, is_known=True, why=f"{module} with {argument}"
    )


def test_a_raw_command_looks_for_no_file_whatever_it_is_told():
    assert not entry("ansible.builtin.raw", creates="/srv/done").is_known


@pytest.mark.parametrize("empty", ["", None])
def test_a_command_that_looks_for_no_file_may_do_anything(empty):
    assert contract("ansible.builtin.command", creates=empty) == ONCE


@pytest.mark.parametrize("module", RUNNING_ANYTHING)
def test_a_command_that_never_changes_anything_has_no_effect(module):
    assert contract(module, is_never_changed=True) == READ_ONLY


def test_a_module_that_never_reports_a_change_keeps_its_effect():
    """changed_when is a word about the report; of a command only, it is the author's word about the effect."""
    assert contract("ansible.builtin.copy", is_never_changed=True) == IDEMPOTENT


@pytest.mark.parametrize("module", ["ansible.builtin.copy", "ansible.builtin.shell", "example.net.switch"])
def test_a_task_that_only_checks_has_no_effect(module):
    assert contract(module, is_check_only=True) == READ_ONLY


# ---- requests


@pytest.mark.parametrize("arguments", [{}, {"method": "GET"}, {"method": "head"}, {"method": "OPTIONS"}])
def test_a_request_that_asks_has_no_effect(arguments):
    assert contract("ansible.builtin.uri", **arguments) == READ_ONLY


def test_a_request_whose_answer_is_kept_in_a_file_may_run_again():
    assert contract("ansible.builtin.uri", method="GET", dest="/srv/answer") == IDEMPOTENT


@pytest.mark.parametrize("method", ["POST", "put", "PATCH", "DELETE", "{{ method }}", None])
def test_any_other_request_may_do_anything(method):
    assert contract("ansible.builtin.uri", method=method) == ONCE


# ---- runs that a play looks at, and decides about


@pytest.mark.parametrize("module", ["lease_info", "plan", "report", "run_info", "status"])
def test_to_look_at_runs_has_no_effect(module):
    assert contract(f"saga.ops.{module}", run="01M8") == READ_ONLY


@pytest.mark.parametrize("module", ["plan", "report"])
@pytest.mark.parametrize("dest", ["page.html", "{{ page }}"])
def test_what_is_shown_of_a_run_may_be_written_again(module, dest):
    assert contract(f"saga.ops.{module}", dest=dest) == IDEMPOTENT


@pytest.mark.parametrize("module", ["abandon", "prune"])
def test_what_is_over_may_be_ended_again(module):
    assert contract(f"saga.ops.{module}", why="it is gone") == IDEMPOTENT


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("control", {"wish": "pause"}),
        ("control", {"wish": "cancel"}),
        ("decision", {"answer": "approve"}),
        ("resume", {}),
        ("unlock", {"target": "db1"}),
    ],
)
def test_what_a_run_is_told_is_not_said_twice_unasked(module, arguments):
    """The second time it may meet another question, another holder, or the same run further on."""
    assert contract(f"saga.ops.{module}", why="the window is open", **arguments) == ONCE


# ---- what is gone is gone


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("ansible.builtin.user", {"state": "absent", "remove": "yes"}),
        ("community.docker.docker_volume", {"state": "absent"}),
        ("community.docker.docker_compose_v2", {"state": "absent", "remove_volumes": True}),
        ("community.postgresql.postgresql_db", {"state": "absent"}),
        ("ansible.mysql.mysql_db", {"state": "absent"}),
        ("community.mysql.mysql_db", {"state": "absent"}),
        ("community.general.lvol", {"state": "absent"}),
        ("community.general.zfs", {"state": "absent"}),
        ("community.general.filesystem", {"state": "absent"}),
        ("kubernetes.core.k8s", {"state": "absent", "kind": "PersistentVolumeClaim"}),
        ("kubernetes.core.k8s", {"state": "absent", "kind": "Namespace"}),
        ("amazon.aws.ec2_instance", {"state": "terminated"}),
        ("amazon.aws.rds_instance", {"state": "absent"}),
        ("amazon.aws.s3_bucket", {"state": "absent"}),
    ],
)
def test_data_that_is_removed_cannot_be_brought_back(module, arguments):
    assert contract(module, **arguments) == GONE


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("community.general.filesystem", {"dev": "/dev/sdb", "fstype": "xfs", "force": True}),
        ("community.general.redis", {"command": "flush"}),
        ("community.postgresql.postgresql_table", {"name": "t", "truncate": True}),
    ],
)
def test_data_that_is_emptied_is_lost_again_with_each_execution(module, arguments):
    assert contract(module, **arguments) == GONE_EACH_TIME


@pytest.mark.parametrize(
    "module",
    ["community.docker.docker_volume", "community.postgresql.postgresql_db", "amazon.aws.s3_bucket"],
)
def test_data_that_may_be_removed_is_no_pivot_and_not_repeated_unasked(module):
    assert contract(module, state="{{ state }}") == ONCE
    assert entry(module, state="{{ state }}").is_known


def test_a_manifest_may_remove_data_that_nobody_can_see():
    assert contract("kubernetes.core.k8s", state="absent", definition={"kind": "Secret"}) == ONCE


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("ansible.builtin.user", {"state": "absent"}),
        ("ansible.builtin.file", {"state": "absent"}),
        ("ansible.builtin.service", {"state": "restarted"}),
        ("ansible.builtin.package", {"state": "latest"}),
        ("community.docker.docker_volume", {}),
        ("kubernetes.core.k8s", {"state": "present", "definition": {"kind": "Namespace"}}),
        ("kubernetes.core.k8s", {"state": "absent", "kind": "Deployment"}),
    ],
)
def test_a_state_that_can_be_had_again_may_be_brought_about_twice(module, arguments):
    assert contract(module, **arguments) == IDEMPOTENT


# ---- looking, and telling


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("ansible.posix.acl", {}),
        ("community.general.parted", {"device": "/dev/sdb"}),
        ("community.general.jira", {"command": "search"}),
        ("amazon.aws.route53", {"command": "get"}),
        ("ansible.mysql.mysql_replication", {}),
        ("ansible.builtin.dnf", {"list": "installed"}),
        ("kubernetes.core.helm_template", {"chart_ref": "x"}),
    ],
)
def test_a_module_that_is_told_to_look_has_no_effect(module, arguments):
    assert contract(module, **arguments) == READ_ONLY


@pytest.mark.parametrize("name", ["mail", "slack", "mattermost", "telegram", "rocketchat", "twilio"])
def test_a_message_is_sent_again_by_a_second_execution_and_stops_no_way_back(name):
    assert contract(f"community.general.{name}") == ONCE
    assert entry(f"community.general.{name}").is_known


# ---- what is known only when it runs


def test_arguments_from_a_variable_may_be_any_of_those_asked_for():
    assert contract("ansible.builtin.uri", _variable_params="{{ request }}") == ONCE
    assert contract("ansible.builtin.uri", _raw_params="{{ request }}") == ONCE


def test_arguments_from_a_variable_change_nothing_where_none_is_asked_for():
    assert contract("ansible.builtin.copy", _variable_params="{{ file }}") == IDEMPOTENT


def test_what_is_certain_before_it_is_not_spoilt_by_what_comes_from_a_variable():
    assert contract("ansible.builtin.command", _raw_params="{{ line }}", creates="/srv/done") == IDEMPOTENT


@pytest.mark.parametrize(("path", "expected"), [("{{ marker }}", IDEMPOTENT), ("{{ marker | default(omit) }}", ONCE)])
def test_a_templated_argument_is_there_unless_it_may_be_omitted(path, expected):
    assert contract("ansible.builtin.command", creates=path) == expected


class Encrypted:
    """As a vaulted value: to read it would be to decrypt it."""

    def __str__(self):
        raise AssertionError


def test_an_encrypted_argument_is_not_read():
    assert contract("ansible.builtin.uri", method=Encrypted()) == ONCE


# ---- why


@pytest.mark.parametrize(
    ("module", "arguments", "why"),
    [
        ("ansible.builtin.copy", {"src": "x"}, ""),
        ("ansible.builtin.uri", {}, " with method GET, without dest"),
        ("ansible.builtin.uri", {"method": "get", "dest": "/x"}, " with method get"),
        ("ansible.builtin.uri", {"method": "POST"}, " with method POST"),
        ("ansible.builtin.uri", {"method": "{{ m }}"}, ", whose method is known only when it runs"),
        ("ansible.builtin.user", {"state": "absent", "remove": True}, " with state absent and remove True"),
        (
            "ansible.builtin.user",
            {"state": "{{ s }}", "remove": "{{ r }}"},
            ", whose state and remove are known only when it runs",
        ),
        ("ansible.builtin.shell", {"is_never_changed": True}, " with changed_when: false"),
        ("ansible.builtin.copy", {"is_check_only": True}, " with check_mode: true"),
        ("a.b.c_facts", {}, ", a name that ends in _facts"),
        ("amazon.aws.ec2_eni", {"name": "n"}, " with name"),
    ],
)
def test_the_line_that_decided_is_told(module, arguments, why):
    assert entry(module, **arguments).why == module + why


# ---- the files


def test_only_the_collections_that_a_playbook_uses_are_read():
    shipped.cache_clear()
    contract("ansible.builtin.copy")
    contract("ansible.builtin.file")
    assert shipped.cache_info().misses == 1


def test_the_older_name_of_a_collection_knows_the_same():
    newer = shipped("ansible.mysql")
    assert shipped("community.mysql")
    for name, rule in shipped("community.mysql").items():
        assert rule == newer[name.replace("community.", "ansible.")]
