# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of a contract that have parts of their own: failures, retries, gates, captured values."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from ..errors import ContractError
from ..promises import Approval, OnFailure, Retry, Then
from . import values

_RETRY = ("attempts", "delay", "backoff", "max_delay", "jitter", "on")
_APPROVAL = ("approvers", "expires", "default", "prompt", "reason_required", "two_person")


class _Answer(StrEnum):
    APPROVE = "approve"
    DENY = "deny"


class _Kind(StrEnum):
    FAILED = "failed"
    UNREACHABLE = "unreachable"


def on_failure(value: Any, where: str) -> OnFailure:
    """Read a policy: a word, or a retry with what follows when it was in vain."""
    if not isinstance(value, Mapping):
        return OnFailure(then=values.word(value, "on_failure", Then, where))
    told = values.dictionary(value, "on_failure", ("retry", "then"), where)
    if not told:
        raise ContractError("'on_failure' says nothing: it wants retry, then, or both", where=where)
    return OnFailure(
        then=values.word(told["then"], "then", Then, where) if "then" in told else None,
        retry=_retry(told["retry"], where) if "retry" in told else None,
    )


def approval(value: Any, where: str) -> Approval:
    """Read a gate: the word required, or who may open it, until when, and what holds after that."""
    if value == "required":
        return Approval()
    if not isinstance(value, Mapping):
        known = ", ".join(_APPROVAL)
        raise ContractError(
            f"'approval' must be the word required, or a dictionary of {known}, not {values.told(value)}",
            where=where,
            nearest=values.nearest(value, ["required"]) if isinstance(value, str) else "",
        )
    told = values.dictionary(value, "approval", _APPROVAL, where)
    return Approval(
        approvers=values.names(told["approvers"], "approvers", "approver", where) if "approvers" in told else (),
        expires=values.duration(told["expires"], "expires", where) if "expires" in told else None,
        default=str(values.word(told.get("default", "deny"), "default", _Answer, where)),
        prompt=values.name(told["prompt"], "prompt", where) if "prompt" in told else "",
        is_reason_required=values.boolean(told.get("reason_required", False), "reason_required", where),
        is_two_person=values.boolean(told.get("two_person", False), "two_person", where),
    )


def capture(value: Any, where: str) -> tuple[tuple[str, str], ...]:
    """Read names with the expressions whose values they get."""
    if not isinstance(value, Mapping) or not value:
        raise ContractError(
            f"'capture' must be a dictionary of names and expressions, not {values.told(value)}",
            where=where,
        )
    for name, expression in value.items():
        if not isinstance(name, str) or not name.isidentifier():
            raise ContractError(f"'capture' must have names of variables, not {values.shown(name)}", where=where)
        if not isinstance(expression, str) or not expression.strip():
            raise ContractError(
                f"'capture' must have an expression for {values.shown(name)}, not {values.told(expression)}",
                where=where,
            )
    return tuple((str(name), str.__str__(expression)) for name, expression in value.items())


def _retry(value: Any, where: str) -> Retry:
    if isinstance(value, Mapping) and True in value:  # YAML 1.1 reads a bare `on` as true
        value = {"on" if key is True else key: said for key, said in value.items()}
    told = values.dictionary(value, "retry", _RETRY, where)
    if "attempts" not in told:
        raise ContractError("'retry' must say how many 'attempts' there are", where=where)
    attempts = values.number(told["attempts"], "attempts", where, least=1)
    if attempts != int(attempts):
        raise ContractError(f"'attempts' must be a whole number, not {values.shown(told['attempts'])}", where=where)
    on = told.get("on", ["failed"])
    kinds = on if isinstance(on, list) and on else [on]
    return Retry(
        attempts=int(attempts),
        delay=values.duration(told["delay"], "delay", where) if "delay" in told else 0.0,
        backoff=values.number(told.get("backoff", 1), "backoff", where, least=1),
        max_delay=values.duration(told["max_delay"], "max_delay", where) if "max_delay" in told else None,
        jitter=values.number(told.get("jitter", 0), "jitter", where, least=0, most=1),
        on=tuple(str(values.word(kind, "on", _Kind, where)) for kind in kinds),
    )
