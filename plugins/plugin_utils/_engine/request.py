# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a process asks for when it begins, and what it has of the world."""

from __future__ import annotations

from collections.abc import Callable

from . import clock as clocks
from . import owners
from .clock import Clock
from .journal import Journal
from .records import PlannedStep, Run, Surroundings
from .sealing import Vault
from .sightings import Sightings
from .slotted import dataclass, field
from .spool import Spool


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a process asks for; times in seconds."""

    workflow: str
    targets: tuple[str, ...]
    plan: tuple[PlannedStep, ...]
    surroundings: Surroundings = field(default_factory=Surroundings)
    hosts: frozenset[str] = frozenset()  # all that the plays are for, whatever --limit says
    run_id: str = ""
    slices: int = 0  # over how many processes the run is spread, each with hosts of its own; 0: this one has all
    resume: str = "auto"  # or "new"
    drift: str = "refuse"  # or "accept", "rerun"
    lock_ttl: float = 60.0
    lock_wait: float = 0.0
    on_orphan: str = "takeover"  # or "wait", "fail"
    orphan_workers: str = "wait"  # or "kill"
    orphan_wait: float = 300.0
    command: tuple[str, ...] = ()
    directory: str = ""
    actor: str = field(default_factory=owners.user)  # in whose name: events tell it, and gates look at it


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The run that was asked for by its id has ended already: nothing is to be done."""

    run: Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What beginning needs of the world; `tell` gets sentences for whoever watches.

    `pause` sleeps for so many seconds, and raises when whoever waits is to give up.
    """

    journal: Journal
    spool: Spool
    clock: Clock
    tell: Callable[[str], None]
    pause: Callable[[float], None] = clocks.sleep
    vault: Vault | None = None  # who begins or resumes a run has one; None: nothing is sealed, nothing opened
    seen: Sightings | None = None  # None: nothing is remembered of the journal on this machine
