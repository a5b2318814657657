# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a record is not looked at, or not anchored; nothing is changed then.

The tree::

    AuditError
    ├── AnchorLostError          an anchor could not be kept
    ├── AnchorsUnreadableError   a file of anchors cannot be read
    ├── AnchorAbsentError        a file has no anchor of the run
    ├── EventsForeignError       a file that events are to be written to is something else
    ├── EventsUnreadableError    a file of events cannot be read
    ├── ResultAlteredError       a result is not the one that was written
    └── ResultDoubtedError       likewise, and somebody only looks at it
"""

from __future__ import annotations

from ..errors import EngineError


class AuditError(EngineError):
    """Something about a record that is looked at."""


class AnchorLostError(AuditError):
    """An anchor could not be kept."""

    def __init__(self, run: str, what: str) -> None:
        super().__init__(f"run {run}: {what}. Mend that, and anchor it again; the run is as it was")


class AnchorsUnreadableError(AuditError):
    """A file of anchors cannot be read, or a line of it is none."""

    def __init__(self, path: str, what: str, *, line: int = 0) -> None:
        where = f"line {line} of {path}" if line else path
        super().__init__(
            f"the anchors cannot be read: {where}: {what}. Whoever keeps them knows what it was; take the line out "
            f"if it was cut off in the middle"
        )


class AnchorAbsentError(AuditError):
    """A file of anchors has none of the run."""

    def __init__(self, path: str, run: str) -> None:
        super().__init__(
            f"{path} has no anchor of run {run}, so it proves nothing about it: look for the file that saga_anchor "
            f"named when it ran, or verify it without --anchors"
        )


class EventsForeignError(AuditError):
    """A file that events are to be written to has something else in it."""

    def __init__(self, path: str, what: str) -> None:
        super().__init__(
            f"no event is written to {path}: {what}. Move it away, or name another file with SAGA_JSONL_PATH; the next "
            f"attempt writes what is missing"
        )


class EventsUnreadableError(AuditError):
    """A file of events cannot be read, or has none of the run."""

    def __init__(self, path: str, what: str) -> None:
        super().__init__(
            f"no event can be read from {path}: {what}. It must be a file of 'saga audit --json', or of saga.ops.jsonl"
        )


class ResultAlteredError(AuditError):
    """A result that a resume would go on with is not the one that the run's events tell of."""

    def __init__(self, run: str, what: str) -> None:
        super().__init__(
            f"run {run} cannot go on from its journal: {what}. Somebody, or a disk, has changed it since it was "
            f"written; look with 'saga audit {run} --verify', restore the journal, or give the run up with "
            f"'saga abandon {run} --why ...'"
        )


class ResultDoubtedError(AuditError):
    """A result that somebody wants to see is not the one that the run's events tell of."""

    def __init__(self, run: str, what: str) -> None:
        super().__init__(
            f"{what}, in run {run}: somebody, or a disk, has changed it since it was written. Look with "
            f"'saga audit {run} --verify', and restore the journal"
        )
