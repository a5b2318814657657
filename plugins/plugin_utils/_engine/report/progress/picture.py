# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is shown of a run on its way: records, nothing else."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from ...records import RunState


class Standing(StrEnum):
    """Where a host is, in the order in which somebody should look at it."""

    FAILED = "failed"
    UNREACHABLE = "unreachable"
    COMPENSATION_FAILED = "compensation failed"
    IN_DOUBT = "in doubt"
    WAITING = "waiting"  # for a decision
    RETRYING = "retrying"
    COMPENSATING = "compensating"
    AT_WORK = "at work"
    BETWEEN = "between steps"
    COMPENSATED = "compensated"
    DONE = "done"  # with the last step that is foreseen

    @property
    def is_bad(self) -> bool:
        return self in _BAD

    @property
    def is_busy(self) -> bool:
        """True while something is done on the host, or is about to be."""
        return self in {Standing.RETRYING, Standing.COMPENSATING, Standing.AT_WORK}

    @property
    def is_on(self) -> bool:
        """True where the step that the host has come to is not over."""
        return self.is_busy or self.is_bad or self is Standing.WAITING


_BAD = frozenset({Standing.FAILED, Standing.UNREACHABLE, Standing.COMPENSATION_FAILED, Standing.IN_DOUBT})
ORDER = {standing: number for number, standing in enumerate(Standing)}


@dataclass(frozen=True, slots=True, kw_only=True)
class HostProgress:
    """A host: the step that it is at, or was at last, and how far it has come."""

    host: str
    standing: Standing = Standing.BETWEEN
    position: int = 0  # of the furthest step that it has come to, from 1; 0: it has come to none
    step: str = ""
    where: str = ""
    since: float = 0.0  # in seconds: since when it stands like that; 0: nobody knows
    tries: int = 0  # of a step that is retrying: how often it has failed
    due: float = 0.0  # of one that is retrying: when it is tried again, in seconds
    owed: int = 0  # steps that are still to be compensated on it, those that could not be among them


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many steps there are of each kind, host by host."""

    done: int = 0  # have ended well, in any attempt
    restored: int = 0  # were answered from the journal, in this attempt
    retried: int = 0  # failed tries that were followed by another one
    failed: int = 0  # and nothing has handled that
    in_doubt: int = 0
    waiting: int = 0  # for a decision
    compensated: int = 0
    compensation_failed: int = 0
    owed: int = 0  # are still to be compensated


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceProgress:
    """A slice of a run; `is_at_work` is None when that cannot be known from here."""

    attempt: int
    state: str
    targets: int
    is_at_work: bool | None


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A run at one moment; times in seconds, an empty `run`: what happens is not recorded."""

    at: float
    run: str = ""
    workflow: str = ""
    state: RunState = RunState.RUNNING
    reason: str = ""
    attempt: int = 0
    is_going_back: bool = False
    began: float = 0.0  # the attempt
    ended: float | None = None
    step: int = 0  # the furthest step that a host has come to, from 1
    steps: int = (
        0  # how many are known: those that are foreseen, and those that came on the way; 0: nothing is foreseen
    )
    is_open: bool = False  # steps came on the way that nobody foresaw, so there may be more of them
    name: str = ""
    where: str = ""
    share: float = 0.0  # of all hosts' ways, from 0 to 1
    left: float | None = None  # seconds; None: nobody knows
    hosts: tuple[HostProgress, ...] = ()  # those that somebody should look at first
    counts: Counts = Counts()
    slices: tuple[SliceProgress, ...] = ()
    worker: str = ""  # who works on it, in words; empty: not asked

    @property
    def is_over(self) -> bool:
        """True when the attempt has ended; with all slices of a run, where it has them."""
        return self.ended is not None

    @cached_property
    def standings(self) -> Counter[Standing]:
        """How many hosts stand where."""
        return Counter(host.standing for host in self.hosts)
