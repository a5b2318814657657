# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An event source of Event-Driven Ansible: what happens to the runs in a journal."""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import math
import sys
import time
from argparse import ArgumentParser
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, fields, replace
from fnmatch import fnmatchcase
from functools import partial
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any

DOCUMENTATION = r"""
---
short_description: Events of durable runs
description:
  - Puts each event of the runs in a journal of saga.ops into the queue, as C(saga audit --json) prints it, and with the
    run's workflow.
  - On a journal in Redis it waits for the stream C({saga}:feed); a file is looked at every O(interval).
  - While the journal is away, it is asked for again and again; no event is lost by that.
options:
  journal:
    description:
      - The URL or the path of the journal. Without it the one that a play would use that is started here, by
        E(SAGA_JOURNAL) or C(ansible.cfg).
      - A password does not belong into it, but into E(SAGA_REDIS_PASSWORD).
    type: str
  run:
    description:
      - How the id of the run begins that is followed. Without it, all runs are.
    type: str
  workflow:
    description:
      - The workflow whose runs are followed; C(*) and C(?) stand for what may differ.
    type: str
  types:
    description:
      - Types of events, as docs/events.md lists them; C(*) and C(?) stand for what may differ. Without any, all are put
        into the queue.
    type: list
    elements: str
  after:
    description:
      - Where it begins when O(mark) knows nothing yet. V(now) is with what is written from now on, V(beginning) with
        the first event of each run that is in the journal.
    type: str
    choices: [now, beginning]
    default: now
  mark:
    description:
      - A file in which it is remembered how far each run was followed, so that nothing is lost between two starts. An
        event may come a second time when a start is not the first.
    type: str
  interval:
    description:
      - Seconds between two looks at a journal in a file.
    type: float
    default: 1.0
"""

EXAMPLES = r"""
- saga.ops.journal:
    journal: /var/lib/saga/journal.db
    types: [run.parked, run.stopped]
    mark: /var/lib/eda/saga.mark
"""

_COLLECTIONS = Path(__file__).absolute().parents[6]

try:
    _is_there = find_spec("ansible_collections.saga.ops") is not None
except ModuleNotFoundError:
    _is_there = False
if not _is_there:  # in a folder of collections that Python does not know of yet
    sys.path.append(str(_COLLECTIONS.parent))
    importlib.invalidate_caches()
    with suppress(AttributeError):
        importlib.import_module("ansible_collections").__path__.append(str(_COLLECTIONS))

from ansible_collections.saga.ops.plugins.plugin_utils._cli.opening import add_journal, opened
from ansible_collections.saga.ops.plugins.plugin_utils._engine import codec
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import EngineError, JournalAbsentError
from ansible_collections.saga.ops.plugins.plugin_utils._engine.following import Following
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import Event

_SCHEMA = 1
_MOST = 1000  # events at a time
_CHUNK = 1.0  # seconds of waiting after which it is seen whether somebody wants this to end
_ANYWAY = 10.0  # seconds after which a journal on a server is looked at that has not said anything
_PAUSES = (0.2, 1.0, 5.0, 15.0)  # seconds before a journal that is away is asked for again

logger = logging.getLogger("saga.ops.journal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be followed, and from where."""

    journal: str = ""
    run: str = ""
    workflow: str = "*"
    types: tuple[str, ...] = ("*",)
    after: str = "now"
    mark: str = ""
    interval: float = 1.0

    @classmethod
    def of(cls, args: Mapping[str, Any]) -> Wish:
        """Return what the rulebook asks for. Raise ValueError for what cannot be meant."""
        known = [item.name for item in fields(cls)]
        if unknown := sorted(args.keys() - known):
            raise ValueError(f"saga.ops.journal: {unknown[0]!r} is not known; {', '.join(known)} are")
        given = {name: value for name, value in args.items() if value not in (None, "", [])}
        types = given.pop("types", "*")
        wish = cls(**{**given, "types": (types,) if isinstance(types, str) else tuple(types)})
        if wish.after not in {"now", "beginning"}:
            raise ValueError(f"saga.ops.journal: after is now or beginning, not {wish.after!r}")
        return replace(wish, interval=float(wish.interval))

    def wants(self, event: Event, workflow: str) -> bool:
        """Tell whether an event is one of those."""
        is_run = event.run.startswith(self.run) and fnmatchcase(workflow, self.workflow)
        return is_run and any(fnmatchcase(event.type, kind) for kind in self.types)


class Follower:
    """Follows a journal that may come and go; used in one thread. Raises EngineError while it is away."""

    def __init__(self, wish: Wish) -> None:
        self._wish = wish
        self._after = self._marked = _read(wish.mark)  # None: nothing is known yet
        self._workflows: dict[str, str] = {}
        self._open = ExitStack()
        self._journal: Any = None
        self._following: Following | None = None
        self._looked = -math.inf
        self._has_more = False

    def news(self) -> list[dict[str, Any]]:
        """Return events as dictionaries; none when there are none, after having waited for some."""
        try:
            following = self._following or self._begin()
            if not self._has_more and not self._has_waited():
                return []
            self._looked = time.monotonic()
            found = list(islice(following.news(), _MOST))
            self._after = following.after
            self._has_more = len(found) == _MOST
            return [told for event in found if (told := self._told(event))]
        except EngineError as error:
            if isinstance(error, JournalAbsentError) and self._after is None:
                self._after = {}  # whatever is in it once it is there, is written from now on
            self.close()
            raise

    def remember(self) -> None:
        """Write down how far the runs were followed, if that has changed."""
        if self._wish.mark and self._after is not None and self._after != self._marked:
            path = Path(self._wish.mark)
            beside = path.with_name(f"{path.name}.new")
            beside.write_text(json.dumps(self._after), encoding="utf-8")
            beside.replace(path)
            self._marked = self._after

    def close(self) -> None:
        """Let go of the journal, not of what is known of it."""
        self._following = None
        self._open.close()

    def _begin(self) -> Following:
        parser = ArgumentParser()
        add_journal(parser)
        arguments = parser.parse_args([f"--journal={self._wish.journal}"] if self._wish.journal else [])
        self._journal = self._open.enter_context(opened(arguments)).journal
        if hasattr(self._journal, "await_news"):
            self._journal.await_news(0.0)  # what is written after this is heard of
        there = self._journal.heads()
        if self._after is None:
            self._after = there if self._wish.after == "now" else {}
        known = {run: seq for run, seq in self._after.items() if run in there}
        self._following = Following(self._journal, after=known)
        self._has_more = True
        return self._following

    def _has_waited(self) -> bool:
        """Wait a little; tell whether there may be something."""
        if not hasattr(self._journal, "await_news"):
            time.sleep(self._wish.interval)
            return True
        return bool(self._journal.await_news(_CHUNK)) or time.monotonic() - self._looked > _ANYWAY

    def _told(self, event: Event) -> dict[str, Any] | None:
        if event.run not in self._workflows:
            self._workflows |= {run.id: run.workflow for run in self._journal.runs(run=event.run)}
        workflow = self._workflows.get(event.run, "")
        if not self._wish.wants(event, workflow):
            return None
        told = {item.name: codec.pack(getattr(event, item.name)) for item in fields(Event)}
        return {"schema": _SCHEMA, "workflow": workflow, **told}


async def main(queue: asyncio.Queue[Any], args: dict[str, Any]) -> None:
    """Put the events of runs into the queue, until cancelled."""
    follower, failures = Follower(Wish.of(args)), 0
    with ThreadPoolExecutor(1) as thread:
        in_thread = partial(asyncio.get_running_loop().run_in_executor, thread)
        try:
            while True:
                try:
                    events = await in_thread(follower.news)
                except EngineError as error:
                    await in_thread(follower.remember)
                    logger.log(logging.DEBUG if failures else logging.WARNING, "%s; it is asked for again", error)
                    await asyncio.sleep(_PAUSES[min(failures, len(_PAUSES) - 1)])
                    failures += 1
                    continue
                failures = 0
                for event in events:
                    await queue.put(event)
                await in_thread(follower.remember)
        finally:
            thread.submit(follower.close)


def _read(mark: str) -> dict[str, int] | None:
    """Return how far runs were followed, as the file of the mark says; None if it says nothing."""
    try:
        found = json.loads(Path(mark).read_text(encoding="utf-8")) if mark else None
    except FileNotFoundError:
        return None
    return None if found is None else {str(run): int(seq) for run, seq in found.items()}


if __name__ == "__main__":

    class MockQueue(asyncio.Queue[Any]):
        """A queue that prints what is put into it."""

        async def put(self, event: dict[str, Any]) -> None:
            """Print an event."""
            print(json.dumps(event), flush=True)  # noqa: T201  what it is for

    asyncio.run(main(MockQueue(), dict(word.split("=", 1) for word in sys.argv[1:])))
