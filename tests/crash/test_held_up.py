# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A controller that is held up for longer than its leases last [I6] [I10] [I11]: stopped, as a machine is that swaps.

Another machine is played by another namespace of processes: what lives in there cannot be seen from outside.
"""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from playground import BIN, Done, kill_tree

TTL = 3  # seconds, the shortest there is
PLAY = """
        - name: Hold
          ansible.builtin.raw: "{{ effect }} hold; while test -e {{ playbook_dir }}/held; do sleep 0.1; done"
        - name: Go on
          ansible.builtin.raw: "{{ effect }} went-on"
"""
NAMESPACE = ["unshare", "--pid", "--fork", "--mount-proc"]


def can_have_namespaces():
    with contextlib.suppress(OSError):
        return subprocess.run([*NAMESPACE, "true"], capture_output=True).returncode == 0
    return False


elsewhere = pytest.mark.skipif(not can_have_namespaces(), reason="no other namespace of processes may be had here")


@pytest.fixture
def project(project):
    project.write("held", "")
    return project


@contextlib.contextmanager
def controller(project, *prefix, **environment):
    """Start a controller that holds h1, with a step in hand; yields its pid, and what waits for its end."""
    project.play(PLAY)
    (project.folder / "site.yml").rename(project.folder / "first.yml")
    path = project.folder / "first.output"
    with path.open("w") as output:
        process = subprocess.Popen(
            [*prefix, BIN / "ansible-playbook", "first.yml", "--limit", "h1"],
            cwd=project.folder,
            env=project.environment(SAGA_LOCK_TTL=TTL, **environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def ended():
        process.wait(60)
        return Done(process.returncode, path.read_text())

    try:
        project.until(lambda: project.effects() == ["h1 hold"])
        yield int(children(process.pid)[0]) if prefix else process.pid, ended
    finally:
        if process.poll() is None:
            kill_tree(process)


def children(pid):
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def other(project):
    """Run another workflow on h1."""
    project.play("""
        - name: Work
          ansible.builtin.raw: "{{ effect }} other"
    """)
    return project.run("--limit", "h1")


@elsewhere
@pytest.mark.core
@pytest.mark.parametrize("fence", [pytest.param("", marks=pytest.mark.sweep), "fence"])
def test_a_controller_that_was_held_up_while_another_machine_took_its_target_does_nothing_more(project, fence):
    more = {"SAGA_FENCE": project.folder / fence} if fence else {}
    with controller(project, *NAMESPACE, **more) as (pid, ended):
        run = project.last_run().id
        refused = other(project)
        assert refused.code != 0
        assert "its lease runs out in" in refused.output
        os.kill(pid, signal.SIGSTOP)
        time.sleep(TTL + 1)
        assert other(project).code == 0
        (project.folder / "held").unlink()
        os.kill(pid, signal.SIGCONT)
        done = ended()
    assert done.code != 0
    assert "lost its leases" in done.output or "was taken over by a newer attempt" in done.output
    assert "In doubt: 'Hold' on h1" in done.output
    assert project.effects() == ["h1 hold", "h1 other"]
    assert {step.name: str(step.state) for step in project.steps(run)} == {"Hold": "started"}
    # Its worker has left on its page how the step in hand ended: the same command takes that in and goes on.
    assert project.run("--limit", "h1", playbook="first.yml").code == 0
    assert project.effects() == ["h1 hold", "h1 other", "h1 went-on"]
    assert project.audit_findings() == []


@pytest.mark.sweep
@elsewhere
def test_a_controller_that_was_held_up_and_lost_nothing_loses_nothing_by_it(project):
    with controller(project, *NAMESPACE) as (pid, ended):
        os.kill(pid, signal.SIGSTOP)
        time.sleep(TTL + 1)
        os.kill(pid, signal.SIGCONT)
        time.sleep(1)
        (project.folder / "held").unlink()
        done = ended()
    # It goes on if its heart has beaten first, else it ends, and the same command goes on.
    assert done.code == 0 or "lost its leases" in done.output
    assert project.effects()[:1] == ["h1 hold"]
    assert project.counted()["h1 hold"] == 1


@pytest.mark.sweep
def test_on_one_machine_nobody_takes_a_target_from_a_controller_that_is_held_up(project):
    with controller(project) as (pid, ended):
        os.kill(pid, signal.SIGSTOP)
        time.sleep(TTL + 1)
        refused = other(project)
        os.kill(pid, signal.SIGCONT)
        (project.folder / "held").unlink()
        ended()
    assert refused.code != 0
    assert "it is at work" in refused.output
    assert "h1 other" not in project.effects()


@elsewhere
def test_all_of_a_controller_that_is_frozen_with_its_workers_is_refused_by_the_target_itself(project):
    """The step in hand has passed the fence before; the next item of its loop has not."""
    loop = """
        - name: Hold
          ansible.builtin.raw: "{{ effect }} item-{{ item }}; sleep 0.5"
          loop: "{{ range(40) | list }}"
    """
    fence = project.folder / "fence"
    project.play(loop)
    (project.folder / "site.yml").rename(project.folder / "loop.yml")
    with (project.folder / "loop.output").open("w") as output:
        process = subprocess.Popen(
            [*NAMESPACE, BIN / "ansible-playbook", "loop.yml", "--limit", "h1"],
            cwd=project.folder,
            env=project.environment(SAGA_LOCK_TTL=TTL, SAGA_FENCE=fence),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    project.until(lambda: len(project.effects()) >= 2)
    everybody = [*descendants(children(process.pid)[0])]
    for pid in everybody:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    time.sleep(TTL + 1)
    project.play("""
        - name: Work
          ansible.builtin.raw: "{{ effect }} other"
    """)
    done = project.run("--limit", "h1", SAGA_FENCE=fence)
    assert done.code == 0, done.output
    before = len(project.effects())
    for pid in everybody:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
    assert process.wait(60) != 0
    # A module that was frozen in the middle ends what it does; no further item begins.
    assert len(project.effects()) <= before + 1
    assert project.effects()[-1] == "h1 other"


def descendants(pid):
    yield int(pid)
    for child in children(pid):
        yield from descendants(child)
