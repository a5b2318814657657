# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an attempt knows of its run, and how it writes: each change with its event, under the run's fence."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from .audit import End, Witness
from .clock import Clock
from .entries import run_entry, step_entry
from .errors import JournalLostError, RunChangedError, StaleAttemptError
from .journal import Journal
from .records import Entry, Event, Fence, PlannedStep, Put, Result, Run, RunState, Slice, Step, WayBack
from .slices import hosts_of


class Ledger:
    """A run, and the steps of one attempt's slice of it, as they are in the journal.

    What is put here has been written there before. `run` is the attempt's own copy: its `attempt` is which one it is.
    """

    def __init__(self, run: Run, mine: Slice, journal: Journal, *, clock: Clock, actor: str) -> None:
        self.slice = mine
        self._has_turned = run.is_going_back
        self.run = self._as_mine(run)
        self._known = run  # the run's record, as the journal had it when it was last looked at
        self._journal = journal
        self.clock = self._clock = clock
        self.actor = actor
        self.written: list[Callable[[], None]] = []  # called when events were written, each time
        theirs = hosts_of(self._beside())
        self._steps = {(step.host, step.key): step for step in self._read(theirs)}
        self._at_hand: dict[tuple[str, str], dict[str, str]] = {}  # results that were read before they are asked for
        self._fence = Fence(run=run.id, token=mine.token)
        self._witness = Witness(run.id, lambda after: journal.events(run.id, after=after))

    @property
    def is_sliced(self) -> bool:
        """Tell whether other attempts may be at work on the run."""
        return bool(self.run.slices)

    def steps(self) -> list[Step]:
        """Return all steps of the run, as they are now."""
        return list(self._steps.values())

    def step(self, host: str, key: str) -> Step | None:
        """Return one step of these."""
        return self._steps.get((host, key))

    def events(self, *, after: int = 0) -> list[Event]:
        """Return the run's events that have a larger number, whoever wrote them."""
        return list(self._journal.events(self.run.id, after=after))

    def audit_end(self) -> End:
        """Return where the run's audit ends now."""
        count, head = self._journal.head(self.run.id)
        return End(count=count, head=head)

    def plan(self) -> tuple[PlannedStep, ...]:
        """Return the steps that the playbook foresaw when the run began."""
        return self._journal.plan(self.run.id)

    def earlier(self, count: int) -> list[list[Step]]:
        """Return the steps of the newest runs of the same workflow that were completed, at most `count` of them."""
        runs = (run for run in self._journal.runs(workflow=self.run.workflow) if run.state is RunState.COMPLETED)
        return [self._journal.steps(run.id) for run in itertools.islice(runs, count)]

    def results_of(self, step: Step) -> dict[str, str]:
        """Return a step's stored results: the whole under "", loop items under their keys.

        Raise ResultAlteredError if they are of an earlier attempt, and not as it has written them.
        """
        stored = self._at_hand.get((step.host, step.key))
        if stored is None:
            stored = self._journal.results(self.run.id, step.host, step.key)
        if step.attempt != self.slice.attempt:
            self._witness.must_know(step, stored)
        return {item: payload for item, payload in stored.items() if payload}

    @contextmanager
    def _reading_ahead(self, places: Iterable[tuple[str, str]]) -> Iterator[None]:
        """Read the results of these hosts' steps at once; within, nothing may be written of them."""
        hosts: dict[str, list[str]] = {}
        for host, key in places:
            hosts.setdefault(key, []).append(host)
        for key, alike in hosts.items():
            found = self._journal.results_on(self.run.id, alike, key)
            self._at_hand.update({(host, key): found.get(host, {}) for host in alike})
        try:
            yield
        finally:
            self._at_hand.clear()

    def _forget(self, step: Step) -> list[Result]:
        """Return results that say nothing, in place of those that are there: a step that starts anew has none."""
        known = self.results_of(step)
        return [Result(run=step.run, host=step.host, key=step.key, item=item, payload="") for item in known]

    def _beside(self) -> list[Slice]:
        """Return the other slices of the run, as they are now."""
        parts = self._journal.slices(self.run.id) if self.run.slices else ()
        return [part for part in parts if part.attempt != self.slice.attempt]

    def _read(self, theirs: Collection[str]) -> list[Step]:
        """Return the steps of the run that are not about others' hosts."""
        steps = self._journal.steps(self.run.id)
        return [step for step in steps if not (set(step.batch) or {step.doer}) & set(theirs)]

    def _as_mine(self, run: Run) -> Run:
        """Return the run as this attempt sees it.

        Its slice may go back where the run does not; and where another slice has turned the run around, this one has
        still to come to its turn.
        """
        seen = replace(run, attempt=self.slice.attempt)
        if self._has_turned:
            return seen
        if self.slice.back is not None:
            return replace(seen, is_going_back=True, back=self.slice.back)
        return replace(seen, is_going_back=False, back=WayBack())

    def _look_again(self) -> None:
        """Read the run's record anew; raise JournalLostError when it is gone."""
        found = self._stored()
        if found is None:
            raise self._lost()
        self._known = found
        self.run = self._as_mine(found)

    def _change(
        self,
        change: Callable[[Run], Run],
        kind: str | Callable[[Run], str],
        *entries: Entry,
        puts: Sequence[Put] = (),
        then: Sequence[Entry] = (),
        **data: object,
    ) -> None:
        """Change the run's record, whatever others have made of it meanwhile, and tell of it after the entries."""
        while True:
            after = replace(change(self._known), updated=self._clock.now(), version=self._known.version + 1)
            word = kind if isinstance(kind, str) else kind(after)
            told = run_entry(word, after, actor=self.actor, **data)
            told = replace(told, attempt=self.slice.attempt, puts=(*told.puts, *puts))
            try:
                self._commit([*entries, told, *then], version=self._known.version)
            except RunChangedError:
                self._look_again()
            else:
                break
        self._known = after
        mine = [put for put in puts if isinstance(put, Slice) and put.attempt == self.slice.attempt]
        self.slice = mine[-1] if mine else self.slice
        self.run = self._as_mine(after)

    def _entry(self, kind: str, step: Step, *puts: Result, **data: object) -> Entry:
        return step_entry(kind, step, *puts, attempt=self.run.attempt, actor=self.actor, **data)

    def _put(self, steps: Iterable[Step]) -> None:
        self._steps.update({(step.host, step.key): step for step in steps})

    def _write(self, entries: Sequence[Entry]) -> None:
        self._commit(entries)

    def _commit(self, entries: Sequence[Entry], *, version: int | None = None) -> None:
        """Write under the fence; raise StaleAttemptError if another took over, JournalLostError if the run is gone."""
        try:
            fence = self._fence if version is None else replace(self._fence, version=version)
            self._journal.commit(entries, fence=fence)
        except StaleAttemptError:
            if self._stored() is None:
                raise self._lost() from None
            raise
        for tell in self.written:
            tell()

    def _stored(self) -> Run | None:
        return next((run for run in self._journal.runs(run=self.run.id) if run.id == self.run.id), None)

    def _lost(self) -> JournalLostError:
        # A server was emptied, or went on from an older state; nobody has overtaken us.
        return JournalLostError("of this run", f"run {self.run.id} is not in it any more")
