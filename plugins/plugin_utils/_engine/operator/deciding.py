# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decisions about what a run waits for: about a step on its hosts, or about the run as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .. import owners
from ..begin import Means
from ..entries import run_entry, step_entry
from ..errors import RunOverError
from ..inspection import launchers, left_by_workers
from ..records import Answer, Decision, Entry, Run, RunState, Step, WayBack
from ..refusals import NoWayBackError, ReasonMissingError
from ..report import About, Question, questions, standing
from ..report.questions import about_of
from ..saga import owed, remaining
from ..slotted import dataclass
from .answers import answered, encoded
from .choosing import Case, Word, chosen, must_be_allowed
from .ending import abandon
from .writing import commit, entry, fenced, last_decision, must_be_free, must_be_open, released, revised


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What a decision has changed, or would change: the run and the steps as they are then."""

    run: Run
    answer: Answer
    about: About | None = None  # None: about the run as a whole
    steps: tuple[Step, ...] = ()  # one task on its hosts
    waiting: tuple[Question, ...] = ()  # what still waits
    owed: tuple[Step, ...] = ()  # of a run that turns back: what is to be undone
    freed: tuple[str, ...] = ()  # of a run that has ended by it: the targets it let go of
    standing: tuple[Step, ...] = ()  # of a run that is given up: the steps whose effects stay


def decide(means: Means, run: Run, word: Word, *, may_write: bool = True) -> Decided:
    """Decide about what a run waits for; it is all written at once, and the run stays as it is, to be resumed.

    Without `may_write` nothing is changed, and what would be is returned. Raise RunOverError, RunBusyError or a
    DecisionError, with nothing changed, when the decision may not be made.
    """
    word = replace(word, by=word.by or owners.user())
    must_be_open(means, run, "there is nothing to decide")
    must_be_free(means, run)
    if word.answer is not Answer.APPROVE and not word.why.strip():
        raise ReasonMissingError(run.id, answer=str(word.answer))
    match word.answer:
        case Answer.ABORT:
            return _abort(means, run, word, may_write=may_write)
        case Answer.COMPENSATE:
            return _turn_back(means, run, word, may_write=may_write)
        case _:
            return _answer(means, run, word, may_write=may_write)


def may_be_decided(means: Means, run: Run) -> bool:
    """Tell whether there is anything about the run that somebody may answer."""
    left = left_by_workers(means, run)
    is_open = run.state.is_resumable
    return is_open and any(about_of(run, step, left) is not None for step in means.journal.steps(run.id))


def _answer(means: Means, run: Run, word: Word, *, may_write: bool) -> Decided:
    now = means.clock.now()
    case = Case(
        run=run,
        steps=means.journal.steps(run.id),
        left=left_by_workers(means, run),
        launchers=launchers(means, run),
        now=now,
    )
    found = chosen(case, word)
    must_be_allowed(case, word, found)
    decision = Decision(answer=word.answer, by=word.by, at=now, why=word.why, variables=encoded(word.variables))
    about, entries, changed = found[0][1], [], {}
    for step, asked in found:
        after, results = answered(step, asked, decision, case.left.get((step.host, step.key)))
        changed[step.host, step.key] = after
        told = {"answer": str(word.answer), "why": word.why}
        entries.append(step_entry("step.resolved", after, *results, attempt=run.attempt, actor=word.by, **told))
    steps = [changed.get((step.host, step.key), step) for step in case.steps]
    names = sorted(str(name) for name in word.variables)
    made = _made(
        run, word, about=str(about), step=found[0][0].key, hosts=[step.doer for step, _asked in found], vars=names
    )
    after_run, freed = revised(run), tuple[str, ...]()
    if about is About.COMPENSATION and _is_all_undone(run, steps):
        after_run, freed = _compensated(means, run, word, [made, *entries], may_write=may_write)
    elif may_write:
        commit(means, run, [replace(made, puts=(after_run, fenced(means, run))), *entries])
    decided = Decided(run=after_run, answer=word.answer, about=about, steps=tuple(changed.values()), freed=freed)
    return replace(decided, waiting=_waiting(case, after_run, steps))


def _compensated(
    means: Means, run: Run, word: Word, entries: Sequence[Entry], *, may_write: bool
) -> tuple[Run, tuple[str, ...]]:
    """End a run that goes back, and owes nothing more; return it, and the targets that it lets go of."""
    after = revised(run, state=RunState.COMPENSATED, updated=means.clock.now())
    freed, releasing = released(means, after, word.by)
    if may_write:
        ended = run_entry("run.compensated", after, actor=word.by, why=word.why)
        ended = replace(ended, puts=(*ended.puts, fenced(means, run)))
        commit(means, run, [*entries, ended, *releasing])
        means.spool.drop_run(run.id)
    return after, freed


def _turn_back(means: Means, run: Run, word: Word, *, may_write: bool) -> Decided:
    if run.is_going_back:
        why = "it goes back already, and the same command goes on with that"
        raise RunOverError(run.id, state=str(run.state), why=why, decided=last_decision(means, run))
    steps = means.journal.steps(run.id)
    debt = owed(steps)
    if debt.pivot is not None:
        raise NoWayBackError(run.id, pivot=debt.pivot.name, host=debt.pivot.doer)
    if not debt.undoings:
        raise NoWayBackError(run.id)
    after = revised(run, is_going_back=True, back=WayBack(), reason=word.why, updated=means.clock.now())
    if may_write:
        turned = run_entry("run.compensating", after, actor=word.by, reason=word.why)
        turned = replace(turned, puts=(*turned.puts, fenced(means, run)))
        commit(means, run, [_made(run, word, about="run"), turned])
    return Decided(run=after, answer=word.answer, owed=tuple(remaining(steps)))


def _abort(means: Means, run: Run, word: Word, *, may_write: bool) -> Decided:
    if may_write:
        given_up = abandon(means, run, why=word.why, by=word.by, first=[_made(run, word, about="run")])
        freed, stays = given_up.freed, given_up.standing
        return Decided(run=given_up.run, answer=word.answer, freed=freed, standing=stays)
    after = replace(run, state=RunState.ABANDONED, reason=word.why)
    names, _entries = released(means, after, word.by)
    stays = tuple(standing(means.journal.steps(run.id)))
    return Decided(run=after, answer=word.answer, freed=names, standing=stays)


def _made(run: Run, word: Word, *, about: str, **told: object) -> Entry:
    """Return the entry that tells of the decision; of variables it tells the names: values may be secrets."""
    return entry("decision.made", run, word.by, answer=str(word.answer), about=about, why=word.why, **told)


def _is_all_undone(run: Run, steps: Sequence[Step]) -> bool:
    return run.is_going_back and not run.back.is_forward_after and not remaining(steps)


def _waiting(case: Case, run: Run, steps: Sequence[Step]) -> tuple[Question, ...]:
    return questions(run, steps, case.left, launchers=case.launchers, now=case.now)
