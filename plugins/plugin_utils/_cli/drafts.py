# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file that is there as a whole or not at all: written beside its place, for its owner's eyes only."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from .._engine.moving.refusals import ExportUnwritableError


class Draft:
    """A file on its way to its place; what is kept stays on the disk even if it does not come so far."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self.file = file
        self.path = path
        self.is_kept = False

    def save(self) -> None:
        """Let all of it be on the disk, under the name that it has so far."""
        self.file.flush()
        os.fsync(self.file.fileno())
        _sync_folder(self.path)


@contextmanager
def draft_of(name: str) -> Iterator[Draft]:
    """Yield a draft that takes its place when all went well; raise ExportUnwritableError."""
    place = Path(name)
    try:
        if place.exists() and not place.is_file():
            raise ExportUnwritableError(name, "that is no file; standard output is '-'")
        handle, path = tempfile.mkstemp(prefix=f".{place.name}.", dir=place.parent)
    except OSError as error:
        raise ExportUnwritableError(name, error.strerror or str(error)) from error
    with os.fdopen(handle, "w+b") as file:
        draft = Draft(file, Path(path))
        try:
            yield draft
            draft.save()
            draft.path.replace(place)
            _sync_folder(place)
        except OSError as error:
            beside = f"; all of it is in {draft.path}" if draft.is_kept else ""
            raise ExportUnwritableError(name, f"{error.strerror or error}{beside}") from error
        finally:
            if not draft.is_kept:
                draft.path.unlink(missing_ok=True)


def _sync_folder(path: Path) -> None:
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
