# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A loop of which some items are done: those are never done again, the others are [I4]."""

import pytest

from playground import Project

pytestmark = pytest.mark.core

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


def test_a_loop_that_fails_again_and_again_does_each_item_once_that_does_not(project):
    for _ in range(3):
        assert project.run().code != 0
    mend(project)
    project.resume()
    assert project.counted() == ONCE | {"h1 begun-b": 4}


def test_an_item_that_failed_without_its_controller_can_be_mended(project):
    process = project.start()
    project.until(lambda: "h1 begun-b" in project.effects())
    process.kill()
    process.wait()
    project.run()
    mend(project)
    project.resume()
    assert project.counted() == ONCE | {"h1 begun-b": 3}
