# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Writes down, when a playbook ends, every variable of every host, the groups and the custom statistics.

It looks at what Ansible itself holds, so a play that fails is looked at like one that ends well, and no variable is
missed because a playbook forgot to show it.
"""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: variables
type: aggregate
short_description: Writes down every variable of every host
description: For tests.
"""

# What Ansible tells of the process and the machine, which no two runs share.
OF_THE_PROCESS = {
    "ansible_config_file",
    "ansible_forks",
    "ansible_playbook_python",
    "ansible_version",
    "hostvars",
    "omit",
    "vars",
}


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "variables"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self):
        super().__init__()
        self.manager = None

    def v2_playbook_on_play_start(self, play):
        self.manager = play.get_variable_manager()

    def v2_playbook_on_stats(self, stats):
        if self.manager is None:
            return
        inventory = self.manager._inventory
        inventory.remove_restriction()
        found = {
            **{host.name: self.of_host(host) for host in inventory.hosts.values()},
            "groups": {name: sorted(hosts) for name, hosts in inventory.get_groups_dict().items()},
            "statistics": plain(of_the_play(stats.custom)),
        }
        with Path(os.environ["HOME"], "variables.jsonl").open("a") as file:
            file.write(json.dumps(found) + "\n")

    def of_host(self, host):
        told = self.manager.get_vars(host=host, include_hostvars=False)
        for name in ("ansible_run_tags", "ansible_skip_tags"):
            told[name] = sorted(told[name])  # lists made of sets
        # group_by adds hosts to a group in the order in which their results arrive.
        told["groups"] = {name: sorted(hosts) for name, hosts in told["groups"].items()}
        return {name: plain(value) for name, value in sorted(told.items()) if name not in OF_THE_PROCESS}


def of_the_play(custom):
    """Custom statistics without what saga.ops adds of itself."""
    own = {where: {name: told[name] for name in told if name != "saga_run"} for where, told in custom.items()}
    return {where: told for where, told in own.items() if told}


def plain(value):
    """Return a value as JSON has it; what JSON has no word for is told with the name of its type."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return {"a set": sorted(map(repr, value))}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [plain(item) for item in value]
    return f"{type(value).__name__} {value}"
