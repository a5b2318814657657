# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What changed around a playbook between two attempts: shown, refused, accepted or done again."""

import stat

import pytest

STEPS = """
    - name: Prepare
      ansible.builtin.raw: "{{ effect }} prepare"
    - name: Install
      ansible.builtin.raw: "{{ effect }} install-{{ version }}"
    - name: Break
      ansible.builtin.raw: test -e {{ playbook_dir }}/mended
    - name: Announce
      ansible.builtin.raw: "{{ effect }} announce-{{ channel | default('none') }}"
"""
ONE_HOST = ("--limit", "h1", "-e")


def everything(project):
    def told(journal):
        runs = journal.runs()
        return (
            runs,
            journal.steps(runs[0].id),
            list(journal.events(runs[0].id)),
            journal.slices(runs[0].id)[-1].surroundings,
        )

    return project.effects(), project.asked(told)


def refused(project, *arguments, words, **environment):
    """Start and expect a refusal in these words; nothing has run, nothing has changed."""
    before = everything(project)
    done = project.run(*arguments, **environment)
    assert done.code not in {0, -9}
    assert [word for word in words if word not in done.output] == [], done.output
    assert "Traceback" not in done.output
    assert everything(project) == before
    return done


@pytest.fixture
def stopped(project):
    """A run that has prepared and installed version 1, and waits to be mended."""
    project.play(STEPS)
    assert project.run(*ONE_HOST, "version=one").code == 2
    return project


def mend(project):
    project.write("mended", "")


def types(project):
    return [event.type for event in project.events()]


@pytest.mark.core
def test_another_value_that_a_done_step_names_is_refused_with_its_place(stopped):
    mend(stopped)
    done = refused(
        stopped,
        *ONE_HOST,
        "version=two",
        words=[
            "the extra vars changed in what run",
            "site.yml:8: 1 Move/Install was done with another value of the extra var version",
            "saga_drift=accept",
        ],
    )
    assert "Prepare" not in done.output
    stopped.resume(*ONE_HOST, "version=one")
    assert stopped.effects() == ["h1 prepare", "h1 install-one", "h1 announce-none"]


@pytest.mark.sweep
def test_an_extra_var_that_is_not_given_any_more_is_refused_too(stopped):
    refused(stopped, "--limit", "h1", words=["1 Move/Install was done with another value of the extra var version"])


def test_another_value_that_no_done_step_names_is_shown_and_used(stopped):
    mend(stopped)
    done = stopped.resume(*ONE_HOST, "version=one channel=ops")
    assert "changed since the last attempt of run" in done.output
    assert "the extra var channel was not given before" in done.output
    assert stopped.effects()[-1] == "h1 announce-ops"
    [resumed] = [event for event in stopped.events() if event.type == "run.resumed"]
    assert resumed.data["changes"] == ["the extra var channel was not given before"]


@pytest.mark.sweep
def test_a_value_is_named_by_way_of_another_variable(project):
    project.write("group_vars/db.yml", {"package": "app-{{ version }}"})
    project.play(STEPS.replace("install-{{ version }}", "install-{{ package }}"))
    assert project.run(*ONE_HOST, "version=one").code == 2
    refused(project, *ONE_HOST, "version=two", words=["1 Move/Install was done with another value of the extra var v"])


def test_an_accepted_value_keeps_what_was_done_and_is_accepted_for_good(stopped):
    assert stopped.run(*ONE_HOST, "version=two", SAGA_DRIFT="accept").code == 2
    assert "run.drift_accepted" in types(stopped)
    mend(stopped)
    done = stopped.resume(*ONE_HOST, "version=two")
    assert "changed since" not in done.output
    assert stopped.effects() == ["h1 prepare", "h1 install-one", "h1 announce-none"]
    assert stopped.audit_findings() == []


def test_a_value_to_be_done_again_does_the_steps_that_name_it(stopped):
    mend(stopped)
    stopped.resume(*ONE_HOST, "version=two", SAGA_DRIFT="rerun")
    assert stopped.effects() == ["h1 prepare", "h1 install-one", "h1 install-two", "h1 announce-none"]


@pytest.mark.sweep
def test_an_accepted_edit_is_accepted_for_good(stopped):
    stopped.play(STEPS.replace("} prepare", "} prepare; true"))
    assert stopped.run(*ONE_HOST, "version=one", SAGA_DRIFT="accept").code == 2
    mend(stopped)
    stopped.resume(*ONE_HOST, "version=one")
    assert stopped.counted()["h1 prepare"] == 1


def test_a_value_that_an_included_step_names_is_refused_whenever_it_is_met(project):
    project.write("part.yml", '- name: Part\n  ansible.builtin.raw: "{{ effect }} part-{{ version }}"\n')
    project.play("""
    - name: Include
      ansible.builtin.include_tasks: part.yml
    - name: Break
      ansible.builtin.raw: exit 1
""")
    assert project.run(*ONE_HOST, "version=one").code == 2
    for _time in range(2):  # the first refusal must not take the new value for the one that counts
        done = project.run(*ONE_HOST, "version=two")
        assert "part.yml:1: 1 Move/Include/Part was done with another value of the extra var version" in done.output
    assert project.effects() == ["h1 part-one"]


def test_no_value_of_an_extra_var_gets_into_the_journal(project):
    project.play(STEPS.replace("install-{{ version }}", "install-{{ version | length }}"))
    project.run(*ONE_HOST, "version=hunter2-is-secret")
    found = b"".join(path.read_bytes() for path in project.journal_file.parent.rglob("*") if path.is_file())
    assert b"hunter2" not in found
    key = project.journal_file.with_name("journal.db.key")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    # Without that key the marks tell nothing, and without the marks nothing is refused.
    key.unlink()
    mend(project)
    done = project.resume(*ONE_HOST, "version=another")
    assert "whether extra vars changed cannot be told" in done.output


@pytest.mark.sweep
def test_what_was_done_with_one_value_is_not_undone_with_another(project):
    project.play(
        """
    - name: Create
      ansible.builtin.raw: "{{ effect }} create-{{ database }}"
      vars: {saga: {compensate: Drop}}
    - name: Break
      ansible.builtin.raw: exit 1
""",
        """
    - name: Drop
      ansible.builtin.raw: test -e {{ playbook_dir }}/mended && {{ effect }} drop-{{ database }}
""",
    )
    assert project.run(*ONE_HOST, "database=orders").code == 2
    mend(project)
    refused(
        project,
        *ONE_HOST,
        "database=people",
        words=["1 Move/Create is to be undone, and was done with another value of the extra var database"],
    )
    project.run(*ONE_HOST, "database=orders")
    assert project.last_run().state == "compensated"
    assert project.effects() == ["h1 create-orders", "h1 drop-orders"]


@pytest.mark.sweep
def test_another_version_of_a_collection_in_use_is_shown(project):
    shop = "collections/ansible_collections/acme/shop"
    project.write(f"{shop}/galaxy.yml", {"namespace": "acme", "name": "shop", "version": "1.0.0"})
    project.write(f"{shop}/roles/app/tasks/main.yml", '- name: Role\n  ansible.builtin.raw: "{{ effect }} role"\n')
    project.play(STEPS, head="  roles: [acme.shop.app]")
    assert project.run(*ONE_HOST, "version=one", ANSIBLE_COLLECTIONS_PATH=project.folder / "collections").code == 2
    project.write(f"{shop}/galaxy.yml", {"namespace": "acme", "name": "shop", "version": "1.1.0"})
    mend(project)
    done = project.resume(*ONE_HOST, "version=one", ANSIBLE_COLLECTIONS_PATH=project.folder / "collections")
    assert "acme.shop was 1.0.0 and is 1.1.0" in done.output
    assert set(project.counted().values()) == {1}
