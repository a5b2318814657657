# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What a durable run costs beside a stock one: in CPU, on the clock, in memory, and in what it asks of its journal."""

import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from pairs import compared, shown, spread
from plays import Bench

import servers


@dataclass(frozen=True)
class Case:
    """One line of the table."""

    module: str
    hosts: int
    tasks: int
    pairs: int = 3
    forks: int = 5
    journal: str = "SQLite"

    @property
    def is_large(self):
        return self.hosts * self.tasks > 200


USUAL = [
    Case("debug", 1, 1, pairs=7),
    Case("debug", 1, 20, pairs=5),
    Case("debug", 10, 20),
    Case("debug", 10, 20, journal="Redis"),
    Case("ping", 5, 5),
    Case("command", 5, 5),
]
FULL = [
    Case("debug", 100, 20),
    Case("debug", 100, 20, journal="Redis"),
    *(Case(module, 10, 20) for module in ("ping", "command")),
    *(Case(module, 100, 20, pairs=1) for module in ("ping", "command")),
    Case("debug", 1000, 5, pairs=1, forks=50),
]


def main(*, is_full):
    """Print a table; return its rows."""
    print("A durable run beside the stock strategy: ratios, and what each step on a host asks of the journal")
    heads = f"{'MiB':>5} {'commits':>8} {'ms waited':>10} {'ms CPU':>7}"
    print(f"{'module, hosts x tasks, journal':<34} {'CPU':<24} {'clock':<24} {heads}")
    rows = []
    with servers.Server(servers.valkey() or servers.REDIS, **servers.SAFE) as server:
        for case in [*USUAL, *(FULL if is_full else [])]:
            row = measured(case, server)
            rows.append({**asdict(case), **row})
            what = f"{case.module}, {case.hosts} x {case.tasks}, {case.journal}"
            counts = f"{row['commits']:>8.2f} {1000 * row['seconds']:>10.3f} {1000 * row['cpu seconds']:>7.3f}"
            ratios = f"{shown(row['cpu']):<24} {shown(row['wall']):<24}"
            print(f"{what:<34} {ratios} {row['memory']['median']:>5.1f} {counts}", flush=True)
    return rows


def measured(case, server):
    """Return the ratios of a case, and the figures for each step on a host."""
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name), case.module, hosts=case.hosts, tasks=case.tasks)
        forks = ("-f", str(case.forks))

        def durable(**more):
            if case.journal == "SQLite":
                return bench.durable(*forks, **more)
            with server.client() as client:
                client.flushall()
            return bench.durable(*forks, journal=server.url, **more)

        if case.is_large:  # a minute or more: what little the counting and empty caches cost is not seen
            both, counts = [], []
            for _pair in range(case.pairs):
                both.append((durable(is_counted=True), bench.stock(*forks)))
                counts.append(bench.counted())
        else:
            durable()  # the first one fills caches
            both = [(durable(), bench.stock(*forks)) for _pair in range(case.pairs)]
            counts = []
            for _time in range(min(case.pairs, 3)):
                durable(is_counted=True)
                counts.append(bench.counted())
    middle = {what: spread([each[what] for each in counts])["median"] for what in counts[0]}
    return {**compared(both), "commits": middle["commits"], "seconds": middle["seconds"], "cpu seconds": middle["cpu"]}
