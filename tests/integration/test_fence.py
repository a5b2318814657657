# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The host fence: the target itself refuses a step of an attempt that a later one has overtaken [I11]."""

import getpass
import os
import shutil
import stat

import pytest

from playground import Project
from sshd import SSHD, sshd

STEP = """
        - name: Change
          ansible.builtin.raw: "{{ effect }} WORD"
"""
HANDLER = """
        - name: Undo
          ansible.builtin.raw: "{{ effect }} undone"
"""


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path, hosts=("h1", "h2"))


@pytest.fixture
def fence(project):
    return project.folder / "fence"


def marks(fence):
    """Return the tokens that each lease has at the target."""
    return {
        folder.name.rpartition("-")[0]: sorted(int(mark.name) for mark in folder.iterdir())
        for folder in fence.iterdir()
    }


def overtake(fence, name="h1", token=1000):
    """Let a later attempt have been at a target."""
    [folder] = [folder for folder in fence.iterdir() if folder.name.startswith(f"{name}-")]
    (folder / str(token)).write_text("run LATER, attempt 7\n")


def overtaken(project, fence, tasks, **environment):
    """Run a play once, let a later attempt have been at h1, and run another play."""
    project.play(STEP.replace("WORD", "first"))
    done = project.run(SAGA_FENCE=fence)
    assert done.code == 0, done.output
    overtake(fence)
    project.play(tasks, HANDLER)
    return project.run(**{"SAGA_FENCE": fence} | environment)


@pytest.mark.core
def test_a_step_leaves_the_token_of_its_attempt_at_the_target_and_removes_smaller_ones(project, fence):
    project.play(STEP.replace("WORD", "first") * 2)
    tokens = []
    for _ in range(2):
        done = project.run(SAGA_FENCE=fence)
        assert done.code == 0, done.output
        [token], [same] = marks(fence)["h1"], marks(fence)["h2"]
        assert token == same
        tokens.append(token)
    assert tokens == sorted(set(tokens))
    assert [stat.S_IMODE(path.stat().st_mode) for path in (fence, *fence.iterdir())] == [0o700] * 3


@pytest.mark.core
@pytest.mark.parametrize(
    "more",
    [
        "",
        pytest.param("          failed_when: false\n", marks=pytest.mark.sweep),
        pytest.param("          until: true\n", marks=pytest.mark.sweep),
        pytest.param("          loop: [1, 2]\n", marks=pytest.mark.sweep),
    ],
)
def test_a_step_of_an_attempt_that_a_later_one_has_overtaken_is_refused_by_the_target(project, fence, more):
    done = overtaken(project, fence, STEP.replace("WORD", "stale") + more)
    assert done.code != 0
    assert "run LATER, attempt 7 (token 1000) has worked on h1 after this attempt" in done.output
    words = project.counted()
    assert words["h1 stale"] == 0
    assert words["h2 stale"] == (2 if "loop" in more else 1)
    assert marks(fence)["h1"][-1] == 1000
    assert project.states()["h1", "Change"] == "failed"


@pytest.mark.sweep
def test_a_module_is_refused_before_it_is_sent(project, fence):
    done = overtaken(
        project, fence, "- ansible.builtin.file: {path: '{{ playbook_dir }}/left', state: touch}", SAGA_SCOPE="host"
    )
    assert "has worked on h1 after this attempt" in done.output
    assert "changed: [h2]" in done.output


@pytest.mark.sweep
def test_a_job_is_refused_before_it_is_started(project, fence):
    tasks = STEP.replace("raw", "command").replace(
        '"{{ effect }} WORD"', "touch {{ playbook_dir }}/job-{{ inventory_hostname }}"
    )
    done = overtaken(project, fence, tasks + "          async: 30\n          poll: 1\n")
    assert "has worked on h1 after this attempt" in done.output
    assert sorted(path.name for path in project.folder.glob("job-*")) == ["job-h2"]


@pytest.mark.sweep
def test_a_compensation_is_refused_as_any_step_is(project, fence):
    project.play(STEP.replace("WORD", "first"))
    project.run(SAGA_FENCE=fence)
    undoable = STEP.replace("WORD", "done") + "          vars: {saga: {compensate: Undo}}\n"
    overtake_and_fail = f"""
        - name: Overtake
          ansible.builtin.shell: "for d in {fence}/h1-*; do echo run LATER > $d/1000; done"
          vars: {{saga: {{effect: none}}}}
          run_once: true
        - name: Fail
          ansible.builtin.fail:
    """
    project.play(undoable + overtake_and_fail, HANDLER)
    done = project.run(SAGA_FENCE=fence)
    assert done.code != 0
    words = project.counted()
    assert (words["h1 done"], words["h1 undone"], words["h2 undone"]) == (1, 0, 1)


@pytest.mark.sweep
def test_a_step_without_an_effect_asks_no_fence(project, fence):
    done = overtaken(project, fence, STEP.replace("WORD", "read") + "          vars: {saga: {effect: none}}\n")
    assert done.code == 0, done.output
    assert project.counted()["h1 read"] == 1


@pytest.mark.sweep
def test_a_retry_asks_the_fence_again(project, fence):
    tasks = f"""
        - name: Overtake itself
          ansible.builtin.shell: >-
            echo try >> {project.effects_file}; for d in {fence}/h1-*; do echo run LATER > $d/1000; done; false
          until: false
          retries: 3
          delay: 0
    """
    project.play(tasks)
    done = project.run("--limit", "h1", SAGA_FENCE=fence)
    assert done.code != 0
    assert project.effects() == ["try"]
    assert "has worked on h1 after this attempt" in done.output


@pytest.mark.sweep
@pytest.mark.parametrize(("fence_of_hosts", "words"), [("''", 1), ("'{{ playbook_dir }}/another'", 1)])
def test_a_host_may_have_a_fence_of_its_own_or_none(project, fence, fence_of_hosts, words):
    inventory = project.folder / "inventory.yml"
    inventory.write_text(inventory.read_text().replace("  vars:\n", f"  vars:\n    saga_fence: {fence_of_hosts}\n"))
    project.play(STEP.replace("WORD", "first"))
    done = project.run(SAGA_FENCE=fence)
    assert done.code == 0, done.output
    assert project.counted()["h1 first"] == words
    assert not fence.exists()
    assert (project.folder / "another").exists() == ("another" in fence_of_hosts)


def test_a_fence_that_cannot_be_kept_fails_the_step_before_it_is_begun(project, fence):
    fence.write_text("no folder\n")
    project.play(STEP.replace("WORD", "first"))
    done = project.run(SAGA_FENCE=fence)
    assert done.code != 0
    assert "cannot be kept, so the step was not begun" in done.output
    assert project.effects() == []


def test_a_fence_that_is_no_path_is_refused_before_anything_runs(project):
    project.play(STEP.replace("WORD", "first"))
    done = project.run(SAGA_FENCE="fence")
    assert "saga_fence must be the absolute path of a folder on the target" in done.output
    assert project.effects() == []


def test_a_target_without_a_posix_shell_is_refused_with_what_to_do(project, fence):
    project.play(STEP.replace("WORD", "first") + "          vars: {ansible_shell_type: powershell}\n")
    done = project.run(SAGA_FENCE=fence)
    assert "has no POSIX shell to keep a fence with; give such hosts an empty saga_fence" in done.output
    assert project.effects() == []


@pytest.mark.sweep
def test_the_controller_keeps_no_fence_for_what_is_delegated_to_it(project, fence):
    project.play(STEP.replace("WORD", "first") + "          delegate_to: localhost\n")
    done = project.run(SAGA_FENCE=fence)
    assert done.code == 0, done.output
    assert not fence.exists()


@pytest.mark.sweep
@pytest.mark.parametrize(("lock", "names"), [("true", {"h9"}), ("false", {"h1", "h2"})])
def test_a_delegate_keeps_the_fence_of_its_own_lease_or_else_of_the_steps_host(project, fence, lock, names):
    inventory = project.folder / "inventory.yml"
    inventory.write_text(inventory.read_text() + "    other:\n      hosts: {h9: {}}\n")
    project.play(STEP.replace("WORD", "first") + "          delegate_to: h9\n")
    done = project.run(SAGA_FENCE=fence, SAGA_LOCK_DELEGATES=lock)
    assert done.code == 0, done.output
    assert set(marks(fence)) == names


@pytest.mark.sweep
@pytest.mark.skipif(SSHD is None, reason="this machine has no sshd")
@pytest.mark.skipif(os.getuid() != 0 or not shutil.which("su"), reason="becoming somebody else takes root")
@pytest.mark.core
def test_the_fence_holds_over_ssh_whoever_the_step_becomes(project, fence):
    with sshd(project.folder / "sshd") as variables:
        inventory = project.folder / "inventory.yml"
        lines = "".join(f"    {name}: {value!r}\n" for name, value in variables.items())
        text = inventory.read_text().replace("    ansible_connection: local\n", lines)
        inventory.write_text(text)
        become = "          become: true\n          become_user: nobody\n          become_method: su\n"
        become += "          become_flags: -s /bin/sh\n"
        nobody = """
        - name: Become
          ansible.builtin.raw: id -un | grep nobody
"""
        project.play(STEP.replace("WORD", "first") + nobody + become)
        done = project.run(SAGA_FENCE=fence)
        assert done.code == 0, done.output
        assert {path.owner() for path in fence.rglob("*")} == {getpass.getuser()}
        overtake(fence)
        project.play(nobody + become)
        done = project.run(SAGA_FENCE=fence)
        assert "has worked on h1 after this attempt" in done.output
        assert "changed: [h2]" in done.output
        assert "changed: [h1]" not in done.output
