# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""How large a journal becomes: bytes for each step on a host, by the size of its result; and writes for each step."""

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ansible_collections.saga.ops.plugins.plugin_utils._engine.begin import Means, Request, begin
from ansible_collections.saga.ops.plugins.plugin_utils._engine.clock import SystemClock
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.opening import open_journal
from ansible_collections.saga.ops.plugins.plugin_utils._engine.meeting import Finish, Reference
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import RunState, StepState
from ansible_collections.saga.ops.plugins.plugin_utils._engine.spool import Spool

import servers
from samples import UNDOABLE

HOSTS, STEPS = 20, 50
RESULTS = (200, 2_000, 20_000)


def work(url, folder, size):
    """Do a run's steps, each with an intent and an outcome of its own; return how many there were."""
    clock = SystemClock()
    journal = open_journal(url, clock=clock)
    hosts = tuple(f"web{number}.example.com" for number in range(HOSTS))
    means = Means(journal=journal, spool=Spool(folder / "spool"), clock=clock, tell=print)
    attempt = begin(means, Request(workflow=f"shop/site{size}.yml", targets=hosts, plan=()))
    for number in range(STEPS):
        ended = []
        path = f"1 Move the orders/shop/Step number {number}"
        for host in hosts:
            known = {"name": f"Step number {number}", "play": 1, "where": "roles/shop/tasks/main.yml:7"}
            key = attempt.meet(host, path)
            step = Reference(host=host, on=host, key=key, path=path, contract=UNDOABLE, fingerprint="f" * 64, **known)
            attempt.start(step)
            ended.append(Finish(reference=step, state=StepState.OK, payload="r" * size))
        attempt.finish(ended)
    attempt.end(RunState.COMPLETED)
    journal.close()
    return HOSTS * STEPS


def of_server(folder, size):
    """Return bytes of memory and of the append-only file, and commands for each step."""
    with servers.Server(servers.valkey() or servers.REDIS, **servers.SAFE) as server, server.client() as client:
        before = client.info()
        steps = work(server.url, folder, size)
        after = client.info()
        written = sum(path.stat().st_size for path in server.folder.rglob("*aof*") if path.is_file())
        memory = after["used_memory_dataset"] - before["used_memory_dataset"]
        calls = after["total_commands_processed"] - before["total_commands_processed"]
    return memory / steps, written / steps, calls / steps


def main():
    print(f"{HOSTS} hosts, {STEPS} steps each; bytes for each step on a host")
    print(f"{'result':>8} {'SQLite file':>12} {'Redis memory':>13} {'Redis AOF':>10}")
    for size in RESULTS:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            steps = work(f"sqlite://{folder}/journal.db", folder, size)
            file = (folder / "journal.db").stat().st_size / steps
            memory, log, _calls = of_server(folder, size)
        print(f"{size:>8} {file:>12.0f} {memory:>13.0f} {log:>10.0f}")


if __name__ == "__main__":
    main()
