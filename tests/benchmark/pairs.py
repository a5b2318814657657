# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What every benchmark does: run two things in turn, several times, and tell the ratios of the pairs.

A ratio is of one pair, so that whatever else the machine does falls on both. CPU seconds are those of a process and of
all that it has started and waited for; they wander less than the wall clock does.
"""

import os
import platform
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Took:
    """Seconds of CPU and on the wall clock, and the most memory that one process had, in MiB."""

    cpu: float
    wall: float
    memory: float


def took(command, folder, *, code=0, **environment):
    """Run a command line in a folder, and return what it took; what it prints goes to a file there."""
    kept = {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8", "LOGNAME": "bench"}
    began = time.perf_counter()
    with (folder / "output").open("w") as output:
        process = subprocess.Popen(
            [BIN / command[0], *command[1:]],
            cwd=folder,
            env={**kept, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _pid, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != code:
        sys.exit(
            f"{' '.join(map(str, command))} ended with {process.returncode}:\n{(folder / 'output').read_text()[-2000:]}"
        )
    return Took(cpu=used.ru_utime + used.ru_stime, wall=time.perf_counter() - began, memory=used.ru_maxrss / 1024)


def spread(values):
    """Return the median, the least and the most of some figures."""
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}


def compared(both):
    """Return the ratios of pairs of what two things Took, in CPU and on the clock, and how much more memory one had."""
    return {
        "cpu": spread([one.cpu / other.cpu for one, other in both]),
        "wall": spread([one.wall / other.wall for one, other in both]),
        "memory": spread([one.memory - other.memory for one, other in both]),
    }


def machine():
    """Say what this was measured on, and how busy that was."""
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} CPUs, {system}, load {load}"


def shown(row):
    """Return a spread as text: the median, and from where to where it goes."""
    return f"{row['median']:.2f} ({row['least']:.2f} to {row['most']:.2f})"
