# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a step promises: its effect, whether it may be repeated, its way back, and what follows a failure or a doubt."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from .slotted import dataclass


class Effect(StrEnum):
    """What a step does to the world outside the controller."""

    NONE = "none"
    SIDE_EFFECT = "side_effect"
    IRREVERSIBLE = "irreversible"


class Then(StrEnum):
    """What follows a failure."""

    STOP = "stop"  # everything is kept; mend and resume
    COMPENSATE = "compensate"
    ESCALATE = "escalate"  # park
    CONTINUE = "continue"  # as ignore_errors


class OnDoubt(StrEnum):
    """What follows a doubt: a start without an outcome, and nobody left working on it."""

    RERUN = "rerun"
    VERIFY = "verify"
    ESCALATE = "escalate"
    COMPENSATE = "compensate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """How a failed step is tried again; times in seconds, `attempts` counts the first one, too."""

    attempts: int
    delay: float = 0.0
    backoff: float = 1.0
    max_delay: float | None = None
    jitter: float = 0.0  # as a part of the delay, from 0 to 1
    on: tuple[str, ...] = ("failed",)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnFailure:
    """What follows a failure; `then` None: nothing was said, so the run's rule holds."""

    then: Then | None = None
    retry: Retry | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A gate before a step; `expires` in seconds, None: never."""

    approvers: tuple[str, ...] = ()
    expires: float | None = None
    default: str = "deny"
    prompt: str = ""
    is_reason_required: bool = False
    is_two_person: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What a step promises (design: effect, idempotence, the way back, failures, doubts, gates, locks)."""

    effect: Effect = Effect.SIDE_EFFECT
    is_idempotent: bool = False
    compensate: tuple[str, ...] = ()
    id: str = ""
    is_declared: bool = False
    verify: tuple[str, ...] = ()
    on_failure: OnFailure | None = None
    on_in_doubt: OnDoubt | None = None
    approval: Approval | None = None
    locks: tuple[str, ...] = ()
    capture: tuple[tuple[str, str], ...] = ()  # names with expressions

    @property
    def has_effect(self) -> bool:
        return self.effect is not Effect.NONE

    @property
    def then(self) -> Then | None:
        """What the author said shall follow a failure."""
        return self.on_failure.then if self.on_failure else None

    @property
    def retry(self) -> Retry | None:
        return self.on_failure.retry if self.on_failure else None

    @property
    def is_repeatable(self) -> bool:
        """True when doing the step again does no harm."""
        return self.is_idempotent or not self.has_effect

    @property
    def doubt(self) -> OnDoubt:
        """What follows a doubt about the step."""
        if self.on_in_doubt is not None:
            return self.on_in_doubt
        if self.is_repeatable:
            return OnDoubt.RERUN
        return OnDoubt.VERIFY if self.verify else OnDoubt.ESCALATE

    @property
    def may_rerun(self) -> bool:
        """True when a doubt about the step is answered by doing it again."""
        return self.doubt is OnDoubt.RERUN

    @property
    def wants_verifying(self) -> bool:
        """True when a second try may do harm, and a handler tells whether one is needed."""
        return bool(self.verify) and not self.is_repeatable

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Contract:
        """Return the contract of the dictionary that `dataclasses.asdict` makes of one, by any version of ours."""
        failing, gate, doubt = data.get("on_failure"), data.get("approval"), data.get("on_in_doubt")
        return cls(
            **{
                **data,
                "effect": Effect(data["effect"]),
                "compensate": tuple(data["compensate"]),
                "verify": tuple(data.get("verify", ())),
                "on_failure": _on_failure(failing) if failing else None,
                "on_in_doubt": OnDoubt(doubt) if doubt else None,
                "approval": Approval(**{**gate, "approvers": tuple(gate["approvers"])}) if gate else None,
                "locks": tuple(data.get("locks", ())),
                "capture": tuple((name, text) for name, text in data.get("capture", ())),
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A block, include, role or play that is undone as a whole: one compensation, whatever was done of it."""

    path: str
    name: str
    where: str
    contract: Contract


def _on_failure(data: Mapping[str, Any]) -> OnFailure:
    then, retry = data["then"], data["retry"]
    return OnFailure(
        then=Then(then) if then else None, retry=Retry(**{**retry, "on": tuple(retry["on"])}) if retry else None
    )
