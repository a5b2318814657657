# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Failures, doubts, gates, locks and captures: each value that is understood, and each that is not."""

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.contracts import (
    Declaration,
    declared_by_vars,
    parse,
    resolve,
)
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import ContractError
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import (
    Approval,
    Contract,
    Effect,
    OnDoubt,
    OnFailure,
    Retry,
    Then,
)

PLACE = "site.yml:7"


def read(key, value):
    return getattr(declared_by_vars({key: value}, where=PLACE), parse._READERS[key][0])


def retry(**said):
    return read("on_failure", {"retry": said}).retry


@pytest.mark.parametrize("then", Then)
def test_a_failure_is_followed_by_a_word_or_by_the_same_word_under_then(then):
    assert read("on_failure", str(then)) == read("on_failure", {"then": str(then)}) == OnFailure(then=then)


def test_a_retry_has_times_with_units_and_says_nothing_of_what_follows_it():
    said = {
        "attempts": 5,
        "delay": "2s",
        "backoff": 2,
        "max_delay": "1m",
        "jitter": 0.2,
        "on": ["failed", "unreachable"],
    }
    expected = Retry(attempts=5, delay=2, backoff=2, max_delay=60, jitter=0.2, on=("failed", "unreachable"))
    assert read("on_failure", {"retry": said}) == OnFailure(then=None, retry=expected)


def test_a_retry_needs_no_more_than_its_attempts():
    assert retry(attempts=3) == Retry(attempts=3)
    assert retry(attempts=3.0, on="unreachable") == Retry(attempts=3, on=("unreachable",))


@pytest.mark.parametrize(
    ("time", "seconds"),
    [
        (30, 30),
        (" 30 ", 30),
        (1.5, 1.5),
        ("500ms", 0.5),
        ("30s", 30),
        ("5m", 300),
        ("1h", 3600),
        ("1d", 86400),
        ("1 m", 60),
    ],
)
def test_a_time_has_a_unit_or_is_in_seconds(time, seconds):
    assert retry(attempts=2, delay=time).delay == seconds


@pytest.mark.parametrize("doubt", OnDoubt)
def test_every_word_about_a_doubt_is_understood(doubt):
    assert read("on_in_doubt", str(doubt)) is doubt


def test_a_gate_may_be_the_one_word_required():
    assert read("approval", "required") == read("approval", {}) == Approval()


def test_a_gate_says_who_may_open_it_until_when_and_what_holds_then():
    said = {
        "approvers": ["ann", "bob"],
        "expires": "2h",
        "default": "approve",
        "prompt": "Is the window open?",
        "reason_required": True,
        "two_person": True,
    }
    assert read("approval", said) == Approval(
        approvers=("ann", "bob"),
        expires=7200,
        default="approve",
        prompt="Is the window open?",
        is_reason_required=True,
        is_two_person=True,
    )
    assert read("approval", {"approvers": "ann"}).approvers == ("ann",)


def test_names_are_one_or_many():
    assert read("locks", "db") == ("db",)
    assert read("locks", ["db", "{{ cluster }}"]) == ("db", "{{ cluster }}")
    assert read("verify", ["Look", "Look again"]) == ("Look", "Look again")


def test_what_is_captured_keeps_its_order():
    assert read("capture", {"slot": "result.stdout", "at": "now()"}) == (("slot", "result.stdout"), ("at", "now()"))


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        ("on_failure", "retry", "'on_failure' must be one of stop, compensate, escalate, continue, not 'retry'"),
        ("on_failure", None, "'on_failure' must be one of .*, not None"),
        ("on_failure", ["stop"], "'on_failure' must be one of"),
        ("on_failure", {}, "'on_failure' says nothing"),
        ("on_failure", {"than": "stop"}, r"unknown key 'than' in 'on_failure'; known keys are retry, then .*'then'"),
        ("on_failure", {"then": "halt"}, "'then' must be one of"),
        ("on_failure", {"retry": 3}, "'retry' must be a dictionary of attempts, delay, .*, not a number 3"),
        ("on_failure", {"retry": {}}, "'retry' must say how many 'attempts' there are"),
        ("on_failure", {"retry": {"attempts": 0}}, "'attempts' must be a number of at least 1, not 0"),
        ("on_failure", {"retry": {"attempts": True}}, "'attempts' must be a number of at least 1, not True"),
        ("on_failure", {"retry": {"attempts": "3"}}, "'attempts' must be a number of at least 1, not '3'"),
        ("on_failure", {"retry": {"attempts": 2.5}}, "'attempts' must be a whole number, not 2.5"),
        ("on_failure", {"retry": {"attempts": float("nan")}}, "'attempts' must be a number"),
        ("on_failure", {"retry": {"attempts": float("inf")}}, "'attempts' must be a number"),
        ("on_failure", {"retry": {"attempts": 2, "delay": "soon"}}, "'delay' must be a time like 30, 500ms, .*'soon'"),
        ("on_failure", {"retry": {"attempts": 2, "delay": -1}}, "'delay' must be a time"),
        ("on_failure", {"retry": {"attempts": 2, "delay": True}}, "'delay' must be a time"),
        ("on_failure", {"retry": {"attempts": 2, "max_delay": None}}, "'max_delay' must be a time"),
        ("on_failure", {"retry": {"attempts": 2, "backoff": 0.5}}, "'backoff' must be a number of at least 1, not 0.5"),
        ("on_failure", {"retry": {"attempts": 2, "jitter": 2}}, "'jitter' must be a number from 0 to 1, not 2"),
        ("on_failure", {"retry": {"attempts": 2, "on": "skipped"}}, "'on' must be one of failed, unreachable"),
        ("on_failure", {"retry": {"attempts": 2, "on": []}}, "'on' must be one of failed, unreachable"),
        ("on_failure", {"retry": {"attempts": 2, "tries": 3}}, "unknown key 'tries' in 'retry'"),
        ("on_in_doubt", "ask", "'on_in_doubt' must be one of rerun, verify, escalate, compensate, not 'ask'"),
        ("on_in_doubt", True, "'on_in_doubt' must be one of"),
        (
            "approval",
            "require",
            r"'approval' must be the word required, or a dictionary of .*\(did you mean 'required'",
        ),
        ("approval", True, "'approval' must be the word required, .*, not a boolean True"),
        ("approval", {"approver": "ann"}, "unknown key 'approver' in 'approval'"),
        ("approval", {"approvers": []}, "'approvers' names no approver"),
        ("approval", {"expires": "never"}, "'expires' must be a time"),
        ("approval", {"default": "maybe"}, "'default' must be one of approve, deny, not 'maybe'"),
        ("approval", {"prompt": ""}, "'prompt' must be a name"),
        ("approval", {"two_person": "yes"}, "'two_person' must be true or false"),
        ("approval", {"reason_required": 1}, "'reason_required' must be true or false"),
        ("locks", [], "'locks' names no lock"),
        ("locks", {"db": 1}, "'locks' must be a name, not a dictionary"),
        ("locks", ["db", ""], "'locks' must be a name"),
        ("verify", [], "'verify' names no handler"),
        ("verify", 3, "'verify' must be a name, not a number 3"),
        ("capture", "result", "'capture' must be a dictionary of names and expressions, not the text"),
        ("capture", {}, "'capture' must be a dictionary"),
        ("capture", {"a b": "x"}, "'capture' must have names of variables, not 'a b'"),
        ("capture", {3: "x"}, "'capture' must have names of variables, not 3"),
        ("capture", {"slot": 3}, "'capture' must have an expression for 'slot', not a number 3"),
        ("capture", {"slot": " "}, "'capture' must have an expression for 'slot'"),
    ],
)
def test_a_value_that_is_not_understood_is_refused_at_its_place(key, value, complaint):
    with pytest.raises(ContractError, match=rf"^{PLACE}: {complaint}"):
        read(key, value)


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        (Declaration(on_in_doubt=OnDoubt.VERIFY), "'on_in_doubt' is verify, and no 'verify' names a handler"),
        (
            Declaration(on_in_doubt=OnDoubt.COMPENSATE, effect=Effect.IRREVERSIBLE),
            "a doubt about an irreversible step cannot be compensated",
        ),
    ],
)
def test_a_doubt_that_cannot_be_answered_so_is_refused(said, complaint):
    with pytest.raises(ContractError, match=complaint):
        resolve(said, Contract(), where=PLACE)


def test_everything_that_is_said_is_in_the_contract():
    said = {
        "effect": "side_effect",
        "idempotent": True,
        "compensate": "Undo",
        "id": "copy",
        "verify": "Look",
        "on_failure": "stop",
        "on_in_doubt": "verify",
        "approval": "required",
        "locks": "db",
        "capture": {"slot": "result"},
    }
    assert set(said) == set(parse.KEYS), "this test is about every key"
    assert resolve(declared_by_vars(said, where=PLACE), Contract(), where=PLACE) == Contract(
        effect=Effect.SIDE_EFFECT,
        is_idempotent=True,
        compensate=("Undo",),
        id="copy",
        is_declared=True,
        verify=("Look",),
        on_failure=OnFailure(then=Then.STOP),
        on_in_doubt=OnDoubt.VERIFY,
        approval=Approval(),
        locks=("db",),
        capture=(("slot", "result"),),
    )
