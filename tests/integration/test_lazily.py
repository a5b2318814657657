# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A resume does not put together the variables of steps that the journal answers."""

PLUGIN = """
from ansible.plugins.vars import BaseVarsPlugin

class VarsModule(BaseVarsPlugin):
    REQUIRES_ENABLED = False

    def get_vars(self, loader, path, entities, cache=True):
        with open("asked", "a") as file:
            file.write("asked\\n")
        return {}
"""
STEPS = 20
TASKS = "".join(
    f'- name: Step {number}\n  ansible.builtin.raw: "{{{{ effect }}}} {number}"\n' for number in range(STEPS)
)
LAST = '- name: Last\n  ansible.builtin.raw: "{{ effect }} last"\n'


def test_of_restored_steps_no_variables_are_asked_for(project):
    project.play(TASKS + LAST)
    project.write("vars_plugins/asking.py", PLUGIN)
    asked = project.write("asked", "")

    def times(**environment):
        asked.write_text("")
        project.run("--limit", "h1", ANSIBLE_VARS_PLUGINS=str(project.folder / "vars_plugins"), **environment)
        return len(asked.read_text().splitlines())

    whole = times(SAGA_TEST_KILL="before_intent:Last:1")
    assert whole > STEPS
    assert times() < whole - STEPS
    assert project.states()["h1", "Last"] == "ok"
