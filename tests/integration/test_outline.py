# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What is read of a playbook before it runs, `saga run`, `saga annotate`, and the rules at a run's start."""

import json

import pytest
import yaml

from commands import answers

PLAY = "- name: Move\n  hosts: db\n  gather_facts: false\n"


def planned(project, *arguments):
    """Return the JSON of `saga plan`."""
    [answer] = answers([(project.folder, ["plan", "--format", "json", "site.yml", *arguments])], project.environment())
    assert answer.code == 0, answer.err
    return json.loads(answer.out)


def steps(plan):
    return [step["task"] for step in plan["steps"] if step["section"] != "handler"]


def facts(plan, name):
    [step] = [step for step in plan["steps"] if step["task"] == name]
    return step


@pytest.mark.core
def test_imports_roles_and_includes_whose_names_are_known_are_read_in_their_places(project):
    project.write("roles/shop/tasks/main.yml", "- name: In the role\n  raw: a\n- include_tasks: deeper.yml\n")
    project.write("roles/shop/tasks/deeper.yml", "- name: Deeper\n  raw: b\n")
    project.write("roles/late/tasks/main.yml", "- name: Late\n  raw: c\n  notify: Of the late role\n")
    project.write("roles/late/handlers/main.yml", "- name: Of the late role\n  raw: d\n")
    project.write("more/imported.yml", "- name: Imported\n  raw: e\n- include_tasks: beside.yml\n")
    project.write("more/beside.yml", "- name: Beside\n  raw: f\n")
    project.write("other.yml", PLAY + "  tasks:\n    - name: Of another book\n      raw: g\n")
    project.write(
        "site.yml",
        f"{PLAY}  roles: [shop]\n"
        "  tasks:\n"
        "    - import_tasks: more/imported.yml\n"
        "    - include_role: {name: late}\n"
        "    - name: Last\n      raw: h\n"
        "- import_playbook: other.yml\n",
    )
    plan = planned(project)
    assert steps(plan) == ["In the role", "Deeper", "Imported", "Beside", "Late", "Last", "Of another book"]
    assert plan["unfollowed"] == []
    assert facts(plan, "Of the late role")["serves"] == ["notified"]
    assert facts(plan, "Deeper")["where"] == "roles/shop/tasks/deeper.yml:1"
    assert facts(plan, "Of another book")["play"] == 2


@pytest.mark.parametrize(
    ("include", "why"),
    [
        ("include_tasks: '{{ kind }}.yml'", "its name is a template"),
        pytest.param("include_role: {name: '{{ kind }}'}", "its name is a template", marks=pytest.mark.sweep),
        pytest.param(
            "include_role: {name: shop, tasks_from: '{{ kind }}'}", "its name is a template", marks=pytest.mark.sweep
        ),
        ("include_tasks: nowhere.yml", "there is no such file"),
        pytest.param("include_role: {name: nowhere}", "nowhere", marks=pytest.mark.sweep),
        ("include_tasks: round.yml", "it includes itself"),
        pytest.param("include_tasks: text.yml", "no list of tasks", marks=pytest.mark.sweep),
    ],
)
def test_an_include_that_only_a_run_can_follow_is_marked(project, include, why):
    project.write("round.yml", "- name: Round\n  include_tasks: round.yml\n")
    project.write("text.yml", "just: text\n")
    project.write("roles/shop/tasks/main.yml", "- name: In the role\n  raw: a\n")
    project.write("site.yml", f"{PLAY}  tasks:\n    - {include}\n    - name: Last\n      raw: z\n")
    plan = planned(project)
    [unfollowed] = plan["unfollowed"]
    assert why in unfollowed["why"]
    assert steps(plan)[-1] == "Last"


@pytest.mark.parametrize(
    ("serial", "batches"),
    [
        ("2", [2, 1]),
        pytest.param("'50%'", [1, 1, 1], marks=pytest.mark.sweep),
        ("[1, 5]", [1, 2]),
        pytest.param("0", [3], marks=pytest.mark.sweep),
        ("'{{ 1 + 1 }}'", [2, 1]),
    ],
)
def test_batches_are_those_that_ansible_makes(project, serial, batches):
    project.write("site.yml", f"{PLAY}  serial: {serial}\n  tasks: [{{raw: a}}]\n")
    assert planned(project)["plays"][0]["batches"] == batches


@pytest.mark.sweep
def test_tags_and_limits_narrow_a_plan_as_they_narrow_a_run(project):
    project.write(
        "site.yml",
        f"{PLAY}  tasks:\n    - {{name: One, raw: a, tags: x}}\n    - {{name: Two, raw: b, run_once: true}}\n",
    )
    plan = planned(project, "--limit", "h1,h2")
    assert [step["hosts"] for step in plan["steps"]] == [2, 1]
    assert steps(planned(project, "--tags", "x")) == ["One"]
    assert steps(planned(project, "--skip-tags", "x")) == ["Two"]


@pytest.mark.sweep
def test_a_vaulted_file_is_read_with_its_password(project):
    project.write("secret", "word\n")
    project.write("site.yml", f"{PLAY}  vars_files: [vault.yml]\n  tasks: [{{name: One, raw: a}}]\n")
    from ansible.parsing.vault import VaultLib, VaultSecret  # noqa: PLC0415  only here

    sealed = VaultLib([("default", VaultSecret(b"word"))]).encrypt("hidden: yes\n")
    (project.folder / "vault.yml").write_bytes(sealed)
    assert steps(planned(project, "--vault-password-file", "secret")) == ["One"]


@pytest.mark.core
@pytest.mark.sweep
def test_rescue_and_always_are_told_apart_and_conditions_loops_and_delegates_are_noted(project):
    project.write(
        "site.yml",
        PLAY
        + """
  tasks:
    - block:
        - {name: Try, raw: a, loop: [1, 2], when: true, delegate_to: h2, no_log: true, register: x, async: 5}
      rescue:
        - {name: Mend, raw: b}
      always:
        - {name: Tidy, raw: c}
""",
    )
    plan = planned(project)
    assert [step["section"] for step in plan["steps"]] == ["main", "rescue", "always"]
    assert {"loop", "when", "delegated to h2", "no_log", "async"} <= set(facts(plan, "Try")["notes"])


@pytest.mark.sweep
def test_a_contract_that_cannot_be_read_is_told_once_and_the_rest_is_planned(project):
    wrong = "{name: Pay, raw: a, vars: {saga: {compensat: Undo}}}"
    project.write("site.yml", f"{PLAY}  tasks:\n    - {wrong}\n    - {{name: Two, raw: b}}\n")
    plan = planned(project)
    assert [(each["rule"], each["task"]) for each in plan["problems"]] == [("SAGA001", "Pay")]
    assert {each["task"] for each in plan["findings"]} == {"Two"}
    assert steps(plan) == ["Pay", "Two"]


# saga run


@pytest.mark.core
def test_saga_run_makes_a_playbook_durable_and_the_same_command_resumes_it(project):
    project.write(
        "site.yml",
        f"{PLAY}  tasks:\n    - name: One\n      raw: '{{{{ effect }}}} one'\n"
        "    - name: Two\n      raw: test -e {{ playbook_dir }}/mended\n",
    )
    done = project.saga("run", "site.yml", "--limit", "h1")
    assert done.code == 2, done.output
    project.write("mended", "")
    assert project.last_run().command == ("saga", "run", "site.yml", "--limit", "h1")
    done = project.saga("run", "site.yml", "--limit", "h1")
    assert done.code == 0, done.output
    assert project.effects() == ["h1 one"]
    assert "saga run site.yml --limit h1" in project.saga("status").output


@pytest.mark.sweep
def test_saga_run_keeps_the_strategy_that_is_configured_and_refuses_one_that_cannot_be_durable(project):
    project.write("site.yml", f"{PLAY}  tasks: [{{raw: 'true'}}]\n")
    (project.folder / "ansible.cfg").write_text("[defaults]\ninventory = inventory.yml\nstrategy = free\n")
    assert project.saga("run", "site.yml").code == 0
    (project.folder / "ansible.cfg").write_text("[defaults]\ninventory = inventory.yml\nstrategy = debug\n")
    done = project.saga("run", "site.yml")
    assert done.code == 1
    assert "the configured strategy 'debug' cannot be made durable" in done.output


# saga annotate


def test_what_is_proposed_is_a_file_of_contracts_that_makes_every_step_known(project):
    project.write("roles/shop/tasks/main.yml", "- name: In the role\n  raw: a\n")
    project.write("site.yml", f"{PLAY}  roles: [shop]\n  tasks:\n    - name: 'Say \"it\": now'\n      raw: b\n")
    done = project.saga("annotate", "site.yml", "--output", "saga.yml")
    assert done.code == 0, done.output
    proposed = yaml.safe_load((project.folder / "saga.yml").read_text())
    careful = {"effect": "side_effect", "idempotent": False, "on_in_doubt": "escalate"}
    assert proposed == {"shop/In the role": careful, 'Say "it": now': careful}
    assert "there is nothing to propose" in project.saga("annotate", "site.yml").output


def test_a_proposal_overwrites_nothing(project):
    project.write("site.yml", f"{PLAY}  tasks: [{{name: One, raw: a}}]\n")
    project.write("saga.yml", "# ours\n")
    done = project.saga("annotate", "site.yml", "--output", "saga.yml")
    assert (done.code, (project.folder / "saga.yml").read_text()) == (1, "# ours\n")
    assert "is not overwritten" in done.output


# The rules at a run's start

UNDONE = "- name: Open\n  ansible.builtin.raw: '{{ effect }} open'\n"


@pytest.mark.core
@pytest.mark.parametrize(
    ("enforce", "code", "told"),
    [
        ("warn", 0, "1 error, 1 warning in the contracts"),
        pytest.param("off", 0, "", marks=pytest.mark.sweep),
        ("error", 1, "site.yml:6: SAGA003: 'Open'"),
    ],
)
def test_a_rule_warns_refuses_or_is_not_asked(project, enforce, code, told):
    project.play(UNDONE)
    done = project.run("--limit", "h1", SAGA_ENFORCE=enforce)
    assert done.code == code, done.output
    assert told in done.output
    assert "in the contracts" in done.output or enforce != "warn"
    assert project.effects() == ([] if enforce == "error" else ["h1 open"])


def test_a_contradiction_is_refused_whatever_is_enforced(project):
    project.play(
        "- name: Open\n  ansible.builtin.raw: '{{ effect }} open'\n  vars: {saga: {compensate: Close}}\n",
        "- name: Close\n  ansible.builtin.raw: 'true'\n  vars: {saga: {effect: irreversible}}\n",
    )
    done = project.run("--limit", "h1", SAGA_ENFORCE="off")
    assert done.code == 1
    assert "SAGA009" in done.output
    assert project.effects() == []


@pytest.mark.sweep
def test_a_run_that_has_begun_is_not_kept_from_going_on(project):
    project.play(UNDONE + "- name: Break\n  ansible.builtin.raw: test -e {{ playbook_dir }}/mended\n")
    assert project.run("--limit", "h1").code == 2
    project.write("mended", "")
    project.resume("--limit", "h1", SAGA_ENFORCE="error")


def test_a_comment_excuses_a_finding_at_the_start_too(project):
    project.play(UNDONE.replace("- name: Open", "- name: Open  # noqa: SAGA003, SAGA007 it is a test"))
    assert project.run("--limit", "h1", SAGA_ENFORCE="error").code == 0


def test_what_only_a_run_knows_does_not_keep_it_from_starting(project):
    """Batches by a fact, variables of a file that an earlier play writes: the rules are asked before that."""
    project.write(
        "site.yml",
        f"{PLAY}  strategy: saga.ops.linear\n  tasks:\n"
        "    - {name: Remember, set_fact: {batch: 1}}\n"
        "    - {name: Write, copy: {content: 'word: said', dest: '{{ playbook_dir }}/made.yml'}, run_once: true}\n"
        "- hosts: db\n  gather_facts: false\n  strategy: saga.ops.linear\n"
        "  serial: \"{{ hostvars['h1'].batch }}\"\n  vars_files: [made.yml]\n  tasks:\n"
        "    - {name: Say, raw: '{{ effect }} {{ word }}'}\n",
    )
    project.resume()
    assert project.effects() == ["h1 said", "h2 said", "h3 said"]
