# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Contracts that stand around tasks and beside the playbook: who inherits what, and what is undone as a whole."""

import pytest

UNDO = """
        - name: Undo
          ansible.builtin.raw: "{{ effect }} undid"
        - name: Undo all
          ansible.builtin.raw: "{{ effect }} undid-all"
"""


def contracts(project):
    """Return what each forward step of the last run promised, by its name."""
    return {step.name: step.contract for step in project.steps() if not step.undoes}


def units(project):
    return [(step.name, step.doer) for step in project.steps() if step.is_unit and str(step.state) == "ok"]


def order(project):
    """Return what happened on h1, in order."""
    return [word for host, word in (line.split() for line in project.effects()) if host == "h1"]


def types(project):
    return [event.type for event in project.events()]


# Inheritance


ROLE = """
- name: In the role
  ansible.builtin.raw: "{{ effect }} role"
"""


@pytest.mark.core
def test_what_stands_around_a_task_is_its_contract_too_and_the_nearest_wins(project):
    project.write("roles/shop/tasks/main.yml", ROLE)
    project.write("roles/base/tasks/main.yml", ROLE.replace("the role", "the base"))
    project.write("roles/shop/meta/main.yml", "dependencies: [{role: base, vars: {saga: {effect: side_effect}}}]\n")
    project.write("part.yml", ROLE.replace("the role", "a file"))
    project.write("other.yml", ROLE.replace("the role", "an import"))
    project.write("last.yml", ROLE.replace("the role", "the last"))
    project.play(
        """
        - name: Bare
          ansible.builtin.raw: exit 0
        - name: Own
          ansible.builtin.raw: exit 0
          vars: {saga: {effect: none}}
        - name: Block
          vars: {saga: {effect: irreversible}}
          block:
            - name: Inner
              tags: ["saga:idempotent"]
              block:
                - name: Deep
                  ansible.builtin.raw: exit 0
                - name: Deeper
                  ansible.builtin.raw: exit 0
                  tags: ["saga:read_only"]
        - name: Take in
          ansible.builtin.include_tasks: part.yml
          vars: {saga: {idempotent: true}}
        - name: Import
          ansible.builtin.import_tasks: other.yml
          tags: ["saga:read_only"]
        - name: Take in
          ansible.builtin.include_tasks: last.yml
          tags: ["saga:irreversible"]
        - name: Say
          ansible.builtin.debug: {msg: The play calls it an effect}
        """,
        head="""
  vars: {saga: {on_in_doubt: escalate}}
  tags: ["saga:side_effect"]
  roles:
    - {role: shop, tags: ["saga:read_only"], vars: {saga: {idempotent: false}}}
""".strip("\n"),
    )
    project.resume("--limit", "h1")
    found = {
        name: (str(said.effect), said.is_idempotent, str(said.on_in_doubt)) for name, said in contracts(project).items()
    }
    assert found == {
        "In the base": ("side_effect", False, "escalate"),
        "In the role": ("none", False, "escalate"),
        "Bare": ("side_effect", False, "escalate"),
        "Own": ("none", True, "escalate"),
        "Deep": ("irreversible", True, "escalate"),
        "Deeper": ("none", True, "escalate"),
        "In a file": ("side_effect", True, "escalate"),
        "In an import": ("none", True, "escalate"),
        "In the last": ("irreversible", False, "escalate"),
        "Say": ("side_effect", True, "escalate"),
    }


@pytest.mark.sweep
@pytest.mark.core
def test_tags_that_stand_on_an_import_are_those_of_the_import_and_of_no_block_in_its_file(project):
    project.write("part.yml", WHOLE_IN_A_ROLE)
    project.play(
        """
        - name: Import
          ansible.builtin.import_tasks: part.yml
          tags: ["saga:compensate=Undo all"]
        - name: Break
          ansible.builtin.raw: exit 1
        """,
        UNDO,
    )
    assert project.run("--limit", "h1").code == 2
    assert order(project) == ["did", "undid", "undid-all"]


def test_a_mistake_in_what_stands_on_a_role_is_told_with_its_place(project):
    project.write("roles/shop/tasks/main.yml", ROLE)
    for said in ('tags: ["saga:undoable"]', "vars: {saga: {efect: none}}"):
        project.play("- ansible.builtin.raw: exit 0", head=f"  roles: [{{role: shop, {said}}}]")
        done = project.run()
        assert "saga: site.yml:5: unknown" in done.output
    assert project.effects() == []


@pytest.mark.parametrize("way", ["include_role", pytest.param("import_role", marks=pytest.mark.sweep)])
def test_a_role_that_a_task_brings_has_the_contract_of_that_task(project, way):
    project.write("roles/shop/tasks/main.yml", ROLE)
    project.write("roles/shop/handlers/main.yml", UNDO)
    project.play(f"""
        - name: Bring
          ansible.builtin.{way}: {{name: shop}}
          vars: {{saga: {{effect: side_effect, compensate: Undo all, idempotent: true}}}}
        - name: Break
          ansible.builtin.raw: exit 1
    """)
    assert project.run("--limit", "h1").code == 2
    assert contracts(project)["In the role"].is_idempotent
    assert order(project) == ["role", "undid-all"]
    assert project.last_run().state == "compensated"


def test_a_playbook_that_is_imported_has_what_the_import_says(project):
    project.play('- {name: Step, ansible.builtin.raw: "{{ effect }} did"}', head="  vars: {saga: {idempotent: true}}")
    (project.folder / "site.yml").rename(project.folder / "part.yml")
    project.write(
        "site.yml",
        """
- ansible.builtin.import_playbook: part.yml
- ansible.builtin.import_playbook: part.yml
  vars: {saga: {effect: irreversible}}
""",
    )
    project.resume("--limit", "h1")
    said = [(str(step.contract.effect), step.contract.is_idempotent) for step in project.steps()]
    assert said == [("side_effect", True), ("irreversible", False)]


# The sidecar


SIDECAR = """
In the role: {effect: none}
shop/In the role: {idempotent: true}
Alone: {effect: side_effect, compensate: Undo}
"""


def beside(project, head="  roles: [shop]"):
    project.write("roles/shop/tasks/main.yml", ROLE)
    project.play(
        """
        - name: Alone
          ansible.builtin.raw: "{{ effect }} alone"
        - name: Break
          ansible.builtin.raw: exit 1
        """,
        UNDO,
        head=head,
    )


@pytest.mark.core
def test_a_file_beside_the_playbook_declares_what_nobody_may_edit(project):
    beside(project)
    project.write("saga.yml", SIDECAR)
    assert project.run("--limit", "h1").code == 2
    said = contracts(project)["In the role"]
    assert (said.has_effect, said.is_idempotent) == (True, True)
    assert order(project) == ["role", "alone", "undid"]


@pytest.mark.sweep
def test_a_file_of_contracts_may_be_named_and_the_playbook_is_nearer(project):
    beside(project, head="  roles: [shop]\n  vars: {saga: {idempotent: false}}")
    project.write("ours.yml", SIDECAR)
    assert project.run("--limit", "h1", SAGA_CONTRACTS="ours.yml").code == 2
    assert not contracts(project)["In the role"].is_idempotent
    assert order(project) == ["role", "alone", "undid"]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("saga.yml", "Alone: {}\nBreak: {efect: none}\n", "saga.yml:2: unknown key 'efect' in 'saga'"),
        pytest.param(
            "saga.yml",
            "Alone: {compensate: Undoo}\n",
            "'Alone' is compensated by the handler 'Undoo'",
            marks=pytest.mark.sweep,
        ),
        ("ours.yml", None, "ours.yml: there is no such file of contracts"),
        pytest.param(
            "ours.yml",
            "- Alone\n",
            "ours.yml: contracts stand under the names of tasks, not in a list",
            marks=pytest.mark.sweep,
        ),
        pytest.param("ours.yml", "Alone: [\n", "ours.yml:2: this is no YAML", marks=pytest.mark.sweep),
    ],
)
def test_a_file_of_contracts_that_cannot_be_read_is_refused_before_anything_runs(project, name, text, words):
    beside(project)
    if text is not None:
        project.write(name, text)
    done = project.run(**({} if name == "saga.yml" else {"SAGA_CONTRACTS": name}))
    assert done.code == 1
    assert words in done.output
    assert project.effects() == []


@pytest.mark.sweep
def test_a_playbook_that_is_itself_named_like_the_file_of_contracts_is_none(project):
    beside(project)
    (project.folder / "site.yml").rename(project.folder / "saga.yml")
    assert project.run("--limit", "h1", playbook="saga.yml").code == 2
    assert order(project) == ["role", "alone"]


def test_each_playbook_of_a_command_has_the_file_of_contracts_beside_it(project):
    for name in ("one", "two"):
        project.play(f'- {{name: Step, ansible.builtin.raw: "{{{{ effect }}}} {name}"}}')
        (project.folder / name).mkdir()
        (project.folder / "site.yml").rename(project.folder / name / "site.yml")
        project.write(f"{name}/saga.yml", f"Step: {{id: {name}, effect: side_effect}}\n")
    project.resume("two/site.yml", "--limit", "h1", playbook="one/site.yml")
    assert [step.contract.id for step in project.steps()] == ["one", "two"]


# Units


@pytest.mark.core
def test_a_unit_is_undone_once_per_host_after_all_of_its_steps_in_lockstep(project):
    project.play(
        """
        - name: Before
          ansible.builtin.raw: "{{ effect }} before"
          vars: {saga: {effect: side_effect, compensate: Undo before}}
        - name: Outer
          vars: {saga: {effect: side_effect, compensate: Undo outer}}
          block:
            - name: One
              ansible.builtin.raw: "{{ effect }} one"
              vars: {saga: {compensate: Undo one}}
            - name: Inner
              tags: ["saga:compensate=Undo inner"]
              block:
                - name: Look
                  ansible.builtin.raw: exit 0
                  vars: {saga: {effect: none}}
                - name: Two
                  ansible.builtin.raw: "{{ effect }} two-{{ item }}"
                  loop: [a, b]
            - name: Three
              ansible.builtin.raw: "{{ effect }} three"
              run_once: true
              delegate_to: h3
              vars: {saga: {compensate: Undo three}}
        - name: Break
          ansible.builtin.raw: test {{ inventory_hostname }} != h2
        """,
        "".join(
            f"""
        - name: Undo {word}
          ansible.builtin.raw: "{{{{ effect }}}} undo-{word}-{{{{ saga_step.name }}}}-{{{{ saga_step.result }}}}"
"""
            if word in {"outer", "inner"}
            else f"""
        - name: Undo {word}
          ansible.builtin.raw: "{{{{ effect }}}} undo-{word}"
"""
            for word in ("before", "outer", "one", "inner", "three")
        ),
    )
    assert project.run().code == 2
    assert order(project) == [
        *("before", "one", "two-a", "two-b", "three"),
        *("undo-three", "undo-inner-Inner-{}", "undo-one", "undo-outer-Outer-{}", "undo-before"),
    ]
    undone = [line.split() for line in project.effects() if " undo" in line]
    words = [word for _host, word in undone]
    assert words == sorted(words, key=words.index), "lockstep"
    assert sorted(host for host, word in undone if "outer" in word) == ["h1", "h2", "h3"]
    assert sorted(units(project)) == sorted((name, host) for name in ("Outer", "Inner") for host in ("h1", "h2", "h3"))
    assert project.last_run().state == "compensated"
    assert project.audit_findings() == []


def test_a_unit_begins_with_the_first_effect_on_a_host_and_not_with_what_is_skipped_or_only_looks(project):
    project.play(
        """
        - name: Whole
          vars: {saga: {compensate: Undo all}}
          when: inventory_hostname != "h2"
          block:
            - name: Look
              ansible.builtin.raw: exit 0
              vars: {saga: {effect: none}}
            - name: First
              ansible.builtin.raw: "{{ effect }} first"
              when: inventory_hostname != "h3"
            - name: Never
              ansible.builtin.raw: "{{ effect }} never"
              when: false
        - name: Break
          ansible.builtin.raw: exit 1
        """,
        UNDO,
    )
    assert project.run().code == 2
    assert project.effects() == ["h1 first", "h1 undid-all"]
    assert units(project) == [("Whole", "h1")]
    assert project.audit_findings() == []


@pytest.mark.sweep
def test_a_unit_whose_first_step_is_skipped_begins_with_the_next_one(project):
    project.play(
        """
        - name: Whole
          vars: {saga: {compensate: Undo all}}
          block:
            - name: Skipped
              ansible.builtin.raw: "{{ effect }} skipped"
              when: inventory_hostname == "h2"
            - name: Second
              ansible.builtin.raw: "{{ effect }} second"
              vars: {saga: {compensate: Undo}}
        - name: Break
          ansible.builtin.raw: exit 1
        """,
        UNDO,
    )
    assert project.run("--limit", "h1,h2").code == 2
    assert order(project) == ["second", "undid", "undid-all"]
    assert project.counted()["h2 undid-all"] == 1


@pytest.mark.sweep
def test_a_unit_that_fails_in_its_first_step_is_undone(project):
    """A step that failed counts as not done; of a whole nobody knows."""
    project.play(
        """
        - name: Whole
          vars: {saga: {compensate: Undo all}}
          block:
            - name: First
              ansible.builtin.raw: "{{ effect }} first; exit 1"
        """,
        UNDO,
    )
    assert project.run("--limit", "h1").code == 2
    assert order(project) == ["first", "undid-all"]
    assert project.last_run().state == "compensated"


def test_a_part_that_is_brought_in_twice_is_two_wholes(project):
    project.write(
        "part.yml",
        """
- name: Whole
  vars: {saga: {compensate: Undo all}}
  block:
    - name: Step
      ansible.builtin.raw: "{{ effect }} did"
""",
    )
    project.play(
        """
        - ansible.builtin.import_tasks: part.yml
        - ansible.builtin.import_tasks: part.yml
        - ansible.builtin.include_tasks: part.yml
          loop: [x, y]
        - name: Loop
          ansible.builtin.include_tasks: part.yml
          loop: [x, y]
          vars: {saga: {compensate: Undo}}
        - name: Break
          ansible.builtin.raw: test -e {{ playbook_dir }}/never
        """,
        UNDO,
    )
    assert project.run("--limit", "h1", SAGA_TEST_KILL="before_intent:Break:1").code == -9
    assert len(units(project)) == 7
    assert project.run("--limit", "h1").code == 2
    assert order(project) == ["did"] * 6 + ["undid-all"] * 2 + ["undid"] + ["undid-all"] * 4
    assert len(units(project)) == 7


WHOLE_IN_A_ROLE = """
- name: Whole
  vars: {saga: {compensate: Undo}}
  block:
    - name: Step
      ansible.builtin.raw: "{{ effect }} did"
"""


@pytest.mark.core
@pytest.mark.parametrize("way", ["include_role", pytest.param("import_role", marks=pytest.mark.sweep)])
def test_a_role_that_is_brought_in_twice_is_two_wholes_and_so_are_the_blocks_in_it(project, way):
    project.write("roles/shop/tasks/main.yml", WHOLE_IN_A_ROLE)
    project.play(
        f"""
        - name: Bring
          ansible.builtin.{way}: {{name: shop}}
          vars: {{saga: {{compensate: Undo all}}}}
        - name: Bring again
          ansible.builtin.{way}: {{name: shop}}
          vars: {{saga: {{compensate: Undo all}}}}
        - name: Break
          ansible.builtin.raw: exit 1
        """,
        UNDO,
    )
    assert project.run("--limit", "h1").code == 2
    assert order(project) == ["did", "did", "undid", "undid-all", "undid", "undid-all"]


@pytest.mark.sweep
@pytest.mark.core
def test_a_role_that_a_play_applies_is_a_whole_as_often_as_it_is_applied(project):
    project.write("roles/base/tasks/main.yml", WHOLE_IN_A_ROLE.replace("did", "based"))
    project.write("roles/shop/tasks/main.yml", WHOLE_IN_A_ROLE)
    project.write("roles/shop/meta/main.yml", "{dependencies: [{role: base}], allow_duplicates: true}\n")
    project.play(
        """
        - name: Break
          ansible.builtin.raw: exit 1
        """,
        UNDO,
        head="""  roles:
    - {role: shop, vars: {saga: {compensate: Undo all}}}
    - {role: shop, tags: ["saga:compensate=Undo all"], vars: {other: true}}""",
    )
    assert project.run("--limit", "h1").code == 2
    assert order(project) == ["based", "did", "did", "undid", "undid-all", "undid", "undid", "undid-all"]


@pytest.mark.sweep
def test_a_unit_with_rescue_and_always_is_one_whole(project):
    project.play(
        """
        - name: Whole
          vars: {saga: {compensate: Undo all}}
          block:
            - name: First
              ansible.builtin.raw: "{{ effect }} first; exit 1"
          rescue:
            - name: Rescue
              ansible.builtin.raw: "{{ effect }} rescue"
          always:
            - name: Always
              ansible.builtin.raw: "{{ effect }} always"
        - name: Break
          ansible.builtin.raw: exit 1
        """,
        UNDO,
    )
    assert project.run("--limit", "h1").code == 2
    assert order(project) == ["first", "rescue", "always", "undid-all"]


@pytest.mark.parametrize("head", ["  serial: 1", pytest.param("  strategy: saga.ops.free", marks=pytest.mark.sweep)])
def test_units_of_hosts_that_do_not_wait_for_one_another_are_undone_for_each(project, head):
    project.play(
        """
        - name: Whole
          vars: {saga: {compensate: Undo all}}
          block:
            - name: First
              ansible.builtin.raw: "{{ effect }} first"
              vars: {saga: {compensate: Undo}}
            - name: Second
              ansible.builtin.raw: "{{ effect }} second"
        """,
        UNDO,
        head=head,
    )
    site = project.folder / "site.yml"
    text = site.read_text()
    if "free" in head:
        text = text.replace("  strategy: saga.ops.linear\n", "").replace("  strategy: linear\n", "")
    site.write_text(
        f"{text}- hosts: db\n  gather_facts: false\n  strategy: saga.ops.linear\n"
        "  tasks: [{name: Break, ansible.builtin.raw: exit 1}]\n"
    )
    assert project.run().code == 2
    for host in ("h1", "h2", "h3"):
        done = [line.split()[1] for line in project.effects() if line.startswith(host)]
        assert done == ["first", "second", "undid", "undid-all"]
    assert project.last_run().state == "compensated"


def test_the_callback_undoes_units_too(project):
    project.play(
        """
        - name: Whole
          vars: {saga: {compensate: Undo all}}
          block:
            - name: First
              ansible.builtin.raw: "{{ effect }} first"
        - name: Break
          ansible.builtin.raw: exit 1
        """,
        UNDO,
        head="  strategy: linear",
    )
    site = project.folder / "site.yml"
    site.write_text(site.read_text().replace("  strategy: saga.ops.linear\n", "", 1))
    assert project.run("--limit", "h1", ANSIBLE_CALLBACKS_ENABLED="crash,saga.ops.durable").code == 2
    assert order(project) == ["first", "undid-all"]


def test_the_play_as_a_whole_is_undone_after_all_of_its_steps_and_its_handlers_are_parts_of_it(project):
    project.play(
        """
        - name: First
          ansible.builtin.raw: "{{ effect }} first"
          changed_when: true
          notify: Tell
          vars: {saga: {compensate: Undo}}
        - ansible.builtin.meta: flush_handlers
        - name: Break
          ansible.builtin.raw: exit 1
        """,
        UNDO
        + """
        - name: Tell
          ansible.builtin.raw: "{{ effect }} told"
""",
        head="  vars: {saga: {compensate: Undo all}}",
    )
    assert project.run("--limit", "h1").code == 2
    assert order(project) == ["first", "told", "undid", "undid-all"]


@pytest.mark.sweep
def test_a_unit_and_a_task_may_have_the_same_id(project):
    project.play(
        """
        - name: Whole
          vars: {saga: {compensate: Undo all, id: same}}
          block:
            - name: First
              ansible.builtin.raw: "{{ effect }} first"
              vars: {saga: {id: same}}
        - name: Break
          ansible.builtin.raw: exit 1
        """,
        UNDO,
    )
    assert project.run("--limit", "h1").code == 2
    assert order(project) == ["first", "undid-all"]


def test_a_block_that_names_no_handler_of_the_play_is_refused_at_its_place(project):
    project.play(
        """
        - name: Whole
          vars: {saga: {compensate: Undo al}}
          block:
            - ansible.builtin.raw: "{{ effect }} first"
        """,
        UNDO,
    )
    done = project.run()
    assert "site.yml:7: 'Whole' is compensated by the handler 'Undo al'" in done.output
    assert "did you mean 'Undo all'?" in done.output
    assert project.effects() == []


RESUMED = """
        - name: Whole
          vars: {saga: {compensate: Undo all}}
          block:
            - name: First
              ansible.builtin.raw: "{{ effect }} first"
            - name: Second
              ansible.builtin.raw: "{{ effect }} second"
        - name: Break
          ansible.builtin.raw: exit 1
"""


@pytest.mark.core
@pytest.mark.sweep
def test_a_unit_that_was_begun_before_a_crash_is_recorded_and_undone_once(project):
    project.play(RESUMED, UNDO)
    assert project.run(SAGA_TEST_KILL="before_intent:Second:2").code == -9
    shown = project.saga("status").output
    assert "begun" in shown
    assert project.run().code == 2
    assert project.counted() == {
        f"{host} {word}": 1 for host in ("h1", "h2", "h3") for word in ("first", "second", "undid-all")
    }
    assert types(project).count("unit.begun") == 3
    assert project.last_run().state == "compensated"
    assert project.audit_findings() == []


# What follows a failure


def failing(project, said, more=""):
    project.play(
        f"""
        - name: Make
          ansible.builtin.raw: "{{{{ effect }}}} made"
          vars: {{saga: {{effect: side_effect, compensate: Undo}}}}
        - name: Break
          ansible.builtin.raw: test -e {{{{ playbook_dir }}}}/mended
          {f"vars: {{saga: {{on_failure: {said}}}}}" if said else "tags: []"}
        - name: After
          ansible.builtin.raw: "{{{{ effect }}}} after"
        """,
        UNDO,
        head=more,
    )


@pytest.mark.core
@pytest.mark.parametrize(
    ("said", "state"),
    [("stop", "stopped"), ("escalate", "parked"), pytest.param("{then: escalate}", "parked", marks=pytest.mark.sweep)],
)
def test_a_failure_that_shall_not_be_undone_keeps_everything_and_a_resume_goes_on(project, said, state):
    failing(project, said)
    done = project.run("--limit", "h1,h2")
    assert done.code == 2
    run = project.last_run()
    assert (str(run.state), run.is_going_back) == (state, False)
    assert ("nothing is undone, because its contract says escalate" in done.output) == (state == "parked")
    assert bool(project.held_targets()) == (state == "parked")
    project.write("mended", "")
    if state == "parked":
        assert project.run("--limit", "h1,h2").code == 2  # it waits for a decision, and does nothing without
        assert project.saga("decide", run.id, "retry", "--why", "it is mended").code == 0
    project.resume("--limit", "h1,h2")
    assert project.counted() == {f"{host} {word}": 1 for host in ("h1", "h2") for word in ("made", "after")}
    assert project.last_run().state == "completed"


@pytest.mark.parametrize(
    ("said", "others"),
    [
        pytest.param("escalate", 0, marks=pytest.mark.sweep),
        ("stop", 2),
        pytest.param("compensate", 0, marks=pytest.mark.sweep),
    ],
)
def test_hosts_that_did_not_fail_go_on_only_where_the_contract_says_stop(project, said, others):
    project.play(
        f"""
        - name: Make
          ansible.builtin.raw: "{{{{ effect }}}} made"
          vars: {{saga: {{effect: side_effect, compensate: Undo}}}}
        - name: Break
          ansible.builtin.raw: test {{{{ inventory_hostname }}}} != h2
          vars: {{saga: {{on_failure: {said}}}}}
        - name: After
          ansible.builtin.raw: "{{{{ effect }}}} after"
        """,
        UNDO,
    )
    assert project.run().code == 2
    assert sum("after" in line for line in project.effects()) == others
    assert sum("undid" in line for line in project.effects()) == (3 if said == "compensate" else 0)


@pytest.mark.parametrize("said", ["compensate", pytest.param("", marks=pytest.mark.sweep)])
def test_a_failure_is_undone_if_its_contract_says_so_or_says_nothing(project, said):
    failing(project, said)
    assert project.run("--limit", "h1").code == 2
    assert order(project) == ["made", "undid"]
    assert project.last_run().state == "compensated"


def test_what_the_run_goes_on_after_is_no_failure(project):
    failing(project, "continue")
    done = project.resume("--limit", "h1")
    assert "...ignoring" in done.output
    assert order(project) == ["made", "after"]
    assert project.last_run().state == "completed"


@pytest.mark.sweep
def test_a_play_says_what_follows_the_failures_of_its_steps(project):
    failing(project, "", "  vars: {saga: {on_failure: stop}}")
    assert project.run("--limit", "h1").code == 2
    assert order(project) == ["made"]
    assert project.last_run().state == "stopped"


@pytest.mark.sweep
def test_a_step_that_says_stop_keeps_what_a_later_batch_would_undo(project):
    project.play(
        """
        - name: Make
          ansible.builtin.raw: "{{ effect }} made"
          vars: {saga: {effect: side_effect, compensate: Undo}}
        - name: Break
          ansible.builtin.raw: test {{ inventory_hostname }} != h1
          vars: {saga: {on_failure: stop}}
        - name: Break later
          ansible.builtin.raw: test {{ inventory_hostname }} != h3
        """,
        UNDO,
        head="  serial: 2",
    )
    assert project.run().code == 2
    assert project.counted() == {"h1 made": 1, "h2 made": 1, "h3 made": 1}
    assert project.last_run().state == "stopped"


def test_a_play_whose_failures_do_not_matter_still_sees_an_undo_that_fails(project):
    project.play(
        """
        - name: Make
          ansible.builtin.raw: "{{ effect }} made"
          vars: {saga: {effect: side_effect, compensate: Undo}}
        - name: Break
          ansible.builtin.raw: exit 1
          vars: {saga: {on_failure: compensate}}
        """,
        """
        - name: Undo
          ansible.builtin.raw: "{{ effect }} tried; exit 1"
        """,
        head="  vars: {saga: {on_failure: continue}}",
    )
    assert project.run("--limit", "h1").code == 2
    assert project.last_run().state == "parked"
    assert "not undone: 'Make' on h1" in project.last_run().reason


# What follows a doubt


def doubtful(project, said):
    project.play(f"""
        - name: Pay
          ansible.builtin.raw: "{{{{ effect }}}} paid"
          vars: {{saga: {said}}}
    """)
    killed = project.run("--limit", "h1", SAGA_TEST_KILL="after_effect:h1:1", SAGA_TEST_KILL_TREE="1")
    assert killed.code == -9
    assert project.effects() == ["h1 paid"]


@pytest.mark.core
def test_a_doubt_about_a_step_that_is_not_idempotent_is_answered_by_doing_it_again_if_it_says_so(project):
    doubtful(project, "{effect: side_effect, idempotent: false, on_in_doubt: rerun}")
    assert "in doubt: run again" in project.saga("status").output
    project.resume("--limit", "h1")
    assert project.effects() == ["h1 paid"] * 2


@pytest.mark.sweep
def test_a_doubt_about_an_idempotent_step_is_asked_about_if_it_says_so(project):
    doubtful(project, "{effect: side_effect, idempotent: true, on_in_doubt: escalate}")
    assert "in doubt: ask" in project.saga("status").output
    done = project.run("--limit", "h1")
    assert done.code == 2
    assert "'Pay' is in doubt on h1" in done.output
    assert project.last_run().state == "parked"
    run = project.last_run().id
    assert project.saga("decide", run, "--host", "h1", "--step", "Pay", "done", "--why", "it was seen").code == 0
    project.resume("--limit", "h1")
    assert project.effects() == ["h1 paid"]


# Locks


def locking(project, name, locks, tasks="", **more):
    path = project.play(
        f"""
        - name: Take {name}
          ansible.builtin.raw: "{{{{ effect }}}} {name}"
          vars: {{saga: {{locks: {locks}}}}}
        {tasks}
        """,
        UNDO,
        **more,
    )
    path.rename(project.folder / f"{name}.yml")


WAIT = """- name: Wait
          ansible.builtin.raw: "until test -e {{ playbook_dir }}/go; do sleep 0.1; done"
"""


@pytest.mark.core
def test_two_runs_do_not_hold_the_lock_that_a_step_of_each_asks_for(project):
    locking(project, "one", "['db-{{ name }}', cluster]", WAIT, head="  vars: {name: orders}")
    locking(project, "two", "db-orders")
    first = project.start("--limit", "h1", playbook="one.yml", SAGA_LOCK_NAMESPACE="shop")
    project.until(lambda: "h1 one" in project.effects())
    assert project.held_targets() == {"shop/h1", "shop/db-orders", "shop/cluster"}
    (project.folder / "output").rename(project.folder / "output.one")
    refused = project.run("--limit", "h2", playbook="two.yml", SAGA_LOCK_NAMESPACE="shop")
    assert refused.code == 1
    assert "shop/db-orders is held by run" in refused.output
    assert "it is at work" in refused.output
    assert project.effects() == ["h1 one"]
    project.write("go", "")
    first.wait(60)
    assert first.returncode == 0, (project.folder / "output.one").read_text()
    assert project.held_targets() == set()
    project.resume("--limit", "h2", playbook="two.yml", SAGA_LOCK_NAMESPACE="shop")
    assert project.effects() == ["h1 one", "h2 two"]


@pytest.mark.sweep
def test_a_step_waits_for_its_lock_as_long_as_saga_lock_wait_says(project):
    locking(project, "one", "db", WAIT)
    locking(project, "two", "db")
    first = project.start("--limit", "h1", playbook="one.yml")
    project.until(lambda: "h1 one" in project.effects())
    second = project.start("--limit", "h2", playbook="two.yml", SAGA_LOCK_WAIT="1m")
    project.until(lambda: "waiting up to 60 s: db is held by run" in (project.folder / "output").read_text())
    project.write("go", "")
    assert (first.wait(60), second.wait(60)) == (0, 0)
    assert project.effects() == ["h1 one", "h2 two"]


@pytest.mark.parametrize("said", [pytest.param("stop", marks=pytest.mark.sweep), "escalate"])
def test_a_resume_holds_the_locks_of_the_steps_that_it_does_not_do_again(project, said):
    broken = f"""- name: Break
          ansible.builtin.raw: test -e {{{{ playbook_dir }}}}/mended
          vars: {{saga: {{on_failure: {said}}}}}
        - name: Look
          ansible.builtin.raw: "{{{{ effect }}}} look; until test -e {{{{ playbook_dir }}}}/go; do sleep 0.1; done"
"""
    locking(project, "one", "db", broken)
    assert project.run("--limit", "h1", playbook="one.yml").code == 2
    assert ("db" in project.held_targets()) == (said == "escalate")
    project.write("mended", "")
    if said == "escalate":
        assert project.saga("decide", project.last_run().id, "retry", "--why", "it is mended").code == 0
    resumed = project.start("--limit", "h1", playbook="one.yml")
    project.until(lambda: "h1 look" in project.effects())
    assert project.held_targets() == {"h1", "db"}
    project.write("go", "")
    assert resumed.wait(60) == 0
    assert project.held_targets() == set()


def test_a_lock_that_cannot_be_named_is_refused_in_a_sentence(project):
    locking(project, "one", "'db-{{ nobody_knows }}'")
    done = project.run("--limit", "h1", playbook="one.yml")
    assert done.code == 1
    assert "one.yml:6: the lock 'db-{{ nobody_knows }}' of 'Take one' cannot be named: " in done.output
    assert "Traceback" not in done.output
    assert project.effects() == []


# Drift


@pytest.mark.sweep
def test_a_contract_around_steps_that_are_done_is_drift_only_where_it_changes_what_they_promise(project):
    tasks = """
        - name: Around
          {said}
          block:
            - name: Known
              ansible.builtin.raw: "{{{{ effect }}}} known"
              vars: {{saga: {{effect: side_effect, idempotent: false}}}}
            - name: Bare
              ansible.builtin.command: "true"
        - name: Break
          ansible.builtin.raw: test -e {{{{ playbook_dir }}}}/mended
    """
    project.play(tasks.format(said="tags: []"), UNDO)
    assert project.run("--limit", "h1").code == 2
    project.play(tasks.format(said="vars: {saga: {effect: irreversible, idempotent: true}}"), UNDO)
    done = project.run("--limit", "h1")
    assert "Around/Bare has changed since it was done" in done.output
    assert "Around/Known" not in done.output
    project.write("mended", "")
    project.play(tasks.format(said="vars: {saga: {on_failure: stop, locks: db, on_in_doubt: rerun}}"), UNDO)
    project.resume("--limit", "h1")
    assert order(project) == ["known"]
