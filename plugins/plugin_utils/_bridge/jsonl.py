# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a run's events to a file as they happen: the work of the callback saga.ops.jsonl.

The run does not depend on it. What cannot be written is told once; it is tried again with the next events, and the file
has no gap then.
"""

from __future__ import annotations

import re
from pathlib import Path

from ansible.utils.display import Display

from .._engine import ids
from .._engine.audit.files import EventsFile
from .._engine.audit.refusals import EventsForeignError
from .._engine.records import Run
from .watchers import Watch

_LONGEST = 100  # characters of a part of a file's name
display = Display()


class EventWriter:
    """Keeps a file up with the run that is watched."""

    def __init__(self, path: str, watch: Watch) -> None:
        self._watch = watch
        self._file: EventsFile | None = EventsFile(Path(placed(path, watch.run)), watch.run.id)
        self._has_failed = False

    def write(self) -> None:
        """Write what the file does not have yet."""
        if self._file is None:
            return
        try:
            self._file.catch_up(lambda after: self._watch.events(after=after))
        except EventsForeignError as error:
            self._warn(str(error))
            self._file = None
        except OSError as error:
            self._warn(
                f"{self._file.path} cannot be written ({error.strerror or error}); the run goes on, and its events are "
                f"in the journal. The file is tried again with each event"
            )

    def _warn(self, what: str) -> None:
        if not self._has_failed:
            self._has_failed = True
            display.warning(f"saga.ops.jsonl: {what}")


def placed(path: str, run: Run) -> str:
    """Return the path with what it says of the run filled in."""
    words = {"run": run.id, "workflow": run.workflow}
    return re.sub(r"\{(run|workflow)\}", lambda found: safe(words[found[1]]), path)


def safe(word: str) -> str:
    """Return a word as it may be a part of a file's name: no folder, nothing hidden, not too long."""
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", word)
    name = f"_{name[1:]}" if name.startswith(".") else name
    return name if len(name) <= _LONGEST else f"{name[:_LONGEST]}-{ids.digest(word, length=8)}"
