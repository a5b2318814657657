# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""With a vault id, what may not be in the clear is stored encrypted, and a resume has it and does nothing again."""

import json
import sqlite3
import subprocess

import pytest

import servers
from playground import Project

WORD = "s3cr3t-w0rd"
HIDDEN = """
- name: Make a password
  ansible.builtin.raw: "{{ effect }} made; cat {{ playbook_dir }}/hidden"
  no_log: true
  register: made
  vars: {saga: {effect: side_effect, idempotent: false}}
- name: Make some
  ansible.builtin.raw: "{{ effect }} item{{ item }}; cat {{ playbook_dir }}/hidden"
  loop: [1, 2]
  no_log: true
  register: some
  vars: {saga: {effect: side_effect, idempotent: true}}
- name: Use it
  ansible.builtin.raw: "{{ effect }} {{ made.stdout | trim | length }}.{{ some.results[1].stdout | trim | length }}"
"""
SIZES = f"{len(WORD)}.{len(WORD)}"


@pytest.fixture
def sealed(project):
    """A project with a word in a file, and the password of the vault id prod."""
    project.write("hidden", WORD)
    project.write("password", "open sesame")
    project.play(HIDDEN)
    return project


GIVEN = ("--limit", "h1", "--vault-id", "prod@password")
ON = {"SAGA_VAULT_ID": "prod"}


def stored(project):
    """Return the bytes of the journal and of all that is beside it."""
    return b"".join(path.read_bytes() for path in project.journal_file.parent.rglob("*") if path.is_file())


def payloads(project, name):
    """Return what is stored of a step's results, as it is stored."""
    step = next(step for step in project.steps() if step.name == name)
    return project.asked(lambda journal: journal.results(step.run, step.host, step.key))


@pytest.mark.core
def test_a_resume_has_what_no_log_hid_and_does_nothing_again(sealed):
    sealed.run(*GIVEN, SAGA_TEST_KILL="before_intent:Use it:1", **ON)
    assert WORD.encode() not in stored(sealed)
    assert all(
        found.startswith("$saga-sealed;1;AES-256-GCM;") for found in payloads(sealed, "Make a password").values()
    )
    done = sealed.resume(*GIVEN, "-vv")
    assert sealed.effects() == ["h1 made", "h1 item1", "h1 item2", f"h1 {SIZES}"]
    assert WORD not in done.output
    assert done.output.count("the output has been hidden") >= 2
    assert WORD.encode() not in stored(sealed)
    assert sealed.audit_findings() == []


def test_a_worker_that_outlives_its_controller_leaves_its_page_sealed(sealed):
    """The page is where a result is while nobody has taken it in."""
    sealed.run(*GIVEN, SAGA_TEST_KILL="before_outcome:Make a password:1", **ON)
    [page] = sealed.journal_file.parent.rglob("*.jsonl")
    facts = {fact["fact"]: fact for fact in map(json.loads, page.read_text().splitlines())}
    assert facts["result"]["payload"].startswith("$saga-sealed;1;")
    assert WORD.encode() not in stored(sealed)
    sealed.resume(*GIVEN)
    assert sealed.effects() == ["h1 made", "h1 item1", "h1 item2", f"h1 {SIZES}"]


def test_an_item_that_no_log_hides_is_not_done_again(sealed):
    sealed.run(*GIVEN, SAGA_TEST_KILL="work_begun:h1:3", SAGA_TEST_KILL_TREE="1", **ON)
    assert sealed.effects() == ["h1 made", "h1 item1"]
    sealed.resume(*GIVEN)
    assert sealed.effects() == ["h1 made", "h1 item1", "h1 item2", f"h1 {SIZES}"]


@pytest.mark.parametrize(
    ("given", "why"),
    [((), "no password that was given opens them"), (("--vault-id", "prod@wrong"), "--vault-id prod@FILE")],
)
def test_without_the_password_nothing_is_resumed(sealed, given, why):
    sealed.write("wrong", "close sesame")
    sealed.run(*GIVEN, SAGA_TEST_KILL="before_intent:Use it:1", **ON)
    before = sealed.last_run()
    done = sealed.run("--limit", "h1", *given, **ON)
    assert done.code != 0
    assert "encrypted with the vault id 'prod'" in done.output
    assert why in done.output
    assert "PLAY [" not in done.output or "TASK [" not in done.output
    assert sealed.last_run() == before


def test_a_vault_id_without_a_password_is_refused_before_anything_runs(sealed):
    done = sealed.run("--limit", "h1", "--vault-id", "dev@password", **ON)
    assert "there is no password of that vault id (those that are given are for 'dev')" in " ".join(done.output.split())
    assert sealed.effects() == []


def test_a_run_that_was_begun_without_a_vault_id_gets_a_key_when_one_is_named(sealed):
    sealed.run(*GIVEN, SAGA_TEST_KILL="before_intent:Make some:1")
    assert payloads(sealed, "Make a password") == {}
    site = sealed.folder / "site.yml"
    site.write_text(site.read_text().replace("idempotent: false", "idempotent: true"))
    sealed.resume(*GIVEN, SAGA_DRIFT="accept", **ON)
    assert payloads(sealed, "Make a password")[""].startswith("$saga-sealed;1;")


ENCRYPTED = """
- name: In the clear
  ansible.builtin.raw: echo plain-w0rd
- name: Encrypted
  ansible.builtin.raw: cat {{ playbook_dir }}/hidden
  register: found
  vars: {saga_encrypt: true}
- name: In a block
  vars: {saga_encrypt: "{{ inventory_hostname == 'h1' }}"}
  block:
    - name: Inside
      ansible.builtin.raw: cat {{ playbook_dir }}/hidden
      ignore_errors: true
- name: Use it
  ansible.builtin.raw: "{{ effect }} {{ found.stdout | trim | length }}"
"""


def test_what_saga_encrypt_covers_is_sealed_and_the_rest_is_not(sealed):
    sealed.play(ENCRYPTED)
    sealed.run(*GIVEN, SAGA_TEST_KILL="before_intent:Use it:1", **ON)
    assert WORD.encode() not in stored(sealed)
    assert b"plain-w0rd" in stored(sealed)
    sealed.resume(*GIVEN)
    assert sealed.effects() == [f"h1 {len(WORD)}"]


def test_saga_encrypt_without_a_vault_id_is_refused_before_anything_runs(sealed):
    sealed.play(ENCRYPTED)
    done = sealed.run("--limit", "h1")
    assert "'Encrypted' has saga_encrypt, and no saga_vault_id says with which vault id" in " ".join(
        done.output.split()
    )
    assert sealed.asked(lambda journal: journal.runs()) == []
    sealed.play(HIDDEN)
    done = sealed.run("--limit", "h1", SAGA_ENCRYPT="true")
    assert "saga_encrypt is set, and no saga_vault_id says with which vault id" in " ".join(done.output.split())
    assert sealed.asked(lambda journal: journal.runs()) == []


def test_saga_encrypt_of_a_host_is_refused_where_its_first_step_would_begin(sealed):
    sealed.play(HIDDEN)
    sealed.write("host_vars/h1.yml", {"saga_encrypt": True})
    done = sealed.run("--limit", "h1")
    assert "'Make a password' has saga_encrypt" in " ".join(done.output.split())
    assert sealed.effects() == []


FOLLOWED = """
- name: Take it over
  ansible.builtin.set_fact: {taken: "{{ token }}"}
- name: Stop here
  ansible.builtin.raw: "{{ effect }} here"
- name: Tell it
  ansible.builtin.debug: {var: taken}
- name: Work
  ansible.builtin.raw: "{{ effect }} work"
  vars: {saga: {effect: side_effect, compensate: Undo it, capture: {token: token}}}
- name: Fail
  ansible.builtin.fail: {msg: enough}
"""
UNDO = """
- name: Undo it
  ansible.builtin.debug: {var: saga_step.captured.token}
"""


@pytest.mark.core
def test_a_vaulted_value_is_known_for_one_after_a_resume_and_in_what_is_captured(sealed):
    """What is restored of it is sealed again wherever it goes, as if it had never been away."""
    command = [sealed.bin / "ansible-vault", "encrypt_string", "--vault-id", "prod@password", "--name", "token", WORD]
    told = subprocess.run(command, cwd=sealed.folder, env=sealed.environment(), capture_output=True, text=True)
    sealed.write("group_vars/db.yml", told.stdout)
    sealed.play(FOLLOWED, UNDO)
    sealed.run(*GIVEN, SAGA_TEST_KILL="before_intent:Stop here:1", **ON)
    done = sealed.run(*GIVEN)
    assert sealed.last_run().state == "compensated", done.output
    assert done.output.count(WORD) == 2, done.output  # the two that show it on the screen, as they are told to
    assert WORD.encode() not in stored(sealed)
    assert sealed.audit_findings() == []


@pytest.mark.core
def test_the_lookup_and_a_compensation_get_what_is_sealed(sealed):
    sealed.play(
        """
        - name: Make it
          ansible.builtin.raw: "{{ effect }} made; cat {{ playbook_dir }}/hidden"
          no_log: true
          vars: {saga: {effect: side_effect, compensate: Undo it, capture: {word: saga_result.stdout | trim}}}
        - name: Look it up
          ansible.builtin.raw: "{{ effect }} {{ lookup('saga.ops.result', 'Make it').stdout | trim | length }}"
        - name: Fail
          ansible.builtin.fail: {msg: enough}
        """,
        """
        - name: Undo it
          ansible.builtin.raw: "{{ effect }} {{ result | trim | length }}{{ saga_step.captured.word | length }}"
          vars: {result: "{{ saga_step.result.stdout }}"}
        """,
    )
    sealed.run(*GIVEN, **ON)
    assert sealed.effects() == ["h1 made", f"h1 {len(WORD)}", f"h1 {len(WORD)}{len(WORD)}"]
    assert WORD.encode() not in stored(sealed)


def test_a_sealed_result_that_was_moved_to_another_step_is_refused(sealed):
    sealed.run(*GIVEN, SAGA_TEST_KILL="before_intent:Use it:1", **ON)
    moved = payloads(sealed, "Make some")[""]
    key = next(step.key for step in sealed.steps() if step.name == "Make a password")
    with sqlite3.connect(sealed.journal_file) as connection:
        connection.execute('UPDATE result SET "payload" = ? WHERE "key" = ?', (moved, key))
    done = sealed.run(*GIVEN)
    assert f"run {sealed.last_run().id} cannot go on from its journal" in " ".join(done.output.split())
    assert sealed.counted()["h1 made"] == 1


@pytest.mark.sweep
def test_what_is_sealed_moves_to_another_journal_with_its_key_and_is_resumed_after_a_rotation(sealed, tmp_path):
    sealed.run(*GIVEN, SAGA_TEST_KILL="before_intent:Use it:1", **ON)
    run, export = sealed.last_run().id, tmp_path / "export.jsonl"
    assert sealed.saga("export", run, "--move", "-o", str(export)).code == 0
    assert WORD.encode() not in export.read_bytes()
    elsewhere = Project(tmp_path / "elsewhere" / sealed.folder.name, effects=sealed.effects_file)
    for name in ("site.yml", "inventory.yml", "hidden"):
        elsewhere.write(name, (sealed.folder / name).read_text())
    elsewhere.write("old", "open sesame")
    elsewhere.write("new", "mellon")
    assert elsewhere.saga("import", str(export)).code == 0
    turned = elsewhere.saga("rekey", run, "--vault-id", "prod@old", "--new-vault-id", "ops@new")
    assert turned.code == 0, turned.output
    given = ("--limit", "h1", "-e", f"saga_run_id={run}")
    assert "with the vault id 'ops'" in elsewhere.run(*given, "--vault-id", "prod@old").output
    elsewhere.resume(*given, "--vault-id", "ops@new")
    assert elsewhere.effects() == ["h1 made", "h1 item1", "h1 item2", f"h1 {SIZES}"]
    assert WORD.encode() not in stored(elsewhere)
    assert elsewhere.audit_findings() == []


def test_in_redis_nothing_is_in_the_clear_either_not_even_in_the_file_of_its_commands(sealed):
    if servers.REDIS is None:
        pytest.skip("this machine has no redis-server")
    with servers.Server(servers.REDIS, **servers.SAFE) as server:
        given = {"SAGA_JOURNAL": server.url}
        sealed.run(*GIVEN, SAGA_TEST_KILL="before_outcome:Make some:1", **ON, **given)
        sealed.journal = server.url
        sealed.resume(*GIVEN, SAGA_LOCK_WAIT="90s", SAGA_LOCK_TTL="3")
        written = [path for folder in (server.folder, sealed.folder / ".local") for path in folder.rglob("*")]
        kept = b"".join(path.read_bytes() for path in written if path.is_file())
    assert sealed.effects() == ["h1 made", "h1 item1", "h1 item2", f"h1 {SIZES}"]
    assert WORD.encode() not in kept
    assert b"$saga-sealed;1;" in kept
