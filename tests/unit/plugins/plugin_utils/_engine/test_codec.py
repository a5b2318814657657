# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Plain data to canonical JSON and back, where a target may try to forge what it sends."""

import base64
import collections
import datetime as dt
import enum
import json

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine import codec
from hypothesis import given
from hypothesis import strategies as st

MARKS = sorted(codec._MARKS)

# High surrogates are left out: no decoder of bytes makes them, and two of them side by side are one character in JSON.
texts = st.text() | st.text(st.characters(min_codepoint=0xDC80, max_codepoint=0xDCFF)) | st.sampled_from(MARKS)
numbers = st.integers() | st.floats(allow_nan=False)
moments = st.datetimes(timezones=st.none() | st.just(dt.UTC)) | st.dates() | st.times()
hashables = st.recursive(
    st.none() | st.booleans() | numbers | texts | st.binary() | moments,
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.frozensets(inner, max_size=3),
    max_leaves=6,
)
plain = st.recursive(
    hashables | st.sets(hashables, max_size=3),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(texts, inner, max_size=4)
        | st.dictionaries(hashables, inner, max_size=3)
    ),
    max_leaves=12,
)
# What a module can send: JSON, with keys that look like our marks as often as not.
from_a_target = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=12,
)


def same(one, other):
    """Tell whether two values are equal in type as well, and in the order of their keys."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        pairs = zip(one.items(), other.items(), strict=False)
        return len(one) == len(other) and all(same(left, right) for left, right in pairs)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


@given(plain)
def test_any_plain_data_comes_back_as_it_was(value):
    assert same(codec.decode(codec.encode(value)), value)


@given(from_a_target)
def test_what_a_target_sends_comes_back_as_it_was_whatever_marks_it_forges(value):
    assert same(codec.decode(codec.encode(value)), value)


@pytest.mark.parametrize("mark", MARKS)
def test_a_dictionary_that_looks_like_a_mark_stays_a_dictionary(mark):
    forged = {mark: ["2026-01-01"]}
    assert codec.decode(codec.encode(forged)) == forged


@pytest.mark.parametrize("mark", MARKS)
def test_an_escaped_dictionary_in_the_data_is_escaped_again(mark):
    forged = {"$dict": {mark: {"$dict": {mark: 1}}}}
    assert codec.decode(codec.encode(forged)) == forged


@pytest.mark.parametrize(
    "forged",
    [
        {"__ansible_unsafe": "{{ 1 + 1 }}"},
        {"__ansible_vault": "$ANSIBLE_VAULT;1.1;AES256\n00"},
        {"__ansible_type": "TrustedAsTemplate", "value": "{{ 1 + 1 }}"},
        {"_ansible_tags": ["TrustedAsTemplate"]},
    ],
)
def test_a_mark_of_ansibles_own_is_data_like_any_other(forged):
    assert same(codec.decode(codec.encode(forged)), forged)


class Tagged(str):
    """A string with something attached, as Ansible's tagged values are."""

    __slots__ = ("trust",)


class Word(enum.StrEnum):
    YES = "yes"


class Number(enum.IntEnum):
    ONE = 1


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Tagged("{{ 1 + 1 }}"), "{{ 1 + 1 }}"),
        ({Tagged("key"): Tagged("value")}, {"key": "value"}),
        (Word.YES, "yes"),
        (Number.ONE, 1),
        (collections.OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        (collections.deque([1, 2]), [1, 2]),
        (range(3), [0, 1, 2]),
        (bytearray(b"\xff"), b"\xff"),
        (memoryview(b"\xff"), b"\xff"),
    ],
)
def test_a_subclass_comes_back_as_the_plain_type(value, expected):
    assert same(codec.decode(codec.encode(value)), expected)


def test_an_object_of_an_unknown_type_comes_back_as_its_text():
    assert codec.decode(codec.encode({"error": ValueError("no")})) == {"error": "no"}


@given(plain)
def test_encoded_data_is_one_line_of_ascii(value):
    text = codec.encode(value)
    assert text.isascii()
    assert "\n" not in text


@given(plain)
def test_canonical_text_is_json(value):
    json.loads(codec.canonical(value))


def packed(value):
    """Return what is written of a value, read plainly: a definition, not a way that is fast."""
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            return {"$pairs": [[packed(key), packed(item)] for key, item in value.items()]}
        told = {key: packed(item) for key, item in value.items()}
        return {"$dict": told} if len(told) == 1 and set(told) <= set(MARKS) else told
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    for kind, mark in ((dt.datetime, "$datetime"), (dt.date, "$date"), (dt.time, "$time")):
        if isinstance(value, kind):
            return {mark: value.isoformat()}
    for kind, mark in ((tuple, "$tuple"), (frozenset, "$frozenset"), (set, "$set")):
        if isinstance(value, kind):
            told = [packed(item) for item in value]
            return {mark: told if kind is tuple else sorted(told, key=lambda item: json.dumps(item, sort_keys=True))}
    return [packed(item) for item in value] if isinstance(value, list) else value


def in_order(told):
    """Return what is written with the pairs of its dictionaries in the order of their texts."""
    if isinstance(told, list):
        return [in_order(item) for item in told]
    if not isinstance(told, dict):
        return told
    if set(told) == {"$pairs"}:
        return {"$pairs": sorted(in_order(told["$pairs"]), key=lambda pair: json.dumps(pair, sort_keys=True))}
    if set(told) == {"$dict"}:
        return {"$dict": {key: in_order(item) for key, item in told["$dict"].items()}}
    return {key: in_order(item) for key, item in told.items()}


@given(plain | from_a_target)
def test_what_is_written_is_what_a_plain_reading_of_it_gives(value):
    assert codec.encode(value) == json.dumps(packed(value), separators=(",", ":"))
    assert codec.canonical(value) == json.dumps(in_order(packed(value)), separators=(",", ":"), sort_keys=True)


def reordered(value):
    """Return the value with the keys of all its dictionaries, at any depth, in the opposite order."""
    if isinstance(value, dict):
        return {key: reordered(value[key]) for key in reversed(value)}
    if isinstance(value, (list, tuple)):
        return type(value)(map(reordered, value))
    return value


@given(plain)
def test_equal_data_has_one_canonical_text_whatever_the_order_of_keys(value):
    assert codec.canonical(reordered(value)) == codec.canonical(value)


@given(from_a_target, from_a_target)
def test_different_data_has_different_canonical_texts(one, other):
    if one != other:
        assert codec.canonical(one) != codec.canonical(other)
