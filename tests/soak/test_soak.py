# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Days of work on one journal: it takes what its retained runs need, and nothing is left of what has ended.

No command fails because of others, nobody is harmed by one, and no process that lasts takes more and more. A seed draws
all of it again, though not the moments at which processes come to it.
"""

import contextlib
import os
import random
import sqlite3
from pathlib import Path

import pytest

import servers
from history.chronicle import read
from soak.processes import WRONG, tell
from soak.soak import Soak

pytestmark = [
    pytest.mark.xdist_group("history"),  # one at a time: each is ten processes and more
    pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux can tell what a process holds"),
]

SEED = int(os.environ.get("SAGA_TEST_SEED") or random.SystemRandom().randrange(1 << 32))
RUNS = int(os.environ.get("SAGA_TEST_RUNS") or 500)
PLAYS = 24  # runs of ansible-playbook among them
LOG = 16 * 1024 * 1024  # bytes: SQLite's own measure is a quarter of that
LEFT = ("unfinished", "held", "waiting", "asked", "folders", "pages", "unverified")


class File:
    """A journal in a SQLite file."""

    most = 2.0  # times what an export of the same runs takes

    def __init__(self, folder):
        self._path = folder / "journal.db"
        self.url = f"sqlite://{self._path}"

    def measured(self):
        """Return what the file takes; raise AssertionError unless it is sound and nothing in it is free."""
        with contextlib.closing(sqlite3.connect(self._path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")  # everybody rests
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("PRAGMA freelist_count").fetchone() == (0,)
        log = self._path.with_name("journal.db-wal").stat().st_size
        assert log < LOG
        return {"takes": self._path.stat().st_size, "log": log}

    def close(self):
        pass


class Server:
    """A journal in a Redis of its own."""

    most = 4.0

    def __init__(self, _folder):
        self._server = servers.Server(servers.REDIS)
        self.url = self._server.url

    def measured(self):
        """Return what the keys take, but for the feed, which has its own limit; raise AssertionError for others."""
        with self._server.client() as client:
            keys = sorted(client.scan_iter(count=1000))
            known = client.zrange("{saga}:runs", 0, -1)
            fixed = {f"{{saga}}:{name}" for name in ("schema", "token", "key", "runs", "feed", "line")}
            of_runs = [key for key in keys if key.split(":")[1] in {"run", "slices", "steps", "results", "events"}]
            workflows = [key for key in keys if key.split(":")[1] == "workflow"]
            assert {key.split(":")[2] for key in of_runs} == {*known}
            assert {member for key in workflows for member in client.smembers(key)} == {*known}
            assert {*keys} - {*of_runs} - {*workflows} - fixed == set()
            takes = sum(client.memory_usage(key, samples=0) for key in keys if not key.endswith(":feed"))
            return {"takes": takes, "keys": len(keys)}

    def close(self):
        self._server.remove()


@pytest.fixture(params=["sqlite", "redis"])
def journal(request, tmp_path, monkeypatch):
    """A journal of the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    if request.param == "redis" and servers.REDIS is None:
        pytest.skip("this machine has no redis-server")
    made = {"sqlite": File, "redis": Server}[request.param](tmp_path)
    yield made
    made.close()


def must_be_well(folder, journal, *, runs, plays):
    """Let there be so many runs; return what was found after each half."""
    tell(f"SAGA_TEST_SEED={SEED} SAGA_TEST_RUNS={runs}")
    found = Soak(folder, journal.url, seed=SEED, runs=runs, plays=plays).run(journal.measured)
    for fact in [*found, *read(folder / "taken"), *read(folder / "typed")]:
        tell(fact)
    assert read(folder / WRONG) == []
    for half in found:
        assert {name: half[name] for name in LEFT} == {name: [] for name in LEFT}
        assert half["takes"] <= journal.most * half["needs"]
    assert {fact["who"] for fact in read(folder / "typed")} == {"look", "decide", "tidy"}
    return found


def must_not_grow(taken):
    """No process takes more in the end than when it was warm."""
    for who in ("worker", "look", "decide", "tidy"):
        facts = [fact for fact in taken if fact["who"] == who]
        assert facts or who in {"decide", "tidy"}, f"{who} has done too little to be measured"
        for warm, end in zip(facts[::2], facts[1::2], strict=False):
            assert (end["fds"], end["threads"]) == (warm["fds"], warm["threads"]), who
            assert end["rss"] < 1.2 * warm["rss"], who


def test_nothing_is_left_of_runs_that_have_ended_whatever_happened_to_them(tmp_path, journal):
    """[I10] [I12]."""
    must_be_well(tmp_path, journal, runs=30, plays=0)


@pytest.mark.sweep
def test_a_journal_does_not_grow_beyond_what_its_retained_runs_need(tmp_path, journal):
    """[I10] [I12]."""
    first, second = must_be_well(tmp_path, journal, runs=RUNS, plays=PLAYS)
    assert second["takes"] / second["needs"] <= 1.1 * first["takes"] / first["needs"]
    assert second["takes"] <= 1.3 * first["takes"]  # what is retained is drawn anew, and of another size
    must_not_grow(read(tmp_path / "taken"))
