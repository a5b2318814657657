# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done with a step that Ansible wants to start: decided over what the journal knows of it, nothing written."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .audit.refusals import ResultAlteredError
from .errors import DriftError, ResultWithheldError
from .meeting import Course, Reference, Way
from .plan import Given, change_of
from .promises import OnDoubt
from .records import Answer, Asks, Run, Step, StepState

_NOT_DONE = frozenset({StepState.WAITING, StepState.RETRYING, StepState.PENDING, StepState.VOID})


class Courses:
    """Decides about steps; `steps` are the run's as they are, by host and key, `results` reads what one has stored."""

    def __init__(
        self,
        results: Callable[[Step], Mapping[str, str]],
        steps: Mapping[tuple[str, str], Step],
        *,
        drift: str,
        given: Given,
    ) -> None:
        self._results = results
        self._steps = steps
        self._drift = drift
        self._given = given

    def of(self, step: Reference, run: Run) -> Course:
        """Return what is done with a step [I1]; raise DriftError, ResultWithheldError or ResultAlteredError."""
        known = self._steps.get((step.host, step.key))
        if step.verifies:  # what was there then need not be there now
            is_again = known is not None and known.state is StepState.RETRYING
            return Course(way=Way.EXECUTE, known=known, due=known.due if known and is_again else 0.0)
        if run.is_going_back and not step.undoes and (known is None or known.state in {*_NOT_DONE, StepState.STARTED}):
            return Course(way=Way.PASS_OVER)
        if known is None or known.state in _NOT_DONE:
            return self._gate(step, known) or self._to_do(step, known)
        if known.state is StepState.STARTED:
            return self._doubtful(step, known)
        if known.state.is_failure and _is_resume_point(known, run):
            return self._failed(step, known)
        return self._done(step, known, run)

    def _gate(self, step: Reference, known: Step | None) -> Course | None:
        """Return what keeps a step from beginning that wants an approval; None: nothing does, or does any more."""
        if step.contract.approval is None or step.undoes or (known is not None and known.executions):
            return None
        decision = known.decision if known else None
        if decision is None:
            return Course(way=Way.WAIT, asks=Asks.APPROVAL, known=known)
        if decision.answer is Answer.DENY:
            why = f": {decision.why}" if decision.why else ""
            return Course(way=Way.REFUSE, known=known, words=f"{decision.by} has denied it{why}")
        return None

    def _to_do(self, step: Reference, known: Step | None) -> Course:
        if known is None or known.state is not StepState.RETRYING:
            return self._execute(known)
        way = Way.VERIFY if step.contract.wants_verifying and not step.undoes else Way.EXECUTE
        return Course(way=way, items=self._items(known), known=known, due=known.due)

    def _doubtful(self, step: Reference, known: Step) -> Course:
        # A compensation must bear being run again: there may be nothing left to undo.
        # Of a job its worker finds out: it looks for it at the target before anything else.
        if step.undoes or step.is_job:
            return self._execute(known)
        return self.of_doubt(step, known)

    def of_doubt(self, step: Reference, known: Step) -> Course:
        """Return what follows the doubt about a step, for which nobody can be asked but the target or an operator."""
        match step.contract.doubt:
            case OnDoubt.RERUN:
                return self._execute(known)
            case OnDoubt.VERIFY:
                return Course(way=Way.VERIFY, items=self._items(known), known=known)
            case OnDoubt.COMPENSATE:
                return Course(way=Way.TURN_BACK, known=known)
            case _:
                return Course(way=Way.WAIT, asks=Asks.DOUBT, known=known)

    def _failed(self, step: Reference, known: Step) -> Course:
        if known.asks is not Asks.NOTHING:
            return Course(way=Way.WAIT, asks=known.asks, known=known)
        if step.contract.approval is not None and not known.executions and not step.undoes:
            return Course(way=Way.WAIT, asks=Asks.APPROVAL, known=known)  # what failed is the approval: ask once more
        if known.was_cut_off and not step.undoes and not step.is_job:
            return self.of_doubt(step, known)
        if known.state is StepState.UNREACHABLE and step.contract.wants_verifying and not step.undoes:
            return Course(way=Way.VERIFY, items=self._items(known), known=known)
        return self._execute(known)

    def _done(self, step: Reference, known: Step, run: Run) -> Course:
        if step.is_asked_anew and not step.contract.has_effect and known.attempt < run.attempt:
            return Course(way=Way.EXECUTE, known=known)
        is_forward = not step.undoes and not run.is_going_back
        change = change_of(known, where=step.where, fingerprint=step.fingerprint, inputs=step.inputs, given=self._given)
        if change is not None and is_forward:
            if self._drift == "rerun":
                return Course(way=Way.EXECUTE, known=known)
            if self._drift == "refuse":
                raise DriftError(run.id, [str(change)], subjects=[change.subject])
        accepted = str(change) if change is not None and is_forward else ""
        if known.is_withheld:
            if step.contract.is_repeatable:
                return Course(way=Way.EXECUTE, known=known, accepted=accepted)
            if run.is_going_back:
                return Course(way=Way.PASS_OVER)
            raise ResultWithheldError(run.id, step=step.name, host=known.doer, where=step.where)
        if (payload := self._results(known).get("")) is None:  # nothing is told of those that an old saga.ops stored
            raise ResultAlteredError(run.id, f"the result of {known.key} on {known.host} is gone")
        is_news = known.state.is_failure and known.is_handled is None
        return Course(
            way=Way.REPLAY,
            known=known,
            payload=payload,
            ended=known.updated,
            is_news=is_news,
            accepted=accepted,
        )

    def _execute(self, known: Step | None) -> Course:
        return Course(way=Way.EXECUTE, items=self._items(known), known=known)

    def _items(self, known: Step | None) -> tuple[tuple[str, str], ...]:
        if known is None or known.state is StepState.VOID:
            return ()
        stored = self._results(known)
        return tuple((item, payload) for item, payload in stored.items() if item and payload)


def _is_resume_point(known: Step, run: Run) -> bool:
    if known.undoes:
        return not known.is_handled
    # A failure that nobody handled is where the run stopped: it is done again, unless the run goes back.
    # A failure that Ansible has not judged (None: a worker outlived its parent) is news, and is played out.
    return known.is_handled is False and not run.is_going_back
