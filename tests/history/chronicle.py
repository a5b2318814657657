# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What everybody in a history notes down, each in a file of its own: a line per fact, kept by the kernel over a kill.

Moments are seconds of CLOCK_BOOTTIME, which all processes of a machine share and nobody sets.
"""

import contextlib
import json
import os
import time
from pathlib import Path


def moment():
    """Return now."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def lag():
    """Return for how many seconds this thread was ready to run and had no processor, since it began."""
    with contextlib.suppress(OSError, IndexError, ValueError):
        return int(Path("/proc/thread-self/schedstat").read_bytes().split()[1]) / 1e9
    return 0.0


def append(path, fact):
    """Append a fact to a file in one write, so that lines of several processes do not mix."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        os.write(fd, json.dumps(fact, separators=(",", ":")).encode("ascii") + b"\n")
    finally:
        os.close(fd)


def read(path):
    """Return the facts of a file, in order; none, if there is no such file."""
    try:
        lines = path.read_bytes().split(b"\n")[:-1]
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in lines]


class Chronicle:
    """The file of one process."""

    def __init__(self, folder, who, life=0):
        self._path = folder / f"{who}.{life}.jsonl"
        self._who = {"who": who, "life": life}

    def note(self, what, **facts):
        append(self._path, {"what": what, "at": moment(), **self._who, **facts})
