# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""[I7] [I14] Compensation killed with SIGKILL at each of its own steps, and started again until it has ended.

Three plays, batches of two, six hosts, loop items, and one undoing that fails at first. However often it is killed,
each undoing happens once, in the order of a way back that nobody kills; the one that failed is done again, no other.
"""

import itertools
from collections import Counter

import pytest

from playground import Project

HOSTS = tuple(f"h{number}" for number in range(1, 7))

SITE = """
- name: Build
  hosts: db
  gather_facts: false
  serial: 2
  strategy: saga.ops.linear
  tasks:
    - name: One
      ansible.builtin.raw: "{{ effect }} one; echo made-{{ inventory_hostname }}"
      register: one
      vars: {saga: {effect: side_effect, idempotent: false, compensate: Undo one, capture: {made: one.stdout | trim}}}
    - name: Link
      ansible.builtin.raw: "{{ effect }} link"
      vars: {saga: {effect: side_effect, compensate: Unlink}}
  handlers:
    - name: Unlink
      ansible.builtin.raw: "{{ effect }} undo-link"
    - name: Undo one
      ansible.builtin.raw: "{{ effect }} undo-one-{{ saga_step.captured.made }}"
- name: Fill
  hosts: db
  gather_facts: false
  serial: 2
  strategy: saga.ops.linear
  tasks:
    - name: Two
      ansible.builtin.raw: "{{ effect }} two-{{ item }}"
      loop: [a, b]
      vars: {saga: {effect: side_effect, compensate: Undo two}}
  handlers:
    - name: Undo two
      ansible.builtin.raw: "{{ effect }} undo-two-{{ item }}; test -e {{ playbook_dir }}/mended -o {{ me }} != h3-b"
      loop: [b, a]
      vars: {me: "{{ inventory_hostname }}-{{ item }}"}
- name: Finish
  hosts: db
  gather_facts: false
  serial: 2
  strategy: saga.ops.linear
  tasks:
    - name: Three
      ansible.builtin.raw: "{{ effect }} three"
      vars: {saga: {effect: side_effect, compensate: Undo three}}
    - name: Break
      ansible.builtin.raw: test {{ inventory_hostname }} != h6
  handlers:
    - name: Undo three
      ansible.builtin.raw: "{{ effect }} undo-three"
"""


def undoings():
    """Return what is undone in lockstep, latest first: batches took turns where there are several steps to undo."""
    yield {f"{host} undo-three" for host in HOSTS}
    yield {f"{host} undo-two-{item}" for host in HOSTS for item in "ab"}
    for batch in (("h5", "h6"), ("h3", "h4"), ("h1", "h2")):
        yield {f"{host} undo-link" for host in batch}
        yield {f"{host} undo-one-made-{host}" for host in batch}


FAILING = "h3 undo-two-b"
LOCKSTEP = list(undoings())

# The points of the way back, and how often each is reached there at most. What was ready in one moment is recorded in
# one breath, so a number may be beyond the last: then nobody is killed.
STEPS = {"Three": ("Undo three", 6), "Two": ("Undo two", 6), "Link": ("Unlink", 6), "One": ("Undo one", 6)}
UNDOINGS = {"Three": 1, "Two": 1, "Link": 3, "One": 3}
SAMPLE = {"before_undo:Link:2", "before_outcome:Undo one:2"}
FORWARD = 6 + 6 + 12 + 6 + 6  # effects before the way back, those of the step that breaks included
BACK = 6 + 12 + 6 + 6


def points():
    for name, (handler, times) in STEPS.items():
        for number in range(1, UNDOINGS[name] + 1):
            yield from (f"{point}:{name}:{number}" for point in ("before_undo", "after_undo"))
        for number in range(1, times + 1):
            yield from (f"{point}:{handler}:{number}" for point in ("after_intent", "before_outcome", "after_outcome"))
    yield from (f"after_effect:h:{FORWARD + number}" for number in range(1, BACK + 1))


def kills():
    return [pytest.param(point, marks=() if point in SAMPLE else pytest.mark.sweep) for point in points()]


def prepare(folder):
    project = Project(folder, hosts=HOSTS)
    project.write("site.yml", SITE)
    return project


def ended(project):
    """Start the way back again, as long as it is killed, until it parks with the one undoing that fails."""
    done = project.run()
    assert done.code == 2, done.output
    return done


def must_have_undone_all_but_one(project):
    run = project.last_run()
    assert str(run.state) == "parked"
    assert run.reason.endswith("not undone: 'Two' on h3")
    must_be_in_lockstep([line for line in project.effects() if " undo" in line])


def must_be_in_lockstep(undone):
    # What fails is tried again by each attempt; all else happens once.
    again = Counter(undone) - Counter(dict.fromkeys(undone, 1))
    assert set(again) <= {FAILING}
    done = iter(dict.fromkeys(undone))
    for together in LOCKSTEP:
        assert set(itertools.islice(done, len(together))) == together, undone
    assert list(done) == []


def must_be_compensated_once(project):
    project.write("mended", "")
    assert project.run().code == 2
    assert str(project.last_run().state) == "compensated"
    undone = Counter(line for line in project.effects() if " undo" in line)
    assert undone.pop(FAILING) > 1
    assert undone == {line: 1 for together in LOCKSTEP for line in together if line != FAILING}
    forward = Counter(line for line in project.effects() if " undo" not in line)
    assert set(forward.values()) == {1}
    assert project.audit_findings() == []
    assert not project.held_targets()


@pytest.mark.core
def test_a_way_back_over_plays_batches_and_items_undoes_everything_once_and_parks_with_what_fails(tmp_path):
    """[I9] What the killed ones are compared with."""
    project = prepare(tmp_path)
    ended(project)
    must_have_undone_all_but_one(project)
    must_be_compensated_once(project)


@pytest.mark.parametrize("point", kills())
def test_a_way_back_that_is_killed_at_any_of_its_steps_undoes_everything_once_and_in_order(tmp_path, point):
    project = prepare(tmp_path)
    killed = project.run(SAGA_TEST_KILL=point)
    assert killed.code in {-9, 2}, killed.output
    if killed.code == -9:
        ended(project)
    must_have_undone_all_but_one(project)
    assert project.audit_findings() == []


@pytest.mark.sweep
@pytest.mark.parametrize("seldom", ["before_undo", "after_intent", "before_outcome", "after_outcome", "after_undo"])
def test_a_way_back_that_is_killed_again_and_again_comes_to_its_end(tmp_path, seldom):
    project = prepare(tmp_path)
    names = {"before_undo": "T", "after_undo": "T"}.get(seldom, "Undo")
    for _time in range(40):
        done = project.run(SAGA_TEST_KILL=f"{seldom}:{names}:2")
        if done.code != -9:
            break
    if str(project.last_run().state) != "parked":
        ended(project)
    must_have_undone_all_but_one(project)
    must_be_compensated_once(project)
