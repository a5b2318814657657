# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Processes of a soak: each one fork away, dead with whoever started it, and what one takes of its machine."""

import os
import sys
import threading
import traceback
from pathlib import Path

from history.chronicle import append
from history.nursery import die_with_parent

WRONG = "wrong"  # the file of what must not happen, in the folder of a soak


def forked(folder, work):
    """Let a process do something; what it dies of is noted down as wrong."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        die_with_parent()
        work()
        code = 0
    except BaseException:  # noqa: BLE001  whatever it is, it goes on the record
        append(folder / WRONG, {"what": traceback.format_exc()})
    finally:
        os._exit(code)


def taken():
    """Return what this process holds of its machine: open files, threads, and memory in KiB."""
    status = Path("/proc/self/status").read_text().splitlines()
    [resident] = [int(line.split()[1]) for line in status if line.startswith("VmRSS:")]
    return {"fds": len([*Path("/proc/self/fd").iterdir()]), "threads": threading.active_count(), "rss": resident}


def is_ended(pid):
    """Tell whether a child has ended, and let it go."""
    return os.waitpid(pid, os.WNOHANG)[0] == pid


def tell(words):
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()
