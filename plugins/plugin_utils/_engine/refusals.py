# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a decision is refused; nothing is changed then.

The tree::

    DecisionError
    ├── NothingWaitsError      nobody is asked anything
    ├── StepUnknownError       no step, or more than one, goes by a name
    ├── NotWaitingError        a step waits for no decision, or for none any more
    ├── AnswerUnfitError       the answer is none to what is asked
    ├── NotAllowedError        somebody else has to decide
    ├── ReasonMissingError     a decision wants a reason
    ├── TooLateError           a gate has expired
    └── NoWayBackError         nothing is to be undone, or a pivot forbids it
"""

from __future__ import annotations

from collections.abc import Sequence

from . import clock
from .errors import DecisionError


class NothingWaitsError(DecisionError):
    """Nothing of a run, or of a workflow, waits for a decision."""

    def __init__(self, what: str, *, answer: str, way_out: str) -> None:
        super().__init__(f"{answer!r} is refused: nothing of {what} waits for a decision; {way_out}")
        self.answer = answer


class StepUnknownError(DecisionError):
    """No step that waits, or more than one, is meant."""

    def __init__(self, run: str, *, step: str, host: str, candidates: Sequence[str], is_ambiguous: bool) -> None:
        at = f" on {host}" if host else ""
        if not step:
            what = f"more than one step waits{at}, and none is named with --step"
        elif is_ambiguous:
            what = f"{step!r}{at} is the name of more than one step"
        else:
            what = f"{step!r}{at} is no step of this run"
        listed = "".join(f"\n  {candidate}" for candidate in candidates)
        known = f"waiting are (any of name, path and key will do):{listed}" if candidates else "nothing waits"
        super().__init__(f"run {run}: {what}; {known}")
        self.candidates = tuple(candidates)


class NotWaitingError(DecisionError):
    """A step waits for no decision: it is known what became of it, or somebody has decided."""

    def __init__(self, run: str, *, step: str, host: str, known: str, decided: str = "") -> None:
        who = f" ({decided})" if decided else ""
        super().__init__(
            f"{step!r} on {host} waits for no decision: {known}{who}; see what does with 'saga pending {run}'"
        )
        self.step = step
        self.host = host
        self.decided = decided


class AnswerUnfitError(DecisionError):
    """The answer is none to what is asked."""

    def __init__(self, run: str, *, step: str, host: str, answer: str, asked: str, fitting: Sequence[str]) -> None:
        super().__init__(
            f"{answer!r} is no answer about {step!r} on {host}: {asked}. Answers are {', '.join(fitting)}; "
            f"see 'saga pending {run}'"
        )
        self.answer = answer
        self.fitting = tuple(fitting)


class NotAllowedError(DecisionError):
    """Somebody else has to decide about a step."""

    def __init__(self, run: str, *, step: str, answer: str, by: str, why: str, who: str) -> None:
        super().__init__(f"{by} may not say {answer!r} of {step!r}: {why}. {who} may; see 'saga pending {run}'")
        self.by = by


class ReasonMissingError(DecisionError):
    """A decision wants a reason, for the audit; an approval only where its gate asks for one."""

    def __init__(self, run: str, *, answer: str, step: str = "") -> None:
        about = f"{step!r} of run {run}" if step else f"run {run}"
        super().__init__(f"{answer!r} about {about} asks for a reason: say why, in words (--why, saga_decision_why)")
        self.step = step


class TooLateError(DecisionError):
    """A gate has expired: its default holds."""

    def __init__(self, run: str, *, step: str, host: str, expired: float, default: str, workflow: str) -> None:
        super().__init__(
            f"it is too late to decide about {step!r} on {host}: its gate expired at {clock.text(expired)}, and "
            f"the default is {default!r}. The next start of {workflow} takes that; to give the run up instead: "
            f"'saga abandon {run} --why ...'"
        )
        self.expired = expired


class NoWayBackError(DecisionError):
    """A run cannot go back: nothing is to be undone, or an irreversible step was done."""

    def __init__(self, run: str, *, pivot: str = "", host: str = "") -> None:
        why = (
            f"{pivot!r} is irreversible and was done on {host}, so the way is only forward"
            if pivot
            else "it has done nothing that is to be undone"
        )
        super().__init__(
            f"run {run} cannot be compensated: {why}. See what else may be decided with 'saga pending {run}', "
            f"or give it up with 'saga abandon {run} --why ...'"
        )
        self.pivot = pivot
