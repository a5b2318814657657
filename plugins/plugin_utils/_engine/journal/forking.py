# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No process is forked in the middle of a transaction of another thread's, such as the heartbeat's.

SQLite in the child would take that one for its own process's, and nobody there ends it: whatever the child opens of the
same file, such as a lookup in a worker, would wait for it in vain.
"""

from __future__ import annotations

import os
import threading
from weakref import WeakSet

_locks: WeakSet[threading.RLock] = WeakSet()
_held = threading.local()


def lock() -> threading.RLock:
    """Return a lock that every fork waits for."""
    made = threading.RLock()
    _locks.add(made)
    return made


def _hold() -> None:
    _held.locks = list(_locks)
    for each in _held.locks:
        each.acquire()


def _let_go() -> None:
    for each in _held.locks:
        each.release()
    _held.locks = []


os.register_at_fork(before=_hold, after_in_parent=_let_go, after_in_child=_let_go)
