# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A run gets its key when its first attempt begins that has a vault id, and nobody goes on with it without."""

import base64
import json
from dataclasses import replace

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine import codec
from ansible_collections.saga.ops.plugins.plugin_utils._engine.meeting import Whole
from ansible_collections.saga.ops.plugins.plugin_utils._engine.operator import rekey
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import Contract, Unit
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import RunState
from ansible_collections.saga.ops.plugins.plugin_utils._engine.sealing import (
    CAPTURED,
    Place,
    RekeyError,
    SealClosedError,
    is_sealed,
    vault_id_of,
)

from scene import Scene


class Safe:
    """A vault that writes as Ansible's does, and opens what was sealed with its own password."""

    def __init__(self, vault_id="prod", words="open sesame"):
        self.vault_id = vault_id
        self.words = words

    def seal(self, secret):
        told = base64.b64encode(json.dumps([self.words, secret]).encode()).decode()
        return f"$ANSIBLE_VAULT;1.2;AES256;{self.vault_id}\n{told}\n"

    def open(self, sealed):
        words, secret = json.loads(base64.b64decode(sealed.split("\n")[1]))
        return secret if words == self.words else None


@pytest.fixture(params=["memory", "sqlite"])
def scene(request, tmp_path):
    scene = Scene(tmp_path, request.param)
    scene.means = replace(scene.means, vault=Safe())
    return scene


def with_vault(scene, vault):
    scene.means = replace(scene.means, vault=vault)


def test_a_run_without_a_vault_id_has_no_key(scene):
    with_vault(scene, Safe(vault_id=""))
    attempt = scene.begin()
    assert (attempt.data_key, scene.run().seal) == (None, "")


def test_a_runs_key_is_with_the_run_and_its_event_tells_the_vault_id(scene):
    attempt = scene.begin()
    assert vault_id_of(scene.run().seal) == "prod"
    [begun] = [event for event in scene.journal.events(attempt.run.id) if event.type == "run.started"]
    assert begun.data["vault_id"] == "prod"
    scene.must_be_accounted_for()


def test_a_resume_opens_what_an_earlier_attempt_has_sealed(scene):
    place = Place("R", "h1", "k")
    attempt = scene.begin()
    sealed = attempt.data_key.seal("word", place)
    with_vault(scene, Safe(vault_id=""))  # it needs the password, not the option
    assert scene.resume(attempt).data_key.open(sealed, place) == "word"


@pytest.mark.parametrize("vault", [None, Safe(words="close sesame")], ids=["none", "another"])
def test_without_the_password_nothing_is_begun_and_nothing_changed(scene, vault):
    scene.crash(scene.begin())
    before = scene.everything()
    with_vault(scene, vault)
    with pytest.raises(SealClosedError, match=r"with the vault id 'prod'.*--vault-id prod@FILE"):
        scene.begin()
    assert scene.everything() == before


@pytest.mark.parametrize("told", ["", "bm8gYnl0ZXM=", "no Base64"])
def test_a_vaulted_text_that_is_no_key_opens_nothing(scene, told):
    scene.crash(scene.begin())
    run = scene.run()
    rekey(scene.means, run, Safe().seal(told))
    with pytest.raises(SealClosedError):
        scene.begin()


def test_a_run_that_has_no_key_gets_one_when_it_is_resumed_with_a_vault_id(scene):
    with_vault(scene, None)
    attempt = scene.begin()
    with_vault(scene, Safe())
    assert scene.resume(attempt).data_key is not None
    assert scene.run().seal


def test_a_slice_seals_with_the_key_of_its_run(scene):
    place = Place("R", "h1", "k")
    one = scene.begin(run_id="R", slices=2, targets=("h1",))
    other = scene.begin(run_id="R", slices=2, targets=("h2",))
    assert other.data_key.open(one.data_key.seal("word", place), place) == "word"


def test_a_key_that_is_sealed_anew_opens_with_the_new_password_only(scene):
    place = Place("R", "h1", "k")
    attempt = scene.begin()
    sealed = attempt.data_key.seal("word", place)
    dev = Safe(vault_id="dev", words="mellon")
    rekey(scene.means, scene.run(), dev.seal(attempt.data_key.told()), by="ada")
    [told] = [event for event in scene.journal.events(attempt.run.id) if event.type == "run.rekeyed"]
    assert (told.actor, told.data["from"], told.data["to"]) == ("ada", "prod", "dev")
    scene.crash(attempt)
    with pytest.raises(SealClosedError, match="'dev'"):
        scene.begin()
    with_vault(scene, dev)
    assert scene.begin().data_key.open(sealed, place) == "word"
    scene.must_be_accounted_for()


def test_an_attempt_at_work_goes_on_when_its_key_is_sealed_anew(scene):
    attempt = scene.begin()
    new = Safe("dev").seal(attempt.data_key.told())
    rekey(scene.means, scene.run(), new)
    scene.do(attempt, "Copy")
    attempt.end(RunState.COMPLETED)
    assert (scene.run().state, scene.run().seal) == (RunState.COMPLETED, new)
    scene.must_be_accounted_for()


def test_who_has_seen_an_older_seal_does_not_seal_anew(scene):
    attempt = scene.begin()
    seen = scene.run()
    rekey(scene.means, seen, Safe("dev").seal(attempt.data_key.told()))
    with pytest.raises(RekeyError, match="by somebody else just now"):
        rekey(scene.means, seen, Safe("ops").seal(attempt.data_key.told()))


def test_what_a_block_captures_is_sealed_with_the_first_secret_in_it(scene):
    attempt = scene.begin()
    unit = Unit(path="1 Move/Block", name="Block", where="site.yml:3", contract=Contract(compensate=("Undo it",)))
    whole = Whole(key=attempt.meet_unit("h1", unit.path, "mark"), unit=unit)
    place = Place(attempt.run.id, "h1", whole.key, CAPTURED)
    secret = attempt.data_key.seal(codec.encode({"token": "word"}), place)
    for task, told in (("One", codec.encode({"name": "n"})), ("Two", secret), ("Three", codec.encode({"size": 1}))):
        step = scene.start(attempt, task, wholes=(whole,))
        scene.finish(attempt, step, captured="", of_units=((whole.key, told),))
    [kept] = [known.captured for known in scene.journal.steps(attempt.run.id) if known.is_unit]
    assert is_sealed(kept)
    assert codec.decode(attempt.data_key.open(kept, place)) == {"name": "n", "token": "word", "size": 1}


@pytest.mark.parametrize(
    ("seal", "vault_id"),
    [
        ("", ""),
        ("$ANSIBLE_VAULT;1.1;AES256\n61\n", "default"),
        ("$ANSIBLE_VAULT;1.2;AES256;prod\n61\n", "prod"),
        ("$ANSIBLE_VAULT;1.2;AES256;a;b\n61\n", "a;b"),
    ],
)
def test_a_seal_names_its_vault_id(seal, vault_id):
    assert vault_id_of(seal) == vault_id
