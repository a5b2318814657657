# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the journal remembers: frozen records, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from .promises import Contract
from .slotted import dataclass, field

EVERY_HOST = "*"
"""The host of a step that belongs to the run, not to a host (run_once)."""


class RunState(StrEnum):
    """Where a run is; the last five are ways to end."""

    RUNNING = "running"
    COMPENSATING = "compensating"
    STOPPED = "stopped"
    PARKED = "parked"
    COMPLETED = "completed"
    COMPENSATED = "compensated"
    ABANDONED = "abandoned"

    @property
    def is_resumable(self) -> bool:
        return self in {RunState.RUNNING, RunState.COMPENSATING, RunState.STOPPED, RunState.PARKED}


class StepState(StrEnum):
    """Where a step is on one host."""

    WAITING = "waiting"  # at a gate: nothing is done before somebody has approved
    RETRYING = "retrying"  # it failed, and is tried again when it is due
    PENDING = "pending"  # an intent whose effect provably never began, or that an operator told to run again
    STARTED = "started"  # an intent without an outcome: at work, or in doubt when nobody is left working on it
    OK = "ok"
    SKIPPED = "skipped"
    FAILED = "failed"
    UNREACHABLE = "unreachable"
    VOID = "void"  # done as a consequence of the failure that ended an attempt; a resume does it again

    @property
    def is_failure(self) -> bool:
        return self in {StepState.FAILED, StepState.UNREACHABLE}


class Undo(StrEnum):
    """What became of a step's compensation."""

    NONE = ""
    COMPENSATED = "compensated"
    FAILED = "compensation failed"
    LEFT = "left as it is"  # an operator said that its effect may stay


class Asks(StrEnum):
    """What a step waits for an operator to decide."""

    NOTHING = ""
    APPROVAL = "approval"
    FAILURE = "failure"
    DOUBT = "doubt"


class Answer(StrEnum):
    """What an operator may decide."""

    APPROVE = "approve"
    DENY = "deny"
    RETRY = "retry"
    SKIP = "skip"
    DONE = "done"
    COMPENSATE = "compensate"
    ABORT = "abort"


class Wish(StrEnum):
    """What an operator asks of a run that is at work."""

    NOTHING = ""
    PAUSE = "pause"
    CANCEL = "cancel"
    COMPENSATE = "compensate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided about a step: by whom, when (seconds), why, and with which variables it is tried again."""

    answer: Answer
    by: str
    at: float
    why: str = ""
    variables: str = ""  # encoded text of a dictionary; empty: none


@dataclass(frozen=True, slots=True, kw_only=True)
class WayBack:
    """How far a run that goes back goes; nothing said: all the way."""

    hosts: tuple[str, ...] = ()  # only what was done on these
    play: int = 0  # only what was done in this play
    after: int = 0  # only what started after the step with this seq
    is_forward_after: bool = False  # what was undone may be done again: the run is not over then


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A process that works on a run, told apart from any later one with the same pid."""

    machine: str
    boot: str
    pid: int
    born: str
    user: str = ""

    def __str__(self) -> str:
        return f"process {self.pid} on {self.machine}"


Inputs = tuple[tuple[str, str], ...]
"""The extra vars that a step's text names, in order, each with the mark of its value: a keyed digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStep:
    """A step that the playbook foresees before anything runs."""

    path: str
    fingerprint: str
    where: str
    play: int
    inputs: Inputs = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One execution of a workflow, over as many attempts as it takes."""

    id: str
    workflow: str
    state: RunState
    started: float
    updated: float
    attempt: int = 0  # of the journal's record: how many have begun; of an attempt's own copy: which one it is
    targets: tuple[str, ...] = ()
    reason: str = ""
    is_going_back: bool = False  # it undoes what it did; a resume goes on with that
    command: tuple[str, ...] = ()
    directory: str = ""
    back: WayBack = WayBack()  # of a run that goes back: how far
    version: int = 1  # one more with each change: whoever changes it says which one he saw
    slices: int = 0  # over how many attempts at a time it is spread; 0: one works on all of it
    awaited: int = 0  # slices that are still to begin, before it can be completed
    seal: str = ""  # the key of what is encrypted in it, as vaulted text; empty: it has none


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One task on one host, as the journal remembers it; its result is read apart."""

    run: str
    host: str
    key: str
    name: str
    play: int
    state: StepState
    seq: int  # order of first start within the run; compensation goes backwards through it
    attempt: int
    contract: Contract
    on: str = ""  # the host that did a step whose host is EVERY_HOST
    where: str = ""
    path: str = ""
    fingerprint: str = ""
    updated: float = 0.0
    executions: int = 0
    is_handled: bool | None = None  # of a failure: rescued or ignored? None: Ansible has not judged it yet
    is_aftermath: bool = False
    is_withheld: bool = False  # the result was not stored (no_log)
    may_remain: bool = False  # not completed, yet some of its effect may be there: loop items, a doubt told to retry
    was_cut_off: bool = False  # it failed in the middle, so that its effect may be there: a doubt, if it is repeated
    undo: Undo = Undo.NONE
    undoes: str = ""  # of a compensation: the key of the step it undoes
    batch: tuple[str, ...] = ()  # of a step that is done once for a batch: the batch's hosts
    inputs: Inputs | None = None  # None: an older saga.ops recorded it, so nobody knows
    unit: str = ""  # the key of the innermost unit that undoes it as a part; of the unit's own record: its own key
    verifies: str = ""  # of a verify handler: the key of the step whose effect it looks for
    asks: Asks = Asks.NOTHING
    decision: Decision | None = None  # the last one about it
    tries: int = 0  # since it was last started afresh, the one in hand included
    retries: int = 0  # in all the run, for its budget
    due: float = 0.0  # of one that is retrying: when it is tried again, in seconds
    captured: str = ""  # what its contract captures for its compensation, as encoded text

    @property
    def is_forward(self) -> bool:
        """True of what the playbook does; false of what undoes it, or looks whether it is there."""
        return not self.undoes and not self.verifies

    @property
    def is_in_doubt(self) -> bool:
        """True of an intent without an outcome; only for the eyes of someone who knows that its worker is gone."""
        return self.state is StepState.STARTED

    @property
    def is_unit(self) -> bool:
        """True of a block that has begun and is undone as a whole: it is recorded beside the steps in it."""
        return self.unit == self.key

    @property
    def doer(self) -> str:
        """The host that did it."""
        return self.on or self.host


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What an attempt met besides the playbook: the next one is measured by it. Never the value of a variable."""

    variables: Mapping[str, str] = field(default_factory=dict)  # extra vars, each with the mark of its value
    versions: Mapping[str, str] = field(default_factory=dict)  # of ansible-core and of collections
    hosts: Mapping[str, str] = field(default_factory=dict)  # that the run is for, each with its lease
    gone: tuple[str, ...] = ()  # hosts that the run was for and goes on without
    extent: str = ""  # a digest of all that the attempt was to do on a host
    finished: tuple[str, ...] = ()  # hosts that have come to the end of that


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """The part of a run that one attempt works on, or was the last to: its targets, and who may write about them.

    Slices of a run have no target in common. Most runs have one, with all that the run is for.
    """

    run: str
    attempt: int
    token: int  # a write with another one is refused
    owner: Owner | None  # None: its attempt has ended in good order
    targets: tuple[str, ...]
    state: RunState
    updated: float
    surroundings: Surroundings = field(default_factory=Surroundings)
    command: tuple[str, ...] = ()
    directory: str = ""
    back: WayBack | None = None  # it goes back on some of its hosts, and the run does not
    has_failed: bool = False  # and so its attempt halted the others


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A target held by a run: who, since when, until when by the store's clock, with which fencing token."""

    name: str
    run: str
    token: int
    owner: Owner
    acquired: float
    expires: float | None  # None: kept until decided (a parked run)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiter:
    """A process that waits for leases, in the order of arrival; it has left when it has not said again by `until`."""

    ticket: str
    names: tuple[str, ...]
    workflow: str
    owner: Owner
    since: float
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One change of state, as the audit tells it; `hash` covers the event and the hash before it."""

    seq: int
    id: str
    time: float
    run: str
    attempt: int
    type: str
    host: str
    step: str
    actor: str
    data: Mapping[str, Any]
    hash: str


# What a journal entry may put beside its event.


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A step's result as encoded text; `item` names the loop item it is of, empty for the whole step."""

    run: str
    host: str
    key: str
    payload: str
    item: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The steps that the playbook foresaw when the run began, in order."""

    run: str
    steps: tuple[PlannedStep, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """Take a lease if the target's lease still has the token and the expiry of `expect` (None: nobody holds it)."""

    lease: Lease
    expect: Lease | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeing:
    """Give a lease up, if it still has this token."""

    name: str
    token: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fencing:
    """Raise the tokens of a run's slices, or of the one with the token `of`, so that their attempts write no more."""

    run: str
    token: int
    of: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropping:
    """Forget a slice whose targets are another's by now."""

    run: str
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """What an operator asks of an attempt from outside; it writes no state but this."""

    run: str
    wish: Wish = Wish.NOTHING
    by: str = ""
    at: float = 0.0
    why: str = ""


Put = Run | Slice | Step | Result | Plan | Taking | Freeing | Fencing | Dropping | Control


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An event and the state it tells of: written together or not at all."""

    type: str
    run: str
    attempt: int = 0
    host: str = ""
    step: str = ""
    actor: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    puts: tuple[Put, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """The right to write for a run: refused when none of its slices has the token, or its version is another.

    None of either: it is not asked for. Version 0 says that there is no run yet.
    """

    run: str
    token: int | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """All that a journal has of a run, but its leases: what moves from one journal to another."""

    run: Run
    plan: tuple[PlannedStep, ...]
    slices: tuple[Slice, ...]
    steps: tuple[Step, ...]
    results: tuple[Result, ...]
    events: tuple[Event, ...]
