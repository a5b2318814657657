# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose files a journal is made of: others who may write to them could have a resume do, or leave out, what they like.

What is there must be ours or root's, and writable for nobody beyond its group, and so must the folder that it is in
(/tmp, where all may make files and nobody may touch another's, is no danger by itself). A link is followed if it is
ours or root's.
"""

from __future__ import annotations

import os
import pwd
import stat
from pathlib import Path

from .errors import JournalUnusableError

_BESIDE = ("", "-wal", "-shm", "-journal", ".key", ".spool")


def must_be_ours(journal: Path) -> None:
    """Raise JournalUnusableError unless a journal's file, and all that is beside it, is in nobody else's hands."""
    must_be_safe(journal.parent, journal)
    for suffix in _BESIDE:
        must_be_safe(Path(f"{journal}{suffix}"), journal)


def must_be_safe(path: Path, journal: Path) -> None:
    """Raise JournalUnusableError unless a file or folder, if it is there, is in nobody else's hands."""
    try:
        found = path.lstat()
        if stat.S_ISLNK(found.st_mode):
            _must_be_owned(found, f"the link {path}", journal)  # it may lead to nothing: then we would make that
            found = path.stat()
    except FileNotFoundError:
        return
    except OSError as error:
        raise JournalUnusableError(str(journal), error.strerror or str(error)) from error
    _must_be_owned(found, str(path), journal)
    is_shared = stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX
    if found.st_mode & stat.S_IWOTH and not is_shared:
        raise JournalUnusableError(
            str(journal),
            f"everybody may write to {path}, and so have a resume do what it should not: take that right away, chmod "
            f"o-w {path}, or name another with SAGA_JOURNAL",
        )


def _must_be_owned(found: os.stat_result, what: str, journal: Path) -> None:
    me = os.geteuid()
    if found.st_uid not in {0, me}:
        raise JournalUnusableError(
            str(journal),
            f"{what} belongs to {_named(found.st_uid)}, not to {_named(me)}, who runs this: run it as that user, give "
            f"it to this one with chown, or name another with SAGA_JOURNAL",
        )


def _named(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"
