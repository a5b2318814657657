# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof that a record holds: its chain from end to end, its anchors, the states and the results that it tells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..errors import JournalCorruptError
from ..records import Event, Run, Step
from .accounts import States
from .anchors import Anchor, unheld
from .breaks import Chain
from .chain import End, Finding, follows
from .kept import Kept, Told, altered


class Hearing:
    """What a chain of events tells, which holds: of states, and of what is stored beside them."""

    def __init__(self) -> None:
        self._states = States()
        self._told = Told()

    def hear(self, events: Iterable[Event]) -> None:
        """Take in what further events tell; none of them is kept."""
        self._told.hear(self._states.heard(events))

    def objections(self, run: Run, steps: Sequence[Step], kept: Kept) -> Iterator[Finding]:
        """Yield what a journal has otherwise than the events tell."""
        yield from self._states.unaccounted(run, steps)
        yield from altered(run, steps, kept, self._told)


class Walk:
    """One pass over a run's events, each of them yielded as long as it follows from the one before."""

    def __init__(self, run: str, anchors: Iterable[Anchor] = ()) -> None:
        self._run = run
        self._anchored: dict[int, str] = {}
        self.end = End(count=0, head="")
        self.holds = all(self._anchored.setdefault(anchor.events, anchor.hash) == anchor.hash for anchor in anchors)
        self.holds = self._anchored.pop(0, "") == "" and self.holds

    def over(self, events: Iterable[Event]) -> Iterator[Event]:
        """Walk; `end` is where it has come to, and `holds` tells whether nothing was wrong up to there."""
        count, head = 0, ""
        try:
            for event in events:
                count += 1
                self.holds = (
                    self.holds
                    and (event.seq, event.run) == (count, self._run)
                    and follows(event, head)
                    and self._anchored.pop(count, event.hash) == event.hash
                )
                if not self.holds:
                    return
                head = event.hash
                yield event
        except JournalCorruptError:
            self.holds = False
        self.holds = self.holds and not self._anchored
        self.end = End(count=count, head=head)


def verify(
    run: Run, steps: Sequence[Step], events: Iterable[Event], kept: Kept, *, count: int, head: str
) -> Iterator[Finding]:
    """Yield what does not hold: the first break of the chain; if there is none, what no event tells."""
    yield from examine(run, steps, Chain.of(run.id, events), kept, end=End(count=count, head=head))


def examine(
    run: Run, steps: Sequence[Step], chain: Chain, kept: Kept, *, end: End, anchors: Sequence[Anchor] = ()
) -> Iterator[Finding]:
    """Yield what does not hold of a chain that should end so, and that should have these anchors at their places.

    After a break nothing is known of states and results.
    """
    if broken := list(_of_chain(chain, end, anchors)):
        yield from broken
        return
    hearing = Hearing()
    hearing.hear(chain.events)
    yield from hearing.objections(run, steps, kept)


def examine_alone(chain: Chain, anchors: Sequence[Anchor] = ()) -> Iterator[Finding]:
    """Yield what does not hold of a chain of which nobody says where it should end, or what state it has come to."""
    yield from _of_chain(chain, None, anchors)


def _of_chain(chain: Chain, end: End | None, anchors: Sequence[Anchor]) -> Iterator[Finding]:
    if (broken := chain.first_break(end)) is not None:
        yield broken
    yield from unheld(chain, anchors)
