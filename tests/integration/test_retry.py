# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Steps that fail and are tried again: by whom, how often, who is not held up, what a crash does to the count."""

import re

import pytest

UNDO = """
        - name: Undo
          ansible.builtin.raw: "{{ effect }} undid"
"""


def flaky(project, policy, *, good="3", strategy="saga.ops.linear", more=""):
    """Write a play whose step fails on h2 until it was tried so often, with a step before and one after it."""
    count = f"grep -c {{{{ inventory_hostname }}}}.try {project.effects_file}"
    project.play(
        f"""
        - name: Make
          ansible.builtin.raw: "{{{{ effect }}}} made"
          vars: {{saga: {{effect: side_effect, compensate: Undo}}}}
        - name: Flaky
          ansible.builtin.raw: '{{{{ effect }}}} try; test {{{{ inventory_hostname }}}} != h2 -o $({count}) -ge {good}'
          register: flaky
          vars: {{saga: {{effect: side_effect, idempotent: true, on_failure: {policy}}}}}
          {more}
        - name: After
          ansible.builtin.raw: "{{{{ effect }}}} after"
          when: flaky is succeeded
        """,
        UNDO,
    )
    project.name_strategy(strategy)


def tries(project, host="h2"):
    return project.counted()[f"{host} try"]


def types(project, kind):
    return [event for event in project.events() if event.type == kind]


@pytest.mark.core
@pytest.mark.sample
def test_a_step_that_fails_is_tried_again_before_ansible_hears_of_it(project):
    flaky(project, "{retry: {attempts: 4, delay: 200ms}}")
    done = project.resume()
    assert (tries(project), tries(project, "h1")) == (3, 1)
    assert "'Flaky' failed on h2 (try 2 of 4), tried again in 0.2 s" in done.output
    assert "FAILED" not in done.output
    assert re.search(r"h2 +: .*failed=0", done.output)
    assert [event.data["tries"] for event in types(project, "step.retrying")] == [1, 2]
    assert project.audit_findings() == []


@pytest.mark.core
def test_when_all_tries_have_failed_the_policy_follows(project):
    flaky(project, "{retry: {attempts: 3}, then: compensate}", good="9")
    done = project.run()
    assert done.code == 2
    assert tries(project) == 3
    assert project.last_run().state == "compensated"
    assert project.counted()["h1 undid"] == 1


def test_a_resume_after_the_last_try_begins_to_count_anew(project):
    flaky(project, "{retry: {attempts: 3}, then: stop}", good="5")
    assert project.run().code == 2
    assert tries(project) == 3
    project.resume()
    assert tries(project) == 5


@pytest.mark.core
@pytest.mark.parametrize("strategy", ["saga.ops.free", pytest.param("saga.ops.host_pinned", marks=pytest.mark.sweep)])
def test_a_host_that_waits_for_its_next_try_holds_nobody_up(project, strategy):
    """The step is tried again only after the others have come to their end."""
    flaky(project, "{retry: {attempts: 3, delay: 3s}}", good="2", strategy=strategy)
    project.resume("--forks", "2")
    effects = project.effects()
    second = [number for number, line in enumerate(effects) if line == "h2 try"][1]
    assert effects.index("h1 after") < second
    assert effects.index("h3 after") < second
    assert project.last_run().state == "completed"


@pytest.mark.core
def test_a_crash_between_two_tries_resets_no_count(project):
    """[I9] Killed while it waits for its third try, the step has one more, and no more than that."""
    flaky(project, "{retry: {attempts: 3, delay: 1s}, then: stop}", good="9")
    process = project.start()
    project.until(lambda: tries(project) == 2 and "(try 2 of 3)" in (project.folder / "output").read_text())
    process.kill()
    process.wait(30)
    assert project.steps()  # the journal is sound
    states = project.states()
    assert states["h2", "Flaky"] == "retrying"
    assert "retrying" in project.saga("status").output
    assert project.run().code == 2
    assert tries(project) == 3


@pytest.mark.sweep
def test_a_failure_that_is_ignored_or_rescued_is_first_tried_again(project):
    flaky(project, "{retry: {attempts: 2}}", good="9", more="ignore_errors: true")
    project.resume()
    assert tries(project) == 2
    assert project.counted() == {"h1 made": 1, "h2 made": 1, "h3 made": 1} | {
        "h1 try": 1,
        "h2 try": 2,
        "h3 try": 1,
        "h1 after": 1,
        "h3 after": 1,
    }


def test_a_rescue_sees_the_last_failure_only(project):
    project.play(
        """
        - block:
            - name: Break
              ansible.builtin.raw: "{{ effect }} try; exit 1"
              vars: {saga: {effect: side_effect, idempotent: true, on_failure: {retry: {attempts: 2}}}}
          rescue:
            - name: Mend
              ansible.builtin.raw: "{{ effect }} rescued {{ ansible_failed_result.rc }}"
        """
    )
    project.resume("--limit", "h1")
    assert project.effects() == ["h1 try", "h1 try", "h1 rescued 1"]


@pytest.mark.sweep
def test_until_is_done_within_each_try(project):
    project.play(
        f"""
        - name: Poll
          ansible.builtin.raw: '{{{{ effect }}}} try; test $(grep -c "" {project.effects_file}) -ge 5'
          register: polled
          until: polled is succeeded
          retries: 1
          delay: 0
          vars: {{saga: {{effect: side_effect, idempotent: true, on_failure: {{retry: {{attempts: 3}}}}}}}}
        """
    )
    project.resume("--limit", "h1")
    assert project.counted()["h1 try"] == 5


@pytest.mark.core
def test_of_a_loop_only_the_items_that_are_missing_are_tried_again(project):
    """[I4]"""
    project.play(
        f"""
        - name: Each
          ansible.builtin.raw: >-
            {{{{ effect }}}} {{{{ item }}}};
            test {{{{ item }}}} != b -o $(grep -c " b" {project.effects_file}) -ge 2
          loop: [a, b, c]
          register: each
          vars: {{saga: {{effect: side_effect, idempotent: true, on_failure: {{retry: {{attempts: 2}}}}}}}}
        - name: Tell
          ansible.builtin.raw: "{{{{ effect }}}} {{{{ each.results | length }}}}"
        """
    )
    project.resume("--limit", "h1")
    assert project.effects() == ["h1 a", "h1 b", "h1 c", "h1 b", "h1 3"]


@pytest.mark.parametrize(
    ("on", "times"), [pytest.param("[failed]", 0, marks=pytest.mark.sweep), ("[failed, unreachable]", 2)]
)
def test_an_unreachable_host_is_tried_again_only_if_the_contract_says_so(project, on, times):
    project.play(
        f"""
        - name: Reach
          ansible.builtin.raw: "true"
          vars:
            ansible_connection: ssh
            ansible_host: 127.0.0.1
            ansible_port: 1
            saga: {{effect: side_effect, idempotent: true, on_failure: {{retry: {{attempts: 3, on: {on}}}}}}}
        """
    )
    assert project.run("--limit", "h1").code == 4
    assert [event.data["failed"] for event in types(project, "step.retrying")] == ["unreachable"] * times
    assert project.states()["h1", "Reach"] == "unreachable"


@pytest.mark.sweep
def test_the_budget_of_a_run_ends_a_storm_of_retries(project):
    project.play(
        """
        - name: Break
          ansible.builtin.raw: "{{ effect }} try; exit 1"
          vars: {saga: {effect: side_effect, idempotent: true, on_failure: {retry: {attempts: 9}}}}
        """
    )
    done = project.run(SAGA_RETRY_BUDGET="4")
    assert done.code == 2
    assert "the run's 4 retries are spent" in done.output
    assert len(project.effects()) == 3 + 4
    assert project.run(SAGA_RETRY_BUDGET="4").code == 2  # a resume does not fill it up
    assert len(project.effects()) == 3 + 4 + 3


@pytest.mark.sweep
def test_hosts_count_as_failed_for_max_fail_percentage_only_after_their_last_try(project):
    flaky(project, "{retry: {attempts: 3}}")
    site = project.folder / "site.yml"
    site.write_text(site.read_text().replace("gather_facts: false", "gather_facts: false\n  max_fail_percentage: 0"))
    project.resume()
    assert sum(project.counted()[f"{host} after"] for host in ("h1", "h2", "h3")) == 3


@pytest.mark.sweep
def test_with_any_errors_fatal_the_others_wait_for_the_last_try(project):
    flaky(project, "{retry: {attempts: 3}}", more="any_errors_fatal: true")
    project.resume()
    assert project.counted()["h1 after"] == 1


@pytest.mark.sweep
def test_a_step_that_is_done_once_for_all_is_tried_again(project):
    flaky(project, "{retry: {attempts: 3}}", more="run_once: true")
    project.resume("--limit", "h2,h1", "-i", "inventory.yml")
    assert project.last_run().state == "completed"


def test_a_compensation_is_tried_again_by_its_own_policy(project):
    project.play(
        """
        - name: Make
          ansible.builtin.raw: "{{ effect }} made"
          vars: {saga: {effect: side_effect, compensate: Undo}}
        - name: Break
          ansible.builtin.raw: exit 1
        """,
        f"""
        - name: Undo
          ansible.builtin.raw: '{{{{ effect }}}} undoing; test $(grep -c undoing {project.effects_file}) -ge 3'
          vars: {{saga: {{on_failure: {{retry: {{attempts: 3, delay: 100ms}}}}}}}}
        """,
    )
    assert project.run("--limit", "h1").code == 2
    assert project.counted() == {"h1 made": 1, "h1 undoing": 3}
    assert project.last_run().state == "compensated"


@pytest.mark.core
@pytest.mark.parametrize("strategy", ["saga.ops.linear", pytest.param("saga.ops.free", marks=pytest.mark.sweep)])
def test_a_step_is_not_tried_again_once_the_run_has_to_go_back(project, strategy):
    """h1 fails for good while h2, which cannot be reached, waits for a try that is far off."""
    project.write("host_vars/h2.yml", {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1})
    project.play(
        """
        - name: Make
          ansible.builtin.raw: "{{ effect }} made"
          when: inventory_hostname == "h1"
          vars: {saga: {effect: side_effect, compensate: Undo}}
        - name: Break
          ansible.builtin.raw: sleep 1; exit 1
          vars:
            saga:
              effect: side_effect
              idempotent: true
              on_failure: {retry: {attempts: 2, delay: 90s, on: [unreachable]}, then: compensate}
        """,
        UNDO,
    )
    project.name_strategy(strategy)
    done = project.wait(project.start("--limit", "h1,h2"), timeout=60)
    assert done.code == 2, done.output
    assert "'Break' unreachable on h2 (try 1 of 2)" in done.output
    assert project.effects() == ["h1 made", "h1 undid"]
    assert project.last_run().state == "compensated"


@pytest.mark.sweep
@pytest.mark.parametrize("then", ["escalate", pytest.param("stop", marks=pytest.mark.sweep)])
def test_a_signal_during_a_try_takes_no_try_away(project, then):
    """The try ends as failed while the run stops: the next attempt goes on with what is left of the tries."""
    project.play(
        f"""
        - name: Break
          ansible.builtin.raw: "{{{{ effect }}}} try; test -e {{{{ playbook_dir }}}}/go && exit 0; sleep 2; exit 1"
          vars:
            saga: {{effect: side_effect, idempotent: true, on_failure: {{retry: {{attempts: 2}}, then: {then}}}}}
        """
    )
    process = project.start("--limit", "h1")
    project.until(lambda: project.effects() == ["h1 try"])
    process.terminate()
    stopped = project.wait(process)
    assert stopped.code == -15
    run = project.last_run()
    assert f"it goes on with 'saga resume {run.id}'" in stopped.output.strip().splitlines()[-1]
    assert project.states() == {("h1", "Break"): "retrying"}
    project.write("go", "")
    project.resume("--limit", "h1")
    assert project.effects() == ["h1 try", "h1 try"]
