# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""One run spread over several controllers, each a process with a home, a project path and hosts of its own."""

import signal

import pytest

import servers
from fleet import APART, Fleet, may_stand_apart
from playground import IS_SECOND_DOOR, kill_tree

TASKS = """
    - name: Prepare
      ansible.builtin.raw: "{{ effect }} prepared"
      vars: {saga: {idempotent: true, compensate: Unprepare}}
    - name: Wait A
      ansible.builtin.raw: "{{ wait }} A"
      vars: {saga: {effect: none}}
    - name: Copy
      ansible.builtin.raw: "{{ effect }} copied; test ! -e {{ broken }}"
      vars: {saga: {idempotent: true, compensate: Uncopy}}
    - name: Wait B
      ansible.builtin.raw: "{{ wait }} B"
      vars: {saga: {effect: none}}
    - name: Switch
      ansible.builtin.raw: "{{ effect }} switched"
      vars: {saga: {effect: irreversible, on_failure: escalate}}
"""
HANDLERS = """
    - name: Unprepare
      ansible.builtin.raw: "{{ effect }} unprepared"
    - name: Uncopy
      ansible.builtin.raw: "{{ effect }} uncopied"
"""
ONCE = """
    - name: Once
      ansible.builtin.raw: "{{ effect }} once"
      run_once: true
      vars: {saga: {idempotent: true, compensate: Unprepare}}
"""

NOTE = """
- name: Begin
  hosts: localhost
  gather_facts: false
  strategy: {strategy}
  tasks:
    - name: Note
      ansible.builtin.raw: ">>{effects} echo localhost noted"
      vars: {{saga: {{idempotent: true, effect: irreversible, on_failure: escalate}}}}
"""
STRATEGY = "linear" if IS_SECOND_DOOR else "saga.ops.linear"


@pytest.fixture(params=[pytest.param("sqlite", marks=pytest.mark.sweep), "redis"])
def journal(request, tmp_path):
    """The URL of an empty journal that several controllers can use."""
    if request.param == "sqlite":
        yield ""
        return
    binary = servers.REDIS or servers.valkey()
    if binary is None:
        pytest.skip("there is no Redis on this machine")
    with servers.Server(binary, **servers.SAFE) as server:
        yield server.url


@pytest.fixture
def fleet(tmp_path, journal):
    fleet = Fleet(tmp_path, journal)
    fleet.play(TASKS, HANDLERS)
    yield fleet
    fleet.end()


def codes(ended):
    return [done.code for done in ended]


def once_on(hosts):
    return dict.fromkeys(hosts, 1)


def must_be_accounted_for(fleet):
    """[I12]"""
    assert fleet[1].audit_findings() == []


def test_a_run_over_four_controllers_is_completed_by_the_last_of_them(fleet):
    """[I13] What is done once, on a host or on the controller, is done once by each of them."""
    fleet.play(TASKS + ONCE, HANDLERS)
    for project in fleet.controllers.values():
        site = project.folder / "site.yml"
        site.write_text(NOTE.format(effects=fleet.effects_file, strategy=STRATEGY) + site.read_text())
    fleet.hold("A", 4)
    fleet.start(1, 2, 3, 4)
    assert codes(fleet.wait(1, 2, 3)) == [0, 0, 0]
    assert fleet[1].last_run().state == "running"
    fleet.let_go("A", 4)
    assert codes(fleet.wait(4)) == [0]
    assert fleet[1].last_run().state == "completed"
    counted = fleet.counted()
    assert sorted(host[1] for host in counted.pop("once")) == ["1", "2", "3", "4"]
    assert counted.pop("noted") == {"localhost": 4}
    assert counted == {word: once_on(fleet.hosts) for word in ("prepared", "copied", "switched")}
    assert fleet[1].held_targets() == set()
    must_be_accounted_for(fleet)


@pytest.mark.sweep
def test_a_slice_that_begins_late_is_waited_for(fleet):
    assert codes(fleet.run(1, 2, 3)) == [0, 0, 0]
    assert fleet[1].last_run().reason == "1 of 4 slices have not begun"
    assert codes(fleet.run(4)) == [0]
    assert fleet[1].last_run().state == "completed"
    [again] = fleet.run(2)
    assert "already completed" in again.output
    assert fleet.counted()["switched"] == once_on(fleet.hosts)


def test_a_dead_slice_is_resumed_by_its_hosts_alone(fleet):
    fleet.hold("A", 1, 2)
    fleet.start(1, 2)
    fleet.until(lambda: len(fleet.effects()) == 6)
    kill_tree(fleet.processes[2])
    fleet.let_go("A", 1, 2)
    assert codes(fleet.wait(1)) == [0]
    assert codes(fleet.run(2, 3, 4)) == [0, 0, 0]
    assert fleet[1].last_run().state == "completed"
    assert fleet.counted() == {word: once_on(fleet.hosts) for word in ("prepared", "copied", "switched")}
    assert "prepared" in fleet.output(2) or "restored from the journal" in fleet.output(2)
    must_be_accounted_for(fleet)


@pytest.mark.core
@pytest.mark.sample
def test_one_slice_fails_before_the_pivot_of_all_and_everything_is_undone(fleet):
    """[I7] Over all slices: those at work, and one whose controller was killed."""
    fleet.hold("B", 1)
    fleet.hold("A", 2, 3, 4)
    fleet.break_down(2)
    fleet.start(1, 2, 3, 4)
    fleet.until(lambda: len(fleet.effects()) == 15)
    kill_tree(fleet.processes[4])
    fleet.let_go("A", 2)
    assert codes(fleet.wait(2)) == [2]
    fleet.let_go("A", 3, 4)
    fleet.let_go("B", 1)
    assert all(codes(fleet.wait(1, 3)))
    run = fleet[1].last_run()
    assert (run.state, run.is_going_back) == ("stopped", True)
    assert run.reason.endswith("left for another slice: h4a, h4b, h4c")
    assert codes(fleet.run(4)) != [0]
    assert fleet[1].last_run().state == "compensated"
    counted = fleet.counted()
    assert counted["unprepared"] == once_on(fleet.hosts)
    # What failed with something done is not undone: it failed. What another slice had copied is.
    assert set(counted["copied"]) - set(counted["uncopied"]) == set(fleet.all_of(2))
    assert "switched" not in counted
    for host in fleet.hosts:
        words = [line.split()[1] for line in fleet.effects() if line.startswith(f"{host} ")]
        undone = [word for word in words if word.startswith("un")]
        assert [word.removeprefix("un").replace("copy", "copied") for word in undone] == [
            word for word in reversed(words[: len(words) - len(undone)]) if word in {"prepared", "copied"}
        ][-len(undone) :]
    must_be_accounted_for(fleet)


@pytest.mark.sweep
@pytest.mark.core
def test_one_slice_fails_after_the_pivot_of_another_and_before_that_of_the_rest(fleet):
    """[I8] [I9] Nothing is undone, nobody comes to the pivot any more, and the way on is forward."""
    fleet.hold("A", 2, 4)
    fleet.hold("B", 3)
    fleet.break_down(2)
    fleet.start(1, 2, 3, 4)
    assert codes(fleet.wait(1)) == [0]
    fleet.until(lambda: len(fleet.effects()) == 3 * (4 + 2 + 1))
    fleet.let_go("A", 2)
    [failed] = fleet.wait(2)
    assert failed.code != 0
    assert "is irreversible and was done on h1" in failed.output
    run = fleet[1].last_run()
    assert (run.state, run.is_going_back) == ("parked", False)
    fleet.let_go("A", 4)
    fleet.let_go("B", 3)
    ended = fleet.wait(3, 4)
    assert all(codes(ended))
    assert all("another slice of the run did not come to its end" in done.output for done in ended)
    counted = fleet.counted()
    assert counted == {
        "prepared": once_on(fleet.hosts),
        "copied": once_on(fleet.all_of(1, 2, 3)),
        "switched": once_on(fleet.all_of(1)),
    }
    assert fleet[1].held_targets() == set(fleet.all_of(2, 3, 4))
    status = fleet[3].saga("status", "R1").output
    assert "It is spread over 4 slices" in status
    fleet.mend(2)
    decided = fleet[3].saga("decide", "R1", "retry", "--step", "Copy", "--why", "it is mended")
    assert decided.code == 0, decided.output
    assert codes(fleet.run(2, 3, 4)) == [0, 0, 0]
    assert fleet[1].last_run().state == "completed"
    assert fleet.counted()["switched"] == once_on(fleet.hosts)
    must_be_accounted_for(fleet)


@pytest.mark.sweep
def test_who_knows_all_hosts_undoes_a_slice_that_has_ended(fleet):
    fleet.play(TASKS.partition("    - name: Wait B")[0], HANDLERS)
    for project in fleet.controllers.values():
        for number in fleet.controllers:
            text = (fleet[number].folder / "inventory.yml").read_text()
            (project.folder / f"inventory{number}.yml").write_text(text)
    everything = ",".join(f"inventory{number}.yml" for number in fleet.controllers)
    assert codes(fleet.run(1, 3, 4)) == [0, 0, 0]
    fleet.break_down(2)
    fleet[2].playbook = "site.yml"
    process = fleet[2].start("-l", "h2*", SAGA_RUN_ID="R1", SAGA_SLICES=4, ANSIBLE_INVENTORY=everything)
    assert fleet[2].wait(process).code != 0
    run = fleet[1].last_run()
    assert (run.state, fleet.counted()["unprepared"]) == ("compensated", once_on(fleet.hosts))
    assert fleet.counted()["uncopied"] == once_on(fleet.all_of(1, 3, 4))
    must_be_accounted_for(fleet)


@pytest.mark.sweep
def test_a_slice_is_previewed_and_decided_about_by_its_own_command(fleet):
    """What other slices did on hosts that this one does not know is no drift."""
    fleet.play(TASKS.replace("compensate: Uncopy", "compensate: Uncopy, on_failure: escalate"), HANDLERS)
    fleet.hold("A", 2)
    fleet.break_down(1)
    fleet.start(2)
    fleet.until(lambda: len(fleet.effects()) == 3)
    assert codes(fleet.run(1)) != [0]
    fleet.let_go("A", 2)
    fleet.wait(2)
    preview = fleet[2].saga("plan", "--resume", "R1").output
    checked = fleet[2].wait(fleet[2].start("--check", SAGA_RUN_ID="R1", SAGA_SLICES=4)).output
    assert "h2a, h2b, h2c: replay 2, run 3" in checked
    assert "it is for another slice of the run" in preview
    assert not [text for text in (preview, checked) if "would be refused" in text]
    fleet.mend(1)
    decided = fleet.run(1, SAGA_DECISION="retry", SAGA_DECISION_WHY="mended")
    assert codes(decided) == [0], decided[0].output
    assert codes(fleet.run(2, 3, 4)) == [0, 0, 0]
    assert fleet[1].last_run().state == "completed"


@pytest.mark.sweep
def test_saga_resume_goes_on_with_each_unfinished_slice(fleet):
    fleet.hold("A", 2, 3)
    fleet.start(1, 2, 3, 4)
    fleet.wait(1, 4)
    fleet.until(lambda: len(fleet.counted()["prepared"]) == 12)
    for number in (2, 3):
        kill_tree(fleet.processes[number])
    fleet.let_go("A", 2, 3)
    assert "saga resume R1" in fleet[1].saga("status", "R1").output
    done = fleet[1].saga("resume", "R1")
    assert done.code == 0, done.output
    assert fleet[1].last_run().state == "completed"
    assert fleet.counted() == {word: once_on(fleet.hosts) for word in ("prepared", "copied", "switched")}


@pytest.mark.sweep
def test_an_interrupted_slice_stops_nobody(fleet):
    fleet.hold("A", 1)
    fleet.start(1, 2)
    fleet.until(lambda: len(fleet.counted().get("prepared", ())) == 6)
    fleet.processes[1].send_signal(signal.SIGINT)
    fleet.let_go("A", 1)
    fleet.wait(1)
    assert codes(fleet.wait(2)) == [0]
    assert codes(fleet.run(1, 3, 4)) == [0, 0, 0]
    assert fleet[1].last_run().state == "completed"


@pytest.mark.sweep
def test_a_run_is_paused_over_all_its_slices(fleet):
    fleet.hold("A", 1, 2)
    fleet.start(1, 2)
    fleet.until(lambda: len(fleet.counted().get("prepared", ())) == 6)
    assert fleet[1].saga("pause", "R1", "--why", "lunch").code == 0
    fleet.let_go("A", 1, 2)
    assert all(codes(fleet.wait(1, 2)))
    run = fleet[1].last_run()
    assert (run.state, "paused by" in run.reason) == ("parked", True)
    assert fleet[1].held_targets() == set(fleet.all_of(1, 2))
    assert codes(fleet.run(1, 2, 3, 4)) == [0, 0, 0, 0]
    assert fleet[1].last_run().state == "completed"
    assert fleet.counted()["copied"] == once_on(fleet.hosts)


@pytest.mark.sweep
def test_one_controller_takes_up_a_run_of_slices_that_are_dead(fleet):
    fleet.hold("A", 1, 2, 3, 4)
    fleet.start(1, 2, 3, 4)
    fleet.until(lambda: len(fleet.effects()) == 12)
    for number in fleet.controllers:
        kill_tree(fleet.processes[number])
    fleet.let_go("A", 1, 2, 3, 4)
    texts = [(fleet[number].folder / "inventory.yml") for number in fleet.controllers]
    process = fleet[1].start(SAGA_RUN_ID="R1", ANSIBLE_INVENTORY=",".join(map(str, texts)))
    done = fleet[1].wait(process)
    assert done.code == 0, done.output
    assert fleet[1].last_run().state == "completed"
    assert fleet.counted() == {word: once_on(fleet.hosts) for word in ("prepared", "copied", "switched")}


@pytest.mark.sweep
def test_forty_hosts_over_four_controllers_one_of_which_has_no_network(tmp_path):
    """[I8] [I9] It reaches the journal by its socket, and its hosts by no network at all."""
    binary = servers.REDIS or servers.valkey()
    if binary is None:
        pytest.skip("there is no Redis on this machine")
    if not may_stand_apart():
        pytest.skip("namespaces cannot be made here")
    with servers.Server(binary, **servers.SAFE) as server:
        fleet = Fleet(tmp_path, server.url, each=10)
        fleet[4].journal = f"unix://{server.socket}"
        fleet.play(TASKS, HANDLERS)
        fleet.hold("A", 2, 4)
        fleet.hold("B", 3)
        fleet.break_down(2)
        try:
            fleet.start(1, 2, 3)
            fleet.start(4, before=APART)
            assert codes(fleet.wait(1)) == [0]
            fleet.until(lambda: len(fleet.effects()) == 10 * (4 + 2 + 1))
            fleet.let_go("A", 2)
            assert codes(fleet.wait(2)) != [0]
            fleet.let_go("A", 4)
            fleet.let_go("B", 3)
            assert all(codes(fleet.wait(3, 4)))
            assert fleet[1].last_run().state == "parked"
            assert fleet.counted()["switched"] == once_on(fleet.all_of(1))
            fleet.mend(2)
            decided = fleet[1].saga("decide", "R1", "retry", "--step", "Copy", "--why", "it is mended")
            assert decided.code == 0, decided.output
            fleet.start(2, 3)
            fleet.start(4, before=APART)
            assert codes(fleet.wait(2, 3, 4)) == [0, 0, 0]
            assert fleet[1].last_run().state == "completed"
            assert fleet.counted()["switched"] == once_on(fleet.hosts)
            must_be_accounted_for(fleet)
        finally:
            fleet.end()
