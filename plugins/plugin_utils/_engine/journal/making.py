# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file of a journal is made, or found to be usable, without being opened where it is there already.

SQLite's locks are those of fcntl(2): a process that closes a file by itself loses all its locks on it, those of every
journal that it has open there, too. Others would take it for gone then, and remove the write-ahead log in which it
goes on to write: its work would be lost, and the file broken for it.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path


def make(path: Path) -> None:
    """Make the file, for its owner alone, unless it is there; raise OSError if it cannot be read and written."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        # Where a link leads, since O_EXCL follows none.
        os.close(os.open(path.resolve(), os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        if path.is_dir():
            raise _error(errno.EISDIR, path) from None
        if not os.access(path, os.R_OK | os.W_OK):
            raise _error(errno.EACCES, path) from None


def _error(number: int, path: Path) -> OSError:
    return OSError(number, os.strerror(number), str(path))
