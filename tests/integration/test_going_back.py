# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What a failing run undoes, on which hosts, with which variables, and what stops it [I7] [I8] [I9]."""

import pytest

pytestmark = pytest.mark.core


def test_only_hosts_that_did_a_step_undo_it(project):
    project.play(
        """
        - name: On some
          ansible.builtin.raw: "{{ effect }} did"
          when: inventory_hostname != "h2"
          vars: {saga: {effect: side_effect, compensate: Undo}}
        - name: Break
          ansible.builtin.raw: exit 1
          run_once: true
        """,
        """
        - name: Undo
          ansible.builtin.raw: "{{ effect }} undid"
        """,
    )
    assert project.run().code == 2
    assert sorted(project.effects()) == ["h1 did", "h1 undid", "h3 did", "h3 undid"]


def test_a_compensation_sees_what_was_registered_when_the_step_completed(project):
    project.play(
        """
        - name: Make
          ansible.builtin.raw: "{{ effect }} made; echo slot-{{ inventory_hostname }}"
          register: slot
          vars: {saga: {effect: side_effect, compensate: Undo}}
        - name: Forget
          ansible.builtin.set_fact: {slot: overwritten}
        - name: Break
          ansible.builtin.raw: test {{ inventory_hostname }} != h2
        """,
        """
        - name: Undo
          vars: {step: "{{ saga_step }}"}
          ansible.builtin.raw: "{{ effect }} drop-{{ step.result.stdout | trim }}-{{ step.host }}-{{ step.name }}"
        """,
    )
    assert project.run().code == 2
    drops = sorted(line for line in project.effects() if "drop" in line)
    assert drops == [f"{host} drop-slot-{host}-{host}-Make" for host in ("h1", "h2", "h3")]


def test_a_way_back_that_is_resumed_finds_the_variables_that_later_steps_had_set(project):
    project.play(
        """
        - name: Make
          ansible.builtin.raw: "{{ effect }} made"
          vars: {saga: {effect: side_effect, compensate: Undo}}
        - name: Look
          ansible.builtin.raw: echo seen
          register: look
          vars: {saga: {effect: none}}
        - ansible.builtin.set_fact: {later: "{{ look.stdout | trim }}"}
        - name: Break
          ansible.builtin.raw: test {{ inventory_hostname }} != h2
        - name: Never
          ansible.builtin.raw: "{{ effect }} never"
        """,
        """
        - name: Undo
          ansible.builtin.raw: "{{ effect }} undo-{{ later }}"
        """,
    )
    assert project.run(SAGA_TEST_KILL="before_undo:Make:1").code == -9
    assert project.run().code == 2
    assert sorted(project.effects()[3:]) == [f"{host} undo-seen" for host in ("h1", "h2", "h3")]


def test_a_failure_stops_the_other_hosts_at_the_next_step(project):
    project.play(
        """
        - name: Make
          ansible.builtin.raw: "{{ effect }} made"
          vars: {saga: {effect: side_effect, compensate: Undo}}
        - name: Break
          ansible.builtin.raw: test {{ inventory_hostname }} != h2
        - name: Further
          ansible.builtin.raw: "{{ effect }} further"
        """,
        """
        - name: Undo
          ansible.builtin.raw: "{{ effect }} undid"
        """,
    )
    project.run()
    assert not any("further" in line for line in project.effects())


def test_a_rescued_failure_is_no_failure(project):
    project.play(
        """
        - name: Make
          ansible.builtin.raw: "{{ effect }} made"
          vars: {saga: {effect: side_effect, compensate: Undo}}
        - block:
            - name: Break
              ansible.builtin.raw: exit 1
          rescue:
            - name: Rescue
              ansible.builtin.raw: "{{ effect }} rescued"
        """,
        """
        - name: Undo
          ansible.builtin.raw: "{{ effect }} undid"
        """,
    )
    project.resume()
    assert not any("undid" in line for line in project.effects())
    assert project.last_run().state == "completed"


def test_an_always_section_does_not_make_a_failure_handled(project):
    project.play(
        """
        - name: Make
          ansible.builtin.raw: "{{ effect }} made"
          vars: {saga: {effect: side_effect, compensate: Undo}}
        - block:
            - name: Break
              ansible.builtin.raw: test {{ inventory_hostname }} != h2
          always:
            - name: Always
              ansible.builtin.raw: "{{ effect }} always"
        """,
        """
        - name: Undo
          ansible.builtin.raw: "{{ effect }} undid"
        """,
    )
    assert project.run().code == 2
    assert project.last_run().state == "compensated"
    assert project.counted()["h2 always"] == 1
    assert project.counted()["h2 undid"] == 1


@pytest.mark.sweep
def test_a_failure_in_a_handler_goes_back_too(project):
    project.play(
        """
        - name: Make
          ansible.builtin.raw: "{{ effect }} made"
          notify: Break
          vars: {saga: {effect: side_effect, compensate: Undo}}
        """,
        """
        - name: Break
          ansible.builtin.raw: test {{ inventory_hostname }} != h2
        - name: Undo
          ansible.builtin.raw: "{{ effect }} undid"
        """,
    )
    assert project.run().code == 2
    assert project.last_run().state == "compensated"
    assert project.counted() == {f"{host} {word}": 1 for host in ("h1", "h2", "h3") for word in ("made", "undid")}


def test_a_step_that_failed_is_not_undone_but_a_loop_with_finished_items_is(project):
    project.play(
        """
        - name: Loop
          ansible.builtin.raw: "{{ effect }} {{ item }}; test {{ item }} != b"
          loop: [a, b]
          vars: {saga: {effect: side_effect, compensate: Undo loop}}
        """,
        """
        - name: Undo loop
          ansible.builtin.raw: "{{ effect }} undo-{{ saga_step.item_results | selectattr('rc', 'eq', 0) | length }}"
        """,
    )
    assert project.run("--limit", "h1").code == 2
    assert project.effects() == ["h1 a", "h1 b", "h1 undo-1"]


def test_nothing_is_undone_across_a_completed_pivot(project):
    project.play(
        """
        - name: Make
          ansible.builtin.raw: "{{ effect }} made"
          vars: {saga: {effect: side_effect, compensate: Undo}}
        - name: Switch
          ansible.builtin.raw: "{{ effect }} switched"
          run_once: true
          tags: ["saga:irreversible"]
        - name: Break
          ansible.builtin.raw: exit 1
        """,
        """
        - name: Undo
          ansible.builtin.raw: "{{ effect }} undid"
        """,
    )
    done = project.run()
    assert done.code == 2
    assert not any("undid" in line for line in project.effects())
    assert project.last_run().state == "parked"
    assert "'Switch' is irreversible" in done.output


def test_a_failing_undo_does_not_stop_the_others_and_parks_the_run_with_what_is_left(project):
    project.play(
        """
        - name: One
          ansible.builtin.raw: "{{ effect }} one"
          vars: {saga: {effect: side_effect, compensate: Undo one}}
        - name: Two
          ansible.builtin.raw: "{{ effect }} two"
          vars: {saga: {effect: side_effect, compensate: Undo two}}
        - name: Break
          ansible.builtin.raw: exit 1
        """,
        """
        - name: Undo one
          ansible.builtin.raw: "{{ effect }} undo-one"
        - name: Undo two
          ansible.builtin.raw: "{{ effect }} undo-two; test -e mended -o {{ inventory_hostname }} != h2"
        """,
    )
    done = project.run()
    assert done.code == 2
    assert project.last_run().state == "parked"
    assert "not undone: 'Two' on h2" in done.output
    assert project.counted()["h2 undo-one"] == 1
    assert project.held_targets() == {"h1", "h2", "h3"}
    project.write("mended", "")
    assert project.run().code == 2
    assert project.last_run().state == "compensated"
    assert project.counted()["h2 undo-two"] == 2
    assert project.counted()["h1 undo-two"] == 1
    assert project.audit_findings() == []


def test_a_run_with_nothing_to_undo_stops_and_resumes_from_its_failure(project):
    project.play("""
        - name: Make
          ansible.builtin.raw: "{{ effect }} made"
        - name: Break
          ansible.builtin.raw: "{{ effect }} tried; test -e {{ playbook_dir }}/mended -o {{ inventory_hostname }} != h2"
        - name: After
          ansible.builtin.raw: "{{ effect }} after"
    """)
    assert project.run().code == 2
    assert project.last_run().state == "stopped"
    project.write("mended", "")
    project.resume()
    assert project.counted() == {
        **{f"{host} {word}": 1 for host in ("h1", "h2", "h3") for word in ("made", "tried", "after")},
        "h2 tried": 2,
    }
    assert project.last_run().state == "completed"


@pytest.mark.sweep
def test_always_sections_that_ran_because_of_the_failure_run_again_on_resume(project):
    project.play("""
        - block:
            - name: Break
              ansible.builtin.raw: "{{ effect }} tried; test -e {{ playbook_dir }}/mended"
            - name: After
              ansible.builtin.raw: "{{ effect }} after"
          always:
            - name: Always
              ansible.builtin.raw: "{{ effect }} always"
    """)
    assert project.run("--limit", "h1").code == 2
    project.write("mended", "")
    project.resume("--limit", "h1")
    assert project.effects() == ["h1 tried", "h1 always", "h1 tried", "h1 after", "h1 always"]


def test_handlers_of_a_role_compensate_the_roles_steps(project):
    project.write(
        "roles/shop/tasks/main.yml",
        """
- name: Open
  ansible.builtin.raw: "{{ effect }} open"
  vars: {saga: {effect: side_effect, compensate: Close}}
""",
    )
    project.write(
        "roles/shop/handlers/main.yml",
        """
- name: Close
  ansible.builtin.raw: "{{ effect }} close"
""",
    )
    project.play(
        """
        - name: Break
          ansible.builtin.raw: exit 1
    """,
        head="  roles: [shop]",
    )
    assert project.run("--limit", "h1").code == 2
    assert project.effects() == ["h1 open", "h1 close"]


def test_an_unreachable_host_is_a_failure_and_its_step_counts_as_in_doubt(project):
    project.play(
        """
        - name: Make
          ansible.builtin.raw: "{{ effect }} made"
          vars: {saga: {effect: side_effect, compensate: Undo}}
        - name: Lose
          ansible.builtin.raw: "{{ effect }} lost"
          vars:
            ansible_connection: "{{ 'ssh' if inventory_hostname == 'h2' else 'local' }}"
            ansible_host: "{{ '127.0.0.1' if inventory_hostname == 'h2' else inventory_hostname }}"
            ansible_port: 1
            saga: {effect: side_effect, compensate: Undo lost}
        """,
        """
        - name: Undo
          ansible.builtin.raw: "{{ effect }} undid"
        - name: Undo lost
          ansible.builtin.raw: "{{ effect }} undid-lost"
        """,
    )
    assert project.run().code != 0
    assert project.last_run().state == "compensated"
    assert project.counted()["h2 undid-lost"] == 1
    assert project.counted()["h2 undid"] == 1


def test_a_resume_with_a_limit_that_fails_undoes_the_steps_of_all_hosts(project):
    project.play(
        """
        - name: Make
          ansible.builtin.raw: "{{ effect }} made"
          vars: {saga: {effect: side_effect, compensate: Undo}}
        - name: Break
          ansible.builtin.raw: exit 1
        """,
        """
        - name: Undo
          ansible.builtin.raw: "{{ effect }} undid"
        """,
    )
    assert project.run(SAGA_TEST_KILL="before_intent:Break:1").code == -9
    assert project.run("--limit", "h1").code == 2
    assert project.counted() == {f"{host} {word}": 1 for host in ("h1", "h2", "h3") for word in ("made", "undid")}
    assert project.last_run().state == "compensated"


@pytest.mark.sweep
def test_an_include_that_cannot_be_read_is_a_failure_that_goes_back(project):
    project.play(
        """
        - name: Make
          ansible.builtin.raw: "{{ effect }} made"
          vars: {saga: {effect: side_effect, compensate: Undo}}
        - ansible.builtin.include_vars: missing.yml
          when: inventory_hostname == "h2"
        - name: Further
          ansible.builtin.raw: "{{ effect }} further"
        """,
        """
        - name: Undo
          ansible.builtin.raw: "{{ effect }} undid"
        """,
    )
    assert project.run().code == 2
    assert project.counted() == {f"{host} {word}": 1 for host in ("h1", "h2", "h3") for word in ("made", "undid")}
    assert project.last_run().state == "compensated"


@pytest.mark.sweep
def test_a_failure_of_all_hosts_that_is_rescued_is_not_lived_through_twice(project):
    project.play("""
        - block:
            - name: Break
              ansible.builtin.raw: "{{ effect }} broke; exit 1"
              any_errors_fatal: true
          rescue:
            - name: Rescue
              ansible.builtin.raw: "{{ effect }} rescued"
        - name: Later
          ansible.builtin.raw: "{{ effect }} later"
        - name: Last
          ansible.builtin.raw: "{{ effect }} last"
    """)
    assert project.run(SAGA_TEST_KILL="before_intent:Last:1").code == -9
    project.resume()
    assert set(project.counted().values()) == {1}, project.effects()
    assert sum("last" in line for line in project.effects()) == 3


def test_a_compensation_whose_include_cannot_be_read_is_not_taken_for_done(project):
    project.write(
        "undo-h1.yml",
        """
- name: Undo it
  ansible.builtin.raw: "{{ effect }} undid"
""",
    )
    project.play(
        """
        - name: Make
          ansible.builtin.raw: "{{ effect }} made"
          vars: {saga: {effect: side_effect, compensate: Undo}}
        - name: Break
          ansible.builtin.raw: exit 1
        """,
        """
        - name: Undo
          ansible.builtin.include_tasks: "undo-{{ inventory_hostname }}.yml"
        """,
    )
    assert project.run().code == 2
    assert project.last_run().state == "parked"
    assert {(step.host, str(step.undo)) for step in project.steps() if step.name == "Make"} == {
        ("h1", "compensated"),
        ("h2", "compensation failed"),
        ("h3", "compensation failed"),
    }


# Where compensations come from

OPEN = """
- name: Open
  ansible.builtin.raw: "{{ effect }} open"
  vars: {saga: {effect: side_effect, compensate: "COMPENSATION"}}
"""
CLOSE = """
- name: Close
  listen: close everything
  ansible.builtin.raw: "{{ effect }} close"
"""


def goes_back_by(project, compensation, handlers="", head=""):
    """Open something, fail, and see it closed by a compensation that goes by this name."""
    tasks = OPEN.replace("COMPENSATION", compensation) + "- name: Break\n  ansible.builtin.raw: exit 1\n"
    project.play(tasks, handlers, head=head)
    done = project.run("--limit", "h1")
    assert project.effects() == ["h1 open", "h1 close"], done.output
    assert str(project.last_run().state) == "compensated"


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("Close", marks=pytest.mark.sweep),
        "shop : Close",
        pytest.param("close everything", marks=pytest.mark.sweep),
    ],
)
def test_a_handler_of_a_role_compensates_by_its_name_with_the_roles_name_or_by_its_topic(project, name):
    project.write("roles/shop/handlers/main.yml", CLOSE)
    goes_back_by(project, name, head="  roles: [shop]")


@pytest.mark.sweep
def test_all_handlers_of_a_topic_compensate_in_the_order_of_the_play(project):
    again = CLOSE.replace("Close", "Close again").replace("} close", "} close-again")
    tasks = OPEN.replace("COMPENSATION", "close everything") + "- name: Break\n  ansible.builtin.raw: exit 1\n"
    project.play(tasks, CLOSE + again)
    project.run("--limit", "h1")
    assert project.effects() == ["h1 open", "h1 close", "h1 close-again"]


@pytest.mark.sweep
def test_a_handler_that_includes_tasks_compensates(project):
    project.write("close.yml", CLOSE.replace("  listen: close everything\n", ""))
    goes_back_by(project, "Shut", "- name: Shut\n  ansible.builtin.include_tasks: close.yml\n")


@pytest.mark.sweep
def test_a_handler_of_an_included_role_compensates_the_roles_step(project):
    project.write("roles/shop/tasks/main.yml", OPEN.replace("COMPENSATION", "Close"))
    project.write("roles/shop/handlers/main.yml", CLOSE)
    project.play("""
        - ansible.builtin.include_role: {name: shop}
        - name: Break
          ansible.builtin.raw: exit 1
    """)
    assert project.run("--limit", "h1").code == 2
    assert project.effects() == ["h1 open", "h1 close"]
