# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The option scope: what a failing run undoes, what stays done, and how it goes forward again [I7] [I8] [I9]."""

import pytest

HOSTS = ("h1", "h2", "h3")

SITE = """
- name: Build
  hosts: db
  gather_facts: false
  strategy: saga.ops.linear
  tasks:
    - name: Zero
      ansible.builtin.raw: "{{ effect }} zero"
      vars: {saga: {effect: side_effect, compensate: Undo zero}}
  handlers:
    - name: Undo zero
      ansible.builtin.raw: "{{ effect }} undo-zero"
- name: Move
  hosts: db
  gather_facts: false
  serial: SERIAL
  strategy: saga.ops.linear
  tasks:
    - name: One
      ansible.builtin.raw: "{{ effect }} one"
      vars: {saga: {effect: side_effect, compensate: Undo one}}
    - name: Break
      ansible.builtin.raw: test -e {{ playbook_dir }}/mended -o {{ inventory_hostname }} != h2
    - name: Two
      ansible.builtin.raw: "{{ effect }} two"
      vars: {saga: {effect: side_effect, compensate: Undo two}}
  handlers:
    - name: Undo one
      ansible.builtin.raw: "{{ effect }} undo-one"
    - name: Undo two
      ansible.builtin.raw: "{{ effect }} undo-two"
- name: Finish
  hosts: db
  gather_facts: false
  strategy: saga.ops.linear
  tasks:
    - name: Three
      ansible.builtin.raw: "{{ effect }} three"
"""


def failed(project, scope, serial="100%", **environment):
    """Run to the failure on h2 and what follows it; return the output."""
    project.write("site.yml", SITE.replace("SERIAL", serial))
    done = project.run(SAGA_SCOPE=scope, **environment)
    assert done.code == 2, done.output
    return done.output


def mend_and_resume(project, **environment):
    project.write("mended", "")
    project.resume(**environment)
    assert project.last_run().state == "completed"
    assert project.audit_findings() == []
    return project.counted()


def each(word, hosts=HOSTS, times=1):
    return {f"{host} {word}": times for host in hosts}


@pytest.mark.core
@pytest.mark.sample
def test_scope_host_undoes_the_hosts_that_failed_and_the_others_go_on(project):
    output = failed(project, "host")
    others = ("h1", "h3")
    assert project.counted() == {
        **each("zero"),
        **each("one"),
        "h2 undo-one": 1,
        **each("two", others),
        **each("three", others),
    }
    run = project.last_run()
    assert (str(run.state), run.is_going_back) == ("stopped", False)
    assert "what the play 'Move' did on h2 is undone; the same command does it again" in run.reason
    assert run.reason in output
    assert mend_and_resume(project, SAGA_SCOPE="host") == {
        **each("zero"),
        **each("one"),
        "h2 one": 2,
        "h2 undo-one": 1,
        **each("two"),
        **each("three"),
    }


@pytest.mark.sweep
@pytest.mark.parametrize("strategy", ["free", "host_pinned"])
def test_scope_host_where_hosts_do_not_wait_for_one_another(project, strategy):
    project.write("site.yml", SITE.replace("SERIAL", "100%").replace("ops.linear", f"ops.{strategy}"))
    assert project.run(SAGA_SCOPE="host").code == 2
    assert [line for line in project.effects() if "undo" in line] == ["h2 undo-one"]
    assert project.counted()["h1 three"] == 1
    assert mend_and_resume(project, SAGA_SCOPE="host")["h2 three"] == 1


@pytest.mark.sweep
@pytest.mark.core
def test_scope_host_lets_later_batches_begin(project):
    failed(project, "host", serial="2")
    assert project.counted()["h3 two"] == 1
    assert [line for line in project.effects() if "undo" in line] == ["h2 undo-one"]
    assert mend_and_resume(project, SAGA_SCOPE="host")["h2 two"] == 1


@pytest.mark.core
def test_scope_batch_undoes_the_batch_in_hand_and_no_other_begins(project):
    failed(project, "batch", serial="2")
    assert project.counted() == {
        **each("zero"),
        **each("one", ("h1", "h2")),
        **each("undo-one", ("h1", "h2")),
    }
    assert "what the play 'Move' did on h1, h2 is undone" in project.last_run().reason
    assert mend_and_resume(project) == {
        **each("zero"),
        **each("one", ("h1", "h2"), 2),
        "h3 one": 1,
        **each("undo-one", ("h1", "h2")),
        **each("two"),
        **each("three"),
    }


@pytest.mark.sweep
def test_scope_batch_leaves_earlier_batches_as_they_are(project):
    project.write("site.yml", SITE.replace("SERIAL", "2").replace("!= h2", "!= h3"))
    assert project.run(SAGA_SCOPE="batch").code == 2
    assert [line for line in project.effects() if "undo" in line] == ["h3 undo-one"]
    assert project.counted()["h1 two"] == 1


@pytest.mark.core
def test_scope_play_undoes_the_play_that_failed_and_no_earlier_one(project):
    failed(project, "play", serial="2")
    assert project.counted() == {
        **each("zero"),
        **each("one", ("h1", "h2")),
        **each("undo-one", ("h1", "h2")),
    }
    assert "what the play 'Move' did is undone" in project.last_run().reason
    assert mend_and_resume(project)["h2 one"] == 2


@pytest.mark.sweep
def test_what_was_done_again_is_undone_again(project):
    """[I7] Once for each time that it was done."""
    failed(project, "play")
    failed(project, "play")
    assert project.counted()["h1 one"] == project.counted()["h1 undo-one"] == 2
    project.write("mended", "")
    project.resume()
    assert project.counted()["h1 one"] == 3
    assert project.audit_findings() == []


SCOPES = ("host", "batch", "play")
POINTS = ("before_undo:One:1", "after_effect:h2:3", "after_undo:One:1")


@pytest.mark.sweep
@pytest.mark.core
@pytest.mark.parametrize(
    ("scope", "point"),
    [
        pytest.param(scope, point, marks=() if (scope, point) == ("host", POINTS[1]) else pytest.mark.sweep)
        for scope in SCOPES
        for point in POINTS
    ],
)
def test_a_crash_on_a_shorter_way_back_does_not_make_it_longer(project, scope, point):
    """[I7] [I14]"""
    project.write("site.yml", SITE.replace("SERIAL", "2"))
    assert project.run(SAGA_SCOPE=scope, SAGA_TEST_KILL=point).code == -9
    done = project.run(SAGA_SCOPE=scope)
    assert done.code == 2, done.output
    hosts = ("h2",) if scope == "host" else ("h1", "h2")
    assert {line for line in project.effects() if "undo" in line} == {f"{host} undo-one" for host in hosts}
    assert project.last_run().state == "stopped"
    assert mend_and_resume(project) == {
        **each("zero"),
        **each("one"),
        **each("one", hosts, 2),
        **each("undo-one", hosts),
        **each("two"),
        **each("three"),
    }


@pytest.mark.sweep
def test_a_pivot_of_another_host_does_not_keep_a_host_from_going_back(project):
    """[I8]"""
    switch = """
    - name: Switch
      ansible.builtin.raw: "{{ effect }} switched"
      when: inventory_hostname != "h2"
      tags: ["saga:irreversible"]
    - name: Break"""
    project.write("site.yml", SITE.replace("SERIAL", "100%").replace("\n    - name: Break", switch, 1))
    assert project.run(SAGA_SCOPE="host").code == 2
    assert project.counted()["h2 undo-one"] == 1
    assert project.last_run().state == "stopped"


def test_a_pivot_on_the_host_itself_keeps_it_from_going_back(project):
    """[I8]"""
    switch = """
    - name: Switch
      ansible.builtin.raw: "{{ effect }} switched"
      run_once: true
      tags: ["saga:irreversible"]
    - name: Break"""
    project.write("site.yml", SITE.replace("SERIAL", "100%").replace("\n    - name: Break", switch, 1))
    assert project.run(SAGA_SCOPE="host").code == 2
    assert not any("undo" in line for line in project.effects())
    assert project.last_run().state == "parked"
    assert "'Switch' is irreversible" in project.last_run().reason


@pytest.mark.sweep
def test_what_a_host_cannot_undo_parks_the_run_and_the_same_command_goes_on_undoing(project):
    """[I9]"""
    undo = 'undo-one"\n    - name: Undo two'
    hard = 'undo-one; test -e {{ playbook_dir }}/undoable"\n    - name: Undo two'
    project.write("site.yml", SITE.replace("SERIAL", "100%").replace(undo, hard))
    assert project.run(SAGA_SCOPE="host").code == 2
    run = project.last_run()
    assert (str(run.state), run.is_going_back, run.back.hosts) == ("parked", True, ("h2",))
    assert run.reason.endswith("not undone: 'One' on h2")
    project.write("undoable", "")
    assert project.run(SAGA_SCOPE="host").code == 2
    assert project.last_run().state == "stopped"
    assert project.counted()["h2 undo-one"] == 2
    assert mend_and_resume(project)["h2 one"] == 2


def test_nothing_of_the_play_to_undo_stops_the_run_though_earlier_plays_have(project):
    without = SITE.replace(", compensate: Undo one", "").replace(", compensate: Undo two", "")
    project.write("site.yml", without.replace("SERIAL", "100%"))
    assert project.run(SAGA_SCOPE="play").code == 2
    assert project.last_run().state == "stopped"
    assert not any("undo" in line for line in project.effects())
