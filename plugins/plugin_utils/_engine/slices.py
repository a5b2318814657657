# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The slices of a run: which of them a start goes on with, who is at work on the others, what they come to together.

Pure, but for whether a process lives.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from . import owners
from .errors import RunBusyError, SliceError
from .records import Lease, Run, RunState, Slice, Step, Surroundings
from .slotted import dataclass

_WELL = frozenset({RunState.COMPLETED, RunState.COMPENSATED, RunState.ABANDONED})
_HALTED = frozenset({RunState.STOPPED, RunState.PARKED})
LEFT = "left for another slice: "
_MOST_TOLD = 10  # targets in one reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one start finds of a run: the slices it goes on with, those that others have, and which of them live."""

    own: tuple[Slice, ...] = ()
    beside: tuple[Slice, ...] = ()
    at_work: tuple[Slice, ...] = ()  # of those beside

    @property
    def tokens_at_work(self) -> frozenset[int]:
        return frozenset(part.token for part in self.at_work)

    @property
    def attempts_beside(self) -> frozenset[int]:
        return frozenset(part.attempt for part in self.beside)

    def has_met(self) -> Surroundings | None:
        """Return what the slices that are gone on with have met, together; None: nobody has recorded any."""
        met = [part.surroundings for part in self.own]
        if not met or met[-1] == Surroundings():
            return None
        return replace(
            met[-1],
            hosts={host: lease for found in met for host, lease in found.hosts.items()},
            gone=tuple(dict.fromkeys(host for found in met for host in found.gone)),
            finished=tuple(dict.fromkeys(host for found in met for host in found.finished)),
        )

    def is_theirs(self, lease: Lease) -> bool:
        """Tell whether a lease of the run goes with another slice: its tokens may be newer, if somebody decided."""
        return any(lease.name in part.targets or lease.token == part.token for part in self.beside)

    def is_its(self, step: Step) -> bool:
        """Tell whether a step is the business of whoever goes on here."""
        return not (set(step.batch) or {step.doer}) & hosts_of(self.beside)


def hosts_of(parts: Iterable[Slice]) -> set[str]:
    """Return the hosts that slices are about."""
    return {host for part in parts for host in part.surroundings.hosts}


def is_at_work(part: Slice, leases: Iterable[Lease], *, now: float) -> bool | None:
    """Tell whether the slice's attempt lives; None: it ran on another machine, and its leases still last at `now`."""
    if part.owner is None:
        return False
    alive = owners.is_alive(part.owner)
    if alive is not None:
        return alive
    mine = (lease for lease in leases if (lease.run, lease.token) == (part.run, part.token))
    return None if any(lease.expires is not None and lease.expires > now for lease in mine) else False


def share(
    run: Run, parts: Sequence[Slice], leases: Sequence[Lease], *, targets: Sequence[str], slices: int, now: float
) -> Share:
    """Return what a start finds of a run that is for these targets; `slices`: over how many it is to be spread.

    Raise RunBusyError when somebody is at work on what it would go on with, SliceError when it may not join the run.
    """
    must_count(run, slices)
    found = parted(run, parts, targets=targets, slices=slices)
    for part in found.own:
        if is_at_work(part, leases, now=now) is not False:
            raise RunBusyError(run.id, workflow=run.workflow, who=str(part.owner), since=part.updated)
    if run.slices and slices:
        _must_be_welcome(run, found.own, found.beside)
    at_work = tuple(part for part in found.beside if is_at_work(part, leases, now=now) is not False)
    return replace(found, at_work=at_work)


def parted(run: Run, parts: Sequence[Slice], *, targets: Sequence[str], slices: int) -> Share:
    """Return which slices a start for these targets goes on with, and which are others'; whoever works on them."""
    is_slice = bool(run.slices and slices)
    own = tuple(part for part in parts if not is_slice or _meets(part.targets, targets))
    return Share(own=own, beside=tuple(part for part in parts if part not in own))


def must_count(run: Run, slices: int) -> None:
    """Raise SliceError unless a start counts the slices of a run as the run does; 0: it takes all of them."""
    if slices and not run.slices:
        raise SliceError(
            f"run {run.id} was begun as one, without saga_slices, and cannot be spread over several controllers any "
            f"more; leave saga_slices away"
        )
    if slices and slices != run.slices:
        raise SliceError(
            f"run {run.id} was begun with saga_slices={run.slices}, and this start says {slices}: whether all slices "
            f"have come to their end could not be told. Give all controllers the same number"
        )


def must_have_been_there(run: Run, *, targets: Sequence[str], slices: int) -> None:
    """Raise SliceError if a run was completed before a slice that has none of its targets: nothing was done there."""
    if slices and run.state is RunState.COMPLETED and not _meets(run.targets, targets):
        raise SliceError(
            f"run {run.id} is completed, and {_some(targets)} had no part in it: it was begun with "
            f"saga_slices={run.slices}, and so many slices have come to their end. Nothing is done here; give these "
            f"hosts a run of their own, with another saga_run_id"
        )


def _must_be_welcome(run: Run, own: Sequence[Slice], beside: Sequence[Slice]) -> None:
    if run.is_going_back and run.back.is_forward_after:
        raise SliceError(
            f"run {run.id} goes back as far as an operator has said, over all its slices: go on with that from one "
            f"controller that has all its hosts, without saga_slices"
        )
    if own:
        return
    if run.is_going_back:
        raise SliceError(
            f"run {run.id} goes back ({run.reason}), so no further slice of it begins; nothing was done here. See "
            f"'saga status {run.id}'"
        )
    if run.state in _HALTED and any(part.has_failed for part in beside):
        raise SliceError(
            f"run {run.id} is {run.state} ({run.reason}), so no further slice of it begins. Go on with the slice that "
            f"failed first; see 'saga status {run.id}'"
        )


def awaited(run: Run, found: Share, *, slices: int) -> int:
    """Return how many slices are still to begin once this start has: one without slices takes all of the run."""
    if not slices:
        return 0
    return run.awaited if found.own else max(run.awaited - 1, 0)


def together(run: Run, mine: Slice, beside: Sequence[Slice], reason: str) -> Run:
    """Return the run as it is when the last attempt at work has ended, and left its slice as `mine`."""
    why = why_it_ends(run, reason)
    parked = [part for part in beside if part.state is RunState.PARKED]
    if parked or mine.state is RunState.PARKED:
        names = sorted(name for part in parked for name in part.targets)
        return replace(run, state=RunState.PARKED, reason=why or f"{LEFT}{_some(names)}")
    if left := unfinished(run, beside):
        hosts = sorted(name for part in left for name in part.targets)
        words = f"{LEFT}{_some(hosts)}"
        return replace(run, state=RunState.STOPPED, reason=f"{why}; {words}" if why else words)
    if mine.state is RunState.COMPLETED and run.awaited:
        words = f"{run.awaited} of {run.slices} slices have not begun"
        return replace(run, state=RunState.STOPPED, reason=words)
    return replace(run, state=mine.state, reason=why)


def unfinished(run: Run, parts: Iterable[Slice]) -> list[Slice]:
    """Return the slices that somebody has still to bring to their end: forward, or back."""
    return [
        part for part in parts if part.state not in _WELL or (run.is_going_back and part.state is RunState.COMPLETED)
    ]


def yet_to_begin(run: Run) -> str:
    """Return what is to be done when all slices of an open run that have begun have come to their end."""
    return (
        f"{run.awaited} of {run.slices} slices have not begun; start each with hosts of its own, "
        f"saga_run_id={run.id} and saga_slices={run.slices}"
    )


def why_it_ends(run: Run, reason: str) -> str:
    """Return why a run ends as it does: what has halted it, without what was left then."""
    why = run.reason if run.state in _HALTED else reason
    return why.partition(f"; {LEFT}")[0]


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_TOLD} more" if len(names) > _MOST_TOLD else ""
    return f"{', '.join(names[:_MOST_TOLD])}{more}"


def _meets(one: Sequence[str], other: Sequence[str]) -> bool:
    return not one or not other or bool(set(one) & set(other))
