# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Durable runs from a program: start a playbook, wait for it, look at its run, decide about it, resume it.

docs/python.md shows a program. Plays are started by ansible-runner; all else asks the journal, from any machine that
can reach it. What the engine refuses is raised as one of its errors (`EngineError`), with the sentence that ``saga``
would print.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from ._engine import control, operator, owners
from ._engine.clock import SystemClock
from ._engine.errors import EngineError, RunBusyError, RunOverError
from ._engine.finding import find_run
from ._engine.inspection import Sight, look, who_works
from ._engine.journal import Journal
from ._engine.journal.access import Access
from ._engine.journal.opening import absolute, existing_journal, spool_path, without_password
from ._engine.records import Run, Wish
from ._engine.report import Question, counted
from ._engine.request import Means
from ._engine.spool import Spool

__all__ = ["EngineError", "Job", "Outcome", "Pending", "Runs", "Status"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """Something that waits for a decision: what it is about, which answers fit, and who may give them."""

    about: str  # approval, failure, doubt, compensation
    step: str
    key: str
    where: str
    hosts: tuple[str, ...]
    known: str
    prompt: str
    approvers: tuple[str, ...]  # empty: anybody
    answers: tuple[str, ...]  # the proposed one first


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Where a run stands. `state` is running, compensating, stopped, parked, completed, compensated or abandoned."""

    id: str
    workflow: str
    state: str
    reason: str
    attempt: int
    is_live: bool | None  # None: it may be at work, on another machine
    who: str  # that is at work on it, in words
    targets: tuple[str, ...]
    counts: Mapping[str, int]  # steps on hosts, by where they stand
    pending: tuple[Pending, ...]
    next: tuple[str, ...]  # the command to type; empty: nothing is left to do

    @property
    def is_over(self) -> bool:
        """True when nothing of it can be resumed."""
        return self.state in {"completed", "compensated", "abandoned"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a process ended: ansible-runner's word and the exit code, and where its run stands then.

    No run: it was refused before one began, or no play of it is durable; `runner` of the job has what it printed.
    """

    word: str  # successful, failed, canceled, timeout
    code: int
    run: Status | None


class Job:
    """A playbook that ansible-runner runs in a thread of this process; made by :meth:`Runs.start`."""

    def __init__(self, runs: Runs, options: Mapping[str, Any]) -> None:
        self._runs = runs
        self._is_canceled = threading.Event()
        self._told: dict[str, Any] = {}
        self._pid = 0
        self._seen = threading.Event()
        given = options.get("event_handler")

        def event_handler(event: dict[str, Any]) -> bool:
            self._take(event)
            return bool(given(event)) if given else True

        wished = options.get("cancel_callback")
        self._thread, self.runner = _ansible_runner().run_async(
            **{
                "quiet": True,
                **options,
                "event_handler": event_handler,
                "cancel_callback": lambda: self._is_canceled.is_set() or bool(wished and wished()),
            }
        )

    @property
    def is_at_work(self) -> bool:
        """True until ansible-runner has done with it."""
        return bool(self._thread.is_alive())

    @property
    def run(self) -> Status | None:
        """The run as it is now; None before it has begun, and where there is none."""
        if known := self._told.get("id"):
            return self._runs.status(known)
        return self._runs.worked_on_by(self._pid) if self._pid else None

    def wait(self, timeout: float | None = None) -> Outcome | None:
        """Return how it ended; None after `timeout` seconds, when it is still at work."""
        self._thread.join(timeout)
        if self._thread.is_alive():
            return None
        code = -1 if self.runner.rc is None else int(self.runner.rc)
        return Outcome(word=str(self.runner.status), code=code, run=self.run)

    def cancel(self) -> None:
        """Kill the process, as ansible-runner does: its run can be resumed. :meth:`Runs.pause` stops it more gently."""
        self._is_canceled.set()

    def _take(self, event: Mapping[str, Any]) -> None:
        self._pid = int(event.get("pid") or self._pid)
        if event.get("event") == "playbook_on_stats":
            self._told = dict(event["event_data"].get("artifact_data", {}).get("saga_run", {}))


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of a journal.

    `journal` is a path or URL as in ``SAGA_JOURNAL``; `password` that of a server, `user` in whose name decisions are
    made where none is named (default: the account of this process).
    """

    journal: str
    password: str = field(default="", repr=False, kw_only=True)
    user: str = field(default_factory=owners.user, kw_only=True)

    def start(self, *, run_id: str = "", **options: Any) -> Job:
        """Start a playbook with ansible-runner's own `options` (private_data_dir, playbook, inventory, limit, ...).

        An unfinished run of the workflow is resumed; `run_id` asks for the run with that id, or gives it to a new one.
        """
        url, password = without_password(self.journal)
        environment = {"SAGA_JOURNAL": absolute(url), **dict(options.pop("envvars", {}))}
        if password := password or self.password:
            environment["SAGA_REDIS_PASSWORD"] = password
        if run_id:
            environment["SAGA_RUN_ID"] = run_id
        return Job(self, {**options, "envvars": environment})

    def resume(self, run: str, **options: Any) -> Job:
        """Go on with a run, given the options that it was started with.

        Raise RunOverError when nothing is left to resume, RunBusyError when somebody is at work on it.
        """
        with self._opened() as means:
            found = find_run(means.journal, run)
            if not found.state.is_resumable:
                raise RunOverError(found.id, state=str(found.state), why="there is nothing to resume")
            if control.is_at_work(means, found):
                who = who_works(means, found).who
                raise RunBusyError(found.id, workflow=found.workflow, who=who, since=found.updated)
        return self.start(run_id=found.id, **options)

    def status(self, run: str = "") -> Status:
        """Return the run whose id begins with `run`; the newest for an empty one. Raise RunUnknownError."""
        with self._opened() as means:
            return _status(look(means, run))

    def list(self, *, workflow: str = "", is_open: bool = False) -> list[Status]:
        """Return the runs, newest first: those of a workflow, those that can be resumed."""
        with self._opened() as means:
            found = [run for run in means.journal.runs(workflow=workflow) if run.state.is_resumable or not is_open]
            return [_status(look(means, run.id)) for run in found]

    def decide(
        self,
        run: str,
        answer: str,
        *,
        step: str = "",
        host: str = "",
        why: str = "",
        by: str = "",
        variables: Mapping[str, Any] | None = None,
    ) -> Status:
        """Answer what a run waits for (approve, deny, retry, skip, done, compensate, abort); a resume acts on it.

        `step` and `host` are needed only where more than one waits. Raise a DecisionError when it may not be decided.
        """
        word = operator.Word(
            answer=operator.Answer(answer),
            step=step,
            host=host,
            why=why,
            by=by or self.user,
            variables=dict(variables or {}),
        )
        with self._opened() as means:
            decided = operator.decide(means, find_run(means.journal, run), word)
            return _status(look(means, decided.run.id))

    def pause(self, run: str, *, why: str = "") -> None:
        """Ask whoever works on a run to stop before the next step, everything kept; wait on the job for that."""
        self._ask(run, Wish.PAUSE, why)

    def cancel(self, run: str, *, why: str, is_undone: bool = False) -> None:
        """Ask whoever works on a run to end it, and, if `is_undone`, to undo what it did."""
        self._ask(run, Wish.COMPENSATE if is_undone else Wish.CANCEL, why)

    def worked_on_by(self, pid: int) -> Status | None:
        """Return the run that a process of this machine works on, or was the last to work on."""
        with self._opened() as means:
            found = next((run for run in means.journal.runs() if _is_worked_on(means.journal, run, pid)), None)
            return None if found is None else _status(look(means, found.id))

    def _ask(self, run: str, wish: Wish, why: str) -> None:
        with self._opened() as means:
            control.ask(means, find_run(means.journal, run), wish, why=why)

    @contextmanager
    def _opened(self) -> Iterator[Means]:
        url, password = without_password(self.journal)
        clock = SystemClock()
        access = replace(Access(), password=password or self.password)
        journal = existing_journal(url, clock=clock, access=access)
        try:
            yield Means(journal=journal, spool=Spool(spool_path(url)), clock=clock, tell=lambda _text: None)
        finally:
            journal.close()


def _is_worked_on(journal: Journal, run: Run, pid: int) -> bool:
    known = [part.owner for part in journal.slices(run.id) if part.owner is not None]
    return any(owner.pid == pid and owners.is_here(owner) for owner in known)


def _status(sight: Sight) -> Status:
    view = sight.view
    run = view.run
    return Status(
        id=run.id,
        workflow=run.workflow,
        state=str(run.state),
        reason=run.reason,
        attempt=run.attempt,
        is_live=sight.at_work.is_live,
        who=sight.at_work.who,
        targets=run.targets,
        counts=counted(sight.steps, is_live=sight.at_work.is_live is not False),
        pending=tuple(_pending(question) for question in view.questions),
        next=view.next.command,
    )


def _pending(question: Question) -> Pending:
    step = question.step
    return Pending(
        about=str(question.about),
        step=step.name,
        key=step.key,
        where=step.where,
        hosts=question.hosts,
        known=question.known,
        prompt=question.prompt,
        approvers=question.approvers,
        answers=tuple(map(str, question.answers)),
    )


def _ansible_runner() -> Any:
    try:
        import ansible_runner  # noqa: PLC0415  for programs that start plays, and for nobody else
    except ImportError:
        raise ImportError("starting a playbook needs the Python package ansible-runner") from None
    return ansible_runner
