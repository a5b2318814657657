# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Runs whose journal is in Redis: the server is killed under them, the controller is, and another one goes on."""

import shutil

import pytest

import servers
from playground import Project, kill_tree

TASKS = """
    - name: One
      ansible.builtin.raw: "{{ effect }} one"
    - name: Two
      ansible.builtin.raw: "{{ effect }} two; while test -e {{ hold }}; do sleep 0.05; done"
    - name: Three
      ansible.builtin.raw: "{{ effect }} three"
"""
ONCE_EACH = {f"{host} {word}": 1 for host in ("h1", "h2", "h3") for word in ("one", "two", "three")}


@pytest.fixture(params=["redis", pytest.param("valkey", marks=pytest.mark.sweep)])
def server(request):
    """A server whose every acknowledged commit is on its disk."""
    binary = servers.valkey() if request.param == "valkey" else servers.REDIS or servers.valkey()
    if binary is None:
        pytest.skip(f"there is no {request.param} on this machine")
    with servers.Server(binary, **servers.SAFE) as server:
        yield server


@pytest.fixture
def project(tmp_path, server):
    project = Project(tmp_path / "one" / "move", journal=server.url, effects=tmp_path / "effects")
    project.hold = tmp_path / "hold"
    project.play(TASKS.replace("{{ hold }}", str(project.hold)))
    return project


def until_in_hand(project):
    project.until(lambda: sum("two" in line for line in project.effects()) == 3)


def test_a_server_that_is_killed_and_comes_back_in_time_is_not_noticed_by_the_run(project, server):
    """[I3] [I14]"""
    project.hold.touch()
    process = project.start(SAGA_LOCK_TTL="60s")
    until_in_hand(project)
    server.kill()
    project.hold.unlink()
    server.start()
    done = project.wait(process)
    assert done.code == 0, done.output
    assert project.counted() == ONCE_EACH
    assert project.last_run().state == "completed"
    assert project.audit_findings() == []


def test_a_run_whose_server_stays_away_stops_and_goes_on_when_it_is_back(project, server):
    """[I1] [I6] Nothing is lost, and nothing is done twice."""
    project.hold.touch()
    process = project.start(SAGA_LOCK_TTL="3s")
    until_in_hand(project)
    server.kill()
    project.hold.unlink()
    done = project.wait(process)
    assert done.code != 0
    assert "cannot be used" in done.output
    server.start()
    project.until(lambda: not _is_held(project))
    again = project.resume(SAGA_LOCK_TTL="3s")
    assert project.counted() == ONCE_EACH, again.output
    assert project.last_run().state == "completed"
    assert project.audit_findings() == []


@pytest.mark.core
def test_server_and_controller_are_killed_at_once_and_the_run_goes_on(project, server):
    """[I14]"""
    project.hold.touch()
    process = project.start()
    until_in_hand(project)
    server.kill()
    process.kill()
    process.wait(30)
    project.hold.unlink()
    server.start()
    project.resume()
    assert project.counted() == ONCE_EACH
    assert project.audit_findings() == []


def test_another_controller_goes_on_with_a_run(project, server, tmp_path):
    """[I1] Another home, another path of the project, and nothing of the first one's disk."""
    project.hold.touch()
    process = project.start("-e", "release=7")
    until_in_hand(project)
    kill_tree(process)
    project.hold.unlink()
    other = Project(tmp_path / "elsewhere" / "move", journal=server.url, effects=tmp_path / "effects")
    shutil.copy(project.folder / "site.yml", other.folder / "site.yml")
    shutil.rmtree(project.folder)
    assert "In doubt" in other.saga("status").output
    # Whether they were done stood on a disk that is gone: the operator is asked, and nothing is done again unasked.
    asked = other.run("-e", "release=7")
    assert (asked.code == 0, other.last_run().state) == (False, "parked")
    assert sum("two" in line for line in other.effects()) == 3
    decided = other.saga("decide", "", "done", "--step", "Two", "--why", "I looked")
    assert decided.code == 0, decided.output
    other.resume("-e", "release=7")
    assert other.counted() == ONCE_EACH
    assert other.last_run().state == "completed"
    assert other.audit_findings() == []


@pytest.mark.sweep
def test_what_a_run_is_measured_by_is_the_same_on_another_controller(project, server, tmp_path):
    """The marks of extra vars are made with one key, wherever they are made."""
    project.run("-e", "release=7", "--start-at-task", "Three")
    run = project.last_run()
    project.asked(lambda journal: journal.drop(run.id, version=run.version))
    project.hold.touch()
    process = project.start("-e", "release=7")
    project.until(lambda: sum("one" in line for line in project.effects()) == 3)
    kill_tree(process)
    project.hold.unlink()
    other = Project(tmp_path / "elsewhere" / "move", journal=server.url, effects=tmp_path / "effects")
    shutil.copy(project.folder / "site.yml", other.folder / "site.yml")
    done = other.run("-e", "release=8")
    assert "the extra var release has another value" in done.output


def _is_held(project):
    return bool(project.asked(_unexpired))


def _unexpired(journal):
    return [lease for lease in journal.leases() if lease.expires is None or lease.expires > journal.now()]
