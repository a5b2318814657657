# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The key of marks that is kept in a file."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from ..errors import JournalUnusableError


def key_beside(journal: Path, *, may_make: bool) -> bytes:
    """Return the key in the file beside a journal, made if there is none and it may be."""
    path = Path(f"{journal}.key")
    try:
        if not may_make and not path.exists():
            return os.urandom(32)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            fresh = Path(f"{path}.{os.getpid()}.{os.urandom(8).hex()}")
            made = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)  # never by way of a link
            with os.fdopen(made, "wb") as file:
                file.write(os.urandom(32))
            with contextlib.suppress(FileExistsError):  # another process was faster: its key is the one
                os.link(fresh, path)
            fresh.unlink()
        return path.read_bytes()
    except OSError as error:
        raise JournalUnusableError(str(journal), f"{path.name}: {error.strerror or error}") from error
