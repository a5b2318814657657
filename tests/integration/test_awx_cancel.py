# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A job that is cancelled at a random moment in AWX's ways, and launched again, ends as one that was left alone.

ansible-runner kills the processes of ansible-playbook at once, without a signal before: when its caller says so, when
it is told to end, and when a time is up. AWX then ends what is left, with the container.
"""

import os
import random
import threading
import time

import ansible_runner
import pytest

from jobs import Template

SEED = int(os.environ.get("SAGA_TEST_SEED") or random.SystemRandom().randrange(10**6))

# Each effect comes in the middle of its step, so that a kill finds steps before, in and after it.
TASKS = """
- name: Copy
  ansible.builtin.raw: "sleep 0.4; {{ effect }} copied; sleep 0.4"
  vars: {saga: {verify: Is it copied, on_in_doubt: verify}}
- name: Look
  ansible.builtin.raw: sleep 0.1
  vars: {saga: {effect: none}}
- name: Fill
  ansible.builtin.raw: >-
    sleep 0.3; grep -qx '{{ inventory_hostname }} filled-{{ item }}' FILE || {{ effect }} filled-{{ item }}; sleep 0.3
  loop: [a, b]
  vars: {saga: {idempotent: true}}
- name: Switch
  ansible.builtin.raw: "sleep 0.4; {{ effect }} switched; sleep 0.4"
  vars: {saga: {verify: Is it switched, on_in_doubt: verify}}
"""
HANDLERS = """
- name: Is it copied
  ansible.builtin.raw: grep -qx '{{ inventory_hostname }} copied' FILE
- name: Is it switched
  ansible.builtin.raw: grep -qx '{{ inventory_hostname }} switched' FILE
"""
WORDS = ("copied", "filled-a", "filled-b", "switched")


def cancelled_by_its_caller(template, job, moment):
    """As AWX does it: ansible-runner asks its caller now and then, and one time the answer is yes."""
    began = []

    def is_cancelled():
        if template.project.journal_file.exists():
            began.append(time.monotonic())
        return bool(began) and time.monotonic() - began[0] > moment

    ansible_runner.run(
        private_data_dir=str(job.folder),
        playbook="site.yml",
        ident=str(job.number),
        cancel_callback=is_cancelled,
        quiet=True,
    )


def told_to_end_and_killed(template, job, moment):
    """As a container ends: the signal to end, some patience, the kill."""
    job.start()
    template.project.until(template.project.journal_file.exists)
    time.sleep(moment)
    job.process.terminate()
    killer = threading.Timer(moment % 1, job.process.kill)
    killer.start()
    job.process.wait(60)
    killer.cancel()


WAYS = (cancelled_by_its_caller, told_to_end_and_killed)


@pytest.fixture
def template(project):
    project.play(*(text.replace("FILE", str(project.effects_file)) for text in (TASKS, HANDLERS)))
    return Template(project)


def must_end_as_one_that_was_left_alone(template, job):
    """Relaunch until it is done; what was left of the cancelled job has ended with its container."""
    project = template.project
    job.remove()
    if {str(run.state) for run in project.asked(lambda journal: journal.runs())} != {"completed"}:  # not too late
        done = template.job().run()
        assert done.code == 0, done.output
    assert {str(run.state) for run in project.asked(lambda journal: journal.runs())} == {"completed"}
    assert project.counted() == {f"{host} {word}": 1 for host in ("h1", "h2", "h3") for word in WORDS}
    # What asks whether an effect is there is a step, too: it fails where the kill came before the effect.
    assert {state for (_host, name), state in project.states().items() if not name.startswith("Is it")} == {"ok"}
    assert project.audit_findings() == []
    assert project.held_targets() == set()


def cancel(template, way, seed, *, most):
    """Cancel a job so many seconds, at most, after it has opened the journal; return the job."""
    moment = random.Random(seed).uniform(0, most)  # noqa: S311  nobody's secret
    print(f"SAGA_TEST_SEED={SEED}: {way.__name__} after {moment:.2f} s")  # noqa: T201  to draw it again
    job = template.job(settings={"pexpect_timeout": 0.1})  # seconds until ansible-runner looks again who wants what
    way(template, job, moment)
    return job


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_job_cancelled_at_a_random_moment_is_resumed_by_a_relaunch(template, way):
    job = cancel(template, way, f"{SEED} {way.__name__}", most=2.5)
    assert job.status() == "canceled" or way is told_to_end_and_killed  # killed, it writes nothing any more
    must_end_as_one_that_was_left_alone(template, job)


@pytest.mark.sweep
@pytest.mark.parametrize("number", range(20))
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_job_cancelled_at_many_random_moments_is_resumed_by_a_relaunch(template, way, number):
    job = cancel(template, way, f"{SEED} {way.__name__} {number}", most=5)
    must_end_as_one_that_was_left_alone(template, job)


@pytest.mark.parametrize("limit", [pytest.param("idle_timeout", marks=pytest.mark.sweep), "job_timeout"])
def test_a_job_that_is_ended_for_its_time_is_resumed_by_a_relaunch(project, limit):
    wait = f"test -e {project.folder}/go || sleep 30"
    project.play(
        f"""
- name: Copy
  ansible.builtin.raw: "{{{{ effect }}}} copied"
- name: Look
  ansible.builtin.raw: {wait}
  vars: {{saga: {{effect: none}}}}
- name: Switch
  ansible.builtin.raw: "{{{{ effect }}}} switched"
"""
    )
    template = Template(project)
    job = template.job(settings={limit: 8})
    job.run()
    assert job.status() == "timeout"
    assert project.counted() == {f"{host} copied": 1 for host in ("h1", "h2", "h3")}
    (project.folder / "go").touch()
    job.remove()
    again = template.job()
    done = again.run()
    assert done.code == 0, done.output
    told = again.left()
    assert (told["attempt"], told["is_resumed"], told["state"]) == (2, True, "completed")
    assert set(project.counted().values()) == {1}
