# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may take a lease: a pure decision over what the journal says and what is known of the holders."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from .. import clock
from ..errors import TargetHeldError
from ..records import Lease, Owner, Run, RunState, Taking
from ..slotted import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What an attempt wants: every name for its run, with its token, until `expires`; all or nothing.

    `now` and `expires` are by the store's clock; `beside` are the tokens of attempts at other slices of the run.
    """

    names: tuple[str, ...]
    run: str
    token: int
    owner: Owner
    now: float
    expires: float
    beside: frozenset[int] = frozenset()
    on_orphan: str = "takeover"  # or "wait": let the TTL pass, or "fail": never take from another run


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What is known of a holder besides its lease."""

    run: Run | None
    step: str
    is_alive: bool | None  # its process or one of its workers; None: it ran on another machine


def takings(claim: Claim, held: Iterable[Lease], know: Callable[[Lease], Holding]) -> list[Taking]:
    """Return how to take all names of the claim; raise TargetHeldError for the first that another run may keep."""
    by_name = {lease.name: lease for lease in held}
    known: dict[str, Holding] = {}
    result = []
    for name in claim.names:
        lease = by_name.get(name)
        if lease is not None and (lease.run != claim.run or lease.token in claim.beside):
            if lease.run not in known:
                known[lease.run] = know(lease)
            if why := _why_kept(lease, known[lease.run], claim):
                raise _held(lease, known[lease.run], why, claim)
        result.append(
            Taking(
                lease=Lease(
                    name=name,
                    run=claim.run,
                    token=claim.token,
                    owner=claim.owner,
                    acquired=claim.now,
                    expires=claim.expires,
                ),
                expect=lease,
            )
        )
    return result


def kept(lease: Lease, until: float | None = None) -> Lease:
    """Return the lease as a parked run keeps it: until all that it waits for has expired, or without an expiry."""
    return replace(lease, expires=until)


def _why_kept(lease: Lease, holding: Holding, claim: Claim) -> str:
    if lease.expires is None:
        return "the run is parked and keeps its targets until it is resumed or abandoned"
    if holding.run is not None and holding.run.state is RunState.PARKED and not holding.is_alive:
        why = f"the run is parked and keeps its targets until {clock.text(lease.expires)}, unless it is resumed"
        return why if lease.expires > claim.now else ""  # then it is no orphan: it has let them go
    if holding.is_alive:
        return "it is at work"
    left = lease.expires - claim.now
    if claim.on_orphan == "fail" and (holding.is_alive is False or left <= 0):
        return (
            f"nobody works on it any more, and saga_on_orphan=fail leaves even a dead run's leases alone: resume it "
            f"('saga resume {lease.run}'), give it up ('saga abandon {lease.run} --why ...'), or take them over with "
            f"saga_on_orphan=takeover"
        )
    if left > 0 and (holding.is_alive is None or claim.on_orphan == "wait"):
        return f"its lease runs out in {left:.0f} s unless it is renewed"
    return ""


def _held(lease: Lease, holding: Holding, why: str, claim: Claim) -> TargetHeldError:
    return TargetHeldError(
        lease.name,
        holder=lease.run,
        workflow=holding.run.workflow if holding.run else "an unknown workflow",
        step=holding.step,
        since=lease.acquired,
        who=str(lease.owner),
        why=why,
        run=claim.run,
    )
