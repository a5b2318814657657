# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What a resume costs until its first new step, beside --start-at-task, which restores nothing.

What one restored step costs is taken from two sizes, so that nothing of the start is in it.
"""

import tempfile
from pathlib import Path

from pairs import compared, shown, spread
from plays import LAST, Bench

USUAL = [("debug", 1, 200), ("debug", 10, 100), ("command", 10, 100)]
FULL = [("debug", 10, 200), ("debug", 100, 200), ("debug", 1000, 50)]
FEW = 10
"""The smaller size has one of so many tasks."""


def main(*, is_full):
    """Print a table; return its rows."""
    print(
        "A resume until its first new step, beside --start-at-task: ratios. And microseconds of CPU for each restored"
    )
    print("step, by the difference to a tenth of the tasks: all, and what is more than with --start-at-task. Of debug")
    print("the default callback shows the message: that is a good part of it.")
    print(f"{'module, hosts x tasks done':<28} {'CPU':<24} {'clock':<24} {'each':<24} {'more':<24}")
    rows = []
    for module, hosts, tasks in FULL if is_full else USUAL:
        row = measured(module, hosts, tasks, pairs=3 if hosts < 100 else 1)
        rows.append(row)
        name, cpu, wall = f"{module}, {hosts} x {tasks}", shown(row["cpu"]), shown(row["wall"])
        print(f"{name:<28} {cpu:<24} {wall:<24} {_whole(row['each']):<24} {_whole(row['more']):<24}")
    return rows


def _whole(figures):
    return f"{figures['median']:.0f} ({figures['least']:.0f} to {figures['most']:.0f})"


def measured(module, hosts, tasks, *, pairs):
    few = max(1, tasks // FEW)
    with tempfile.TemporaryDirectory() as name:
        small, large = (Resume(Path(name) / str(count), module, hosts, count) for count in (few, tasks))
        taken = [(small.pair(), large.pair()) for _pair in range(pairs)]
    steps = hosts * (tasks - few)
    each = [1e6 * (large[0].cpu - small[0].cpu) / steps for small, large in taken]
    less = [1e6 * (large[1].cpu - small[1].cpu) / steps for small, large in taken]
    return {
        "module": module,
        "hosts": hosts,
        "tasks": tasks,
        "pairs": pairs,
        "each": spread(each),
        "more": spread([ours - stock for ours, stock in zip(each, less, strict=True)]),
        **compared([large for _small, large in taken]),
    }


class Resume:
    """A run all of which is done but its last step; each resume finds what this one has left."""

    def __init__(self, folder, module, hosts, tasks):
        self._bench = Bench(folder, module, hosts=hosts, tasks=tasks, last=[LAST])
        self._bench.durable(code=2)

    def pair(self):
        """Return what a resume took, and what --start-at-task did."""
        journal = str(self._bench.folder / "state" / "journal.db")
        stock = self._bench.stock
        return self._bench.durable(code=2, journal=journal), stock("--start-at-task", LAST["name"], code=2)
