# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What this machine has seen of a journal, beside it: a journal that has gone back to an older state is told by that.

A folder for each journal: in ``token`` the largest fencing token that was drawn here, in a file for each unfinished run
how many events it had when an attempt last wrote here, and the hash of the last of them. Nothing of it is needed: where
it is gone, or cannot be written, nothing is remembered.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

from .errors import JournalError
from .ids import folder_name
from .journal import Journal

_DRAWN = "token"
_BETWEEN = 1.0  # seconds


class JournalWentBackError(JournalError):
    """A journal is in an older state than this machine has seen it in."""

    def __init__(self, what: str, memory: Path) -> None:
        super().__init__(
            f"the journal has gone back to an older state: {what}. Steps that were done since then are not in it, and "
            f"would be done again. Bring the newer state back; or, if you have restored a backup and looked what has "
            f"happened since, remove {memory} and start again"
        )


class Sightings:
    """What was seen of one journal; `tell` hears of one that was emptied."""

    def __init__(self, folder: Path, *, tell: Callable[[str], None]) -> None:
        self.folder = folder
        self._tell = tell
        self._noted = 0.0  # on the clock of whoever follows

    def must_hold(self, journal: Journal, token: int, run: str = "") -> None:
        """Raise JournalWentBackError if a token that was just drawn, or a run's events, were there before."""
        before = self._token()
        if token == 1 and before:
            # Nobody has ever drawn one: it is another journal in the old one's place.
            self._tell(f"the journal is empty, and this machine has seen it with {before} tokens drawn")
            self._forget()
            return
        if token <= before:
            raise JournalWentBackError(f"it gave out token {token}, and token {before} was drawn before", self.folder)
        count, head = self._end(run)
        if count < 1:
            return
        there = next(iter(journal.events(run, after=count - 1)), None)
        if there is None:
            raise JournalWentBackError(f"run {run} had {count} events, and has fewer", self.folder)
        if (there.seq, there.hash) != (count, head):
            raise JournalWentBackError(f"event {count} of run {run} is another one than it was", self.folder)

    def note_token(self, token: int) -> None:
        """Remember a token."""
        if token > self._token():
            self._write(_DRAWN, str(token))

    def follow(self, journal: Journal, run: str, *, now: float) -> None:
        """Remember where a run's events end, once a second at most: it is one more question to the journal."""
        if now - self._noted >= _BETWEEN:
            self._noted = now
            self.note_end(journal, run)

    def note_end(self, journal: Journal, run: str) -> None:
        """Remember where a run's events end now."""
        count, head = journal.head(run)
        self._write(folder_name(run), f"{count} {head}")

    def tidy(self, journal: Journal) -> None:
        """Forget the runs that are over."""
        with contextlib.suppress(OSError):
            for path in self.folder.iterdir():
                known = journal.runs(run=path.name) if path.name != _DRAWN else ()
                if any(run.id == path.name and not run.state.is_resumable for run in known):
                    path.unlink()

    def _token(self) -> int:
        try:
            return int((self.folder / _DRAWN).read_text(encoding="ascii"))
        except (OSError, ValueError):
            return 0

    def _end(self, run: str) -> tuple[int, str]:
        try:
            count, head = (self.folder / folder_name(run)).read_text(encoding="ascii").split()
            return int(count), head
        except (OSError, ValueError):
            return 0, ""

    def _write(self, name: str, text: str) -> None:
        """Write in place and at once: what a crash of the machine leaves half written is no sighting."""
        with contextlib.suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self.folder / name, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            try:
                os.ftruncate(descriptor, os.write(descriptor, text.encode("ascii")))
            finally:
                os.close(descriptor)

    def _forget(self) -> None:
        with contextlib.suppress(OSError):
            for path in self.folder.iterdir():
                path.unlink()
