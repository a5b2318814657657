# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Workers that outlive a killed controller, and those that die with it: what is lost, what is done twice, who is told.

[I1] [I4] [I5] [I9]
"""

import json
import os
import signal

import pytest

from playground import kill_tree

pytestmark = pytest.mark.core


HOLD = "while test -e {{ playbook_dir }}/held; do sleep 0.05; done"


def begun(project, word):
    return lambda: any(line.endswith(word) for line in project.effects())


def hold(project):
    """Keep tasks that say HOLD from ending."""
    project.write("held", "")


def release(project):
    (project.folder / "held").unlink()


def test_a_module_in_hand_ends_and_its_result_is_found_on_resume(project):
    hold(project)
    project.play(f"""
        - name: Long
          ansible.builtin.raw: >-
            {{{{ effect }}}} begun; {HOLD}; {{{{ effect }}}} ended; echo said-{{{{ inventory_hostname }}}}
          register: long
        - name: After
          ansible.builtin.raw: "{{{{ effect }}}} {{{{ long.stdout | trim }}}}"
    """)
    process = project.start()
    project.until(lambda: project.counted().total() == 3)
    process.kill()
    process.wait()
    resuming = project.start()
    waits = "waiting for the results of 3 workers of the dead attempt"
    project.until(lambda: waits in (project.folder / "output").read_text())
    release(project)
    assert project.wait(resuming).code == 0
    assert project.counted() == {
        f"{host} {word}": 1 for host in ("h1", "h2", "h3") for word in ("begun", "ended", f"said-{host}")
    }
    assert [event.type for event in project.events()].count("step.found_ended") == 3


def test_a_loop_starts_no_further_item_without_its_controller_and_resumes_with_the_missing_ones(project):
    hold(project)
    project.play(f"""
        - name: Loop
          ansible.builtin.raw: >-
            {{{{ effect }}}} begun-{{{{ item }}}}; test {{{{ item }}}} = a || {HOLD}; echo said-{{{{ item }}}}
          loop: [a, b, c, d]
          register: loop
        - name: After
          ansible.builtin.raw: >-
            {{{{ effect }}}} {{{{ loop.results | map(attribute='stdout') | map('trim') | join(',') }}}}
    """)
    process = project.start("--limit", "h1,h2")
    project.until(lambda: project.counted().total() == 4)
    process.kill()
    process.wait()
    assert len(workers(project)) == 2
    release(project)
    project.until(lambda: not workers(project))
    assert not any(line.endswith(("begun-c", "begun-d")) for line in project.effects())
    project.resume("--limit", "h1,h2")
    assert project.counted() == {
        f"{host} {word}": 1
        for host in ("h1", "h2")
        for word in ("begun-a", "begun-b", "begun-c", "begun-d", "said-a,said-b,said-c,said-d")
    }


def test_a_try_in_hand_is_the_last_one_without_the_controller(project):
    project.play("""
        - name: Retried
          ansible.builtin.raw: "{{ effect }} try; sleep 0.5; exit 1"
          retries: 30
          delay: 1
          until: false
    """)
    process = project.start("--limit", "h1")
    project.until(begun(project, "try"))
    process.kill()
    process.wait()
    tries = len(project.effects())
    project.until(lambda: not workers(project))
    assert len(project.effects()) <= tries + 1


def workers(project):
    """Return the pids of the project's live workers, from their pages."""
    pages = (project.folder / "state" / "journal.db.spool").glob("*/*/*.jsonl")
    pids = [json.loads(page.read_text().splitlines()[0])["owner"]["pid"] for page in pages if page.read_text()]
    return [pid for pid in pids if alive(pid)]


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


ONE = """
    - name: Once
      ansible.builtin.raw: "{{ effect }} begun; sleep 3; {{ effect }} ended"
      vars: {saga: {effect: side_effect, idempotent: false}}
    - name: After
      ansible.builtin.raw: "{{ effect }} after"
"""


def test_a_step_whose_worker_died_too_is_in_doubt_and_not_done_again(project):
    project.play(ONE)
    process = project.start("--limit", "h1,h2")
    project.until(lambda: project.counted().total() == 2)
    kill_tree(process)
    done = project.run("--limit", "h1,h2")
    assert done.code != 0
    assert "'Once' is in doubt on h1, h2" in done.output.replace("h2, h1", "h1, h2")
    assert "site.yml:6" in done.output
    assert project.counted() == {"h1 begun": 1, "h2 begun": 1}
    assert project.last_run().state == "parked"
    assert set(project.states().values()) == {"started"}
    status = project.saga("status")
    assert "in doubt" in status.output
    assert project.audit_findings() == []


@pytest.mark.sweep
def test_an_operators_word_ends_a_doubt_either_way(project):
    project.play(ONE)
    process = project.start("--limit", "h1,h2")
    project.until(lambda: project.counted().total() == 2)
    kill_tree(process)
    assert project.run("--limit", "h1,h2").code != 0
    run = project.last_run().id
    for host, word in (("h1", "done"), ("h2", "retry")):
        said = project.saga("decide", run, "--host", host, "--step", "Once", word, "--why", "looked at it")
        assert said.code == 0, said.output
    project.resume("--limit", "h1,h2")
    assert project.counted() == {"h1 begun": 1, "h2 begun": 2, "h2 ended": 1, "h1 after": 1, "h2 after": 1}
    assert project.audit_findings() == []


@pytest.mark.sweep
def test_an_operators_done_of_a_loop_is_about_the_item_in_hand_and_the_rest_still_runs(project):
    project.play("""
        - name: Loop
          ansible.builtin.raw: "{{ effect }} {{ item }}; test {{ item }} != b || sleep 5"
          loop: [a, b, c]
    """)
    process = project.start("--limit", "h1")
    project.until(begun(project, "b"))
    kill_tree(process)
    assert "'Loop' is in doubt on h1" in project.run("--limit", "h1").output
    said = project.saga(
        "decide", project.last_run().id, "--host", "h1", "--step", "Loop", "done", "--why", "b is there"
    )
    assert said.code == 0, said.output
    project.resume("--limit", "h1")
    assert project.effects() == ["h1 a", "h1 b", "h1 c"]


def test_an_idempotent_step_in_doubt_is_simply_done_again(project):
    project.play(ONE.replace("idempotent: false", "idempotent: true"))
    process = project.start("--limit", "h1")
    project.until(begun(project, "begun"))
    kill_tree(process)
    project.resume("--limit", "h1")
    assert project.counted() == {"h1 begun": 2, "h1 ended": 1, "h1 after": 1}


def test_a_failing_result_that_an_orphan_left_is_played_out_on_resume(project):
    project.play("""
        - name: Guarded
          block:
            - name: Fails late
              ansible.builtin.raw: "{{ effect }} begun; sleep 1.5; exit 4"
          rescue:
            - name: Rescue
              ansible.builtin.raw: "{{ effect }} rescue-{{ ansible_failed_result.rc }}"
    """)
    process = project.start("--limit", "h1")
    project.until(begun(project, "begun"))
    process.kill()
    process.wait()
    project.resume("--limit", "h1")
    assert project.counted() == {"h1 begun": 1, "h1 rescue-4": 1}


def test_workers_of_a_dead_attempt_can_be_ended_instead_of_waited_for(project):
    hold(project)
    project.play(ONE.replace("sleep 3", HOLD))
    process = project.start("--limit", "h1")
    project.until(begun(project, "begun"))
    process.kill()
    process.wait()
    done = project.run("--limit", "h1", SAGA_ORPHAN_WORKERS="kill")
    assert "is in doubt on h1" in done.output
    assert project.counted() == {"h1 begun": 1}


def test_a_stopped_controller_that_wakes_up_after_a_takeover_starts_nothing_more(project):
    """[I6] [I11]."""
    project.play("""
        - name: First
          ansible.builtin.raw: "{{ effect }} first; sleep 1"
        - name: Second
          ansible.builtin.raw: "{{ effect }} second"
    """)
    site = project.folder / "site.yml"
    project.write("other.yml", site.read_text().replace("first", "other").replace("second", "other-second"))
    process = project.start("--limit", "h1")
    project.until(begun(project, "first"))
    os.kill(process.pid, signal.SIGSTOP)
    assert project.saga("unlock", "h1", "--why", "the controller hangs").code == 0
    (project.folder / "output").rename(project.folder / "output-of-the-stopped")
    project.resume("--limit", "h1", playbook="other.yml")
    os.kill(process.pid, signal.SIGCONT)
    process.wait(60)
    output = (project.folder / "output-of-the-stopped").read_text()
    assert process.returncode not in {0, -9}, output
    assert "taken over" in output
    assert project.effects() == ["h1 first", "h1 other", "h1 other-second"]
