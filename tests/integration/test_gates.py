# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Steps that wait for an approval, and runs that park: nothing prompts, another process decides, the run goes on."""

import json
import sys

import ansible_runner
import pytest

UNDO = """
        - name: Undo
          ansible.builtin.raw: "{{ effect }} undid"
"""


def gated(project, approval="required", *, strategy="saga.ops.linear", more="", contract="on_failure: compensate"):
    project.play(
        f"""
        - name: Make
          ansible.builtin.raw: "{{{{ effect }}}} made"
          vars: {{saga: {{effect: side_effect, compensate: Undo}}}}
        - name: Switch
          ansible.builtin.raw: "{{{{ effect }}}} switched"
          vars: {{saga: {{effect: irreversible, approval: {approval}, {contract}}}}}
          {more}
        - name: After
          ansible.builtin.raw: "{{{{ effect }}}} after"
        """,
        UNDO,
    )
    project.name_strategy(strategy)


def words(project):
    return {
        word: sum(1 for line in project.effects() if line.split()[1] == word) for word in ("made", "switched", "after")
    }


@pytest.mark.core
@pytest.mark.sample
@pytest.mark.parametrize("strategy", ["saga.ops.linear", pytest.param("saga.ops.free", marks=pytest.mark.sweep)])
def test_a_gate_parks_the_run_for_all_its_hosts_and_an_approval_lets_it_go_on(project, strategy):
    """No terminal is there: nothing may prompt."""
    gated(project, strategy=strategy)
    done = project.run()
    assert done.code == 2
    run = project.last_run()
    assert (run.state, words(project)) == ("parked", {"made": 3, "switched": 0, "after": 0})
    assert project.held_targets() == {"h1", "h2", "h3"}
    last = done.output.strip().splitlines()[-1]
    assert last == f"saga: next 'saga approve {run.id}'; it goes on with 'saga resume {run.id}' or the same command"
    assert "failed=0" in done.output
    approved = project.saga("approve", run.id, "--why", "the window is open")
    assert approved.code == 0, approved.output
    project.resume()
    assert words(project) == {"made": 3, "switched": 3, "after": 3}
    assert (project.last_run().id, project.last_run().state) == (run.id, "completed")
    assert project.audit_findings() == []


@pytest.mark.core
def test_a_run_that_nobody_has_decided_about_parks_again(project):
    gated(project)
    for _ in range(2):
        assert project.run("--limit", "h1").code == 2
        assert project.last_run().state == "parked"
    assert words(project) == {"made": 1, "switched": 0, "after": 0}


@pytest.mark.core
def test_a_denial_is_a_failure_of_what_has_not_begun_and_the_policy_follows(project):
    gated(project)
    assert project.run("--limit", "h1").code == 2
    run = project.last_run().id
    assert project.saga("deny", run, "--why", "not today").code == 0
    done = project.run("--limit", "h1")
    assert done.code == 2
    assert "'Switch' was not begun: " in done.output
    assert "has denied it: not today" in done.output
    assert project.last_run().state == "compensated"
    assert project.effects() == ["h1 made", "h1 undid"]


@pytest.mark.sweep
def test_a_denial_can_be_rescued_as_any_failure(project):
    project.play(
        """
        - block:
            - name: Switch
              ansible.builtin.raw: "{{ effect }} switched"
              vars: {saga: {effect: irreversible, approval: required}}
          rescue:
            - name: Instead
              ansible.builtin.raw: "{{ effect }} instead"
        """
    )
    assert project.run("--limit", "h1").code == 2
    assert project.saga("deny", project.last_run().id, "--why", "no").code == 0
    project.resume("--limit", "h1")
    assert project.effects() == ["h1 instead"]


@pytest.mark.sweep
def test_a_denied_step_that_stops_the_run_is_asked_about_once_more(project):
    gated(project, contract="on_failure: stop")
    assert project.run("--limit", "h1").code == 2
    run = project.last_run().id
    assert project.saga("deny", run, "--why", "not today").code == 0
    assert project.run("--limit", "h1").code == 2
    assert project.last_run().state == "stopped"
    assert project.run("--limit", "h1").code == 2
    assert project.last_run().state == "parked"
    assert project.saga("approve", run).code == 0
    project.resume("--limit", "h1")
    assert project.effects() == ["h1 made", "h1 switched", "h1 after"]


def test_nobody_is_asked_about_a_step_that_is_skipped_anyway(project):
    gated(project, more="when: inventory_hostname != 'h1'")
    project.resume("--limit", "h1")
    assert project.effects() == ["h1 made", "h1 after"]


@pytest.mark.sweep
def test_a_step_that_an_operator_skips_is_passed_over(project):
    gated(project)
    assert project.run("--limit", "h1").code == 2
    assert project.saga("decide", project.last_run().id, "skip", "--why", "done by hand").code == 0
    project.resume("--limit", "h1")
    assert project.effects() == ["h1 made", "h1 after"]


@pytest.mark.core
def test_an_approval_survives_a_crash_of_what_it_allowed(project):
    gated(project, contract="idempotent: true")
    assert project.run("--limit", "h1").code == 2
    assert project.saga("approve", project.last_run().id).code == 0
    killed = project.run("--limit", "h1", SAGA_TEST_KILL="after_intent:Switch:1", SAGA_TEST_KILL_TREE="1")
    assert killed.code == -9
    project.resume("--limit", "h1")
    assert words(project) == {"made": 1, "switched": 1, "after": 1}


@pytest.mark.sweep
def test_each_batch_has_a_gate_of_its_own(project):
    gated(project)
    site = project.folder / "site.yml"
    site.write_text(site.read_text().replace("gather_facts: false", "gather_facts: false\n  serial: 2"))
    for switched in (0, 2, 3):
        assert project.run().code == (0 if switched == 3 else 2)
        assert words(project)["switched"] == switched
        if switched < 3:
            assert project.saga("approve", project.last_run().id).code == 0
    assert project.last_run().state == "completed"


@pytest.mark.sweep
@pytest.mark.core
def test_a_gate_works_under_ansible_runner(project):
    """Parked, approved from another process, resumed to the end: in the way AWX runs playbooks."""
    gated(project)
    environment = {**project.environment(), "ANSIBLE_CONFIG": str(project.folder / "ansible.cfg")}
    results = []
    for number in (1, 2):
        folder = project.folder / f"runner{number}"
        folder.mkdir()
        results.append(
            ansible_runner.run(
                private_data_dir=str(folder),
                project_dir=str(project.folder),
                playbook="site.yml",
                inventory=str(project.folder / "inventory.yml"),
                envvars=environment,
                limit="h1",
                quiet=True,
            )
        )
        if number == 1:
            assert (results[0].status, results[0].rc) == ("failed", 2)
            assert project.last_run().state == "parked"
            with results[0].stdout as output:
                assert "saga approve" in output.read()
            assert project.saga("approve", project.last_run().id, "--why", "seen").code == 0
    assert (results[1].status, results[1].rc) == ("successful", 0)
    assert words(project) == {"made": 1, "switched": 1, "after": 1}
    assert project.last_run().state == "completed"


@pytest.mark.core
def test_a_failure_that_escalates_waits_for_a_decision_and_is_tried_again_with_other_variables(project):
    project.play(
        """
        - name: Break
          ansible.builtin.raw: "{{ effect }} {{ size | default('small') }}; test {{ size | default('small') }} = large"
          vars: {saga: {effect: side_effect, idempotent: true, on_failure: escalate}}
        - name: After
          ansible.builtin.raw: "{{ effect }} after-{{ size | default('small') }}"
        """
    )
    assert project.run("--limit", "h1").code == 2
    assert project.run("--limit", "h1").code == 2  # undecided: nothing is done
    assert project.effects() == ["h1 small"]
    run = project.last_run().id
    decided = project.saga("decide", run, "retry", "--why", "there is room", "-e", "size=large")
    assert decided.code == 0, decided.output
    project.resume("--limit", "h1")
    assert project.effects() == ["h1 small", "h1 large", "h1 after-small"]


@pytest.mark.sweep
def test_an_answer_can_come_with_the_relaunch(project):
    """As an extra var, which a survey of AWX sets."""
    gated(project)
    assert project.run("--limit", "h1").code == 2
    survey = json.dumps({"saga_decision": "approve", "saga_decision_why": "change 4711", "awx_user_name": "ann"})
    project.resume("--limit", "h1", "-e", survey)
    assert project.effects() == ["h1 made", "h1 switched", "h1 after"]
    made = next(event for event in project.events() if event.type == "decision.made")
    assert (made.actor, made.data["why"]) == ("ann", "change 4711")


def test_a_gate_that_expires_is_decided_by_its_default(project):
    gated(project, "{expires: 1s, default: approve}")
    assert project.run("--limit", "h1").code == 2
    assert project.held_targets() == {"h1"}
    project.until(lambda: "which has passed" in project.saga("pending").output)
    late = project.saga("deny", project.last_run().id, "--why", "too late")
    assert late.code != 0
    project.resume("--limit", "h1")
    assert project.effects() == ["h1 made", "h1 switched", "h1 after"]


def test_whoever_waits_is_told_to_a_hook(project):
    told = project.folder / "told.json"
    hook = project.write("hook.py", f"import sys; open({str(told)!r}, 'w').write(sys.stdin.read())\n")
    gated(project, "{prompt: Is the window open?}")
    assert project.run("--limit", "h1", SAGA_NOTIFY=f"{sys.executable} {hook}").code == 2
    document = json.loads(told.read_text())
    assert (document["event"], document["next"]["command"][:2]) == ("parked", ["saga", "approve"])
    assert document["questions"][0]["prompt"] == "Is the window open?"


@pytest.mark.core
@pytest.mark.parametrize(
    ("then", "state"), [("compensate", "compensated"), pytest.param("escalate", "parked", marks=pytest.mark.sweep)]
)
def test_nobody_is_asked_about_a_step_of_a_run_that_goes_forward_no_more(project, then, state):
    """h1 fails while h2 waits at the gate: an approval would not let the run go on."""
    gated(project, strategy="saga.ops.free")
    site = project.folder / "site.yml"
    failing = f"""
    - name: Break
      ansible.builtin.raw: sleep 1; exit 1
      when: inventory_hostname == "h1"
      vars: {{saga: {{effect: side_effect, idempotent: true, on_failure: {then}}}}}
    - name: Switch"""
    site.write_text(site.read_text().replace("\n    - name: Switch", failing))
    done = project.run("--limit", "h1,h2")
    assert done.code == 2
    run = project.last_run()
    assert (run.state, run.reason.partition(";")[0]) == (state, "'Break' failed on h1")
    assert "waiting" not in project.states().values()
    assert "restored" not in done.output
    assert project.counted()["h2 undid"] == (1 if then == "compensate" else 0)
