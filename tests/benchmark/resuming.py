# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What a resume costs until its first new step, beside --start-at-task, which restores nothing."""

import tempfile
from pathlib import Path

from pairs import compared, shown, spread
from plays import LAST, Bench

USUAL = [(1, 200), (10, 100)]
FULL = [(10, 200), (100, 200)]


def main(*, is_full):
    """Print a table; return its rows."""
    print("A resume until its first new step, beside --start-at-task: ratios, and what each restored step adds")
    print(f"{'hosts x tasks done':<24} {'CPU':<24} {'clock':<24} {'microseconds of CPU for each':>28}")
    rows = []
    for hosts, tasks in FULL if is_full else USUAL:
        rows.append(measured(hosts, tasks, pairs=3 if hosts < 100 else 1))
        row = rows[-1]
        print(f"{f'{hosts} x {tasks}':<24} {shown(row['cpu']):<24} {shown(row['wall']):<24} {row['each']:>28.0f}")
    return rows


def measured(hosts, tasks, *, pairs):
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name), "debug", hosts=hosts, tasks=tasks, last=[LAST])
        bench.durable(code=2)  # all is done but the last step; each resume finds what this one has left
        journal = str(bench.folder / "state" / "journal.db")
        both = [
            (bench.durable(code=2, journal=journal), bench.stock("--start-at-task", LAST["name"], code=2))
            for _pair in range(pairs)
        ]
    facts = {"hosts": hosts, "tasks": tasks, "pairs": pairs}
    more = spread([1e6 * (ours.cpu - stock.cpu) / (hosts * tasks) for ours, stock in both])
    return {**facts, "each": more["median"], **compared(both)}
