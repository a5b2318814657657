# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A loop of which some items are done: those are never done again, the others are [I4]."""

import pytest

from playground import Project

pytestmark = [pytest.mark.core]

LOOP = """
    - name: Loop
      ansible.builtin.raw: >-
        {{ effect }} begun-{{ item }};
        {% if item == 'b' %}sleep 1; test -e mended || exit 1;{% endif %}
        echo said-{{ item }}
      loop: [a, b, c]
      register: loop
    - name: After
      ansible.builtin.raw: "{{ effect }} {{ loop.results | map(attribute='stdout') | map('trim') | join(',') }}"
"""
ONCE = {f"h1 {word}": 1 for word in ("begun-a", "begun-c", "said-a,said-b,said-c")}


@pytest.fixture
def project(tmp_path):
    project = Project(tmp_path, hosts=("h1",))
    project.play(LOOP)
    return project


def mend(project):
    (project.folder / "mended").touch()


def test_a_loop_that_failed_goes_on_with_the_item_that_failed(project):
    assert project.run().code != 0
    mend(project)
    project.resume()
    assert project.counted() == ONCE | {"h1 begun-b": 2}


@pytest.mark.sweep
def test_a_loop_that_fails_again_and_again_does_each_item_once_that_does_not(project):
    for _ in range(3):
        assert project.run().code != 0
    mend(project)
    project.resume()
    assert project.counted() == ONCE | {"h1 begun-b": 4}


@pytest.mark.sweep
def test_an_item_that_failed_without_its_controller_can_be_mended(project):
    process = project.start()
    project.until(lambda: "h1 begun-b" in project.effects())
    process.kill()
    process.wait()
    project.run()
    mend(project)
    project.resume()
    assert project.counted() == ONCE | {"h1 begun-b": 3}


SIXTY = """
    - name: Loop
      ansible.builtin.raw: "{{ effect }} {{ item }}; {% if item == slow %}sleep 2;{% endif %} echo said-{{ item }}"
      loop: "{{ items.split(',') }}"
      loop_control: {index_var: at, extended: true, label: "number {{ item }}"}
      register: loop
    - name: After
      ansible.builtin.copy:
        content: "{{ loop.results | map(attribute='stdout') | map('trim') | join(',') }}
          {{ loop.results | map(attribute='at') | join(',') }}"
        dest: "{{ playbook_dir }}/after"
        mode: "0600"
"""


def after(items):
    """What the task after the loop saw of it: each item's own result, in the list's order, with its place."""
    said = ",".join(f"said-{item}" for item in items)
    return f"{said} {','.join(map(str, range(len(items))))}"


def numbers(count):
    return [str(number) for number in range(1, count + 1)]


def killed_in(project, item, *arguments):
    """Kill the controller while an item is in hand; its worker finishes that and starts no other."""
    process = project.start("-e", f"slow={item}", *arguments)
    project.until(lambda: f"h1 {item}" in project.effects())
    process.kill()
    process.wait()


@pytest.mark.sample
def test_a_loop_of_60_killed_at_item_37_runs_23_after(project):
    """[I4] [I14]"""
    project.play(SIXTY)
    given = ("-e", f"items={','.join(numbers(60))}")
    killed_in(project, 37, *given)
    project.resume(*given, "-e", "slow=none")
    assert project.effects() == [f"h1 {number}" for number in numbers(60)]
    assert (project.folder / "after").read_text() == after(numbers(60))
    [loop] = [step for step in project.steps() if step.name == "Loop"]
    assert (loop.executions, loop.attempt) == (2, 2)


def test_a_resumed_loop_runs_only_the_items_that_are_missing_from_another_list(project):
    """[I4] The list may be reordered and extended; each result stands where its item stands now."""
    project.play(SIXTY)
    killed_in(project, 3, "-e", "items=1,2,3,4,2")
    project.resume("-e", "items=5,4,3,2,1,2,6,2", "-e", "slow=none", SAGA_DRIFT="accept")
    assert project.effects() == [f"h1 {item}" for item in ("1", "2", "3", "5", "4", "2", "6", "2")]
    assert (project.folder / "after").read_text() == after(["5", "4", "3", "2", "1", "2", "6", "2"])
