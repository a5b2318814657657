# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A run at work is asked to pause or to cancel by another process; and goes on from anywhere."""

import json
import os
import signal
import subprocess

import pytest

from playground import kill_tree

HOSTS = "h1,h2"
TASKS = """
    - name: First
      ansible.builtin.raw: "{{ effect }} first"
      vars: {saga: {compensate: Undo first}}
    - name: Hold
      ansible.builtin.raw: "{{ effect }} held; while test -e {{ playbook_dir }}/held; do sleep 0.05; done"
      vars: {saga: {compensate: Undo hold}}
    - name: After
      ansible.builtin.raw: "{{ effect }} after"
"""
HANDLERS = """
    - name: Undo first
      ansible.builtin.raw: "{{ effect }} undo-first; while test -e {{ playbook_dir }}/going-back; do sleep 0.05; done"
    - name: Undo hold
      ansible.builtin.raw: "{{ effect }} undo-held"
"""
ALL_DONE = {f"{host} {word}": 1 for host in ("h1", "h2") for word in ("first", "held", "after")}
ALL_UNDONE = {f"{host} {word}": 1 for host in ("h1", "h2") for word in ("first", "held", "undo-first", "undo-held")}


class AtWork:
    """A run in the middle of its step Hold on two hosts."""

    def __init__(self, project, *arguments, **environment):
        self.project = project
        project.write("held", "")
        self.process = project.start("--limit", HOSTS, *arguments, **environment)
        project.until(lambda: held(project) == 2)
        self.run = project.last_run().id

    def asked(self, *arguments):
        """Ask something of it, and let it be seen before the step is let go."""
        done = self.project.saga(*arguments)
        assert done.code == 0, done.output
        self.project.until(lambda: "by root" in self.output() or "waiting for" in self.output())
        return self.released()

    def output(self):
        return (self.project.folder / "output").read_text()

    def released(self):
        (self.project.folder / "held").unlink(missing_ok=True)
        return self.project.wait(self.process)


def held(project):
    return sum(line.endswith(" held") for line in project.effects())


def resumed_elsewhere(project, run, tmp_path):
    """Resume a run from another folder, with another environment."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    environment = project.environment()
    journal = environment.pop("SAGA_JOURNAL")
    return subprocess.run(
        [project.bin / "saga", "resume", "--journal", journal, run],
        cwd=elsewhere,
        env=environment | {"HOME": str(elsewhere)},
        capture_output=True,
        text=True,
    )


@pytest.mark.core
@pytest.mark.parametrize("strategy", ["linear", pytest.param("free", marks=pytest.mark.sweep)])
def test_a_run_that_is_paused_keeps_its_targets_and_goes_on_from_another_folder(project, tmp_path, strategy):
    project.play(TASKS, HANDLERS)
    site = project.folder / "site.yml"
    site.write_text(site.read_text().replace("linear", strategy))
    work = AtWork(project)
    done = work.asked("pause", work.run, "--why", "lunch")
    run = project.last_run()
    assert done.code == 2
    assert (run.state, run.reason.partition(" by ")[0], run.reason.rpartition(": ")[2]) == ("parked", "paused", "lunch")
    assert done.output.strip().splitlines()[-1].startswith(f"saga: look with 'saga status {run.id}'")
    assert f"'saga resume {run.id}'" in done.output.strip().splitlines()[-1]
    assert project.held_targets() == {"h1", "h2"}
    assert {state for (_host, name), state in project.states().items() if name == "Hold"} == {"ok"}
    resumed = resumed_elsewhere(project, run.id, tmp_path)
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    assert project.counted() == ALL_DONE
    assert project.last_run().state == "completed"
    assert project.audit_findings() == []


@pytest.mark.sweep
def test_a_pause_that_nobody_lived_to_see_is_forgotten_when_the_run_goes_on(project):
    project.play(TASKS.replace("compensate: Undo hold", "idempotent: true"), HANDLERS)
    work = AtWork(project)
    assert project.saga("pause", work.run).code == 0
    kill_tree(work.process)
    (project.folder / "held").unlink()
    done = project.saga("resume", work.run)
    assert done.code == 0, done.output
    assert project.last_run().state == "completed"
    assert {line: count for line, count in project.counted().items() if not line.endswith("held")} == {
        line: 1 for line in ALL_DONE if not line.endswith("held")
    }
    assert project.audit_findings() == []


def test_a_signal_cuts_the_wait_of_a_pause_short(project):
    project.play(TASKS, HANDLERS)
    work = AtWork(project)
    project.saga("pause", work.run)
    project.until(lambda: "waiting for 2 steps in hand" in work.output())
    os.kill(work.process.pid, signal.SIGTERM)
    project.until(lambda: "waiting up to 10 s" in work.output())
    assert work.released().code == -15
    assert (project.last_run().state, project.held_targets()) == ("stopped", set())


@pytest.mark.core
def test_a_run_that_is_cancelled_ends_and_says_what_stays(project):
    project.play(TASKS, HANDLERS)
    work = AtWork(project)
    done = work.asked("cancel", work.run, "--why", "the move is off")
    assert done.code == 2
    assert project.last_run().state == "abandoned"
    assert project.last_run().reason.startswith("cancelled by ")
    assert not project.held_targets()
    assert "done, or perhaps done, and not undone: 'First' on h1, h2; 'Hold' on" in done.output
    assert not any(line.endswith("after") for line in project.effects())
    assert project.saga("resume", work.run).code == 1
    assert project.audit_findings() == []


@pytest.mark.core
@pytest.mark.parametrize("strategy", ["linear", pytest.param("free", marks=pytest.mark.sweep)])
def test_a_run_that_is_cancelled_can_go_back_instead(project, strategy):
    project.play(
        f"""
    - name: All of it
      block:
{"".join(f"    {line}" + chr(10) for line in TASKS.strip(chr(10)).splitlines())}
      always:
        - name: Clean up
          ansible.builtin.raw: "{{{{ effect }}}} cleaned"
    - name: Later
      ansible.builtin.raw: "{{{{ effect }}}} later"
    """,
        HANDLERS,
    )
    site = project.folder / "site.yml"
    site.write_text(site.read_text().replace("linear", strategy))
    work = AtWork(project)
    done = work.asked("cancel", work.run, "--compensate", "--why", "the move is off")
    assert done.code == 2
    assert project.last_run().state == "compensated"
    assert project.last_run().reason.rpartition(": ")[2] == "the move is off"
    assert project.counted() == ALL_UNDONE | {"h1 cleaned": 1, "h2 cleaned": 1}
    assert not project.held_targets()
    assert project.audit_findings() == []


@pytest.mark.sweep
def test_a_run_that_is_cancelled_does_not_go_back_across_its_pivot(project):
    project.play(TASKS.replace("compensate: Undo first", "effect: irreversible"), HANDLERS)
    work = AtWork(project)
    done = work.asked("cancel", work.run, "--compensate", "--why", "the move is off")
    assert done.code == 2
    assert project.last_run().state == "parked"
    assert "nothing is undone, because 'First' is irreversible and was done" in done.output
    assert not any("undo" in line for line in project.effects())
    project.resume("--limit", HOSTS)
    assert project.counted() == ALL_DONE


@pytest.mark.sweep
def test_a_resumed_run_that_is_cancelled_undoes_what_it_had_not_come_to_again(project):
    """Its last play was done on one host; the cancel comes while the first one is at work on the other."""
    check = """
    - name: Check
      ansible.builtin.raw: test {{ inventory_hostname }} = h1 || test -e {{ playbook_dir }}/mended
      vars: {saga: {effect: none, on_failure: stop}}
    """
    project.play(check + TASKS, HANDLERS)
    second = """
- name: Second
  hosts: db
  gather_facts: false
  strategy: saga.ops.linear
  tasks:
    - name: Second step
      ansible.builtin.raw: "{{ effect }} second"
      vars: {saga: {compensate: Undo second}}
  handlers:
    - name: Undo second
      ansible.builtin.raw: "{{ effect }} undo-second"
"""
    project.write("site.yml", (project.folder / "site.yml").read_text() + second)
    assert project.run("--limit", HOSTS).code == 2
    project.write("mended", "")
    work = AtWork(project)
    done = work.asked("cancel", work.run, "--compensate", "--why", "the move is off")
    assert (done.code, project.last_run().state) == (2, "compensated"), done.output
    did = {host: [line.split()[1] for line in project.effects() if line.startswith(host)] for host in ("h1", "h2")}
    assert did["h1"] == ["first", "held", "after", "second", "undo-second", "undo-held", "undo-first"]
    assert did["h2"] == ["first", "held", "undo-held", "undo-first"]


@pytest.mark.sweep
def test_a_run_that_is_paused_on_its_way_back_goes_on_undoing(project):
    project.write("going-back", "")
    project.play(TASKS.replace("effect }} after", "effect }} after; false"), HANDLERS)
    process = project.start("--limit", HOSTS)
    project.until(lambda: sum(line.endswith("undo-first") for line in project.effects()) == 2)
    run = project.last_run()
    assert run.state == "compensating"
    assert project.saga("pause", run.id, "--why", "lunch").code == 0
    project.until(lambda: "waiting for 2 steps in hand" in (project.folder / "output").read_text())
    (project.folder / "going-back").unlink()
    assert project.wait(process).code == 2
    paused = project.last_run()
    assert paused.state == "parked"
    assert paused.reason.startswith(run.reason + "; paused by ")
    done = project.saga("resume", run.id)
    after = project.last_run()
    assert (after.state, after.reason) == ("compensated", run.reason), done.output
    assert project.counted() == ALL_UNDONE | {"h1 after": 1, "h2 after": 1}


@pytest.mark.sweep
def test_a_run_that_saga_run_began_is_resumed_durably(project):
    site = project.play(TASKS, HANDLERS)
    site.write_text(site.read_text().replace("  strategy: saga.ops.linear\n", ""))
    project.write("held", "")
    with (project.folder / "output").open("w") as output:
        process = subprocess.Popen(
            [project.bin / "saga", "run", "site.yml", "--limit", HOSTS],
            cwd=project.folder,
            env=project.environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    project.until(lambda: held(project) == 2)
    run = project.last_run().id
    assert project.saga("pause", run).code == 0
    project.until(lambda: "waiting for 2 steps in hand" in (project.folder / "output").read_text())
    (project.folder / "held").unlink()
    assert project.wait(process).code == 2
    done = project.saga("resume", run)
    assert done.code == 0, done.output
    assert (project.last_run().id, project.last_run().state) == (run, "completed")
    assert project.counted() == ALL_DONE


def test_a_command_is_told_that_a_run_parks_and_what_to_type(project):
    project.play(TASKS, HANDLERS)
    work = AtWork(project, SAGA_NOTIFY=f"cp /dev/stdin {project.folder}/told")
    assert work.asked("pause", work.run).code == 2
    told = json.loads((project.folder / "told").read_text())
    run = project.last_run()
    assert told == {
        "schema": 1,
        "event": "parked",
        "run": run.id,
        "workflow": run.workflow,
        "state": "parked",
        "reason": run.reason,
        "targets": ["h1", "h2"],
        "questions": [],
        "next": {"command": ["saga", "resume", run.id], "text": f"saga resume {run.id}"},
    }
    (project.folder / "told").unlink()
    project.resume("--limit", HOSTS, SAGA_NOTIFY=f"cp /dev/stdin {project.folder}/told")
    assert not (project.folder / "told").exists()


def test_a_notification_that_hangs_or_fails_is_a_warning_and_nothing_else(project):
    project.play("""
    - name: Fail
      ansible.builtin.raw: "{{ effect }} tried; false {{ lookup('env', 'SECRET') }}"
    """)
    slow = {"SAGA_NOTIFY": "sleep 300", "SAGA_NOTIFY_TIMEOUT": "1s"}
    done = project.run("--limit", "h1", **slow)
    assert (done.code, project.last_run().state) == (2, "stopped")
    assert "nobody was notified: the command 'sleep' took longer than 1 s" in done.output
    hook = {"SAGA_NOTIFY": "http://ann:s3cr3t@127.0.0.1:9/s3cr3t"}
    done = project.run("--limit", "h1", **hook)
    assert (done.code, project.last_run().state) == (2, "stopped")
    assert "nobody was notified: http://127.0.0.1:9 cannot be reached" in " ".join(done.output.split())
    assert "s3cr3t" not in done.output


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"SAGA_NOTIFY": "ftp://ann:s3cr3t@files.example/"}, "saga_notify must be a command, or the URL of a web hook"),
        (
            {"SAGA_NOTIFY": "true", "SAGA_NOTIFY_ON": "parked,done"},
            "saga_notify_on must be words out of parked, stopped",
        ),
    ],
)
def test_an_option_that_cannot_be_meant_is_refused_before_anything_runs(project, environment, words):
    project.play(TASKS)
    done = project.run("--limit", "h1", **environment)
    assert done.code != 0
    assert words in " ".join(done.output.split())
    assert "s3cr3t" not in done.output
    assert project.effects() == []
