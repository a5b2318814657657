# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What is refused, in which words, before anything has run."""

import sqlite3

import pytest

GOOD = """
    - name: First
      ansible.builtin.raw: "{{ effect }} first"
"""


def refused(project, *words, **environment):
    """Run and expect a refusal in these words, with nothing done."""
    before = project.effects()
    done = project.run(**environment)
    assert done.code not in {0, -9}
    for word in words:
        assert word in done.output
    assert "Traceback" not in done.output
    assert project.effects() == before
    return done


@pytest.mark.parametrize(
    ("contract", "words"),
    [
        ("{effekt: side_effect}", ["site.yml:11: unknown key 'effekt' in 'saga'", "did you mean 'effect'?"]),
        pytest.param(
            "{effect: sideeffect}",
            ["site.yml:11: 'effect' must be one of", "did you mean 'side_effect'?"],
            marks=pytest.mark.sweep,
        ),
        pytest.param(
            "{idempotent: perhaps}", ["site.yml:11: 'idempotent' must be true or false"], marks=pytest.mark.sweep
        ),
        pytest.param("{compensate: []}", ["site.yml:11: 'compensate' names no handler"], marks=pytest.mark.sweep),
        pytest.param("[effect]", ["site.yml:11: 'saga' must be a dictionary"], marks=pytest.mark.sweep),
        (
            "{compensate: Undo frist}",
            ["site.yml:9: 'Second' is compensated by the handler 'Undo frist'", "'Undo first'?"],
        ),
        ("{effect: none, compensate: Undo first}", ["site.yml:9: a step whose effect is 'none' has nothing to comp"]),
    ],
)
def test_a_contract_that_cannot_be_read_is_refused_with_file_and_line(project, contract, words):
    # The line is the one of the contract, or of the task where the contract as a whole does not hold.
    project.play(
        GOOD
        + f"""
    - name: Second
      ansible.builtin.raw: "{{{{ effect }}}} second"
      vars: {{saga: {contract}}}
""",
        """
    - name: Undo first
      ansible.builtin.raw: "{{ effect }} undid"
""",
    )
    refused(project, *words)


def test_an_unknown_tag_is_refused_with_the_nearest(project):
    project.play(GOOD + '      tags: ["saga:iddempotent"]\n')
    refused(project, "site.yml:6: unknown tag 'saga:iddempotent'", "did you mean 'saga:idempotent'?")


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("    - ansible.builtin.add_host: {name: x}\n      vars: {saga: {effect: none}}\n", "site.yml:8: 'ansible"),
        pytest.param(
            "    - {name: Add, ansible.builtin.add_host: {name: x}}\n",
            "saga.yml:1: 'Add' is no step",
            marks=pytest.mark.sweep,
        ),
        pytest.param(
            "    - {name: Add, ansible.builtin.include_tasks: part.yml}\n",
            "saga.yml:1: 'Add' is no step",
            marks=pytest.mark.sweep,
        ),
        (
            "    - block:\n        - ansible.builtin.raw: exit 0\n      vars: {saga: {efect: none}}\n",
            "site.yml:10: unk",
        ),
        ("    - block:\n        - ansible.builtin.raw: exit 0\n      tags: [saga:undoable]\n", "unknown tag 'saga:und"),
        pytest.param(
            "    - ansible.builtin.import_tasks: part.yml\n      vars: {saga: {effect: big}}\n",
            "'effect' must be one of",
            marks=pytest.mark.sweep,
        ),
        pytest.param(
            "    - ansible.builtin.include_tasks: part.yml\n      vars: {saga: []}\n",
            "'saga' must be a dictionary",
            marks=pytest.mark.sweep,
        ),
        pytest.param(
            "  vars: {saga: {idempotent: maybe}}\n", "'idempotent' must be true or false", marks=pytest.mark.sweep
        ),
    ],
)
def test_a_contract_around_a_task_or_of_no_step_is_refused_before_anything_runs(project, place, words):
    project.write("part.yml", "- ansible.builtin.raw: exit 0\n")
    if words.startswith("saga.yml"):
        project.write("saga.yml", "Add: {effect: none}\n")
    project.play(GOOD)
    site = project.folder / "site.yml"
    site.write_text(site.read_text() + place)
    refused(project, words)


def test_a_contract_in_a_later_play_is_refused_before_the_first_play(project):
    project.play(GOOD)
    site = project.folder / "site.yml"
    site.write_text(site.read_text() + site.read_text().replace('first"', 'later"\n      vars: {saga: {efect: none}}'))
    refused(project, "unknown key 'efect'")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SAGA_DRIFT", "perhaps", "Valid values are: refuse, accept, rerun"),
        ("SAGA_LOCK_TTL", "soon", "saga_lock_ttl must be a time like"),
        pytest.param("SAGA_LOCK_TTL", "1", "saga_lock_ttl must be at least 3 seconds", marks=pytest.mark.sweep),
        pytest.param("SAGA_JOURNAL", "mongodb://x", "the scheme 'mongodb' is unknown", marks=pytest.mark.sweep),
        ("SAGA_JOURNAL", "sqlite:///dev/null/journal.db", "the journal /dev/null/journal.db cannot be used"),
    ],
)
def test_an_option_that_cannot_be_meant_is_refused(project, name, value, words):
    project.play(GOOD)
    refused(project, words, **{name: value})


def test_a_file_that_is_no_journal_is_refused_and_left_as_it_is(project):
    project.play(GOOD)
    project.journal_file.parent.mkdir()
    project.journal_file.write_bytes(b"my diary, not yours" * 400)
    refused(project, "is damaged or is no journal")
    assert project.journal_file.read_bytes() == b"my diary, not yours" * 400


def test_a_journal_of_a_newer_schema_is_refused(project):
    project.play(GOOD)
    project.resume()
    with sqlite3.connect(project.journal_file) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    refused(project, "has schema 99", "Upgrade the collection")


def test_a_fresh_start_is_refused_while_a_run_is_unfinished(project):
    project.play(GOOD + "    - name: Break\n      ansible.builtin.raw: exit 1\n")
    project.run()
    refused(project, "saga_resume=new is refused", "saga abandon", SAGA_RESUME="new")
    run = project.last_run().id
    assert project.saga("abandon", run, "--why", "it was a try").code == 0
    assert project.run(SAGA_RESUME="new").code == 2
    assert project.last_run().id != run
    assert len(project.effects()) == 6


def test_a_run_id_that_has_completed_is_answered_and_changes_nothing(project):
    project.play(GOOD)
    project.resume(SAGA_RUN_ID="deploy-42")
    done = project.resume(SAGA_RUN_ID="deploy-42")
    assert "run deploy-42 is already completed" in done.output
    assert len(project.effects()) == 3


class TestDrift:
    """A playbook that changed under a run."""

    STOPPED = (
        GOOD
        + """
    - name: Second
      ansible.builtin.raw: "{{ effect }} second"
    - name: Break
      ansible.builtin.raw: test -e {{ playbook_dir }}/mended
"""
    )

    @pytest.fixture
    def stopped(self, project):
        project.play(self.STOPPED)
        assert project.run().code == 2
        return project

    @pytest.mark.parametrize(
        ("before", "after", "words"),
        [
            ("second", "second-changed", ["site.yml:9:", "/Second has changed since it was done"]),
            pytest.param(
                "- name: Second", "- name: Renamed", ["/Second was done and is not there now"], marks=pytest.mark.sweep
            ),
            (
                "    - name: Second",
                "    - name: New\n      ansible.builtin.raw: exit 0\n    - name: Second",
                ["site.yml:9:", "/New is new, before the place where the run stopped"],
            ),
        ],
    )
    def test_a_change_in_what_is_done_is_refused_with_its_place(self, stopped, before, after, words):
        site = stopped.folder / "site.yml"
        site.write_text(site.read_text().replace(before, after, 1))
        refused(stopped, *words, "saga_drift=accept")

    def test_a_comment_above_and_a_change_after_the_frontier_do_not_matter(self, stopped):
        site = stopped.folder / "site.yml"
        text = site.read_text().replace("- name: Move", "# A comment\n\n- name: Move")
        site.write_text(text.replace("test -e", "test ! -e"))
        stopped.resume()
        assert set(stopped.counted().values()) == {1}

    def test_accepted_drift_keeps_what_was_done(self, stopped):
        site = stopped.folder / "site.yml"
        site.write_text(site.read_text().replace('} second"', '} other"').replace("test -e", "test ! -e"))
        stopped.resume(SAGA_DRIFT="accept")
        assert not any("other" in line for line in stopped.effects())

    @pytest.mark.sweep
    def test_rerun_drift_does_changed_steps_again(self, stopped):
        site = stopped.folder / "site.yml"
        site.write_text(site.read_text().replace('} second"', '} other"').replace("test -e", "test ! -e"))
        stopped.resume(SAGA_DRIFT="rerun")
        assert stopped.counted()["h1 other"] == 1
        assert stopped.counted()["h1 first"] == 1

    def test_a_change_in_an_included_file_is_refused_when_it_is_met(self, project):
        project.write("part.yml", GOOD)
        project.play("""
    - name: Part
      ansible.builtin.include_tasks: part.yml
    - name: Break
      ansible.builtin.raw: exit 1
""")
        project.run()
        project.write("part.yml", GOOD.replace("first", "other"))
        refused(project, "part.yml:2:", "has changed since it was done")


def test_options_come_from_ini_and_variables_too(project):
    project.play(GOOD)
    config = project.folder / "ansible.cfg"
    config.write_text(config.read_text() + "[saga]\nworkflow = from-ini\n")
    project.resume()
    assert project.last_run().workflow == "from-ini"
    project.resume("-e", "saga_workflow=from-{{ 'variables' }}")
    assert project.last_run().workflow == "from-variables"
