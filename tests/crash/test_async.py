# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Async jobs over kill -9: found again at the target, polled to their end, never started twice [I4]."""

import os
import re
import signal
import subprocess

import pytest

from playground import kill_tree

pytestmark = pytest.mark.core

JOB = """
    - name: Long
      ansible.builtin.shell: "{{ effect }} begun; %s; {{ effect }} ended; echo said-{{ inventory_hostname }}"
      async: 900
      poll: 1
      register: long
    - name: After
      ansible.builtin.raw: "{{ effect }} {{ long.stdout | trim }}-{{ long.changed }}"
"""
HOLD = "for i in $(seq 6000); do test -e {{ playbook_dir }}/held || break; sleep 0.05; done"
HOSTS = ("h1", "h2", "h3")


@pytest.fixture
def project(project):
    # async_status takes "~" from the user database, and HOME is another folder here.
    project.write("group_vars/all.yml", {"ansible_async_dir": str(project.folder / "the jobs")})
    return project


def play_held(project):
    project.write("held", "")
    project.play(JOB % HOLD)


def release(project):
    (project.folder / "held").unlink()


def begun(project, hosts=3):
    return lambda: sum(line.endswith("begun") for line in project.effects()) == hosts


def once(hosts=HOSTS):
    return {f"{host} {word}": 1 for host in hosts for word in ("begun", "ended", f"said-{host}-True")}


def job_files(project):
    return sorted((project.folder / "the jobs").glob("*"))


def output(project):
    return (project.folder / "output").read_text()


def must_be_done_once(project, hosts=HOSTS):
    assert project.counted() == once(hosts)
    assert project.last_run().state == "completed"
    assert project.audit_findings() == []
    assert job_files(project) == []


def kill(process):
    process.kill()
    process.wait()


def test_a_job_runs_once_and_leaves_no_file_behind(project):
    project.play(JOB % "sleep 0.2")
    project.resume()
    must_be_done_once(project)


@pytest.mark.sample
@pytest.mark.parametrize("end", [kill, kill_tree], ids=["the controller", "its workers too"])
def test_a_job_whose_controller_is_killed_is_polled_to_its_end_and_started_once(project, end):
    play_held(project)
    process = project.start()
    project.until(begun(project))
    end(process)
    resuming = project.start(PYTHONUNBUFFERED=1)
    project.until(lambda: output(project).count("goes on with job j") == 3)
    release(project)
    done = project.wait(resuming)
    assert done.code == 0, done.output
    must_be_done_once(project)


@pytest.mark.sweep
def test_an_async_job_of_30_s_killed_at_10_s_is_polled_to_its_end_and_started_once(project):
    project.play(JOB % "sleep 30")
    process = project.start()
    project.until(begun(project))
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(10)
    kill(process)
    project.resume()
    must_be_done_once(project)


def test_a_resume_does_not_wait_for_the_job_to_take_it_over_from_an_orphan(project):
    play_held(project)
    project.write("site.yml", (project.folder / "site.yml").read_text().replace("poll: 1", "poll: 60"))
    process = project.start("--limit", "h1")
    project.until(begun(project, 1))
    kill(process)
    resuming = project.start("--limit", "h1", PYTHONUNBUFFERED=1)
    project.until(lambda: "goes on with job j" in output(project), timeout=30)
    kill_tree(resuming)
    release(project)


@pytest.mark.parametrize(
    "point",
    [
        pytest.param("after_intent:Long:2", marks=pytest.mark.sweep),
        pytest.param("worker_started:h2:1", marks=pytest.mark.sweep),
        "job_started:h2:1",  # before anybody but the target knows of the job
        pytest.param("after_effect:h2:1", marks=pytest.mark.sweep),
        "before_outcome:Long:1",  # the result is there, and not in the journal
        pytest.param("after_outcome:Long:1", marks=pytest.mark.sweep),
    ],
)
def test_a_job_is_started_once_wherever_the_controller_is_killed(project, point):
    # Not 1 second: ansible-core's run_command waits that long for output, and may lose what comes at that very moment.
    project.play(JOB % "sleep 1.4")
    killed = project.run(SAGA_TEST_KILL=point)
    assert killed.code == -9, killed.output
    project.resume()
    must_be_done_once(project)


@pytest.mark.parametrize("point", ["job_started:h1:1", "after_effect:h1:1"])
def test_a_job_is_found_when_everything_dies_between_its_start_and_any_record(project, point):
    project.play(JOB % "sleep 1.4")
    killed = project.run("--limit", "h1", SAGA_TEST_KILL=point, SAGA_TEST_KILL_TREE="1")
    assert killed.code == -9, killed.output
    project.resume("--limit", "h1")
    assert "goes on with job j" in output(project)
    must_be_done_once(project, ["h1"])


@pytest.mark.sweep
def test_a_job_killed_twice_in_a_row_is_still_one_job(project):
    """Also when the second attempt dies before its worker has looked for anything."""
    play_held(project)
    process = project.start("--limit", "h1")
    project.until(begun(project, 1))
    kill_tree(process)
    killed = project.run("--limit", "h1", SAGA_TEST_KILL="after_intent:Long:1")
    assert killed.code == -9, killed.output
    release(project)
    project.resume("--limit", "h1")
    must_be_done_once(project, ["h1"])


@pytest.mark.sweep
def test_a_loop_of_jobs_goes_on_with_the_item_in_hand(project):
    project.write("held", "")
    project.play(f"""
        - name: Loop
          ansible.builtin.shell: >-
            {{{{ effect }}}} {{{{ item }}}}; if test {{{{ item }}}} = b; then {HOLD}; fi; echo {{{{ item }}}}
          loop: [a, b, c]
          async: 900
          poll: 1
          register: loop
        - name: After
          ansible.builtin.raw: "{{{{ effect }}}} {{{{ loop.results | map(attribute='stdout') | join }}}}"
    """)
    process = project.start("--limit", "h1,h2")
    project.until(lambda: sum(line.endswith(" b") for line in project.effects()) == 2)
    kill_tree(process)
    release(project)
    project.resume("--limit", "h1,h2")
    assert project.counted() == {f"{host} {word}": 1 for host in ("h1", "h2") for word in ("a", "b", "c", "abc")}
    assert job_files(project) == []


@pytest.mark.sweep
def test_a_job_that_is_tried_again_has_a_number_for_each_try_and_is_found_by_it(project):
    project.write("held", "")
    project.play(f"""
        - name: Retried
          ansible.builtin.shell: >-
            {{{{ effect }}}} try; test $(grep -c try {project.effects_file}) -gt 1 || exit 1; {HOLD}
          async: 900
          poll: 1
          retries: 5
          delay: 0
          register: retried
          until: retried is succeeded
    """)
    process = project.start("--limit", "h1")
    project.until(lambda: len(project.effects()) == 2)
    tries = {path.name.partition(".")[0] for path in job_files(project)}
    kill_tree(process)
    assert len({name[:-6] for name in tries}) == 1
    assert {name[-6:] for name in tries} == {"000001", "000002"}
    release(project)
    project.resume("--limit", "h1")
    assert project.counted() == {"h1 try": 2}
    assert job_files(project) == []


VANISHING = """
    - name: Once
      ansible.builtin.shell: "echo $$ >{{ playbook_dir }}/pid; {{ effect }} begun; HOLD; {{ effect }} ended"
      async: 900
      poll: 1
      vars: {saga: {effect: side_effect, idempotent: %s}}
""".replace("HOLD", HOLD)


def remove_the_file(project):
    for path in job_files(project):
        path.unlink()


def reboot(project):
    """Kill what ran and leave its file, as a machine that goes down does."""
    jobs = "|".join(path.name.partition(".")[0] for path in job_files(project))
    listed = subprocess.run(["pgrep", "-f", jobs], capture_output=True, text=True, check=True)
    for pid in [*listed.stdout.split(), (project.folder / "pid").read_text()]:
        os.kill(int(pid), signal.SIGKILL)


@pytest.mark.parametrize("vanish", [pytest.param(remove_the_file, marks=pytest.mark.sweep), reboot])
def test_a_job_that_has_vanished_is_in_doubt_until_somebody_says(project, vanish):
    project.write("held", "")
    project.play(VANISHING % "false")
    process = project.start("--limit", "h1")
    project.until(begun(project, 1))
    kill_tree(process)
    vanish(project)
    for _time in range(2):
        done = project.run("--limit", "h1")
        assert done.code != 0, done.output
        assert "'Once' is in doubt on h1" in done.output
        assert project.last_run().state == "parked"
        assert project.effects() == ["h1 begun"]
    said = project.saga("decide", project.last_run().id, "--host", "h1", "--step", "Once", "done", "--why", "looked")
    assert said.code == 0, said.output
    project.resume("--limit", "h1")
    assert project.effects() == ["h1 begun"]
    assert project.audit_findings() == []
    release(project)


@pytest.mark.sweep
def test_a_job_that_has_vanished_is_started_again_if_it_is_idempotent(project):
    project.write("held", "")
    project.play(VANISHING % "true")
    process = project.start("--limit", "h1")
    project.until(begun(project, 1))
    kill_tree(process)
    reboot(project)
    release(project)
    project.resume("--limit", "h1")
    assert project.counted() == {"h1 begun": 2, "h1 ended": 1}
    assert job_files(project) == []


@pytest.mark.sweep
def test_a_job_whose_target_cannot_be_reached_stays_in_doubt_and_is_found_once_it_can(project):
    play_held(project)
    process = project.start("--limit", "h1")
    project.until(begun(project, 1))
    kill_tree(process)
    nowhere = ["-e", "ansible_connection=ssh", "-e", "ansible_host=127.0.0.1", "-e", "ansible_port=1"]
    done = project.run("--limit", "h1", *nowhere)
    assert "'Long' is in doubt on h1" in done.output
    release(project)
    project.resume("--limit", "h1")
    must_be_done_once(project, ["h1"])


@pytest.mark.sweep
def test_only_the_hosts_whose_jobs_are_not_found_are_in_doubt_and_a_job_that_ends_is_found_again(project):
    project.write("held", "")
    project.play(VANISHING % "false")
    process = project.start("--limit", "h1,h2")
    project.until(begun(project, 2))
    kill_tree(process)
    assert "look for its job" in project.saga("status").output
    job_files(project)[0].unlink()
    done = project.run("--limit", "h1,h2")
    assert re.search(r"'Once' is in doubt on h[12]:", done.output), done.output
    assert project.counted() == {"h1 begun": 1, "h2 begun": 1}
    release(project)
    project.until(lambda: len(job_files(project)) == 2)  # at its end a job writes its file anew
    project.resume("--limit", "h1,h2")
    assert project.counted() == {f"{host} {word}": 1 for host in ("h1", "h2") for word in ("begun", "ended")}
    assert job_files(project) == []


def test_a_started_job_that_nobody_polls_is_waited_for_over_a_kill_and_started_once(project):
    project.write("held", "")
    project.play(f"""
        - name: Start
          ansible.builtin.shell: "{{{{ effect }}}} begun; {HOLD}; {{{{ effect }}}} ended"
          async: 900
          poll: 0
          register: job
        - name: Wait
          ansible.builtin.async_status: {{jid: "{{{{ job.ansible_job_id }}}}"}}
          register: waited
          until: waited.finished
          retries: 200
          delay: 1
        - name: After
          ansible.builtin.raw: "{{{{ effect }}}} rc-{{{{ waited.rc }}}}"
    """)
    killed = project.run(SAGA_TEST_KILL="job_started:h2:1")
    assert killed.code == -9, killed.output
    process = project.start(PYTHONUNBUFFERED=1)
    project.until(lambda: "FAILED - RETRYING" in output(project))
    kill(process)
    release(project)
    project.resume()
    assert project.counted() == {f"{host} {word}": 1 for host in HOSTS for word in ("begun", "ended", "rc-0")}


@pytest.mark.sweep
def test_a_failed_job_is_started_again_and_its_old_result_is_not_taken_for_the_new_one(project):
    project.play("""
        - name: Fails first
          ansible.builtin.shell: "{{ effect }} begun; test -e {{ playbook_dir }}/mended"
          async: 60
          poll: 1
    """)
    assert project.run("--limit", "h1").code == 2
    project.write("mended", "")
    project.resume("--limit", "h1")
    assert project.counted() == {"h1 begun": 2}
    assert job_files(project) == []
