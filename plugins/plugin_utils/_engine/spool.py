# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a worker leaves beside the journal, so that nothing of its work is lost when its parent is gone.

A worker outlives a killed parent. It has one file per (run, attempt, host, step), a line per fact:

``worker``   it began: its pid; written before anything is done, after which it looks whether its parent lives
``begin``    it starts an item (or the whole step, when there is no loop)
``item``     an item ended, with its result, and whether it failed: then it is where the loop goes on
``retry``    a try failed and the task itself says to try again
``result``   the step ended, with its state and its result
``left``     it found its parent gone and started nothing more

The parent removes the file once the outcome is in the journal. What is still there belongs to the next attempt: see
:func:`judge`. A line that is cut off was never finished and does not count.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from . import ids, owners
from .records import Owner

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


class Page:
    """A worker's own file: opened before the work, appended to as it goes, each line durable against a kill."""

    def __init__(self, path: Path) -> None:
        self.path = path
        # O_EXCL is not wanted: a step that is started twice in one attempt (a debugger's redo) writes a new page.
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)

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

    def open_attempt(self, run: str, attempt: int) -> None:
        """Make the attempt's folder; its owner's name in it later proves that missing pages were never written."""
        folder = self._folder(run, attempt)
        for part in (self.root, self.root / run, folder):
            part.mkdir(mode=0o700, exist_ok=True)
        (folder / _OWNER).write_text(json.dumps(asdict(owners.this_process())), encoding="ascii")

    def page(self, run: str, attempt: int, host: str, key: str) -> Path:
        """Return where the worker of this step writes."""
        return self._folder(run, attempt) / f"{ids.digest(host, key, length=40)}.jsonl"

    def drop(self, run: str, attempt: int, host: str, key: str) -> None:
        """Remove a page whose outcome the journal has."""
        self.page(run, attempt, host, key).unlink(missing_ok=True)

    def drop_run(self, run: str) -> None:
        """Remove all pages of a run that has ended."""
        shutil.rmtree(self.root / run, ignore_errors=True)

    def workers(self, run: str) -> list[Owner]:
        """Return the workers of the run's attempts, on this machine and still alive."""
        found = [_worker(page) for page in sorted((self.root / run).glob("*/*.jsonl"))]
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
        return self.root / run / str(attempt)


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
    return Owner(**facts[0]["owner"]) if facts and facts[0]["fact"] == "worker" else None


def _judge(facts: list[dict[str, Any]]) -> Leavings:
    done = {fact["key"]: fact["payload"] for fact in facts if fact["fact"] == "item" and not fact.get("is_failed")}
    items = {key: payload for key, payload in done.items() if payload is not None}
    end = next((fact for fact in facts if fact["fact"] == "result"), None)
    if end is not None:
        return Leavings(verdict=Verdict.ENDED, state=end["state"], result=end["payload"], items=items)
    if len(items) < len(done):
        # An item is done, but its result may not be written down (no_log): the step cannot go on from there.
        return Leavings(verdict=Verdict.IN_DOUBT, items=items)
    match facts[-1]["fact"] if facts else "worker":
        # An empty page or only a name in it: the worker never came as far as the work.
        case "worker" | "retry" | "left" | "item":
            return Leavings(verdict=Verdict.BETWEEN if items else Verdict.NOT_STARTED, items=items)
        case _:
            return Leavings(verdict=Verdict.IN_DOUBT, items=items, item=facts[-1].get("key", ""))
