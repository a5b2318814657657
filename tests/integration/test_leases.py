# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""One holder per target [I10], over real processes."""

import contextlib
import signal
import subprocess
import sys
import time

import pytest

from playground import kill_tree

SLOW = """
        - name: Hold
          ansible.builtin.raw: "{{ effect }} WORD; while test -e {{ playbook_dir }}/held; do sleep 0.1; done"
"""


@pytest.fixture
def holder(project):
    """A run of slow.yml that holds h1 and h2 until the file held is gone."""
    project.write("held", "")
    project.play(SLOW.replace("WORD", "slow"))
    (project.folder / "site.yml").rename(project.folder / "slow.yml")
    process = project.start("--limit", "h1,h2", playbook="slow.yml")
    project.until(lambda: len(project.effects()) == 2)
    yield process
    (project.folder / "held").unlink(missing_ok=True)
    process.wait(60)


def other(project, hosts, **environment):
    """Run other.yml beside the holder, as a process of its own."""
    project.play(SLOW.replace("WORD", "other").replace("while test -e", "while test -e not"))
    return subprocess.run(
        [f"{sys.executable.rpartition('/')[0]}/ansible-playbook", "site.yml", "--limit", hosts],
        cwd=project.folder,
        env=project.environment(**environment),
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_second_run_on_an_overlapping_target_is_refused_at_once_with_the_holders_name(project, holder):
    run = project.last_run()
    done = other(project, "h2,h3")
    assert done.returncode != 0
    message = done.stdout + done.stderr
    for words in (
        f"h2 is held by run {run.id}",
        run.workflow,
        "at step 'Hold'",
        f"process {holder.pid}",
        "saga unlock h2",
    ):
        assert words in message
    assert not any("other" in line for line in project.effects())
    assert project.held_targets() == {"h1", "h2"}


@pytest.mark.sweep
def test_a_run_on_other_targets_is_not_held_up(project, holder):
    done = other(project, "h3")
    assert done.returncode == 0, done.stdout
    assert project.counted()["h3 other"] == 1


def test_a_second_process_of_the_same_run_is_refused(project, holder):
    done = subprocess.run(
        [f"{sys.executable.rpartition('/')[0]}/ansible-playbook", "slow.yml", "--limit", "h1,h2"],
        cwd=project.folder,
        env=project.environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert f"is being worked on by process {holder.pid}" in done.stdout + done.stderr
    assert len(project.effects()) == 2


def test_waiting_for_a_held_target_gets_it_when_it_is_free(project, holder):
    project.play(SLOW.replace("WORD", "other").replace("while test -e", "while test -e not"))
    waiting = project.start("--limit", "h2", SAGA_LOCK_WAIT="2m")
    project.until(lambda: "waiting up to 120 s" in (project.folder / "output").read_text())
    (project.folder / "held").unlink()
    done = project.wait(waiting)
    assert done.code == 0, done.output
    assert project.counted()["h2 other"] == 1


@contextlib.contextmanager
def beside(project, word, hosts, **environment):
    """Start a playbook of its own beside the holder; yields the process and a function that returns its output."""
    project.play(SLOW.replace("WORD", word).replace("while test -e", "while test -e not"))
    (project.folder / "site.yml").rename(project.folder / f"{word}.yml")
    path = project.folder / f"{word}.output"
    with path.open("w") as output:
        process = subprocess.Popen(
            [f"{sys.executable.rpartition('/')[0]}/ansible-playbook", f"{word}.yml", "--limit", hosts],
            cwd=project.folder,
            env=project.environment(**environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process, path.read_text
    finally:
        if process.poll() is None:
            kill_tree(process)


def line(project):
    """Return who waits, in order, by the names of their playbooks."""
    waiting = project.asked(lambda journal: journal.waiters())
    return [waiter.workflow.rpartition("/")[2].removesuffix(".yml") for waiter in waiting]


@pytest.mark.sweep
def test_those_who_wait_are_served_in_the_order_in_which_they_came(project, holder):
    with (
        beside(project, "large", "h2,h3", SAGA_LOCK_WAIT="2m") as (large, said_large),
        contextlib.ExitStack() as later,
    ):
        project.until(lambda: line(project) == ["large"])
        # h3 is free, and it is kept for who came before: nobody starves a large claim with small ones.
        newcomer = other(project, "h3")
        assert newcomer.returncode != 0
        assert "h3 is free, but" in newcomer.stdout + newcomer.stderr
        small, said_small = later.enter_context(beside(project, "small", "h3", SAGA_LOCK_WAIT="2m"))
        project.until(lambda: line(project) == ["large", "small"])
        project.until(lambda: "(one waits before this" in said_small())
        (project.folder / "held").unlink()
        assert (large.wait(60), small.wait(60)) == (0, 0), said_large() + said_small()
        words = [effect.split()[1] for effect in project.effects() if effect.split()[1] in {"large", "small"}]
        assert words == ["large", "large", "small"]
        assert f"held by run {project.asked(lambda journal: journal.runs()[-1].id)}" in said_large()
        assert "at step 'Hold'" in said_large()
        assert "(next in line" in said_large()
    assert line(project) == []


@pytest.mark.core
@pytest.mark.parametrize("number", [pytest.param(signal.SIGINT, marks=pytest.mark.sweep), signal.SIGTERM])
def test_a_signal_ends_the_waiting_at_once(project, holder, number):
    with beside(project, "waits", "h2", SAGA_LOCK_WAIT="2m") as (process, said):
        project.until(lambda: line(project) == ["waits"])
        before = time.monotonic()
        process.send_signal(number)
        assert process.wait(20) not in {0, None}
        assert time.monotonic() - before < 10
        assert f"{number.name}: it waits no longer, and nothing was begun" in said()
    assert line(project) == []
    assert len(project.asked(lambda journal: journal.runs())) == 1


LOCKED = """
        - name: Enter
          ansible.builtin.raw: "{{ effect }} entered"
        - name: Change the balancer
          ansible.builtin.raw: "{{ effect }} changed"
          vars: {saga: {locks: h1}}
"""


@pytest.mark.sweep
def test_a_signal_ends_the_waiting_for_a_lock_on_the_way(project, holder):
    project.play(LOCKED)
    waiting = project.start("--limit", "h3", SAGA_LOCK_WAIT="2m")
    project.until(lambda: line(project) == ["site"])
    waiting.terminate()
    done = project.wait(waiting, timeout=20)
    assert done.code != 0
    assert line(project) == []
    run = project.last_run()
    assert (str(run.state), run.reason) == ("stopped", "interrupted by SIGTERM")
    assert project.counted()["h3 changed"] == 0


@pytest.mark.sweep
def test_the_status_of_a_run_tells_who_waits_for_its_targets(project, holder):
    with beside(project, "waits", "h2", SAGA_LOCK_WAIT="2m") as (process, _said):
        project.until(lambda: line(project) == ["waits"])
        told = project.saga("status", project.last_run().id).output
        assert f"waits.yml (process {process.pid}" in told


def test_a_dead_owners_lease_is_taken_over_at_once_when_its_workers_are_gone(project, holder):
    lost = project.last_run().id
    holder.kill()
    holder.wait()
    refused = other(project, "h2")
    assert refused.returncode != 0, "its workers still work on the target"
    (project.folder / "held").unlink()
    project.until(lambda: other(project, "h2").returncode == 0)
    events = [event for event in project.events() if event.type == "lease.taken_over"]
    assert [event.data["from"] for event in events] == [lost]


def test_unlock_frees_a_target_and_the_holder_can_write_no_more(project, holder):
    lost = project.last_run().id
    assert project.saga("unlock", "h2").code == 2
    assert project.saga("unlock", "h2", "--why", "hardware is replaced").code == 0
    done = other(project, "h2")
    assert done.returncode == 0, done.stdout
    (project.folder / "held").unlink()
    assert project.wait(holder).code != 0
    states = {step.name: str(step.state) for step in project.steps(lost)}
    assert states == {"Hold": "started"}


@pytest.mark.sweep
def test_a_templated_lock_key_makes_two_names_of_one_machine_share_a_lease(project, holder):
    project.play(SLOW.replace("WORD", "other").replace("while test -e", "while test -e not"))
    project.write("machine.ini", "")
    key = {"SAGA_LOCK_KEY": "{{ {'h3': 'h1'}.get(inventory_hostname, inventory_hostname) }}"}
    done = other(project, "h3", **key)
    assert done.returncode != 0
    assert "h1 is held by run" in done.stdout + done.stderr


@pytest.mark.sweep
def test_a_namespace_keeps_inventories_that_share_names_apart(project, holder):
    done = other(project, "h2", SAGA_LOCK_NAMESPACE="staging")
    assert done.returncode == 0, done.stdout


def test_of_two_runs_that_start_at_the_same_moment_exactly_one_works(project):
    project.write("held", "")
    project.play(SLOW.replace("WORD", "one"))
    (project.folder / "site.yml").rename(project.folder / "one.yml")
    project.play(SLOW.replace("WORD", "two"))
    command = f"{sys.executable.rpartition('/')[0]}/ansible-playbook"
    both = [
        subprocess.Popen(
            [command, playbook, "--limit", hosts],
            cwd=project.folder,
            env=project.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for playbook, hosts in (("one.yml", "h1,h2"), ("site.yml", "h2,h3"))
    ]
    project.until(lambda: any(process.poll() is not None for process in both))
    (project.folder / "held").unlink()
    outputs = [process.communicate(timeout=60)[0] for process in both]
    assert sorted(process.returncode == 0 for process in both) == [False, True], outputs
    assert sum("h2 is held by run" in output for output in outputs) == 1
    assert len({line.split()[1] for line in project.effects()}) == 1


@pytest.mark.core
@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("{{ machine }}", "undefined"),
        pytest.param("{{ machine | default('') }}", "it comes out empty", marks=pytest.mark.sweep),
        pytest.param(
            "{{ [inventory_hostname] }}",
            "it comes out as a list or a dictionary, not as a name",
            marks=pytest.mark.sweep,
        ),
        pytest.param("{{ nonsense", "", marks=pytest.mark.sweep),
    ],
)
def test_a_lock_key_that_gives_a_host_no_name_is_refused_before_anything_runs(project, key, why):
    project.play(SLOW.replace("WORD", "done").replace("while test -e", "while test -e not"))
    done = project.run(SAGA_LOCK_KEY=key)
    assert done.code != 0
    for words in (f"saga_lock_key ({key!r}, from the environment's SAGA_LOCK_KEY) gives h1 no name", why):
        assert words in done.output
    assert project.effects() == []
    assert not project.journal_file.exists() or project.asked(lambda journal: journal.runs()) == []


@pytest.mark.sweep
def test_a_lock_key_is_named_with_the_file_that_it_stands_in(project):
    (project.folder / "ansible.cfg").write_text(
        "[defaults]\ninventory = inventory.yml\n[saga]\nlock_key = {{ machine }}\n"
    )
    project.play(SLOW.replace("WORD", "done"))
    assert f"from {project.folder / 'ansible.cfg'}) gives h1 no name" in project.run().output.replace("\n", "")


@pytest.mark.sweep
def test_hosts_with_one_lock_key_share_one_lease(project):
    project.write("held", "")
    project.play(SLOW.replace("WORD", "done"))
    running = project.start(SAGA_LOCK_KEY="{{ 'twins' if inventory_hostname != 'h3' else inventory_hostname }}")
    project.until(lambda: len(project.effects()) == 3)
    assert project.held_targets() == {"twins", "h3"}
    (project.folder / "held").unlink()
    assert project.wait(running).code == 0
    assert project.held_targets() == set()
