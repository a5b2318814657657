# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Identifiers that sort by birth, and digests over parts."""

import re

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine import ids
from hypothesis import given
from hypothesis import strategies as st

LAST_MOMENT = ((1 << 48) - 1) / 1000  # in the year 10889
milliseconds = st.integers(min_value=0, max_value=(1 << 48) - 1)
parts = st.lists(st.text(max_size=4), max_size=4)


@given(milliseconds)
def test_a_ulid_is_26_characters_of_crockfords_alphabet(moment):
    assert re.fullmatch(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", ids.ulid(moment / 1000))


@given(st.lists(milliseconds, unique=True))
def test_ulids_sort_by_the_moment_of_their_birth(moments):
    # Half a millisecond later: the floating point number of a whole one may be a little less than it.
    born = {moment: ids.ulid((moment + 0.5) / 1000) for moment in moments}
    assert sorted(moments) == sorted(moments, key=born.__getitem__)


def test_a_ulid_begins_with_its_moment_as_the_specification_writes_it():
    assert ids.ulid(1469918176.385).startswith("01ARYZ6S41")


def test_two_ulids_of_one_moment_differ():
    assert len({ids.ulid(LAST_MOMENT) for _ in range(1000)}) == 1000


@given(parts, parts)
def test_lists_of_parts_have_one_digest_only_if_they_are_equal(one, other):
    assert (ids.digest(*one) == ids.digest(*other)) == (one == other)


@pytest.mark.parametrize(
    ("one", "other"), [(("ab", "c"), ("a", "bc")), (("a", ""), ("a",)), (("", "a"), ("a", "")), ((), ("",))]
)
def test_parts_do_not_run_into_one_another(one, other):
    assert ids.digest(*one) != ids.digest(*other)


def test_a_digest_is_cut_to_the_length_asked_for():
    assert ids.digest("a", length=12) == ids.digest("a")[:12]


def test_a_text_that_utf_8_cannot_hold_has_a_digest():
    assert re.fullmatch(r"[0-9a-f]{64}", ids.digest("\udcff"))


def test_a_mark_tells_which_key_made_it_and_is_the_same_for_the_same_value():
    marks = [ids.mark(key, value) for key in (b"one", b"other") for value in ("a", "a", "b")]
    assert (marks[0], marks[3]) == (marks[1], marks[4])
    assert len(set(marks)) == 4
    assert [len({mark.partition(".")[0] for mark in marks[start : start + 3]}) for start in (0, 3)] == [1, 1]
    assert marks[0].partition(".")[0] != marks[3].partition(".")[0]
