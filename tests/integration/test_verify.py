# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Steps in doubt, and failed ones that may not simply be repeated: a handler looks for them on the target."""

import subprocess

import pytest

from playground import kill_tree

VERIFY = """
        - name: Is it paid
          ansible.builtin.raw: grep -q "{{ inventory_hostname }} paid" EFFECTS && {{ effect }} looked
        - name: Undo
          ansible.builtin.raw: "{{ effect }} undid"
        - name: Ask over ssh
          ansible.builtin.raw: "true"
          vars: {ansible_connection: ssh, ansible_host: 127.0.0.1, ansible_port: 1}
"""


def paying(project, *, command="{{ effect }} paid", contract="verify: Is it paid", more="", strategy="saga.ops.linear"):
    project.play(
        f"""
        - name: Make
          ansible.builtin.raw: "{{{{ effect }}}} made"
          vars: {{saga: {{effect: side_effect, compensate: Undo}}}}
        - name: Pay
          ansible.builtin.raw: "{command}"
          register: pay
          vars: {{saga: {{effect: side_effect, idempotent: false, {contract}}}}}
          {more}
        - name: After
          ansible.builtin.raw: "{{{{ effect }}}} after"
        """,
        VERIFY.replace("EFFECTS", str(project.effects_file)),
    )
    project.name_strategy(strategy)


def running():
    return subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout


def kill_at(project, point, number, *limit):
    """Kill everything, modules too, at the n-th time that h1's worker is at a point."""
    killed = project.run(*limit, SAGA_TEST_KILL=f"{point}:h1:{number}", SAGA_TEST_KILL_TREE="1")
    assert killed.code == -9, killed.output


@pytest.mark.core
@pytest.mark.sample
def test_a_doubt_about_what_is_there_ends_without_doing_it_again(project):
    """[I14]"""
    paying(project)
    kill_at(project, "after_effect", 2, "--limit", "h1")
    assert project.effects() == ["h1 made", "h1 paid"]
    assert "verify" in project.saga("status").output
    done = project.resume("--limit", "h1")
    assert project.effects() == ["h1 made", "h1 paid", "h1 looked", "h1 after"]
    assert "is 'Pay' there? asking 'Is it paid' on h1" in done.output
    resolved = next(event for event in project.events() if event.type == "step.resolved")
    assert (resolved.data["answer"], resolved.data["by"]) == ("there", "Is it paid")
    assert project.audit_findings() == []


@pytest.mark.core
def test_a_doubt_about_what_is_not_there_ends_by_doing_it(project):
    paying(project, command="test -e {{ playbook_dir }}/go || sleep 977; {{ effect }} paid")
    process = project.start("--limit", "h1")
    project.until(lambda: "sleep 977" in running())
    kill_tree(process)
    assert project.states()["h1", "Pay"] == "started"
    project.write("go", "")
    done = project.resume("--limit", "h1")
    assert project.effects() == ["h1 made", "h1 paid", "h1 after"]
    assert " failed=0" in done.output


@pytest.mark.core
def test_a_target_that_cannot_be_asked_leaves_the_doubt_to_an_operator(project):
    paying(project, contract="verify: Ask over ssh")
    kill_at(project, "after_effect", 2, "--limit", "h1")
    done = project.run("--limit", "h1")
    assert done.code == 2
    assert project.effects() == ["h1 made", "h1 paid"]
    run = project.last_run()
    assert run.state == "parked"
    assert "'Pay' is in doubt on h1" in run.reason
    assert project.held_targets() == {"h1"}


@pytest.mark.sweep
def test_a_handler_that_is_not_there_leaves_the_doubt_to_an_operator(project):
    paying(project)
    kill_at(project, "after_effect", 2, "--limit", "h1")
    site = project.folder / "site.yml"
    site.write_text(site.read_text().replace("name: Is it paid", "name: Is it, well"))
    assert project.run("--limit", "h1", SAGA_ENFORCE="off", SAGA_DRIFT="accept").code != 0
    assert project.effects() == ["h1 made", "h1 paid"]


@pytest.mark.core
def test_a_handler_that_breaks_off_has_not_said_that_the_step_is_not_there(project):
    paying(project)
    kill_at(project, "after_effect", 2, "--limit", "h1")
    site = project.folder / "site.yml"
    site.write_text(site.read_text().replace("grep -q", "true {{ nobody_knows }}; grep -q"))
    assert project.run("--limit", "h1", SAGA_DRIFT="accept").code == 2
    assert project.effects() == ["h1 made", "h1 paid"]
    assert project.last_run().state == "parked"


@pytest.mark.core
@pytest.mark.parametrize("strategy", [pytest.param("saga.ops.linear", marks=pytest.mark.sweep), "saga.ops.free"])
def test_a_look_at_one_host_does_not_disturb_the_others(project, strategy):
    paying(project, strategy=strategy)
    killed = project.run(SAGA_TEST_KILL="after_effect:h2:2", SAGA_TEST_KILL_TREE="1")
    assert killed.code == -9
    project.resume()
    counted = project.counted()
    assert {word: counted[f"{host} {word}"] for host in ("h1", "h2", "h3") for word in ("made", "paid", "after")} == {
        "made": 1,
        "paid": 1,
        "after": 1,
    }
    assert project.last_run().state == "completed"


@pytest.mark.core
def test_a_failed_try_of_what_may_not_be_repeated_is_looked_for_before_the_next(project):
    """It did pay, and then failed: the second try must not pay again."""
    paying(
        project,
        command="{{ effect }} paid; exit 1",
        contract="verify: Is it paid, on_failure: {retry: {attempts: 3, delay: 100ms}}",
    )
    done = project.resume("--limit", "h1")
    assert project.effects() == ["h1 made", "h1 paid", "h1 looked", "h1 after"]
    assert "tried again in 0.1 s" in done.output


@pytest.mark.sweep
def test_a_failed_try_that_left_nothing_is_repeated(project):
    paying(
        project,
        command="test -e {{ playbook_dir }}/tried || { touch {{ playbook_dir }}/tried; exit 1; }; {{ effect }} paid",
        contract="verify: Is it paid, on_failure: {retry: {attempts: 3}}",
    )
    project.resume("--limit", "h1")
    assert project.effects() == ["h1 made", "h1 paid", "h1 after"]


@pytest.mark.sweep
def test_a_verify_handler_sees_the_step_that_it_looks_for(project):
    project.play(
        """
        - name: Pay
          ansible.builtin.raw: "{{ effect }} paid"
          vars: {saga: {effect: side_effect, idempotent: false, verify: Look}}
        """,
        """
        - name: Look
          ansible.builtin.raw: "{{ effect }} {{ saga_step.name }}-{{ saga_step.host }}"
        """,
    )
    kill_at(project, "after_effect", 1, "--limit", "h1")
    project.resume("--limit", "h1")
    assert project.effects() == ["h1 paid", "h1 Pay-h1"]


@pytest.mark.sweep
def test_a_doubt_is_verified_anew_after_each_crash(project):
    """What was not there then may be there now: an old look is no answer."""
    paying(project)
    kill_at(project, "after_effect", 2, "--limit", "h1")
    killed = project.run("--limit", "h1", SAGA_TEST_KILL="before_outcome:Is it paid:1", SAGA_TEST_KILL_TREE="1")
    assert killed.code == -9, killed.output
    project.resume("--limit", "h1")
    assert project.effects() == ["h1 made", "h1 paid", "h1 looked", "h1 looked", "h1 after"]


@pytest.mark.core
def test_a_doubt_turns_the_run_around_where_the_contract_says_compensate(project):
    paying(project, contract="compensate: Undo, on_in_doubt: compensate")
    kill_at(project, "after_effect", 2, "--limit", "h1")
    assert "go back" in project.saga("status").output
    done = project.run("--limit", "h1")
    assert done.code == 2
    assert project.effects() == ["h1 made", "h1 paid", "h1 undid", "h1 undid"]
    assert project.last_run().state == "compensated"
    assert "'Pay' is in doubt on h1, and its contract says compensate" in project.last_run().reason


@pytest.mark.sweep
def test_a_failure_elsewhere_during_a_look_has_its_policy_follow(project):
    """h1 fails while h2 is being looked at: its contract says stop, and nothing is undone."""
    project.play(
        """
        - name: Make
          ansible.builtin.raw: "{{ effect }} made"
          vars: {saga: {effect: side_effect, compensate: Undo}}
        - name: Break
          ansible.builtin.raw: >-
            for i in $(seq 200); do grep -q looking {{ playbook_dir }}/effects && break; sleep 0.1; done; exit 1
          when: inventory_hostname == "h1"
          vars: {saga: {effect: side_effect, idempotent: true, on_failure: stop}}
        - name: Pay
          ansible.builtin.raw: "{{ effect }} paid; exit 1"
          when: inventory_hostname == "h2"
          vars: {saga: {effect: side_effect, idempotent: false, verify: Look, on_failure: {retry: {attempts: 2}}}}
        """,
        """
        - name: Undo
          ansible.builtin.raw: "{{ effect }} undid"
        - name: Look
          ansible.builtin.raw: "{{ effect }} looking; sleep 2; {{ effect }} looked"
        """,
    )
    project.name_strategy("saga.ops.free")
    assert project.run("--limit", "h1,h2").code == 2
    run = project.last_run()
    assert (run.state, run.reason) == ("stopped", "'Break' failed on h1")
    assert "undid" not in " ".join(project.effects())


@pytest.mark.sweep
def test_a_look_that_is_tried_again_waits_as_its_contract_says(project):
    project.play(
        """
        - name: Pay
          ansible.builtin.raw: "{{ effect }} paid"
          vars: {saga: {effect: side_effect, idempotent: false, verify: Look}}
        """,
        """
        - name: Look
          ansible.builtin.raw: "{{ effect }} $(date +%s); test $(wc -l <{{ playbook_dir }}/effects) -ge 3"
          vars: {saga: {on_failure: {retry: {attempts: 2, delay: 2s}}}}
        """,
    )
    kill_at(project, "after_effect", 1, "--limit", "h1")
    project.resume("--limit", "h1")
    paid, first, second = project.effects()
    assert paid == "h1 paid"
    assert int(second.split()[1]) - int(first.split()[1]) >= 2


@pytest.mark.sweep
def test_a_way_back_that_a_limit_keeps_from_its_turn_does_not_end_well(project):
    """What is to be undone was done on hosts that the limit leaves out; why the run goes back is not forgotten."""
    paying(project, contract="compensate: Undo, on_in_doubt: compensate")
    killed = project.run(SAGA_TEST_KILL="after_effect:h2:2", SAGA_TEST_KILL_TREE="1")
    assert killed.code == -9, killed.output
    for _ in range(2):
        assert project.run("--limit", "h2").code == 2
        why, _, hindrance = project.last_run().reason.rpartition("; ")
        assert why == "'Pay' is in doubt on h2, and its contract says compensate"
        assert hindrance == "the steps that are still to be undone were not reached in the playbook"
    assert project.run().code == 2
    assert (project.last_run().state, project.last_run().reason) == ("compensated", why)
    assert all(project.counted()[f"{host} undid"] for host in ("h1", "h2", "h3"))


@pytest.mark.core
def test_a_step_that_was_cut_off_and_is_not_idempotent_is_looked_for_before_a_resume_repeats_it(project):
    """[I14] It paid, and then hung until its time was over."""
    slow = "{{ effect }} paid; test -e {{ playbook_dir }}/mended || sleep 20"
    paying(project, command=slow, contract="verify: Is it paid, on_failure: stop", more="timeout: 2")
    assert project.run("--limit", "h1").code == 2
    assert "failed: verify" in project.saga("status").output
    project.write("mended", "")
    project.resume("--limit", "h1")
    assert project.effects() == ["h1 made", "h1 paid", "h1 looked", "h1 after"]


@pytest.mark.sweep
def test_a_step_that_was_cut_off_is_asked_about_where_nothing_can_look_for_it(project):
    slow = "{{ effect }} paid; test -e {{ playbook_dir }}/mended || sleep 20"
    paying(project, command=slow, contract="on_failure: stop", more="timeout: 2")
    assert project.run("--limit", "h1").code == 2
    project.write("mended", "")
    assert project.run("--limit", "h1").code == 2
    assert project.last_run().state == "parked"
    assert project.effects() == ["h1 made", "h1 paid"]
    assert project.saga("decide", project.last_run().id, "done", "--why", "the bank shows it").code == 0
    project.resume("--limit", "h1")
    assert project.effects() == ["h1 made", "h1 paid", "h1 after"]


@pytest.mark.sweep
@pytest.mark.core
def test_a_step_whose_host_went_away_is_looked_for_before_a_resume_repeats_it(project):
    """It may have had its effect before: a step can take its own host down."""
    paying(project, contract="verify: Is it paid, on_failure: stop")
    site = project.folder / "site.yml"
    away = "ansible_connection: ssh, ansible_host: 127.0.0.1, ansible_port: 1, "
    whole = site.read_text()
    saga = "saga: {effect: side_effect, idempotent: false"
    site.write_text(whole.replace(f"vars: {{{saga}", f"vars: {{{away}{saga}"))
    assert project.run("--limit", "h1").code == 4
    assert "unreachable: verify" in project.saga("status").output
    site.write_text(whole)
    project.resume("--limit", "h1")
    assert project.effects() == ["h1 made", "h1 paid", "h1 after"]
