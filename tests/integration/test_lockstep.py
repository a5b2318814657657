# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""In lockstep, what hosts have done is passed by on all of them at once: nobody is told less, or otherwise."""

from pathlib import Path

import pytest

from playground import CALLBACKS, IS_SECOND_DOOR

TOLD = Path(__file__).parents[1] / "callback_plugins"
HOSTS = ("h1", "h2", "h3")
TASKS = """
- name: "Do as {{ who }}"
  ansible.builtin.raw: "{{ effect }} do"
  register: done
  notify: Say
- name: Leave out
  ansible.builtin.raw: "{{ effect }} never"
  when: done is failed
- name: Loop
  ansible.builtin.raw: "{{ effect }} {{ item }}"
  loop: [a, b]
- name: Keep
  ansible.builtin.set_fact:
    kept: "{{ done.rc }}{{ inventory_hostname }}"
- ansible.builtin.meta: flush_handlers
- name: Lag
  ansible.builtin.raw: "{{ effect }} lag; test {{ inventory_hostname }} != h2 -o -e mended"
- name: Go on
  ansible.builtin.raw: "{{ effect }} go-{{ kept }}"
- name: Last
  ansible.builtin.raw: "{{ effect }} last-{{ done.rc }}; test -e mended"
"""
HANDLERS = """
- name: Say
  ansible.builtin.raw: "{{ effect }} say"
"""
BEFORE = ["Do as me", "Leave out", "Loop", "Keep", "Say"]


@pytest.fixture
def resumed(project):
    """What callbacks were told of a resume that one host begins earlier than the others."""
    project.play(TASKS, HANDLERS, head="  vars: {who: me}")
    more = {
        "ANSIBLE_CALLBACK_PLUGINS": f"{CALLBACKS}:{TOLD}",
        "ANSIBLE_CALLBACKS_ENABLED": "crash,told,saga.ops.durable" if IS_SECOND_DOOR else "crash,told",
    }
    assert project.run(**more).code != 0
    (project.folder / "mended").touch()
    project.write("told", "")
    project.resume(**more)
    return [line.split(" | ") for line in (project.folder / "told").read_text().splitlines()]


@pytest.mark.core
@pytest.mark.sample
def test_each_task_and_each_of_its_hosts_is_told_once_and_in_order(resumed, project):
    told = [line for line in resumed if line[0] != "prepared"]
    starts = [words[0] for kind, *words in told if kind == "start" and not words[0].endswith("meta")]
    assert starts == [*BEFORE, "Lag", "Go on", "Last"]
    ends, task = {}, ""
    for kind, name, *words in told:
        task = name if kind == "start" else task
        if kind in {"ok", "skipped", "failed"}:
            assert name == task
            assert words[0] not in ends.setdefault(name, {})
            ends[name][words[0]] = (kind, words[1])
    restored = dict.fromkeys(HOSTS, ("ok", "restored"))
    now = dict.fromkeys(HOSTS, ("ok", "now"))
    assert ends == {
        **dict.fromkeys(BEFORE, restored),
        "Leave out": {host: ("skipped", word) for host, (_kind, word) in restored.items()},
        "Lag": {**restored, "h2": ("ok", "now")},
        "Go on": {**restored, "h2": ("ok", "now")},
        "Last": now,
    }
    items = [words for kind, *words in told if kind == "item"]
    assert sorted(items) == sorted(["Loop", host, "restored"] for host in HOSTS for _item in "ab")
    assert [words for kind, *words in told if kind == "notify"] == [["Say", host] for host in HOSTS]
    counted = project.counted()
    assert all(counted[f"{host} {word}"] == 1 for host in HOSTS for word in ("do", "a", "b", "say", f"go-0{host}"))
    assert counted["h2 lag"] == counted["h2 last-0"] + 1 == 2


def test_a_host_is_prepared_for_what_it_has_to_do(resumed):
    # Each task once for all that have done it; and for each host what it does now: one Lag, one Go on, three Last.
    assert sum(line[0] == "prepared" for line in resumed) < len(BEFORE) + len(HOSTS) * 6
