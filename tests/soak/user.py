# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Somebody at the command line, all the time: who looks, who decides, and who tidies up; each a process that lasts."""

import contextlib
import io
import random
import time
import traceback
from collections import Counter

from ansible_collections.saga.ops.plugins.plugin_utils._cli.main import main
from ansible_collections.saga.ops.plugins.plugin_utils._engine.begin import Means
from ansible_collections.saga.ops.plugins.plugin_utils._engine.clock import SystemClock
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import EngineError
from ansible_collections.saga.ops.plugins.plugin_utils._engine.inspection import who_works
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.opening import open_journal, spool_path
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import RunState
from ansible_collections.saga.ops.plugins.plugin_utils._engine.spool import Spool
from ansible_collections.saga.ops.plugins.plugin_utils._engine.turning import turn_back

from history.chronicle import append
from soak.processes import WRONG, taken

WARM = 60  # commands
OF_ALL = ("runs", "pending", "export --ended", "export --all", "prune")
"""Commands about the whole journal: whatever happens to single runs meanwhile, they have no reason to fail."""


class User:
    """One process that types commands until all is over."""

    def __init__(self, folder, url, seed, *, keep):
        self.folder, self.url, self.keep = folder, url, keep
        self.draw = random.Random(seed)  # noqa: S311  no secret
        self.slowest, self.counts = Counter(), Counter()

    def use(self, role):
        """Type what somebody in this role types."""
        from ansible_collections.saga.ops.plugins.plugin_utils._bridge import results  # noqa: F401, PLC0415  for all

        clock = SystemClock()
        journal = open_journal(self.url, clock=clock)
        means = Means(journal=journal, spool=Spool(spool_path(self.url)), clock=clock, tell=lambda _text: None)
        count = 0
        while not (self.folder / "finished").exists():
            if count == WARM:
                append(self.folder / "taken", {"who": role, **taken()})
            if (self.folder / "quiet").exists():
                (self.folder / f"{role} rests").touch()
                time.sleep(0.05)
            elif runs := journal.runs():
                (self.folder / f"{role} rests").unlink(missing_ok=True)
                getattr(self, role)(means, runs)
                count += 1
        if count > WARM:
            append(self.folder / "taken", {"who": role, **taken()})
        append(self.folder / "typed", {"who": role, "counts": self.counts, "slowest": self.slowest})

    def look(self, _means, runs):
        run = self.draw.choice(runs[:40]).id
        out = str(self.folder / "export.jsonl")
        commands = [
            ["runs"],
            ["runs", "--json"],
            ["status", run],
            ["status", run, "--json"],
            ["show", run, "Copy"],
            ["report", run],
            ["report", run, "--format", "junit"],
            ["audit", run, "--verify"],
            ["audit", run, "--json"],
            ["pending"],
            ["pending", "--json"],
            ["pending", run],
            ["export", "--all", "--live", "-o", out],
            ["export", "--all", "-o", out],
        ]
        self._type(*self.draw.choice(commands))

    def decide(self, means, runs):
        unfinished = [run for run in runs if run.state.is_resumable]
        run = self.draw.choice(unfinished or runs)
        why = ("--why", "I looked")
        commands = {
            ("approve", run.id): 6,
            ("deny", run.id, *why): 1,
            **{("decide", run.id, word, *why): 3 for word in ("retry", "skip", "done")},
            ("decide", run.id, "compensate", *why): 1,
            ("decide", run.id, "abort", *why): 1,
            ("pause", run.id): 1,
            ("cancel", run.id, *why): 1,
            ("cancel", run.id, "--compensate", *why): 1,
            ("abandon", run.id, *why): 1,
            ("unlock",): 2,
            ("turn back",): 1,
        }
        [command] = self.draw.choices([*commands], [*commands.values()])
        if command == ("unlock",):
            self._unlock(means, {run.id: run for run in runs})
        elif command == ("turn back",):
            completed = [run for run in runs if run.state is RunState.COMPLETED]
            with contextlib.suppress(EngineError):
                turn_back(means, self.draw.choice(completed or runs), to="", why="it was wrong")
        else:
            self._type(*command)
        time.sleep(0.1)

    def _unlock(self, means, runs):
        """Free a target whose holder is dead; now and then that of a living one."""
        leases = means.journal.leases()
        dead = [lease for lease in leases if lease.run in runs and who_works(means, runs[lease.run]).is_free]
        if found := dead or (leases if self.draw.random() < 0.2 else []):
            self._type("unlock", self.draw.choice(found).name, "--why", "its machine is gone")

    def tidy(self, _means, _runs):
        self._type("export", "--ended", "-o", str(self.folder / "archive.jsonl"))
        self._type("prune", "--older-than", "1s", "--keep", str(self.keep))
        time.sleep(0.3)

    def _type(self, *command):
        """Type a command in this process; note what must not be: a traceback, a journal that fails, a broken audit."""
        out, err, began = io.StringIO(), io.StringIO(), time.monotonic()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                code = int(main([*command, "--journal", self.url]))
            except Exception:  # noqa: BLE001  whatever it is, it goes on the record
                code = -1
                traceback.print_exc()
        name = " ".join(word for word in command[:2] if not word.startswith("0") and "/" not in word)
        self.counts[f"{command[0]} {code}"] += 1
        self.slowest[command[0]] = max(self.slowest[command[0]], round(time.monotonic() - began, 2))
        is_well = code == 0 or (code == 1 and name not in OF_ALL and err.getvalue().startswith("saga: "))
        if not is_well:
            append(self.folder / WRONG, {"what": [*command], "code": code, "err": err.getvalue()})
