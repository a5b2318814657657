# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A resume does not put together the variables of steps that the journal answers; and what is a template is one."""

import pytest

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


# What ansible-core itself templates in the controller, before or instead of a worker.
TEMPLATES = """
- name: "Do as {{ who }}"
  ansible.builtin.raw: "{{ effect }} do"
- name: Once
  ansible.builtin.raw: "{{ effect }} once"
  run_once: "{{ who == 'me' }}"
  vars: {saga: {locks: ["lock of {{ who }}"]}}
- name: Bring
  ansible.builtin.include_tasks: "{{ who }}.yml"
- name: Away
  ansible.builtin.raw: "{{ effect }} away"
  delegate_to: "{{ other }}"
- ansible.builtin.meta: end_host
  when: inventory_hostname == other
- name: Last
  ansible.builtin.raw: "{{ effect }} last; test -e mended"
"""
BROUGHT = """
- name: Brought
  ansible.builtin.raw: "{{ effect }} brought"
  tags: ["{{ who }}"]
"""


@pytest.mark.core
@pytest.mark.sample
@pytest.mark.parametrize("strategy", ["saga.ops.linear", "saga.ops.free"])
def test_a_resume_templates_what_ansible_templates(project, strategy):
    is_free = strategy == "saga.ops.free"  # it knows no run_once
    tasks = (
        TEMPLATES.replace("run_once: \"{{ who == 'me' }}\"", 'throttle: "{{ [1] | first }}"') if is_free else TEMPLATES
    )
    project.play(tasks, head="  vars: {who: me, other: h2}")
    project.name_strategy(strategy)
    project.write("me.yml", BROUGHT)
    assert project.run("--limit", "h1,h2").code != 0
    (project.folder / "mended").touch()
    done = project.resume("--limit", "h1,h2")
    assert "[Do as me]" in done.output
    assert "Error rendering" not in done.output
    once = 2 if is_free else 1
    assert project.counted() == {
        **{f"{host} {word}": 1 for host in ("h1", "h2") for word in ("do", "brought", "away")},
        **{f"{host} once": 1 for host in ("h1", "h2")[:once]},
        "h1 last": 2,
    }
