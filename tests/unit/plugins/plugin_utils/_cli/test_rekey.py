# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""saga rekey, and what other commands say of results that are encrypted; keys are sealed by the real ansible-vault."""

import json
from dataclasses import replace

import pytest
from ansible.errors import AnsibleError
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.saga.ops.plugins.plugin_utils._engine import codec
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import Entry, StepState
from ansible_collections.saga.ops.plugins.plugin_utils._engine.sealing import DataKey, Place, vault_id_of

WORD = "s3cr3t-w0rd"
FAILED = codec.encode({"family": "2.19", "result": {"data": {"failed": True, "msg": WORD}}, "fields": {}})


def secrets(folder, *given):
    """Return the passwords that are given as ansible-vault would take them."""
    pairs = [each.rpartition("@") for each in given if not each.startswith("--")]
    return [(name or "default", VaultSecret((folder / file).read_bytes().strip())) for name, _at, file in pairs]


@pytest.fixture
def folder(past, monkeypatch):
    """A folder with passwords in files, in which commands are typed."""
    for name in ("old", "new", "other"):
        (past.folder / name).write_text(f"password {name}")
    monkeypatch.chdir(past.folder)
    return past.folder


def sealed(past, folder, run="R1"):
    """Begin a run with a sealed result of a step that has failed, and end it; return its key."""
    key = DataKey.fresh()
    [(name, secret)] = secrets(folder, "prod@old")
    seal = VaultLib().encrypt(key.told(), secret=secret, vault_id=name).decode()
    work = past.begin(run_id=run, targets=(run,))
    step = work.start("Make it")
    payload = key.seal(FAILED, Place(run, step.host, step.key))
    work.finish(step, StepState.FAILED, payload=payload, is_handled=False)
    work.end()
    known = next(found for found in past.journal.runs() if found.id == run)
    after = replace(known, seal=seal, version=known.version + 1)
    past.journal.commit([Entry(type="test.sealed", run=run, puts=(after,))])
    return key


def seal_of(past, run="R1"):
    return next(found.seal for found in past.journal.runs() if found.id == run)


def opens(past, folder, *given, run="R1"):
    """Return what the key says that these passwords open; None if they do not."""
    try:
        return VaultLib(secrets(folder, *given)).decrypt(seal_of(past, run)).decode()
    except AnsibleError:
        return None


def test_a_key_is_sealed_with_another_password_of_the_same_vault_id(past, folder):
    key = sealed(past, folder)
    said = past.saga("rekey", "R1", "--vault-id", "prod@old", "--new-vault-id", "prod@new")
    assert (said.code, said.out.split(": ")[1].strip()) == (0, "its key was encrypted with 'prod', now with 'prod'.")
    assert opens(past, folder, "--vault-id", "prod@old") is None
    assert opens(past, folder, "--vault-id", "prod@new") == key.told()
    assert past.events()["run.rekeyed"] == 1


def test_a_key_is_sealed_with_another_vault_id_whose_password_is_given_already(past, folder):
    key = sealed(past, folder)
    given = ("--vault-id", "prod@old", "--vault-id", "dev@other")
    assert past.saga("rekey", "R1", "--to", "dev", *given).code == 0
    assert vault_id_of(seal_of(past)) == "dev"
    assert opens(past, folder, "--vault-id", "dev@other") == key.told()


def test_a_key_is_sealed_with_a_password_that_has_no_vault_id(past, folder):
    key = sealed(past, folder)
    assert past.saga("rekey", "R1", "--vault-id", "prod@old", "--new-vault-password-file", "new").code == 0
    assert vault_id_of(seal_of(past)) == "default"
    assert opens(past, folder, "--vault-password-file", "new") == key.told()


def test_a_new_password_comes_before_one_of_the_same_vault_id_in_the_configuration(past, folder, monkeypatch):
    key = sealed(past, folder)
    monkeypatch.setenv("ANSIBLE_VAULT_IDENTITY_LIST", "prod@old")
    assert past.saga("rekey", "R1", "--new-vault-id", "prod@new").code == 0
    monkeypatch.delenv("ANSIBLE_VAULT_IDENTITY_LIST")
    assert opens(past, folder, "--vault-id", "prod@new") == key.told()


def test_all_keys_are_sealed_anew_and_one_that_does_not_open_is_told(past, folder):
    keys = {run: sealed(past, folder, run) for run in ("R1", "R2")}
    past.begin(run_id="R3", targets=("R3",)).end()
    assert past.saga("rekey", "R2", "--vault-id", "prod@old", "--new-vault-id", "prod@other").code == 0
    said = past.saga("rekey", "--all", "--vault-id", "prod@old", "--new-vault-id", "prod@new")
    assert said.code == 1
    assert "Run R1 of" in said.out
    assert "the key of run R2 is encrypted with the vault id 'prod', and is not opened" in said.out
    assert "R3" not in said.out
    assert opens(past, folder, "--vault-id", "prod@new") == keys["R1"].told()
    assert opens(past, folder, "--vault-id", "prod@other", run="R2") == keys["R2"].told()


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (("--vault-id", "prod@new", "--to", "prod"), "Give its password with --vault-id prod@FILE"),
        (("--vault-id", "prod@old"), "with what is it to be encrypted?"),
        (("--vault-id", "prod@old", "--new-vault-id", "a@new", "--new-vault-id", "b@new"), "with what is it to be"),
        (("--vault-id", "prod@old", "--to", "dev"), "nothing was encrypted with the vault id 'dev'"),
        (("--vault-id", "prod@nofile", "--to", "prod"), "is not opened"),
    ],
)
def test_what_cannot_be_sealed_anew_stays_as_it_is(past, folder, given, why):
    sealed(past, folder)
    before = seal_of(past)
    said = past.saga("rekey", "R1", *given)
    assert said.code == 1
    assert why in said.err
    assert seal_of(past) == before


def test_a_run_without_encrypted_results_has_no_key(past, folder):
    past.begin(run_id="R1").end()
    said = past.saga("rekey", "R1", "--to", "prod")
    assert (said.code, "has no encrypted results" in said.err) == (1, True)
    assert past.saga("rekey", "--all", "--to", "prod").out == "No run has encrypted results.\n"


def test_show_says_with_which_vault_id_a_result_is_encrypted_and_does_not_show_it(past, folder):
    sealed(past, folder)
    said = past.saga("show", "R1", "Make it")
    assert "What it returned is encrypted with the vault id 'prod': a resume has it." in said.out
    assert WORD not in said.out
    [step] = json.loads(past.saga("show", "R1", "Make it", "--json").out)["steps"]
    assert (step["hosts"][0]["vault_id"], step["hosts"][0]["result"]) == ("prod", None)


@pytest.mark.parametrize("form", ["markdown", "html", "junit"])
def test_a_report_says_nothing_of_what_is_encrypted(past, folder, form):
    sealed(past, folder)
    said = past.saga("report", "R1", "--format", form)
    assert (said.code, "Make it" in said.out, WORD in said.out, "saga-sealed" in said.out) == (0, True, False, False)
