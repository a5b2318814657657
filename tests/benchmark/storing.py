# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What the journal itself costs, without Ansible: checkpoints, leases, and commands on a journal with many steps."""

import contextlib
import io
import os
import tempfile
import time
from pathlib import Path

from ansible_collections.saga.ops.plugins.plugin_utils._cli.main import main as saga
from ansible_collections.saga.ops.plugins.plugin_utils._engine.begin import Means, Request, begin
from ansible_collections.saga.ops.plugins.plugin_utils._engine.clock import SystemClock
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.opening import open_journal
from ansible_collections.saga.ops.plugins.plugin_utils._engine.meeting import Finish, Reference
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import RunState, StepState
from ansible_collections.saga.ops.plugins.plugin_utils._engine.spool import Spool
from pairs import shown, spread

import servers
from samples import UNDOABLE

PAYLOAD = "r" * 1000
TIMES = 5


def attempt_at(url, folder, hosts):
    """Begin a run on these hosts."""
    clock = SystemClock()
    means = Means(journal=open_journal(url, clock=clock), spool=Spool(folder / "spool"), clock=clock, tell=print)
    return begin(means, Request(workflow="shop/site.yml", targets=hosts, plan=()))


def meet(attempt, host, number):
    path = f"1 Move the orders/shop/Step number {number}"
    known = {"name": f"Step number {number}", "play": 1, "where": "roles/shop/tasks/main.yml:7"}
    key = attempt.meet(host, path)
    return Reference(host=host, on=host, key=key, path=path, contract=UNDOABLE, fingerprint="f" * 64, **known)


def step(attempt, hosts, number):
    """Do a step on all hosts as a lockstep does: an intent for as many as share a commit, the outcomes likewise."""
    steps = [meet(attempt, host, number) for host in hosts]
    for first in range(0, len(steps), 16):
        attempt.start(*steps[first : first + 16])
    for first in range(0, len(steps), 16):
        ended = steps[first : first + 16]
        attempt.finish([Finish(reference=each, state=StepState.OK, payload=PAYLOAD) for each in ended])


def names(count):
    return tuple(f"web{number}.example.com" for number in range(count))


def bare(folder, count):
    """Write as many records of the same size, and make each of them durable."""
    began = time.perf_counter()
    with (folder / "bare").open("ab") as file:
        for _record in range(count):
            file.write(PAYLOAD.encode())
            file.flush()
            os.fdatasync(file.fileno())
    return time.perf_counter() - began


def checkpoints():
    """Compare a step on a host, intent and outcome, with two writes that are made durable one after the other."""
    rows = []
    for hosts in (1, 100):
        with tempfile.TemporaryDirectory() as name:
            folder, steps = Path(name), 200 if hosts == 1 else 10
            attempt = attempt_at(f"sqlite://{folder}/journal.db", folder, names(hosts))
            pairs = []
            for turn in range(TIMES):
                began, used = time.perf_counter(), time.thread_time()
                for number in range(steps):
                    step(attempt, names(hosts), turn * steps + number)
                took, cpu = time.perf_counter() - began, time.thread_time() - used
                pairs.append((took / bare(folder, 2 * steps * hosts), cpu / (steps * hosts)))
            attempt.end(RunState.COMPLETED)
            attempt.close()
        row = {"hosts": hosts, "ratio": spread([pair[0] for pair in pairs])}
        row["microseconds"] = spread([1e6 * pair[1] for pair in pairs])
        print(
            f"{f'checkpoint, {hosts} hosts':<34} {shown(row['ratio'])} of two fdatasync each; "
            f"CPU of the main thread: {row['microseconds']['median']:.0f} microseconds a step on a host"
        )
        rows.append(row)
    return rows


def leases():
    """Take, renew and release so many leases, beside a round trip to the same journal."""
    rows = []
    with servers.Server(servers.valkey() or servers.REDIS, **servers.SAFE) as server:
        for store in ("SQLite", "Redis"):
            for count in (1000, 10_000):
                with tempfile.TemporaryDirectory() as name:
                    folder, taken = Path(name), []
                    url = server.url if store == "Redis" else f"sqlite://{folder}/journal.db"
                    for _turn in range(TIMES):
                        began = time.perf_counter()
                        attempt = attempt_at(url, folder, names(count))
                        held = time.perf_counter() - began
                        began = time.perf_counter()
                        attempt.heartbeat.renew()
                        renewed = time.perf_counter() - began
                        began = time.perf_counter()
                        attempt.end(RunState.STOPPED)
                        ended = time.perf_counter() - began
                        attempt.close()
                        again = open_journal(url, clock=SystemClock())
                        again.drop(attempt.run.id, version=again.runs()[0].version)
                        again.close()
                        taken.append((held, renewed, ended))
                row = {"store": store, "leases": count}
                for what, index in (("begin", 0), ("renew", 1), ("end", 2)):
                    row[what] = spread([1000 * each[index] for each in taken])
                print(
                    f"{f'{count} leases, {store}':<34} ms: "
                    + ", ".join(f"{what} {shown(row[what])}" for what in ("begin", "renew", "end"))
                )
                rows.append(row)
    return rows


def commands(count):
    """Time commands on a journal with so many step records, in this process."""
    with tempfile.TemporaryDirectory() as name:
        folder, hosts = Path(name), names(100)
        url = f"sqlite://{folder}/journal.db"
        run = ""
        while count > 0:
            attempt = attempt_at(url, folder, hosts)
            for number in range(min(count, 20_000) // len(hosts)):
                step(attempt, hosts, number)
            attempt.end(RunState.COMPLETED)
            run, count = attempt.run.id, count - 20_000
            attempt.close()
        size = sum(path.stat().st_size for path in folder.glob("journal.db*"))
        rows = []
        for command in (
            ["runs"],
            ["status", run],
            ["report", run, "--output", f"{folder}/report.html"],
            ["audit", run],
        ):
            times = []
            for _turn in range(3):
                began = time.process_time()
                with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
                    saga([*command, "--journal", url])
                times.append(time.process_time() - began)
            rows.append({"command": command[0], "seconds": spread(times)})
            of_what = f"s of CPU, on a journal of {size / 2**20:.0f} MiB"
            print(f"{f'saga {command[0]}':<34} {shown(rows[-1]['seconds'])} {of_what}", flush=True)
    return rows


def main(*, is_full):
    """Print three tables; return their rows."""
    print("The journal, without Ansible")
    return {"checkpoints": checkpoints(), "leases": leases(), "commands": commands(1_000_000 if is_full else 40_000)}
