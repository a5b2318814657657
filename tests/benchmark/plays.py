# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Plays to measure: one playbook of alike tasks, on so many local hosts, under the stock strategy and ours."""

import json
import shutil
import sys
from pathlib import Path

import yaml
from pairs import took

CALLBACKS = Path(__file__).with_name("callback_plugins")
MODULES = {
    "debug": {"ansible.builtin.debug": {"msg": "x"}},
    "ping": {"ansible.builtin.ping": None},
    "command": {"ansible.builtin.command": "true"},
}
CONTRACT = {"effect": "side_effect", "idempotent": True, "compensate": "Undo"}
LAST = {
    "name": "The first new step",
    "ansible.builtin.assert": {"that": "may_go_on is defined"},
    "vars": {"saga": {"effect": "none", "on_failure": "stop"}},
}
"""It fails, and keeps what was done: the next start comes to it again."""


class Bench:
    """A playbook of so many tasks of a module and an inventory, in a folder."""

    def __init__(self, folder, module, *, hosts, tasks, last=()):
        self.folder, self.hosts, self.tasks = folder, hosts, tasks
        folder.mkdir(parents=True, exist_ok=True)
        steps = [{"name": f"Step {number}", **MODULES[module], "vars": {"saga": CONTRACT}} for number in range(tasks)]
        play = {"name": "Measure", "hosts": "all", "gather_facts": False, "tasks": [*steps, *last]}
        play["handlers"] = [{"name": "Undo", **MODULES["debug"]}]
        (folder / "site.yml").write_text(yaml.safe_dump([play], sort_keys=False))
        known = dict.fromkeys(f"host{number}" for number in range(hosts))
        inventory = {
            "all": {
                "hosts": known,
                "vars": {"ansible_connection": "local", "ansible_python_interpreter": sys.executable},
            }
        }
        (folder / "inventory.json").write_text(json.dumps(inventory))

    def run(self, *arguments, code=0, program="ansible-playbook", **environment):
        """Run the playbook until it ends with this exit code; return what it Took."""
        command = [program, "-i", "inventory.json", "site.yml", *arguments]
        return took(command, self.folder, code=code, ANSIBLE_DEPRECATION_WARNINGS="false", **environment)

    def stock(self, *arguments, **environment):
        return self.run(*arguments, ANSIBLE_STRATEGY="ansible.builtin.linear", **environment)

    def durable(self, *arguments, journal="", is_counted=False, **environment):
        """Run the playbook durably; on an empty journal, unless one is given."""
        if not journal:
            shutil.rmtree(self.folder / "state", ignore_errors=True)
            journal = str(self.folder / "state" / "journal.db")
        counting = {
            "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
            "ANSIBLE_CALLBACKS_ENABLED": "counting",
            "BENCH_COUNTED": str(self.folder / "counted.json"),
        }
        more = {"ANSIBLE_STRATEGY": "saga.ops.linear", "SAGA_JOURNAL": journal, **(counting if is_counted else {})}
        return self.run(*arguments, **more, **environment)

    def counted(self):
        """Return what the last counted run asked of its journal, for each step on a host."""
        figures = json.loads((self.folder / "counted.json").read_text())
        return {name: figure / (self.hosts * self.tasks) for name, figure in figures.items()}
