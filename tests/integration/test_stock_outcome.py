# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""[I13] With a contract nowhere and nothing failing, a playbook's outcome is that of the stock strategy."""

import re

import pytest

from playground import Project

pytestmark = pytest.mark.core

SITE = """
- name: Everything
  hosts: db
  gather_facts: false
  strategy: STRATEGY
  vars: {base: 3}
  tasks:
    - name: Register
      ansible.builtin.raw: "{{ effect }} one; echo {{ inventory_hostname }}-{{ base }}"
      register: one
    - name: Fact
      ansible.builtin.set_fact: {fact: "{{ one.stdout | trim }}", cacheable: true}
    - name: Group
      ansible.builtin.group_by: {key: "in_{{ inventory_hostname }}"}
    - name: Skip
      ansible.builtin.raw: "{{ effect }} skipped"
      when: inventory_hostname == "h1"
    - name: Once
      ansible.builtin.raw: "{{ effect }} once; echo shared"
      run_once: true
      register: once
    - name: Elsewhere
      ansible.builtin.raw: ">>{{ playbook_dir }}/effects echo elsewhere-{{ inventory_hostname }}"
      delegate_to: h1
      register: elsewhere
    - name: Loop
      ansible.builtin.raw: "{{ effect }} {{ item.name }}"
      loop: [{name: x}, {name: y}]
      loop_control: {label: "{{ item.name }}", index_var: at}
      register: loop
      notify: Later
      changed_when: item.name == "y"
    - name: Nested
      ansible.builtin.include_tasks: nested.yml
      loop: [1, 2]
      loop_control: {loop_var: outer}
    - name: Variables
      ansible.builtin.include_vars: more.yml
    - name: Tries
      ansible.builtin.raw: "{{ effect }} try; test -e {{ mark }} || { touch {{ mark }}; exit 1; }"
      vars: {mark: "{{ playbook_dir }}/tried-{{ inventory_hostname }}"}
      retries: 3
      delay: 0
      register: tries
      until: tries.rc == 0
    - name: Ignored
      ansible.builtin.raw: exit 5
      ignore_errors: true
      register: ignored
    - name: Statistics
      ansible.builtin.set_stats: {data: {told: "{{ fact }}"}, per_host: true}
    - name: Flush
      ansible.builtin.meta: flush_handlers
    - name: Block
      block:
        - name: Breaks
          ansible.builtin.raw: exit 7
        - name: Not reached
          ansible.builtin.raw: "{{ effect }} unreached"
      rescue:
        - name: Rescue
          ansible.builtin.raw: "{{ effect }} rescued-{{ ansible_failed_result.rc }}"
      always:
        - name: Always
          ansible.builtin.raw: "{{ effect }} always"
  handlers:
    - name: Later
      ansible.builtin.raw: "{{ effect }} handled"
      register: handled
- name: Look
  hosts: db
  gather_facts: false
  strategy: STRATEGY
  tasks:
    - name: End one
      ansible.builtin.meta: end_host
      when: inventory_hostname == "h3"
    - name: Look at everything
      ansible.builtin.copy:
        content: "{{ {'one': one, 'fact': fact, 'once': once, 'elsewhere': elsewhere, 'loop': loop, 'more': more,
          'tries': tries, 'ignored': ignored, 'handled': handled, 'groups': group_names | sort,
          'play_hosts': ansible_play_hosts} | to_nice_json }}"
        dest: "{{ playbook_dir }}/seen-{{ inventory_hostname }}.json"
        mode: "0600"
"""

NESTED = """
- name: Inside
  ansible.builtin.raw: "{{ effect }} inside-{{ outer }}"
"""


def prepare(folder, strategy):
    folder.mkdir()
    project = Project(folder)
    project.write("site.yml", SITE.replace("STRATEGY", strategy))
    project.write("nested.yml", NESTED)
    project.write("more.yml", {"more": ["a", {"b": 1}]})
    return project


def outcome(project, done):
    """Return the recap, the effects and all registered variables, without the folder's name."""
    recap = [re.sub(r"\s+", " ", line) for line in done.output.splitlines() if "unreachable=" in line]
    seen = {path.name: path.read_text().replace(str(project.folder), "") for path in project.folder.glob("seen-*.json")}
    return done.code, recap, project.counted(), seen


def test_a_playbook_has_the_same_outcome_as_under_the_stock_strategy(tmp_path):
    stock = prepare(tmp_path / "stock", "ansible.builtin.linear")
    durable = prepare(tmp_path / "durable", "saga.ops.linear")
    expected = outcome(stock, stock.run(ANSIBLE_CALLBACKS_ENABLED="crash"))
    assert expected[0] == 0
    assert len(expected[3]) == 2
    assert outcome(durable, durable.run()) == expected


@pytest.mark.sweep
def test_a_restored_playbook_has_the_same_variables_as_one_that_was_not_interrupted(tmp_path):
    stock = prepare(tmp_path / "stock", "ansible.builtin.linear")
    durable = prepare(tmp_path / "durable", "saga.ops.linear")
    expected = outcome(stock, stock.run(ANSIBLE_CALLBACKS_ENABLED="crash"))
    assert durable.run(SAGA_TEST_KILL="play_ended:Everything:1").code == -9
    done = durable.run()
    assert "TASK [Register]" in done.output
    code, _recap, effects, seen = outcome(durable, done)
    assert (code, effects, seen) == (expected[0], expected[2], expected[3])


@pytest.mark.sweep
def test_an_unmodified_playbook_is_made_durable_by_the_environment(tmp_path):
    project = prepare(tmp_path / "plain", "linear")
    site = project.folder / "site.yml"
    site.write_text(site.read_text().replace("  strategy: linear\n", ""))
    assert project.run(ANSIBLE_STRATEGY="saga.ops.linear", SAGA_TEST_KILL="after_outcome:Loop:1").code == -9
    project.resume(ANSIBLE_STRATEGY="saga.ops.linear")
    # Each host may try twice, for that is what the task says; nothing else is done twice.
    twice = {line for line, times in project.counted().items() if times > 1}
    assert twice <= {f"{host} try" for host in ("h1", "h2", "h3")}


def test_restored_steps_are_shown_as_restored_and_not_counted_as_changes(project):
    project.play("""
        - name: Done before
          ansible.builtin.raw: "{{ effect }} done"
        - name: Done now
          ansible.builtin.raw: "{{ effect }} now"
    """)
    assert project.run(SAGA_TEST_KILL="before_intent:Done now:1").code == -9
    done = project.resume()
    assert done.output.count("restored: [") == 3
    assert [line.split()[3] for line in done.output.splitlines() if "unreachable=" in line] == ["changed=1"] * 3


def test_check_mode_records_nothing(project):
    project.play("""
        - name: Never in check mode
          ansible.builtin.raw: "{{ effect }} done"
    """)
    project.resume("--check")
    assert not project.journal_file.exists()
    assert project.effects() == []


def test_hosts_that_a_play_adds_are_locked_and_the_run_completes(project):
    project.play("""
        - name: Add
          ansible.builtin.add_host: {name: new, groups: added}
    """)
    site = project.folder / "site.yml"
    later = """
- name: Later
  hosts: added
  gather_facts: false
  strategy: saga.ops.linear
  tasks:
    - name: Work
      ansible.builtin.raw: "{{ effect }} worked"
"""
    site.write_text(site.read_text() + later)
    assert project.run(SAGA_TEST_KILL="after_intent:Work:1").code == -9
    assert project.held_targets() == {"h1", "h2", "h3", "new"}
    project.resume()
    assert project.effects() == ["new worked"]
    assert project.last_run().state == "completed"
    assert not project.held_targets()


def test_a_resumed_loop_of_includes_knows_its_items_by_content(project):
    project.write(
        "part.yml",
        """
- name: Convert
  ansible.builtin.raw: "{{ effect }} convert-{{ item }}"
""",
    )
    project.play("""
        - name: Parts
          ansible.builtin.include_tasks: part.yml
          loop: "{{ parts.split(',') }}"
    """)
    arguments = ("--limit", "h1", "-e")
    assert project.run(*arguments, "parts=a,b", SAGA_TEST_KILL="before_intent:Convert:2").code == -9
    project.resume(*arguments, "parts=z,a,b")
    assert project.counted() == {"h1 convert-a": 1, "h1 convert-b": 1, "h1 convert-z": 1}


@pytest.mark.sweep
def test_a_step_that_runs_once_per_batch_is_not_answered_with_another_batchs_result(project):
    project.play(
        """
        - name: Once
          ansible.builtin.raw: "{{ effect }} once; echo {{ inventory_hostname }}"
          run_once: true
          register: once
        - name: Use
          ansible.builtin.raw: "{{ effect }} use-{{ once.stdout | trim }}"
        """,
        head="  serial: 1",
    )
    assert project.run(SAGA_TEST_KILL="before_intent:Use:2").code == -9
    project.resume("--limit", "h3")
    assert project.counted()["h3 use-h3"] == 1
    project.resume()
    assert set(project.counted().values()) == {1}


@pytest.mark.sweep
def test_a_playbook_imported_twice_is_known_by_its_variables(project):
    project.play("""
        - name: Do
          ansible.builtin.raw: "{{ effect }} do"
        - name: More
          ansible.builtin.raw: "{{ effect }} more"
    """)
    dep = (project.folder / "site.yml").rename(project.folder / "dep.yml")
    dep.write_text(dep.read_text().replace("hosts: db", 'hosts: "{{ target }}"'))
    project.write("site.yml", [{"import_playbook": "dep.yml", "vars": {"target": host}} for host in ("h1", "h2")])
    assert project.run(SAGA_TEST_KILL="before_intent:More:2").code == -9
    project.resume("--limit", "h2")
    assert set(project.counted().values()) == {1}


@pytest.mark.sweep
def test_a_durable_playbook_after_a_stock_one_completes(project):
    project.play("""
        - name: Do
          ansible.builtin.raw: "{{ effect }} do"
    """)
    site = project.folder / "site.yml"
    project.write("stock.yml", site.read_text().replace("saga.ops.linear", "linear").replace("} do", "} stock"))
    project.resume("site.yml", "--limit", "h1", playbook="stock.yml")
    assert project.last_run().state == "completed"


def test_a_task_added_after_the_frontier_is_no_drift_although_a_handler_has_run(project):
    project.play(
        """
        - name: One
          ansible.builtin.raw: "{{ effect }} one"
          notify: Hand
        - name: Flush
          ansible.builtin.meta: flush_handlers
        - name: Two
          ansible.builtin.raw: "{{ effect }} two"
        """,
        """
        - name: Hand
          ansible.builtin.raw: "{{ effect }} hand"
        """,
    )
    assert project.run(SAGA_TEST_KILL="before_intent:Two:1").code == -9
    site = project.folder / "site.yml"
    added = '    - name: Three\n      ansible.builtin.raw: "{{ effect }} three"\n'
    site.write_text(site.read_text().replace("  handlers:\n", added + "  handlers:\n"))
    project.resume()
    assert set(project.counted().values()) == {1}
    assert project.counted()["h1 three"] == 1


@pytest.mark.parametrize(
    ("refresh", "seen"), [("false", "before"), pytest.param("true", "after", marks=pytest.mark.sweep)]
)
def test_a_resumed_run_has_the_facts_it_had_unless_asked_to_gather_them_anew(project, refresh, seen):
    fact = project.folder / "facts" / "weather.fact"
    fact.parent.mkdir()
    fact.write_text('"before"')
    project.play(
        """
        - name: Gather
          ansible.builtin.setup: {gather_subset: ["!all", "!min", local], fact_path: "{{ playbook_dir }}/facts"}
        - name: Use
          ansible.builtin.raw: "{{ effect }} {{ ansible_facts.ansible_local.weather }}"
        """,
    )
    assert project.run("--limit", "h1", SAGA_TEST_KILL="before_intent:Use:1").code == -9
    fact.write_text('"after"')
    project.resume("--limit", "h1", SAGA_REFRESH_FACTS=refresh)
    assert project.effects() == [f"h1 {seen}"]


def test_who_came_last_has_the_last_word_after_a_resume_too(project):
    """Facts that several hosts set for one are those of the host that ended last, whatever the order of hosts is."""
    project.play("""
        - name: Say
          ansible.builtin.set_fact:
            given: "by-{{ inventory_hostname }}{{ lookup('pipe', 'sleep 3') if inventory_hostname == 'h1' else '' }}"
          delegate_to: h2
          delegate_facts: true
        - name: Use
          ansible.builtin.raw: "{{ effect }} {{ given | default('nothing') }}"
    """)
    assert project.run(SAGA_TEST_KILL="before_intent:Use:1").code == -9
    project.resume()
    assert project.counted() == {"h1 nothing": 1, "h2 by-h1": 1, "h3 nothing": 1}
