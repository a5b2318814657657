# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for leases: in a line that all processes of a journal stand in, so that nobody is passed by."""

from __future__ import annotations

import contextlib
import math
import random
from collections.abc import Callable, Sequence
from typing import TypeVar

from . import clock as clocks
from . import ids, owners
from .backoff import Backoff
from .clock import Clock
from .errors import EngineError, LeaseConflictError, RunChangedError, TargetAwaitedError, TargetHeldError
from .journal import Journal
from .leases import Claim, Standing, ahead
from .records import Lease, Waiter
from .slotted import dataclass

Taken = TypeVar("Taken")

_LOOKS = Backoff(first=0.25, jitter=0.4)  # seconds between two, not the same for all that wait
_STAYS = 4.0  # seconds for which a place is kept of whom nobody hears any more
_SAYS_SO = 1.0  # seconds after which who waits says so again


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How somebody waits: for so many seconds at most, with a word to whoever watches.

    `pause` sleeps for a while, and may raise to end the waiting.
    """

    limit: float = 0.0
    tell: Callable[[str], None] = lambda _text: None
    pause: Callable[[float], None] = clocks.sleep


class Line:
    """One process's place among those that wait for leases: it has one from its first refusal to its last word."""

    def __init__(
        self, journal: Journal, *, clock: Clock, names: Sequence[str], workflow: str, waiting: Waiting | None
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._names = tuple(names)
        self._workflow = workflow
        self._waiting = waiting
        self._ticket = ids.ulid(clock.now())
        self._since: float | None = None  # when it came, by the store's clock; None: it stands in no line
        self._said = -math.inf
        self._told: tuple[str, int] | None = None

    def until(self, take: Callable[[], Taken]) -> Taken:
        """Return what `take` does, as soon as it may; raise what it raises when it may not in time.

        For another slice of the same run there is no limit: it has what this one needs next, and then this one has it.
        """
        waiting = self._waiting
        if waiting is None:
            return take()
        deadline = self._clock.monotonic() + waiting.limit
        try:
            while True:
                try:
                    return take()
                except (LeaseConflictError, RunChangedError):
                    continue  # somebody was faster: look again
                except (TargetAwaitedError, TargetHeldError) as error:
                    deadline = math.inf if error.is_beside else deadline
                    left = deadline - self._clock.monotonic()
                    if left <= 0:
                        raise
                    self._stand()
                    self._say(error, waiting, is_endless=deadline == math.inf)
                waiting.pause(min(_LOOKS.after(1, random.random), left))
        finally:
            self.leave()

    def must_be_next(self, claim: Claim) -> None:
        """Raise TargetAwaitedError if somebody waits for a target that is claimed, and came before."""
        if before := self._ahead(claim.names, claim.run):
            raise TargetAwaitedError(
                next(name for name in claim.names if name in before[0].names),
                workflow=before[0].workflow,
                who=str(before[0].owner),
                since=before[0].since,
                others=len(before) - 1,
                run=claim.run,
            )

    def leave(self) -> None:
        """Stand in line no more."""
        if self._since is not None:
            self._since = None
            with contextlib.suppress(EngineError):  # whoever is not heard of is out of the line anyway
                self._journal.leave(self._ticket)

    def _ahead(self, names: Sequence[str], run: str) -> tuple[Waiter, ...]:
        line = [waiter for waiter in self._journal.waiters() if owners.is_alive(waiter.owner) is not False]
        if not line:
            return ()
        one = Standing(ticket=self._ticket, names=tuple(names), run=run, owner=owners.this_process())
        return ahead(one, line, self._journal.leases())

    def _stand(self) -> None:
        moment = self._clock.monotonic()
        if self._since is not None and moment - self._said < _SAYS_SO:
            return
        now = self._journal.now()
        self._since, self._said = self._since or now, moment
        self._journal.wait(
            Waiter(
                ticket=self._ticket,
                names=self._names,
                workflow=self._workflow,
                owner=owners.this_process(),
                since=self._since,
                until=now + _STAYS,
            )
        )

    def _say(self, error: TargetAwaitedError | TargetHeldError, waiting: Waiting, *, is_endless: bool) -> None:
        """Tell whom it waits for, and behind how many; again when that changes."""
        before = len(self._ahead(self._names, error.run))
        if self._told == (error.holder, before):
            return
        self._told = (error.holder, before)
        limit = "until another slice lets go" if is_endless else f"up to {waiting.limit:.0f} s"
        queue = {0: "next in line", 1: "one waits before this"}.get(before, f"{before} wait before this")
        waiting.tell(f"waiting {limit}: {error.what} ({queue}, since {clocks.text(self._since or 0)})")


def waiting_for(journal: Journal, leases: Sequence[Lease]) -> tuple[Waiter, ...]:
    """Return who waits for any of these leases, first come first."""
    names = {lease.name for lease in leases}
    living = (waiter for waiter in journal.waiters() if owners.is_alive(waiter.owner) is not False)
    return tuple(waiter for waiter in living if names & set(waiter.names))
