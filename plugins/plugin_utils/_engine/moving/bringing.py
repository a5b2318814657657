# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bringing a run into a journal that does not have it: as it was, with nobody at work on it."""

from __future__ import annotations

import itertools
from dataclasses import replace
from enum import StrEnum

from .. import ids, owners
from ..audit import seal
from ..errors import RunBusyError
from ..finding import is_same_place
from ..records import Bundle, Entry, Run
from ..request import Means
from ..slotted import dataclass
from .reading import Found, Header, How
from .refusals import RunAtWorkThenError, RunOtherwiseError


class Fate(StrEnum):
    """What becomes of a run in an export."""

    NEW = "imported"
    KNOWN = "here already"


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A run in an export, what becomes of it, and the run here that the next start might take instead."""

    run: Run
    how: How
    fate: Fate
    rival: Run | None = None


def judge(means: Means, found: Found, header: Header, *, may_be_live: bool = False) -> Brought:
    """Return what becomes of a run; nothing is changed.

    Raise RunOtherwiseError if the journal has it otherwise, RunAtWorkThenError if it was at work when it was exported
    and that is not asked for, RunBusyError if workers of it are alive on this machine.
    """
    run = found.bundle.run
    if any(here.id == run.id for here in means.journal.runs(run=run.id)):
        _must_be_the_same(means, found.bundle)
        return Brought(run=run, how=found.how, fate=Fate.KNOWN)
    if not run.state.is_resumable:
        return Brought(run=run, how=found.how, fate=Fate.NEW)
    if found.how is How.LIVE and not may_be_live:
        raise RunAtWorkThenError(run.id, when=header.time)
    if workers := means.spool.workers(run.id):
        raise RunBusyError(run.id, workflow=run.workflow, who=str(workers[0]), since=run.updated)
    rivals = [
        here
        for here in means.journal.runs(workflow=run.workflow)
        if here.state.is_resumable and is_same_place(here.targets, run.targets)
    ]
    return Brought(run=run, how=found.how, fate=Fate.NEW, rival=rivals[0] if rivals else None)


def bring(means: Means, found: Found, header: Header) -> None:
    """Write a run that was judged to be new, and an event that says where it came from: all of it, or nothing."""
    # What a worker of an earlier life of this run may have left here proves nothing about it.
    means.spool.drop_run(found.bundle.run.id)
    means.journal.load(_as_of_now(found, header, moment=means.clock.now()))


def _as_of_now(found: Found, header: Header, *, moment: float) -> Bundle:
    """Return a run with nobody at work on it, whatever its slices say: their processes write to another journal."""
    bundle, run = found.bundle, found.bundle.run
    last = bundle.events[-1]
    told = {
        "journal": header.journal,
        "exported": header.time,
        "taken": str(found.how),
        "was": [str(part.owner) for part in bundle.slices if part.owner is not None],
    }
    entry = Entry(type="run.imported", run=run.id, attempt=run.attempt, actor=owners.user(), data=told)
    event = seal(entry, seq=last.seq + 1, before=last.hash, identity=ids.ulid(moment), moment=moment)
    return replace(
        bundle, slices=tuple(replace(part, owner=None) for part in bundle.slices), events=(*bundle.events, event)
    )


def _must_be_the_same(means: Means, bundle: Bundle) -> None:
    """Raise RunOtherwiseError unless all that the file tells of a run has happened to it here."""
    for brought, here in itertools.zip_longest(bundle.events, means.journal.events(bundle.run.id)):
        if brought is None:
            return
        if here is None or here.hash != brought.hash:
            raise RunOtherwiseError(bundle.run.id, event=brought.seq)
