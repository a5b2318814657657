# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why runs are not exported, or not imported; nothing is written then.

The tree::

    MovingError
    ├── ExportUnreadableError    a file is no export, or is not whole
    ├── ExportTooNewError        a newer saga.ops wrote it
    ├── ExportUnwritableError    a file cannot be written
    ├── AuditBrokenError         a run's record does not hold, so it is not passed on
    ├── RunOtherwiseError        a run is in the journal already, and is another by now
    └── RunAtWorkThenError       a run was at work when it was exported
"""

from __future__ import annotations

from ..errors import MovingError


class ExportUnreadableError(MovingError):
    """A file is no export, was cut off or changed, or promises what cannot be."""

    def __init__(self, line: int, what: str) -> None:
        where = f"line {line}: " if line else ""
        super().__init__(
            f"this export cannot be read, so nothing of it is imported: {where}{what}. "
            f"Fetch the file once more, or export once more"
        )
        self.line = line
        self.what = what


class ExportTooNewError(MovingError):
    """A newer saga.ops wrote the file."""

    def __init__(self, found: int, known: int, by: str) -> None:
        super().__init__(
            f"this export has schema {found}, and saga.ops {by} wrote it; this saga.ops knows schemas up to {known}. "
            f"Upgrade the collection"
        )
        self.found = found
        self.known = known


class ExportUnwritableError(MovingError):
    """A file cannot be written, or is something else than a file."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"the export {path} cannot be written: {why}. What it was to hold is still in the journal")
        self.path = path


class AuditBrokenError(MovingError):
    """A run's record does not hold, so it is not passed on."""

    def __init__(self, run: str, what: str) -> None:
        super().__init__(
            f"the audit of run {run} does not hold ({what}), so no other journal would take it; "
            f"see 'saga audit {run} --verify'"
        )
        self.run = run


class RunOtherwiseError(MovingError):
    """A run is in the journal already, and what the file tells of it is something else."""

    def __init__(self, run: str, *, event: int) -> None:
        super().__init__(
            f"run {run} is in this journal already, and from event {event} on it is another one than in the export; "
            f"nothing is overwritten. See 'saga audit {run}'; where the export is right, and the run has ended here, "
            f"'saga prune' forgets it"
        )
        self.run = run
        self.event = event


class RunAtWorkThenError(MovingError):
    """A run was at work when it was exported."""

    def __init__(self, run: str, *, when: str) -> None:
        super().__init__(
            f"run {run} was at work when it was exported at {when}: what it did since is not in the file, and a resume "
            f"would do it again. If its own journal is lost, look what was done, and take it with --live"
        )
        self.run = run
