# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A run whose next attempt has other hosts: some of them, more of them, or fewer because the inventory lost some."""

import pytest
import yaml

STEPS = """
    - name: Once
      ansible.builtin.raw: "{{ effect }} once"
      run_once: true
    - name: Install
      ansible.builtin.raw: "{{ effect }} install"
    - name: Check
      ansible.builtin.raw: test {{ inventory_hostname }} != h3 -o -e {{ playbook_dir }}/mended
    - name: Announce
      ansible.builtin.raw: "{{ effect }} announce"
"""
BATCHES = """
    - name: Drain
      ansible.builtin.raw: "{{ effect }} drain-{{ ansible_play_batch | join('+') }}"
      run_once: true
    - name: Install
      ansible.builtin.raw: "{{ effect }} install"
"""


def hosts(project, *names):
    """Let the inventory have these hosts, as one that is asked for anew may tell it."""
    path = project.folder / "inventory.yml"
    inventory = yaml.safe_load(path.read_text())
    inventory["all"]["children"]["db"]["hosts"] = dict.fromkeys(names)
    path.write_text(yaml.safe_dump(inventory))


def mend(project):
    project.write("mended", "")


def everything(project):
    def told(journal):
        runs = journal.runs()
        return runs, journal.steps(runs[0].id), list(journal.events(runs[0].id)), journal.leases()

    return project.effects(), project.asked(told)


def refused(project, *arguments, words, **environment):
    """Start and expect a refusal in these words; nothing has run, nothing has changed."""
    before = everything(project)
    done = project.run(*arguments, **environment)
    assert done.code not in {0, -9}
    assert [word for word in words if word not in done.output] == [], done.output
    assert everything(project) == before


@pytest.fixture
def stopped(project):
    """A run in which h1 and h2 have come to the end, and h3 has failed."""
    project.play(STEPS)
    assert project.run().code == 2
    mend(project)
    return project


def once_each(project, *names):
    assert project.counted() == {
        "h1 once": 1,
        **{f"{host} {step}": 1 for host in names for step in ("install", "announce")},
    }


# Some of them


@pytest.mark.core
@pytest.mark.parametrize("limit", ["h3", pytest.param("@failed.retry", marks=pytest.mark.sweep)])
def test_a_relaunch_on_failed_hosts_completes_a_run_that_the_others_have_come_to_the_end_of(project, limit):
    project.play(STEPS)
    assert project.run("-e", "awx_job_id=7 tower_job_id=7").code == 2
    mend(project)
    project.write("failed.retry", "h3\n")
    done = project.resume("--limit", limit, "-e", "awx_job_id=8 tower_job_id=8")
    assert "changed since" not in done.output
    assert project.last_run().state == "completed"
    assert project.held_targets() == set()
    once_each(project, "h1", "h2", "h3")


def test_a_run_stays_open_for_hosts_that_have_not_come_to_the_end(project):
    project.play(STEPS)
    assert project.run(SAGA_TEST_KILL="before_intent:Announce:1").code == -9
    mend(project)
    project.resume("--limit", "h3")
    assert project.last_run().reason == "done for some; left for h1, h2"
    project.resume("--limit", "h2")
    assert project.last_run().reason == "done for some; left for h1"
    project.resume("--limit", "h1")
    assert project.last_run().state == "completed"
    once_each(project, "h1", "h2", "h3")


@pytest.mark.parametrize("change", ["playbook", pytest.param("tags", marks=pytest.mark.sweep)])
def test_who_has_come_to_the_end_of_something_else_has_something_left(stopped, change):
    arguments = ["--limit", "h3"]
    if change == "tags":
        arguments += ["--skip-tags", "late"]
    else:
        stopped.play(STEPS + '    - name: More\n      ansible.builtin.raw: "{{ effect }} more"\n')
    stopped.resume(*arguments)
    assert stopped.last_run().reason == "done for some; left for h1, h2"


# More of them


@pytest.mark.core
def test_a_new_host_joins_the_run_and_does_all_of_it(stopped):
    hosts(stopped, "h1", "h2", "h3", "h4")
    done = stopped.resume()
    assert "h4 joins the run" in done.output
    once_each(stopped, "h1", "h2", "h3", "h4")
    assert stopped.last_run().targets == ("h1", "h2", "h3", "h4")
    acquired = [event.data["targets"] for event in stopped.events() if event.type == "lease.acquired"]
    assert "h4" in acquired[-1]  # with the others', before any step


# Fewer of them


def test_a_host_that_is_gone_is_refused_with_what_was_done_there(stopped):
    hosts(stopped, "h1", "h2")
    refused(
        stopped,
        words=[
            "the hosts changed in what run",
            "h3 is a host of the run, and of no play now: done there: 'Install'; failed there: 'Check'",
            "saga_drift=accept",
        ],
    )


@pytest.mark.core
def test_a_host_that_is_gone_can_be_let_go(stopped):
    hosts(stopped, "h1", "h2")
    stopped.resume(SAGA_DRIFT="accept")
    run = stopped.last_run()
    assert (run.state, run.targets) == ("completed", ("h1", "h2"))
    [accepted] = [event for event in stopped.events() if event.type == "run.drift_accepted"]
    assert accepted.data["gone"] == ["h3"]
    assert stopped.audit_findings() == []


@pytest.mark.sweep
def test_a_host_that_was_let_go_may_come_back(project):
    project.play(STEPS.replace("!= h3", "= h1"))
    assert project.run().code == 2
    hosts(project, "h1", "h2")
    assert project.run(SAGA_DRIFT="accept").code == 2
    assert project.last_run().targets == ("h1", "h2")
    hosts(project, "h1", "h2", "h3")
    mend(project)
    done = project.resume()
    assert "h3 joins the run" in done.output
    assert project.last_run().state == "completed"
    once_each(project, "h1", "h2", "h3")


@pytest.mark.sweep
def test_a_host_in_doubt_that_is_let_go_does_not_keep_the_run_open(project):
    project.play(STEPS)
    assert project.run("--forks", "1", SAGA_TEST_KILL="after_intent:Install:3").code == -9
    hosts(project, "h1", "h2")
    done = project.run()
    assert "h3 is a host of the run, and of no play now" in done.output
    project.resume(SAGA_DRIFT="accept")
    assert project.last_run().state == "completed"
    assert project.held_targets() == set()


@pytest.mark.sweep
def test_a_host_that_is_gone_on_the_way_back_is_told_and_stays_owed(project):
    project.play(
        """
    - name: Create
      ansible.builtin.raw: "{{ effect }} create"
      vars: {saga: {compensate: Drop}}
    - name: Break
      ansible.builtin.raw: exit 1
""",
        """
    - name: Drop
      ansible.builtin.raw: test -e {{ playbook_dir }}/mended && {{ effect }} drop
""",
    )
    assert project.run().code == 2
    mend(project)
    hosts(project, "h1", "h2")
    done = project.run()
    assert "h3 is a host of the run, and of no play now: done there: 'Create'" in done.output
    run = project.last_run()
    assert (run.state, run.reason.partition("not undone: ")[2]) == ("parked", "'Create' on h3")
    hosts(project, "h1", "h2", "h3")
    project.run()
    assert project.last_run().state == "compensated"
    assert project.counted()["h3 drop"] == 1


# In batches


@pytest.fixture
def batches(project):
    """A run of h1 to h4, two at a time, that was killed when h3 was about to install."""
    hosts(project, "h1", "h2", "h3", "h4")
    project.play(BATCHES, head="  serial: 2")
    assert project.run("--forks", "1", SAGA_TEST_KILL="before_intent:Install:3").code == -9
    assert project.effects() == ["h1 drain-h1+h2", "h1 install", "h2 install", "h3 drain-h3+h4"]
    return project


@pytest.mark.core
@pytest.mark.parametrize("left", [("h2", "h3", "h4"), ("h4", "h3", "h2", "h1")], ids=["one is gone", "another order"])
def test_a_step_that_was_done_for_all_of_a_batch_is_not_done_again_in_other_batches(batches, left):
    hosts(batches, *left)
    batches.resume(SAGA_DRIFT="accept" if len(left) < 4 else "refuse")
    assert set(batches.counted().values()) == {1}
    assert not [effect for effect in batches.effects()[4:] if "drain" in effect]
    assert batches.last_run().state == "completed"


@pytest.mark.sweep
def test_a_step_that_was_done_for_some_of_a_batch_only_is_neither_done_nor_passed_over(batches):
    hosts(batches, "h0", "h1", "h2", "h3", "h4")
    done = batches.run()
    assert "site.yml:7: 'Drain' is done once for a batch, and the batches are not what they were" in done.output
    assert "it was done for h1, not for h0" in done.output
    # The way out that it names.
    batches.resume("--limit", "h1")
    batches.resume("--limit", "h0")
    batches.resume("--limit", "h2,h3,h4")
    drained = [effect for effect in batches.effects() if "drain" in effect]
    assert drained == ["h1 drain-h1+h2", "h3 drain-h3+h4", "h0 drain-h0"]
    assert batches.last_run().state == "completed"


@pytest.mark.sweep
def test_a_step_that_may_be_repeated_is_done_for_a_batch_of_old_and_new_hosts(project):
    hosts(project, "h1", "h2")
    project.play(
        BATCHES.replace("run_once: true", "run_once: true\n      tags: ['saga:idempotent']"), head="  serial: 2"
    )
    assert project.run("--forks", "1", SAGA_TEST_KILL="before_intent:Install:2").code == -9
    hosts(project, "h0", "h1", "h2")
    project.resume()
    assert [effect for effect in project.effects() if "drain" in effect] == ["h1 drain-h1+h2", "h0 drain-h0+h1"]
