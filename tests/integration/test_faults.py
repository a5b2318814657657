# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A journal that fails in the middle, signals, secrets: no further step starts, and who is told what."""

import os
import shutil
import signal
import subprocess

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine import owners

STEPS = """
    - name: First
      ansible.builtin.raw: "{{ effect }} first"
    - name: Hold
      ansible.builtin.raw: "{{ effect }} held; while test -e {{ playbook_dir }}/held; do sleep 0.1; done"
    - name: After
      ansible.builtin.raw: "{{ effect }} after"
"""


@pytest.fixture
def held(project):
    """Start a run that is in the middle of its second step on both hosts."""
    project.write("held", "")
    project.play(STEPS)

    def start(**environment):
        process = project.start("--limit", "h1,h2", **environment)
        project.until(lambda: project.counted().total() == 4)
        return process

    return start


def release(project):
    (project.folder / "held").unlink()


def test_a_journal_that_is_deleted_in_the_middle_stops_the_run_and_names_what_is_in_doubt(project, held):
    process = held()
    project.journal_file.unlink()
    release(project)
    done = project.wait(process)
    assert done.code not in {0, -9}
    assert "was lost while in use" in done.output
    assert "In doubt: 'Hold' on h1, 'Hold' on h2" in done.output.replace("h2, 'Hold' on h1", "h1, 'Hold' on h2")
    assert not any("after" in line for line in project.effects())
    assert "Traceback" not in done.output


def test_a_full_disk_stops_the_run_and_nothing_is_lost_when_there_is_room_again(project, tmp_path):
    state = tmp_path / "state"
    state.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", state], capture_output=True)
    if mounted.returncode:
        pytest.skip("a disk of one's own, to fill it, needs the right to mount")
    try:
        project.write("held", "")
        project.play(STEPS)
        process = project.start("--limit", "h1,h2")
        project.until(lambda: project.counted().total() == 4)
        filler = state / "filler"
        fill(filler)
        release(project)
        done = project.wait(process)
        assert done.code not in {0, -9}
        assert "cannot be used" in done.output
        assert "'Hold' on h1" in done.output
        assert not any("after" in line for line in project.effects())
        filler.unlink()
        again = project.run("--limit", "h1,h2")
        # The workers could not write their pages either: their steps are known, or said to be in doubt.
        counted = project.counted()
        assert counted["h1 held"] == counted["h2 held"] == 1
        assert (again.code == 0) == (counted["h1 after"] == 1)
        assert again.code == 0 or "in doubt" in again.output
    finally:
        subprocess.run(["umount", "-l", state], check=True)


def fill(path):
    with path.open("wb", buffering=0) as file:
        for size in (65536, 4096, 512, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, -15), pytest.param(signal.SIGINT, 99, marks=pytest.mark.sweep)]
)
def test_a_signal_waits_for_steps_in_hand_releases_the_leases_and_leaves_the_run_resumable(project, held, number, code):
    process = held()
    os.kill(process.pid, number)
    project.until(lambda: "waiting up to 10 s" in (project.folder / "output").read_text())
    release(project)
    done = project.wait(process)
    assert done.code == code, done.output
    run = project.last_run()
    assert (run.state, run.reason) == ("stopped", f"interrupted by {signal.Signals(number).name}")
    assert not project.held_targets()
    assert {state for (_host, name), state in project.states().items() if name == "Hold"} == {"ok"}
    project.resume("--limit", "h1,h2")
    assert set(project.counted().values()) == {1}


@pytest.mark.sweep
@pytest.mark.core
def test_a_second_signal_stops_at_once_and_what_was_in_hand_is_in_doubt(project, held):
    process = held()
    os.kill(process.pid, signal.SIGTERM)
    project.until(lambda: "waiting up to 10 s" in (project.folder / "output").read_text())
    os.kill(process.pid, signal.SIGTERM)
    assert project.wait(process).code == -15
    again = project.run("--limit", "h1,h2")
    assert "'Hold' is in doubt on" in again.output
    assert project.counted()["h1 held"] == 1


@pytest.mark.core
def test_a_worker_that_is_killed_leaves_its_step_in_doubt(project, held):
    process = held()
    children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()
    owners.end(int(children[0]))
    release(project)
    done = project.wait(process)
    assert done.code not in {0, -9}
    assert project.last_run().state == "stopped"
    assert not any("after" in line for line in project.effects())
    again = project.run("--limit", "h1,h2")
    assert "is in doubt on" in again.output
    assert project.counted()["h1 held"] == project.counted()["h2 held"] == 1


@pytest.mark.core
def test_secrets_are_not_written_to_the_journal(project):
    project.play("""
    - name: Secret
      ansible.builtin.raw: "{{ effect }} secret; echo s3cr3t-word"
      no_log: true
    - name: Secret and registered
      ansible.builtin.raw: "echo s3cr3t-word"
      no_log: true
      register: secret
      changed_when: false
    - name: Secret items
      ansible.builtin.raw: "{{ effect }} item-{{ item | length }}; echo {{ item }}"
      loop: [s3cr3t-word, s3cr3t-word2]
      no_log: true
    - name: Use it
      ansible.builtin.raw: "{{ effect }} length-{{ secret.stdout | trim | length }}"
    """)
    assert project.run("--limit", "h1", SAGA_TEST_KILL="before_intent:Use it:1").code == -9
    state = project.folder / "state"
    written = b"".join(path.read_bytes() for path in state.rglob("*") if path.is_file())
    assert b"Secret and registered" in written
    assert b"s3cr3t-word" not in written
    project.resume("--limit", "h1")
    assert project.counted() == {f"h1 {word}": 1 for word in ("secret", "item-11", "item-12", "length-11")}


@pytest.mark.core
@pytest.mark.sweep
def test_a_vaulted_value_is_not_written_to_the_journal(project):
    project.write("password", "open sesame")
    vault = [shutil.which("ansible-vault", path=project.environment()["PATH"]), "encrypt_string"]
    sealed = subprocess.run(
        [*vault, "--vault-password-file", "password", "--name", "sealed", "s3cr3t-word"],
        cwd=project.folder,
        env=project.environment(),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    project.write("group_vars/db.yml", sealed)
    project.play("""
    - name: Fact
      ansible.builtin.set_fact: {told: "{{ sealed }}"}
    - name: Use it
      ansible.builtin.raw: "{{ effect }} length-{{ told | length }}"
    """)
    arguments = ("--limit", "h1", "--vault-password-file", "password")
    assert project.run(*arguments, SAGA_TEST_KILL="before_intent:Use it:1").code == -9
    written = b"".join(path.read_bytes() for path in (project.folder / "state").rglob("*") if path.is_file())
    assert b"s3cr3t-word" not in written
    project.resume(*arguments)
    assert project.effects() == ["h1 length-11"]


@pytest.mark.core
def test_a_target_cannot_forge_a_trusted_template_through_the_journal(project):
    forged = '{"__ansible_type": "_AnsibleTaggedStr", "value": "{{ 7*191 }}", "tags": []}'
    project.write("answer", forged.replace("\\", ""))
    project.play("""
    - name: Ask
      ansible.builtin.raw: cat {{ playbook_dir }}/answer
      register: answer
    - name: Stop here
      ansible.builtin.raw: "{{ effect }} stopped"
    - name: Tell
      ansible.builtin.copy:
        content: "{{ answer.stdout }}"
        dest: "{{ playbook_dir }}/told"
        mode: "0600"
    """)
    assert project.run("--limit", "h1", SAGA_TEST_KILL="before_intent:Stop here:1").code == -9
    project.resume("--limit", "h1")
    assert "1337" not in (project.folder / "told").read_text()
    assert "7*191" in (project.folder / "told").read_text()


@pytest.mark.core
def test_step_variables_name_the_run_and_an_idempotency_key_that_a_resume_does_not_change(project):
    project.play("""
    - name: Key
      ansible.builtin.raw: "{{ effect }} {{ item }}-{{ saga_idempotency_key }}-{{ saga_run_id }}; test -e go"
      args: {executable: /bin/sh}
      loop: [a, b]
      vars: {saga: {idempotent: true}}
    """)
    assert project.run("--limit", "h1").code == 2
    project.run("--limit", "h1")
    run = project.last_run().id
    lines = project.effects()
    assert len(lines) == 4
    assert lines[:2] == lines[2:]
    assert lines[0] != lines[1].replace("h1 b", "h1 a")
    assert all(line.endswith(run) for line in lines)


def test_a_reader_that_goes_away_leaves_no_step_behind(project):
    """[I9] Whatever such a process still does, the run is not completed before its steps are."""
    project.play("""
    - name: A
      ansible.builtin.raw: "{{ effect }} a"
    - name: B
      ansible.builtin.raw: "{{ effect }} b"
    - name: C
      ansible.builtin.raw: "{{ effect }} c"
    """)
    command = "ansible-playbook site.yml --limit h1 | head -4"
    subprocess.run(["bash", "-c", command], cwd=project.folder, env=project.environment(), capture_output=True)
    if project.last_run().state != "completed":
        project.resume("--limit", "h1")
    assert project.effects() == ["h1 a", "h1 b", "h1 c"]
