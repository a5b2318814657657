# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Steps that start together: one commit for all their intents, as many steps as there are workers."""

import pytest

from playground import Project

HOSTS = [f"h{number}" for number in range(1, 7)]
TASKS = """
- name: Copy
  ansible.builtin.raw: "{{ effect }} copy"
- name: One by one
  ansible.builtin.raw: "{{ effect }} one"
  throttle: 1
"""


@pytest.mark.core
def test_the_intents_of_idle_workers_are_one_commit_and_a_throttle_is_kept(tmp_path):
    project = Project(tmp_path, HOSTS)
    project.play(TASKS)
    assert project.run(ANSIBLE_FORKS=4).code == 0
    intents = {
        name: [event.time for event in project.events() if event.type == "step.intent" and name in event.step]
        for name in ("Copy", "One by one")
    }
    assert [len(moments) for moments in intents.values()] == [len(HOSTS)] * 2
    assert len(set(intents["Copy"][:4])) == 1
    assert len(set(intents["Copy"])) > 1
    assert len(set(intents["One by one"])) == len(HOSTS)
