# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""One run, play by play: an engine around it starts the playbook once for each play."""

import pytest

PLAYS = """
- name: First
  hosts: db
  gather_facts: false
  strategy: saga.ops.linear
  tasks:
    - name: One
      ansible.builtin.raw: "{{ effect }} one"
      register: one
      vars: {saga: {effect: side_effect, compensate: Undo one}}
  handlers:
    - name: Undo one
      ansible.builtin.raw: "{{ effect }} undid"
- name: Second
  hosts: db
  gather_facts: false
  strategy: saga.ops.linear
  serial: 1
  tasks:
    - name: Two
      ansible.builtin.raw: "{{ effect }} two{{ '' if one is changed else '-alone' }}; {{ then | default('true') }}"
- name: Third
  hosts: db
  gather_facts: false
  strategy: saga.ops.linear
  tasks:
    - name: Three
      ansible.builtin.raw: "{{ effect }} three"
"""
RUN = "-esaga_run_id=change-7"


def words(project):
    return [line.split()[1] for line in project.effects()]


@pytest.fixture
def plays(project):
    project.write("site.yml", PLAYS)
    return project


@pytest.mark.core
def test_a_run_goes_on_play_by_play_and_keeps_its_targets_in_between(plays):
    first = plays.resume(RUN, "-esaga_last_play=1")
    assert words(plays) == ["one"] * 3
    assert (plays.last_run().state, plays.held_targets()) == ("parked", {"h1", "h2", "h3"})
    assert "it has come to the last play that saga_last_play asks for, and play 2 follows" in first.output
    node = "ansible-playbook site.yml -esaga_run_id=change-7 -esaga_last_play=2"
    last = first.output.splitlines()[-1]
    assert last.startswith("saga: look with 'saga status change-7'; it goes on with 'saga resume change-7' or '")
    assert last.endswith(f"{node}'")
    assert node in plays.saga("status", "change-7").output
    plays.resume(RUN, "-esaga_last_play=1")  # the engine does it once more
    assert words(plays) == ["one"] * 3
    plays.resume(RUN, SAGA_LAST_PLAY="2")
    assert words(plays) == ["one"] * 3 + ["two"] * 3
    plays.resume(RUN)
    assert words(plays) == ["one"] * 3 + ["two"] * 3 + ["three"] * 3
    assert (plays.last_run().id, plays.last_run().state, plays.held_targets()) == ("change-7", "completed", set())
    assert "already completed" in plays.resume(RUN, "-esaga_last_play=2").output
    assert plays.audit_findings() == []


@pytest.mark.sweep
def test_a_start_that_leaves_plays_out_of_turn_does_those_before_first(plays):
    plays.resume(RUN, "-esaga_last_play=2")
    assert words(plays) == ["one"] * 3 + ["two"] * 3


@pytest.mark.sweep
@pytest.mark.core
def test_a_failure_in_a_later_start_undoes_what_earlier_ones_did(plays):
    plays.resume(RUN, "-esaga_last_play=1")
    failed = plays.run(RUN, "-esaga_last_play=2", "-ethen=false")
    assert failed.code == 2, failed.output
    assert words(plays) == ["one"] * 3 + ["two"] + ["undid"] * 3
    assert plays.last_run().state == "compensated"
    for last in (2, 0):
        over = plays.run(RUN, f"-esaga_last_play={last}")
        assert over.code != 0  # or the engine would go on to the next node
        assert "run change-7 is compensated: what its plays did is undone" in " ".join(over.output.split())
    assert len(words(plays)) == 7


@pytest.mark.sweep
def test_a_run_that_is_turned_around_between_two_starts_goes_back_whatever_play_is_asked_for(plays):
    plays.resume(RUN, "-esaga_last_play=2")
    assert plays.saga("decide", "change-7", "compensate", "--why", "the window is over").code == 0
    assert plays.run(RUN, "-esaga_last_play=1").code == 2
    assert words(plays)[6:] == ["undid"] * 3
    assert plays.last_run().state == "compensated"


@pytest.mark.sweep
def test_a_failure_that_stops_one_host_is_no_good_end_although_plays_are_left(plays):
    failing = PLAYS.replace('one"\n', 'one; test {{ inventory_hostname }} != h2"\n').replace(
        "compensate: Undo one", "on_failure: stop"
    )
    plays.write("site.yml", failing)
    stopped = plays.run(RUN, "-esaga_last_play=1")
    assert stopped.code == 2, stopped.output
    assert (words(plays), plays.last_run().state) == (["one"] * 3, "stopped")


@pytest.mark.sweep
def test_saga_resume_goes_on_with_the_next_play_wherever_the_last_one_was_said(plays):
    plays.resume(RUN, SAGA_LAST_PLAY="1")
    for last in ("two", "three"):
        assert plays.saga("resume", "change-7").code == 0
        assert set(words(plays)[-3:]) == {last}
    assert plays.last_run().state == "completed"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-esaga_last_play=-1"], "saga_last_play must be the number of a play, or 0 for all, not -1"),
        (["-esaga_last_play=1", "-esaga_slices=2", RUN], "saga_last_play and saga_slices do not go together"),
    ],
)
def test_a_last_play_that_cannot_be_meant_is_refused_before_anything_runs(plays, arguments, words):
    refused = plays.run(*arguments)
    assert refused.code != 0
    assert words in " ".join(refused.output.split())
    assert plays.effects() == []
