# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A failure policy for a step, by what can be taken back and how much a mistake hits."""

from __future__ import annotations

from ..promises import Contract, Effect, OnFailure, Then
from ..slotted import dataclass

_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """All that a policy is judged by."""

    contract: Contract
    is_undone: bool  # something undoes the step
    at_once: int  # hosts that it may hit before anybody sees that it is wrong; 0: unknown
    outcome: str  # of a failure, as the way back foresees it: goes back, parks, stops, ...
    is_past_pivot: bool = False
    is_handled: bool = False  # ignore_errors, or a rescue around it
    is_local: bool = False  # it computes on the controller: a second try gives the same
    is_tried_again: bool = False  # until or retries
    is_report: bool = False  # it tells people something, and no step hears of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Advised:
    """A policy in words, and one sentence why."""

    words: str
    why: str
    is_declared: bool = False


def in_force(risk: Risk) -> str:
    """Return what would follow a failure now, in the words of contracts."""
    declared = risk.contract.on_failure
    if declared is not None:
        return _words(declared, _default(risk))
    return str(Then.CONTINUE) if risk.is_handled else _default(risk)


def advise(risk: Risk) -> Advised:
    """Return the declared policy with its reason, or the one that the step's risk asks for."""
    declared = risk.contract.on_failure
    if declared is not None:
        return Advised(words=_words(declared, _default(risk)), why=_why_declared(risk, declared), is_declared=True)
    if (settled := _settled(risk)) is not None:
        return settled
    if risk.contract.effect is Effect.IRREVERSIBLE:
        return Advised(words="escalate", why=f"Nobody can take it back{_hits(risk)}: somebody has to look at it first.")
    if risk.is_past_pivot:
        return _past_the_pivot(risk)
    return _before_the_pivot(risk)


def _settled(risk: Risk) -> Advised | None:
    """Return the policy where the playbook leaves no choice."""
    if risk.is_handled:
        return Advised(words=str(Then.CONTINUE), why="The playbook handles its failure (rescue or ignore_errors).")
    if risk.outcome == "not recorded":
        return Advised(words="stop", why="Its play runs under another strategy: there is no other policy for it.")
    if risk.is_report:
        return Advised(words="continue", why="It only tells something, and no later step uses what it says.")
    return None


def _past_the_pivot(risk: Risk) -> Advised:
    if not risk.contract.has_effect and risk.is_local:
        return Advised(words="escalate", why="A pivot is done, so there is only forward; a second try gives the same.")
    if risk.contract.is_repeatable:
        return Advised(
            words=_retried(risk, "escalate"),
            why=f"A pivot is done, so there is only forward; a second try is harmless{_hits(risk)}.",
        )
    return Advised(
        words="escalate",
        why=f"A pivot is done, so there is only forward; a second try is not harmless{_hits(risk)}.",
    )


def _before_the_pivot(risk: Risk) -> Advised:
    default = _default(risk)
    if not risk.contract.has_effect:
        if risk.is_local:
            return Advised(words=default, why=f"It changes nothing, and a second try gives the same; {_rest(risk)}.")
        return Advised(
            words=_retried(risk, default), why=f"It changes nothing, so a second try is harmless; {_rest(risk)}."
        )
    if risk.contract.is_idempotent:
        return Advised(
            words=_retried(risk, default), why=f"A second try is harmless{_hits(risk)}; {_own(risk)}; {_rest(risk)}."
        )
    if risk.contract.verify:
        return Advised(
            words=_retried(risk, default),
            why=f"A second try is not harmless, but its verify tells if one is needed{_hits(risk)}; {_rest(risk)}.",
        )
    if not risk.is_undone and risk.at_once != 1:
        return Advised(
            words="escalate",
            why=f"Nothing undoes it, a second try is not harmless{_hits(risk)}: somebody has to look before the "
            "targets are free.",
        )
    return Advised(words=default, why=f"A second try is not harmless{_hits(risk)}; {_own(risk)}; {_rest(risk)}.")


def _why_declared(risk: Risk, declared: OnFailure) -> str:
    if declared.retry and not risk.contract.is_repeatable and not risk.contract.verify:
        return f"Chosen; but a second try is not harmless{_hits(risk)}, and nothing verifies whether one is needed."
    if declared.retry:
        by = "its verify tells if a second try is needed" if not risk.contract.is_repeatable else ""
        return f"Chosen; {by or 'a second try is harmless'}{_hits(risk)}."
    if declared.then is Then.CONTINUE and risk.contract.has_effect:
        return f"Chosen; what it left undone or half done{_hits(risk)} is for later steps to bear."
    if declared.then is Then.COMPENSATE and risk.is_past_pivot:
        return "Chosen; but a pivot is done by then, so nothing is undone and the run parks."
    if risk.contract.effect is Effect.IRREVERSIBLE:
        return f"Chosen; nobody can take it back{_hits(risk)}."
    return f"Chosen; {_own(risk) if risk.contract.has_effect else 'it changes nothing'}{_hits(risk)}."


def _default(risk: Risk) -> str:
    """Return what the run does of itself: compensate if it has anything to undo, else stop; after a pivot it parks."""
    return {"parks": "escalate", "goes back": "compensate", "goes back or parks": "compensate"}.get(
        risk.outcome, "stop"
    )


def _words(declared: OnFailure, default: str) -> str:
    then = str(declared.then or default)
    return f"retry {declared.retry.attempts}x, then {then}" if declared.retry else then


def _retried(risk: Risk, then: str) -> str:
    return then if risk.is_tried_again else f"retry {_TRIES}x, then {then}"


def _hits(risk: Risk) -> str:
    if not risk.at_once:
        return ", on nobody knows how many hosts at once"
    return f", on {risk.at_once} host{'s' if risk.at_once > 1 else ''} at once"


def _own(risk: Risk) -> str:
    return "it can be undone" if risk.is_undone else "nothing undoes it"


def _rest(risk: Risk) -> str:
    match _default(risk):
        case "compensate":
            return "what was done before can be undone"
        case "escalate":
            return "only forward from here"
        case _:
            return "nothing was done before that could be undone"
