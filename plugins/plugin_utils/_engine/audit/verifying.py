# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof that a record holds: its chain from end to end, its anchors, the states and the results that it tells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..records import Event, Run, Step
from .accounts import unaccounted
from .anchors import Anchor, unheld
from .breaks import Chain
from .chain import End, Finding
from .kept import Kept, altered


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
    yield from unaccounted(run, steps, chain.events)
    yield from altered(run, steps, kept, chain.events)


def examine_alone(chain: Chain, anchors: Sequence[Anchor] = ()) -> Iterator[Finding]:
    """Yield what does not hold of a chain of which nobody says where it should end, or what state it has come to."""
    yield from _of_chain(chain, None, anchors)


def _of_chain(chain: Chain, end: End | None, anchors: Sequence[Anchor]) -> Iterator[Finding]:
    if (broken := chain.first_break(end)) is not None:
        yield broken
    yield from unheld(chain, anchors)
