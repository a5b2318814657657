# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who works on a run, and whether that process still lives.

A pid alone proves nothing: pids are used again. A process is the machine, its boot, the pid and the moment the process
was born; with those, death is proven at once on the same machine, and never guessed about another.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import signal
import socket
import subprocess
from functools import lru_cache
from pathlib import Path

from .records import Owner

_FIRST_NAMESPACE = "pid:[4026531836]"  # the kernel's own number for it: PROC_PID_INIT_INO


def this_process() -> Owner:
    """Return the owner record of the calling process."""
    return Owner(machine=machine(), boot=boot(), pid=os.getpid(), born=born(os.getpid()) or "", user=user())


def is_here(owner: Owner) -> bool:
    """Tell whether `owner` ran on this machine, so that its death can be proven."""
    return owner.machine == machine()


def is_alive(owner: Owner) -> bool | None:
    """Tell whether the process still lives; None when it cannot be known, because it ran on another machine."""
    if not is_here(owner):
        return None
    return owner.boot == boot() and born(owner.pid) == owner.born


def user() -> str:
    """Return the name of the person or account behind this process."""
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):  # no entry for the uid, as in throw-away containers
        return str(os.getuid())


@lru_cache(maxsize=1)
def machine() -> str:
    """Return a name of this machine that survives a reboot and differs between containers.

    A container may have its host's name and sees other processes: its pids prove nothing outside of it.
    """
    try:
        namespace = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return socket.gethostname()
    return socket.gethostname() + ("" if namespace == _FIRST_NAMESPACE else f" {namespace}")


@lru_cache(maxsize=1)
def boot() -> str:
    """Return an identifier of this boot of the machine."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return _ask("sysctl", "-n", "kern.boottime")


def born(pid: int) -> str | None:
    """Return when the process was started, in the system's own words; None when there is none, or a zombie."""
    try:
        # The name in parentheses may hold anything; the fields after it are fixed (proc(5)): state is the 3rd,
        # starttime the 22nd.
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except FileNotFoundError:
        return (_ask("ps", "-o", "lstart=", "-p", str(pid)) or None) if not Path("/proc/self").exists() else None
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]


def end(pid: int) -> None:
    """End a process and all that it has started, whether it leads a group or is in that of its parent."""
    _send(pid, signal.SIGSTOP)  # so that it starts nothing more meanwhile
    for child, parent in _parents().items():
        if parent == pid:
            end(child)
    _send(pid, signal.SIGKILL)


def _send(pid: int, number: signal.Signals) -> None:
    leads_a_group = False
    with contextlib.suppress(ProcessLookupError):
        leads_a_group = os.getpgid(pid) == pid
    with contextlib.suppress(ProcessLookupError):
        (os.killpg if leads_a_group else os.kill)(pid, number)


def _parents() -> dict[int, int]:
    """Return every process with its parent."""
    if not Path("/proc/self").exists():
        listed = (line.split() for line in _ask("ps", "-A", "-o", "pid=,ppid=").splitlines())
        return {int(pid): int(parent) for pid, parent in listed}
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            found[int(folder.name)] = int(fields[1])
    return found


def _ask(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip()
