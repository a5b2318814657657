# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""First come, first served: who has to get a target before somebody else may. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..records import Lease, Owner, Waiter
from ..slotted import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Who wants which names, for which run; a ticket that is not in the line is that of a newcomer."""

    ticket: str
    names: tuple[str, ...]
    run: str
    owner: Owner

    def is_holder(self, lease: Lease) -> bool:
        """Tell whether a lease is this one's, or its run's."""
        return lease.run == self.run or lease.owner == self.owner


def ahead(one: Standing, line: Sequence[Waiter], held: Iterable[Lease]) -> tuple[Waiter, ...]:
    """Return the waiters that came before and want one of the names, too; what its own run holds needs no line.

    Whoever waits for what this one holds, directly or over others, is not before it: they would wait for each other.
    """
    leases = tuple(held)
    wanted = set(one.names) - {lease.name for lease in leases if one.is_holder(lease)}
    return tuple(
        waiter
        for waiter in _before(one.ticket, line)
        if wanted & set(waiter.names) and waiter.owner != one.owner and not _waits_for(one, waiter, line, leases)
    )


def _before(ticket: str, line: Sequence[Waiter]) -> Sequence[Waiter]:
    place = next((place for place, waiter in enumerate(line) if waiter.ticket == ticket), len(line))
    return line[:place]


def _waits_for(one: Standing, waiter: Waiter, line: Sequence[Waiter], held: Sequence[Lease]) -> bool:
    """Tell whether a waiter comes to its turn only when this one has let something go."""
    met, to_look_at = {waiter.ticket}, [waiter]
    while to_look_at:
        looked_at = to_look_at.pop()
        names = set(looked_at.names)
        in_its_way = [lease for lease in held if lease.name in names and lease.owner != looked_at.owner]
        if any(one.is_holder(lease) for lease in in_its_way):
            return True
        holders = {lease.owner for lease in in_its_way}
        earlier = [other for other in _before(looked_at.ticket, line) if names & set(other.names)]
        new = [other for other in line if (other in earlier or other.owner in holders) and other.ticket not in met]
        met.update(other.ticket for other in new)
        to_look_at += new
    return False
