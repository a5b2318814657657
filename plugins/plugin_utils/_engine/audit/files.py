# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file of events that is kept up with a journal: each event of a run once, in order, whatever has happened to it.

It is looked at again whenever somebody else has changed it: another slice of the run writes to the same file, a crash
has left half a line, an operator has moved it away. A new file begins with the run's first event.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ..records import Event
from ..slotted import dataclass
from .lines import BEGINNING, LineError, event_of, line
from .refusals import EventsForeignError

EventsAfter = Callable[[int], Sequence[Event]]
"""The run's events whose number is larger than this one."""

_PATIENCE = 2.0  # seconds for another process that writes to the file
_AT_ONCE = 1000  # lines in one write


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """The file as it was left: which one, how long, and the last event of the run in it."""

    inode: int
    size: int
    seq: int = 0
    hash: str = ""


class EventsFile:
    """The events of a run in a file, of mode 0600 if it is made here; other runs may be in it, too."""

    def __init__(self, path: Path, run: str) -> None:
        self.path = path
        self._run = run
        self._known: _Known | None = None

    def catch_up(self, events: EventsAfter) -> None:
        """Append what the file does not have yet.

        Raise EventsForeignError if it is not ours to write to; OSError if it cannot be written, with no part of a line
        left in it.
        """
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _opened(self.path) as descriptor:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise EventsForeignError(str(self.path), "it is no regular file")
            known = self._known
            if known is None or (known.inode, known.size) != (found.st_ino, found.st_size):
                known = self._looked_at(descriptor)
                self._must_be_the_same(known, events)
            self._known = known
            news = events(known.seq)
            for start in range(0, len(news), _AT_ONCE):
                self._known = known = _appended(descriptor, known, news[start : start + _AT_ONCE])

    def _looked_at(self, descriptor: int) -> _Known:
        """Read what is in the file, and take away the part of a line that a crash has left at its end."""
        seq, before, size = 0, "", 0
        with open(os.dup(descriptor), "rb") as file:  # noqa: PTH123  a descriptor has no path
            file.seek(0)
            for text in file:
                if not text.endswith(b"\n"):
                    self._must_be_ours(text)
                    os.ftruncate(descriptor, size)
                    break
                if not size:
                    self._must_be_ours(text)
                size += len(text)
                if self._run.encode() in text and (event := _event(text)) and event.run == self._run:
                    seq, before = event.seq, event.hash
        return _Known(inode=os.fstat(descriptor).st_ino, size=size, seq=seq, hash=before)

    def _must_be_ours(self, text: bytes) -> None:
        """Raise EventsForeignError unless a line, or the beginning of one, is an event's."""
        # After the power was cut there may be zeros where a line was to be.
        if text.strip(b"\0") and not BEGINNING.startswith(text[: len(BEGINNING)]):
            raise EventsForeignError(str(self.path), "there is something else in it")

    def _must_be_the_same(self, known: _Known, events: EventsAfter) -> None:
        if not known.seq:
            return
        last = next(iter(events(known.seq - 1)), None)
        if last is None:
            what = f"it has event {known.seq} of run {self._run}, and the journal has not"
            raise EventsForeignError(str(self.path), what)
        if last.hash != known.hash:
            what = f"event {known.seq} of run {self._run} is another one in it than in the journal"
            raise EventsForeignError(str(self.path), what)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """Open a file that nobody else writes to meanwhile, if they ask for that as we do."""
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
    try:
        _lock(descriptor)
        yield descriptor
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        except OSError as error:
            if error.errno not in {errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL}:
                raise
            return  # a file system without locks: then it is for one process
        else:
            return


def _appended(descriptor: int, known: _Known, news: Sequence[Event]) -> _Known:
    """Append events, or nothing of them; return what the file is then."""
    data = "".join(f"{line(event)}\n" for event in news).encode()
    written = 0
    try:
        while written < len(data):
            written += os.write(descriptor, data[written:])
    except OSError:
        os.ftruncate(descriptor, known.size)
        raise
    size = os.fstat(descriptor).st_size
    return _Known(inode=known.inode, size=size, seq=news[-1].seq, hash=news[-1].hash)


def _event(text: bytes) -> Event | None:
    try:
        return event_of(text)
    except LineError:
        return None
