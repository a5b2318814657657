# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a worker leaves beside the journal, so that nothing of its work is lost when its parent is gone.

A worker outlives a killed parent. It has one file per (run, attempt, host, step), a line per fact:

``worker``   it began: its pid; written before anything is done, after which it looks whether its parent lives
``begin``    it starts an item (or the whole step, when there is no loop), at its nth try; perhaps as an async job
``item``     an item ended, with its result, and whether it failed: then it is where the loop goes on
``retry``    a try failed and the task itself says to try again
``result``   the step ended, with its state and its result
``left``     it found its parent gone and started nothing more
``unfound``  it looked for the job of an earlier attempt in vain, and may not start it again
``lost``     nobody knows what an earlier attempt's worker had in hand

The parent removes the file once the outcome is in the journal. What is still there belongs to the next attempt: see
:func:`judge`. A line that is cut off was never finished and does not count.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection, Mapping
from dataclasses import asdict, replace
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from . import ids, owners
from .errors import JournalUnusableError
from .guarding import must_be_safe
from .records import Owner
from .slotted import dataclass, field

_OWNER = "owner.json"


class Verdict(StrEnum):
    """What the leavings of a dead worker prove about a step."""

    NOT_STARTED = "not_started"
    ENDED = "ended"
    BETWEEN = "between"  # some items are done, none is in hand
    IN_DOUBT = "in_doubt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leavings:
    """What one worker's file tells."""

    verdict: Verdict
    state: str = ""
    result: str | None = None  # None of a step that ended: its result may not be written down
    items: Mapping[str, str] = field(default_factory=dict)
    item: str = ""  # of a loop in doubt: the item that was in hand
    has_job: bool = False  # what is in hand is an async job, which the next attempt looks for


class Page:
    """A worker's own file: opened before the work, appended to as it goes, each line durable against a kill."""

    def __init__(self, path: Path, *, is_carried: bool = False) -> None:
        self.path = path
        # O_EXCL is not wanted: a step that is started twice in one attempt (a debugger's redo) writes a new page.
        way = os.O_APPEND if is_carried else os.O_TRUNC
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | way, 0o600)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._fd)

    def write(self, fact: str, *, sync: bool = False, **data: Any) -> None:
        """Append a fact; with `sync` it is on the disk when this returns."""
        line = json.dumps({"fact": fact, **data}, separators=(",", ":")).encode("ascii") + b"\n"
        while line:  # a signal or a full pipe buffer may cut a write short
            line = line[os.write(self._fd, line) :]
        if sync:
            os.fsync(self._fd)


class Spool:
    """The pages of one journal's workers, a folder per attempt."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def guarded(self) -> Spool:
        """Return the spool; raise JournalUnusableError if others may write to it: pages prove what was done."""
        must_be_safe(self.root.parent, self.root)
        must_be_safe(self.root, self.root)
        return self

    def open_attempt(self, run: str, attempt: int) -> None:
        """Make the attempt's folder; its owner's name in it later proves that missing pages were never written."""
        folder = self._folder(run, attempt)
        try:
            self.root.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # the journal may be on another machine
            for part in (self.root, folder.parent, folder):
                part.mkdir(mode=0o700, exist_ok=True)
                must_be_safe(part, self.root)
            (folder / _OWNER).write_text(json.dumps(asdict(owners.this_process())), encoding="ascii")
        except OSError as error:
            raise JournalUnusableError(str(self.root), error.strerror or str(error)) from error

    def page(self, run: str, attempt: int, host: str, key: str) -> Path:
        """Return where the worker of this step writes."""
        return self._folder(run, attempt) / f"{ids.digest(host, key, length=40)}.jsonl"

    def drop(self, run: str, attempt: int, host: str, key: str) -> None:
        """Remove a page whose outcome the journal has."""
        self.page(run, attempt, host, key).unlink(missing_ok=True)

    def drop_run(self, run: str) -> None:
        """Remove all pages of a run that has ended."""
        shutil.rmtree(self._of(run), ignore_errors=True)

    def runs(self) -> list[str]:
        """Return the runs that have a folder here; each was in the journal before its folder was made."""
        return sorted(folder.name for folder in self.root.glob("*") if folder.is_dir() and not folder.is_symlink())

    def carry(self, run: str, attempts: tuple[int, int], host: str, key: str) -> None:
        """Take a doubt along from one attempt to the next, so that a second crash does not make it forgotten."""
        before, after = (self.page(run, attempt, host, key) for attempt in attempts)
        try:
            facts = _facts(before)
        except OSError:
            facts = []
        if _judge(facts).verdict is not Verdict.IN_DOUBT:
            facts.append({"fact": "lost"})
        page = Page(after)
        for fact in facts:
            if fact["fact"] != "unfound":  # the next worker looks anew
                page.write(**fact)
        page.close()

    def is_unfound(self, run: str, attempt: int, host: str, key: str) -> bool | None:
        """Tell whether a worker has looked for a job in vain; None when its page is gone: the step has ended."""
        try:
            facts = _facts(self.page(run, attempt, host, key))
        except FileNotFoundError:
            return None
        return bool(facts) and facts[-1]["fact"] == "unfound"

    def workers(self, run: str, *, without: Collection[int] = ()) -> list[Owner]:
        """Return the workers of the run's attempts but some, on this machine and still alive."""
        try:
            pages = sorted(self._of(run).glob("*/*.jsonl"))
        except FileNotFoundError:  # the run has just ended, and its folder is being removed
            return []
        found = [_worker(page) for page in pages if int(page.parent.name) not in without]
        return [worker for worker in found if worker and owners.is_alive(worker)]

    def judge(self, run: str, attempt: int, host: str, key: str) -> Leavings:
        """Tell what became of a step that this attempt started; its workers must be gone."""
        try:
            facts = _facts(self.page(run, attempt, host, key))
        except FileNotFoundError:
            facts = []
        except OSError:
            return Leavings(verdict=Verdict.IN_DOUBT)
        left = _judge(facts)
        # No word of a start, no start: a worker writes before it works. That proof needs the same boot of the same
        # machine, for most of a page is not synced to the disk; its last word is.
        is_told = left.verdict in {Verdict.ENDED, Verdict.IN_DOUBT} or (bool(facts) and facts[-1]["fact"] == "left")
        return left if is_told or self._is_whole(run, attempt) else replace(left, verdict=Verdict.IN_DOUBT)

    def _is_whole(self, run: str, attempt: int) -> bool:
        """Tell whether nothing that the attempt's workers wrote can have been lost: the machine has stayed up."""
        try:
            owner = Owner(**json.loads((self._folder(run, attempt) / _OWNER).read_text(encoding="ascii")))
        except (OSError, ValueError, TypeError):
            return False
        return owners.is_here(owner) and owner.boot == owners.boot()

    def _folder(self, run: str, attempt: int) -> Path:
        return _folder(self.root, run, attempt)

    def _of(self, run: str) -> Path:
        return _of(self.root, run)


def _of(root: Path, run: str) -> Path:
    # Whoever can write the journal can call a run whatever he likes; he comes to no other folder by that.
    return root / ids.folder_name(run)


@lru_cache(maxsize=16)
def _folder(root: Path, run: str, attempt: int) -> Path:
    return _of(root, run) / str(attempt)


def in_hand(page: Path) -> dict[str, int] | None:
    """Return the items that a carried page leaves open, with the try they were at; None: nobody knows which."""
    left = _open(_facts(page))
    return None if left is None else {item: begun.get("nth", 1) for item, begun in left.items()}


def _open(facts: list[dict[str, Any]]) -> dict[str, dict[str, Any]] | None:
    """Return what was begun and has not ended, the last begun last; None if that cannot be told."""
    left: dict[str, dict[str, Any]] = {}
    item = ""
    for fact in facts:
        match fact["fact"]:
            case "begin":
                item = fact["key"]
                left.pop(item, None)
                left[item] = fact
            case "retry":
                left.pop(item, None)
            case "item" if fact["payload"] is not None or fact.get("is_failed"):
                left.pop(fact["key"], None)  # one that is done and secret stays open: it cannot be gone on from
            case "lost" | "unreadable":
                return None
    return left


def _facts(page: Path) -> list[dict[str, Any]]:
    facts = []
    for line in page.read_bytes().split(b"\n")[:-1]:
        try:
            facts.append(json.loads(line))
        except ValueError:
            return [*facts, {"fact": "unreadable"}]
    return facts


def _worker(page: Path) -> Owner | None:
    try:
        facts = _facts(page)
    except OSError:
        return None
    owner = next((fact["owner"] for fact in reversed(facts) if fact["fact"] == "worker"), None)
    return Owner(**owner) if owner else None  # the last one: a page that was carried along has had others


def _judge(facts: list[dict[str, Any]]) -> Leavings:
    done = {fact["key"]: fact["payload"] for fact in facts if fact["fact"] == "item" and not fact.get("is_failed")}
    items = {key: payload for key, payload in done.items() if payload is not None}
    end = next((fact for fact in facts if fact["fact"] == "result"), None)
    if end is not None:
        return Leavings(verdict=Verdict.ENDED, state=end["state"], result=end["payload"], items=items)
    left = _open(facts)
    if left == {}:
        # An empty page or only a name in it: the worker never came as far as the work.
        return Leavings(verdict=Verdict.BETWEEN if items else Verdict.NOT_STARTED, items=items)
    last = list((left or {"": {}}).values())[-1]
    # A secret item was done, and nothing is in hand that an operator could speak of.
    item = last.get("key", "") if len(items) == len(done) else ""
    has_job = bool(last.get("job")) and facts[-1]["fact"] != "unfound"
    return Leavings(verdict=Verdict.IN_DOUBT, items=items, item=item, has_job=has_job)
