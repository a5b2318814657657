# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an attempt knows of its run, and how it writes: each change with its event, under the run's fence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from .clock import Clock
from .entries import run_entry, step_entry
from .journal import Journal
from .records import Entry, Fence, Result, Run, Step


class Ledger:
    """A run and its steps, as they are in the journal; what is put here has been written there before."""

    def __init__(self, run: Run, journal: Journal, *, clock: Clock, actor: str) -> None:
        self.run = run
        self._journal = journal
        self._clock = clock
        self.actor = actor
        self._steps = {(step.host, step.key): step for step in journal.steps(run.id)}
        self._fence = Fence(run=run.id, token=run.token)

    def steps(self) -> list[Step]:
        """Return all steps of the run, as they are now."""
        return list(self._steps.values())

    def results_of(self, step: Step) -> dict[str, str]:
        """Return a step's stored results: the whole under "", loop items under their keys."""
        stored = self._journal.results(self.run.id, step.host, step.key)
        return {item: payload for item, payload in stored.items() if payload}

    def _forget(self, step: Step) -> list[Result]:
        """Return results that say nothing, in place of those that are there: a step that starts anew has none."""
        known = self.results_of(step)
        return [Result(run=step.run, host=step.host, key=step.key, item=item, payload="") for item in known]

    def _changed(self, **changes: object) -> Run:
        return replace(self.run, updated=self._clock.now(), **changes)  # type: ignore[arg-type]  # a field each

    def _entry(self, kind: str, step: Step, *puts: Result, **data: object) -> Entry:
        return step_entry(kind, step, *puts, attempt=self.run.attempt, actor=self.actor, **data)

    def _run_entry(self, kind: str, **data: object) -> Entry:
        return run_entry(kind, self.run, actor=self.actor, **data)

    def _put(self, steps: Iterable[Step]) -> None:
        self._steps.update({(step.host, step.key): step for step in steps})

    def _write(self, entries: Sequence[Entry]) -> None:
        self._journal.commit(entries, fence=self._fence)
