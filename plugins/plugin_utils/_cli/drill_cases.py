# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One case of a drill from its reset to its verdict, and the uninterrupted runs that it is measured by."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from .._engine import points
from .._engine.drill import Baseline, Case, Fault, Mark, Moment, Order, Seen, Verdict, judge, parts
from .._engine.drill import Word as Ending
from .._engine.drill.judging import State, difference
from .._engine.drill.refusals import DrillError
from .._engine.errors import RunOverError
from .._engine.inspection import look
from .._engine.operator import Answer, Word, decide
from .._engine.records import Run, RunState, Step, StepState, Undo
from .._engine.report import About
from .._engine.report.status import standing
from .._engine.request import Means
from .._engine.saga import owed
from .._engine.turning import turn_back
from .drill_stage import Stage

_MOST = 20  # processes that one case may take: each gate and each doubt takes one
_WHY = "drill"
_ENDED = frozenset({StepState.OK, StepState.SKIPPED, StepState.FAILED, StepState.UNREACHABLE})
_FIRST_ANSWER = {Moment.UNSAID: Answer.DONE, Moment.DURING: Answer.DONE}
_OTHER = {Answer.DONE: Answer.RETRY, Answer.RETRY: Answer.DONE}


def baseline(stage: Stage) -> Baseline:
    """Run the playbook twice, uninterrupted, and return what it led to; raise DrillError if that tells nothing."""
    before = stage.reset()
    trial = _Trial(stage=stage, name="baseline")
    trial.play(Order())
    after, effects, objection = stage.look()
    with stage.opened(trial.name) as means:
        run = _run(means)
        steps = means.journal.steps(run.id) if run else []
        loops = {
            (step.host, step.key) for step in steps if run and any(means.journal.results(run.id, step.host, step.key))
        }
    if run is None or run.state is not RunState.COMPLETED:
        how = f"its run is {run.state}" if run else "no step of it is durable"
        raise DrillError(f"uninterrupted, the playbook does not end well: {how}\n{trial.last_words}")
    if objection:
        raise DrillError(f"after an uninterrupted run the verify playbook fails:\n{objection}")
    again_before = stage.reset()
    if told := difference(before, again_before):
        raise DrillError(f"after the reset the state is not what it was before the first run:\n{told}")
    second = _Trial(stage=stage, name="again")
    second.play(Order())
    again = stage.look()
    for which, one, other in (("state", after, again[0]), ("effects", _sorted(effects), _sorted(again[1]))):
        if told := difference(one, other):
            raise DrillError(
                f"two uninterrupted runs end in different {which}; let --{which} leave out what differs each time:\n"
                f"{told}"
            )
    return Baseline(
        parts=parts(steps, trial.seconds(), loops), before=before, after=after, effects=effects, begun=trial.begun()
    )


def tried(stage: Stage, case: Case, measure: Baseline, *, name: str, doubts: str) -> Verdict:
    """Try a case, and judge it; with `doubts` auto the second answer to a doubt is tried if the first is wrong."""
    began = time.monotonic()
    first = Answer(doubts) if doubts != "auto" else _FIRST_ANSWER.get(case.moment, Answer.RETRY)
    try:
        verdict = _tried(stage, case, measure, name=name, answer=first)
    except DrillError as error:  # the next case begins with another reset
        what = str(error).partition("\n")[0]
        fault = Fault(what=what, steps=(case.part.name,), difference=str(error).partition("\n")[2])
        return Verdict(case=case, word=Ending.WRONG, faults=(fault,), seconds=time.monotonic() - began)
    if doubts == "auto" and not verdict.is_right and verdict.how:
        second = _tried(stage, case, measure, name=f"{name}-again", answer=_OTHER[first])
        verdict = second if second.is_right else verdict
    return replace(verdict, seconds=time.monotonic() - began)


def _tried(stage: Stage, case: Case, measure: Baseline, *, name: str, answer: Answer) -> Verdict:
    if told := difference(measure.before, stage.reset()):
        raise DrillError(
            f"before {case.part.title}, {case.moment}: the reset does not make the state what it was:\n{told}"
        )
    trial = _Trial(stage=stage, name=name, case=case, answer=answer)
    trial.play(case.order)
    if trial.is_struck and not case.moment.is_kill:
        trial.follow_up()
    seen = trial.seen()
    return judge(case, seen, measure)


@dataclass
class _Trial:
    """The processes that one journal sees."""

    stage: Stage
    name: str
    case: Case | None = None
    answer: Answer = Answer.RETRY
    is_struck: bool = False
    is_past_pivot: bool = False
    answered: str = ""
    in_hand: frozenset[points.Place] = frozenset()
    marks: list[Mark] = field(default_factory=list)
    last_words: str = ""

    def begun(self) -> Counter[points.Place]:
        """Count how often work on each step has begun."""
        return Counter(mark.place for mark in self.marks if mark.fact == "begun")

    def seconds(self) -> dict[points.Place, float]:
        """Return how long the work on each step took, the first time."""
        begun: dict[points.Place, float] = {}
        took: dict[points.Place, float] = {}
        for mark in self.marks:
            if mark.fact == "begun":
                begun.setdefault(mark.place, mark.at)
            elif mark.place in begun:
                took.setdefault(mark.place, mark.at - begun[mark.place])
        return took

    def play(self, order: Order, *, run: str = "") -> None:
        """Run the playbook until it has ended: again after it was killed, and after each decision that it waits for."""
        for _time in range(_MOST):
            played = self.stage.run(self.name, Order() if self.is_struck else order, run=run)
            self.marks += played.marks
            self.last_words = played.last_words
            was_struck, self.is_struck = self.is_struck, self.is_struck or played.is_struck
            is_killed = self.is_struck and not was_struck and self.case is not None and self.case.moment.is_kill
            with self.stage.opened(self.name) as means:
                found = _run(means)
                if is_killed and found is not None:
                    steps = means.journal.steps(found.id)
                    ended = {(step.host, step.key) for step in steps if step.state in _ENDED}
                    self.in_hand = frozenset(self.begun().keys() - ended)
                if is_killed:
                    continue
                if found is None or not found.state.is_resumable or not self._decide(means, found):
                    return

    def follow_up(self) -> None:
        """Undo what a failure has left where the playbook does not; go on where it is past its pivot."""
        with self.stage.opened(self.name) as means:
            run = _run(means)
            if run is None or not run.state.is_resumable or run.is_going_back:
                return
            self.is_past_pivot = owed(means.journal.steps(run.id)).pivot is not None
            if self.is_past_pivot:
                for question in look(means, run.id).view.questions:
                    if question.about is About.FAILURE:
                        decide(means, run, Word(answer=Answer.RETRY, step=question.step.key, why=_WHY))
            else:
                try:
                    turn_back(means, run, to="", why=_WHY)
                except RunOverError:  # there is nothing to undo
                    return
        self.play(Order(), run=run.id)

    def seen(self) -> Seen:
        """Return what it has led to."""
        state, effects, objection = self.stage.look()
        with self.stage.opened(self.name) as means:
            run = _run(means)
            steps = means.journal.steps(run.id) if run else []
            looked = self._looked(means, run)
        forward = [step for step in steps if step.is_forward]
        return Seen(
            is_struck=self.is_struck,
            run_state=run.state if run else None,
            reason=run.reason if run else "",
            state=state,
            effects=effects,
            objection=objection,
            begun=self.begun(),
            in_hand=self.in_hand,
            looked=looked,
            answer=self.answered,
            undone=_names(step for step in forward if step.undo is Undo.COMPENSATED),
            not_undone=_names(step for step in forward if step.undo is Undo.FAILED),
            standing=_names(step for step in standing(steps) if not step.contract.compensate),
            is_past_pivot=self.is_past_pivot,
        )

    def _decide(self, means: Means, run: Run) -> bool:
        """Answer what the run waits for, if a drill may; tell whether anything was."""
        asked = [question for question in look(means, run.id).view.questions if question.about in _MAY_ANSWER]
        for question in asked:
            for step in question.steps:
                answer = Answer.APPROVE if question.about is About.APPROVAL else self._said(step)
                decide(means, run, Word(answer=answer, host=step.doer, step=step.key, why=_WHY))
        return bool(asked)

    def _said(self, step: Step) -> Answer:
        """Return the answer about a doubt: the one that is tried; of other steps the drill knows what is true."""
        place = step.host, step.key
        if self.case is not None and place == self.case.part.place:
            self.answered = str(self.answer)
            return self.answer
        is_done = any(mark.fact == "ended" and mark.place == place for mark in self.marks)
        return Answer.DONE if is_done else Answer.RETRY

    def _looked(self, means: Means, run: Run | None) -> str:
        if run is None or self.case is None:
            return ""
        place = self.case.part.place
        told = [
            str(event.data.get("answer"))
            for event in means.journal.events(run.id)
            if event.type == "step.resolved" and (event.host, event.step) == place
        ]
        return told[-1] if told else ""


_MAY_ANSWER = frozenset({About.APPROVAL, About.DOUBT})


def _run(means: Means) -> Run | None:
    return next(iter(means.journal.runs()), None)


def _names(steps: Iterable[Step]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(step.name for step in steps))


def _sorted(state: State) -> State:
    return {host: tuple("\n".join(sorted(text.splitlines())) for text in texts) for host, texts in state.items()}
