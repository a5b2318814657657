# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What a key seals opens with that key, in that place, unchanged; anything else is refused."""

import base64
import copy
import pickle
import string

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.sealing import (
    DataKey,
    Place,
    SealBrokenError,
    is_sealed,
    unsealed,
)
from hypothesis import given
from hypothesis import strategies as st

PLACE = Place("R1", "h1", "1 Move/Copy#1")
KEY = DataKey.fresh()
OTHERS = (
    Place("R2", "h1", "1 Move/Copy#1"),
    Place("R1", "h2", "1 Move/Copy#1"),
    Place("R1", "h1", "1 Move/Copy#2"),
    Place("R1", "h1", "1 Move/Copy#1", "item.1"),
)


@given(st.text(st.characters(codec=None)))
def test_what_is_sealed_opens_as_it_was(text):
    sealed = KEY.seal(text, PLACE)
    assert is_sealed(sealed)
    assert KEY.open(sealed, PLACE) == unsealed(sealed, PLACE, KEY) == text


@pytest.mark.parametrize("place", OTHERS)
def test_it_does_not_open_in_another_place(place):
    with pytest.raises(SealBrokenError, match="is of another step, or of another run"):
        KEY.open(KEY.seal("word", PLACE), place)


def test_places_cannot_be_shifted_into_each_other():
    with pytest.raises(SealBrokenError):
        KEY.open(KEY.seal("word", Place("R1", "h", "1k")), Place("R1", "h1", "k"))


def test_it_does_not_open_with_another_key():
    with pytest.raises(SealBrokenError):
        DataKey.fresh().open(KEY.seal("word", PLACE), PLACE)


def test_no_bit_of_it_can_be_changed():
    sealed = KEY.seal("word", PLACE)
    head, _semicolon, body = sealed.rpartition(";")
    data = base64.b64decode(body)
    for at in range(8 * len(data)):
        changed = bytearray(data)
        changed[at // 8] ^= 1 << at % 8
        with pytest.raises(SealBrokenError):
            KEY.open(f"{head};{base64.b64encode(changed).decode()}", PLACE)


@given(st.text(string.ascii_letters + string.digits + "+/=;$\n"))
def test_whatever_somebody_writes_there_is_refused(text):
    with pytest.raises(SealBrokenError):
        KEY.open(f"$saga-sealed;1;AES-256-GCM;{text}", PLACE)


def test_a_form_of_a_newer_version_is_refused_as_that():
    with pytest.raises(SealBrokenError, match="a form that is not known"):
        unsealed("$saga-sealed;2;ML-KEM;abcd", PLACE, KEY)


def test_without_a_key_nothing_opens_but_what_is_in_the_clear():
    assert unsealed('{"family": "$saga-sealed;"}', PLACE, None) == '{"family": "$saga-sealed;"}'
    with pytest.raises(SealBrokenError, match="the run has no key"):
        unsealed(KEY.seal("word", PLACE), PLACE, None)


def test_no_nonce_comes_twice():
    nonces = {base64.b64decode(KEY.seal("word", PLACE).rpartition(";")[2])[:12] for _ in range(2000)}
    assert len(nonces) == 2000


def test_a_key_shows_itself_to_nobody():
    told = KEY.told()
    assert told not in f"{KEY!r} {KEY} {[KEY]} {vars(PLACE) if hasattr(PLACE, '__dict__') else PLACE!r}"
    for write in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError, match="is not written down"):
            write(KEY)


def test_a_key_comes_back_from_what_it_told():
    assert DataKey.of(KEY.told() + "\n").open(KEY.seal("word", PLACE), PLACE) == "word"


@pytest.mark.parametrize("told", ["", "x", "äöü", base64.b64encode(b"short").decode()])
def test_what_is_no_key_is_refused(told):
    with pytest.raises(ValueError, match=r".*"):
        DataKey.of(told)
