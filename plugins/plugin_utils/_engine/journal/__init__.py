# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal: what the engine needs of a store; :mod:`.opening` has the door that opens one by its URL."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Protocol

from ..records import Bundle, Control, Entry, Event, Fence, Lease, PlannedStep, Result, Run, Slice, Step, Waiter

__all__ = ["Journal", "Records"]


class Records(Protocol):
    """What is remembered of runs: written with the events that tell of it, or not at all."""

    def commit(self, entries: Sequence[Entry], *, fence: Fence | None = None) -> None:
        """Write the entries' events and all that they put, durably, together or not at all.

        Raise StaleAttemptError if none of the run's slices has the fence's token, RunChangedError if the run has
        another version, LeaseConflictError if a lease to be taken is not the expected one.
        """

    def runs(self, *, run: str = "", workflow: str = "") -> list[Run]:
        """Return runs, newest first: those whose id begins with `run`, those of `workflow`."""

    def slices(self, run: str) -> list[Slice]:
        """Return the run's slices, in the order of their attempts."""

    def plan(self, run: str) -> tuple[PlannedStep, ...]:
        """Return the steps that were foreseen when the run began."""

    def control(self, run: str) -> Control | None:
        """Return what an operator asks of the run's attempts; None: nothing."""

    def steps(self, run: str) -> list[Step]:
        """Return the run's steps in the order of their starts, without results."""

    def results(self, run: str, host: str, key: str) -> dict[str, str]:
        """Return a step's stored results: of the whole step under "", of loop items under their keys."""

    def results_on(self, run: str, hosts: Sequence[str], key: str) -> dict[str, dict[str, str]]:
        """Return what :meth:`results` does, of those of several hosts that have some, by the host."""

    def all_results(self, run: str) -> Iterator[Result]:
        """Yield what is stored of all steps of the run, in any order; no more than a few of them are in memory."""

    def events(
        self, run: str, *, after: int = 0, types: Collection[str] = (), steps: Collection[str] = ()
    ) -> Iterator[Event]:
        """Yield the run's events in order, those whose seq is larger than `after`; a page of them is in memory.

        With `types`, only those of one of them; with `steps`, only those about a step with one of these keys.
        """

    def head(self, run: str) -> tuple[int, str]:
        """Return how many events the run has, and the hash of the last one."""

    def heads(self) -> dict[str, int]:
        """Return how many events each run has, by its id."""


class Leases(Protocol):
    """Who holds which target, and who waits for it; taken and given up by :meth:`Records.commit`."""

    def now(self) -> float:
        """Return the store's clock, in seconds since the epoch: leases expire by it, whoever looks."""

    def next_token(self) -> int:
        """Return a number larger than all that were returned before, by any process."""

    def leases(self, names: Iterable[str] | None = None) -> list[Lease]:
        """Return the leases that are held, of all targets or of these."""

    def renew(self, fence: Fence, *, ttl: float) -> None:
        """Let all leases that the run holds with this token expire `ttl` seconds from now, but those without an expiry.

        Raise StaleAttemptError as commit does.
        """

    def wait(self, waiter: Waiter) -> None:
        """Stand in line, or go on standing at the same place, until the waiter's `until`."""

    def leave(self, ticket: str) -> None:
        """Stand in line no more."""

    def waiters(self) -> list[Waiter]:
        """Return who stands in line, first come first; not those whose time has passed."""


class Keeping(Protocol):
    """Runs that come from another journal, or are no longer needed."""

    def load(self, bundle: Bundle) -> None:
        """Write a run as another journal had it, events and all, and give out no token that it has.

        Raise RunKnownError if a run with its id is there.
        """

    def drop(self, run: str, *, version: int) -> None:
        """Forget a run, its events and its leases; an unknown one is forgotten already.

        Raise RunChangedError, with all of it kept, if the run has another version.
        """

    def reclaim(self) -> None:
        """Give back the space of what was dropped, in bites that hold nobody up who writes meanwhile."""


class Journal(Records, Leases, Keeping, Protocol):
    """A durable, transactional store; every store passes tests/conformance.

    Errors of the store come as JournalError, never as those of its library.
    """

    def marking_key(self, *, may_make: bool = True) -> bytes:
        """Return the key with which values are marked that the journal may not hold, making it if there is none.

        Where it may not be made, whoever only looks gets one that no mark was ever made with.

        It is beside the records, not among them: an export of a run or of its audit does not let anybody try out what
        a short secret was.
        """

    def close(self) -> None:
        """Let go of the store; what was committed stays."""
