# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A live area: drawn again in place, while whatever else is written scrolls above it.

It is drawn by a thread of its own, and only while nobody holds the lock that is given: that of whoever else writes to
the terminal, reads from it, or forks. So a prompt that holds the lock has the terminal for itself, and no fork comes
while something is drawn. Nothing is hidden and nothing is switched on: a process that is killed leaves a terminal as
it should be.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Protocol, TextIO, cast

from .layout import Line
from .terminal import Area, may_be_coloured, size_of

_TICK = 0.1  # seconds between two looks whether there is something to draw
_BREATH = 0.12  # seconds after somebody wrote: more of it may come, or a prompt
_STALE = 1.0  # seconds after which what is drawn has grown old
_SUSPENDED = 3.0  # seconds without a look: the process was stopped, and others have written since
_TRIES = 50  # of a write to a terminal that takes no more just now

Draw = Callable[[int, int], Sequence[Line]]


class Lock(Protocol):
    """What whoever writes to the terminal holds while he does."""

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:  # noqa: FBT001, FBT002  as threading has it
        """Take it."""

    def release(self) -> None:
        """Give it back."""

    def __enter__(self) -> Any: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...


class Live:
    """The area of a process on its standard output; `draw` returns its lines for a width and a height.

    `draw` is called from the thread that draws. What it raises ends the area, and is kept in `failure`.
    """

    def __init__(self, draw: Draw, lock: Lock) -> None:
        self.failure: Exception | None = None
        self._draw = draw
        self._lock = lock
        self._area = Area(is_coloured=may_be_coloured())
        self._descriptor = sys.stdout.fileno()
        self._encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        self._process = os.getpid()
        self._holds = False
        self._is_line_open = False  # somebody has written half a line: perhaps a question
        self._is_dirty = True
        self._written = self._drawn = self._looked = time.monotonic()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._streams: dict[str, tuple[TextIO, _Above]] = {}

    def start(self) -> None:
        """Begin to draw; what goes to standard output and error scrolls above from now on."""
        if self._thread is not None:
            return
        for name in ("stdout", "stderr"):
            stream = getattr(sys, name)
            if _is_on_terminal(stream):
                above = _Above(stream, self)
                self._streams[name] = stream, above
                setattr(sys, name, above)
        self._stopping.clear()
        self._looked = time.monotonic()
        self._thread = threading.Thread(target=self._go_on, name="saga live area", daemon=True)
        self._thread.start()
        atexit.register(self.stop)

    def stop(self) -> None:
        """Take the area away, and draw no more."""
        if self._thread is None or os.getpid() != self._process:
            return
        self._stopping.set()
        self._thread.join(timeout=_SUSPENDED)
        self._thread = None
        with self._lock:
            self._erase()
        for name, (stream, above) in self._streams.items():
            if getattr(sys, name) is above:
                setattr(sys, name, stream)
        self._streams.clear()
        atexit.unregister(self.stop)

    def touch(self) -> None:
        """Say that there is something new to draw."""
        self._is_dirty = True

    def hold(self, *, is_held: bool) -> None:
        """Leave the terminal to somebody who asks something there, or take it again."""
        if self._holds != is_held:
            self._holds = is_held
            if is_held:
                with self._lock:
                    self._erase()

    def write(self, stream: TextIO, text: str) -> int:
        """Write a text above the area."""
        if os.getpid() != self._process:  # a child writes as if there were no area
            return stream.write(text)
        with self._lock:
            self._erase()
            count = stream.write(text)
            stream.flush()
            self._is_line_open = not text.endswith("\n") if text else self._is_line_open
            self._written = time.monotonic()
        return count

    # Inside

    def _go_on(self) -> None:
        while not self._stopping.wait(_TICK):
            now = time.monotonic()
            if now - self._looked > _SUSPENDED:
                self._area.forget()
            self._looked = now
            if self._is_due(now) and self._lock.acquire(blocking=False):
                try:
                    self._draw_once(now)
                except Exception as error:  # noqa: BLE001  a picture is no reason for a run to fail
                    self.failure = error
                    self._stopping.set()
                    with contextlib.suppress(OSError):
                        self._erase()
                finally:
                    self._lock.release()

    def _is_due(self, now: float) -> bool:
        if self._holds or self._is_line_open:
            return False
        # Others may write without end; they must not keep the area away for longer than it takes to grow old.
        is_quiet = now - self._written > _BREATH or now - self._drawn > _STALE
        return is_quiet and (self._is_dirty or not self._area.is_there or now - self._drawn > _STALE)

    def _draw_once(self, now: float) -> None:
        if self._holds or self._is_line_open:  # by now
            return
        width, height = size_of(self._descriptor)
        self._is_dirty = False
        lines = self._draw(width - 1, height - 1)  # a full line would leave the cursor nobody knows where
        self._put(self._area.draw(lines[: height - 1], width=width))
        self._drawn = now

    def _erase(self) -> None:
        if text := self._area.erase(width=size_of(self._descriptor)[0]):
            self._put(text)

    def _put(self, text: str) -> None:
        """Write to the terminal past the streams: their buffers have locks of their own."""
        data = _readable(text, self._encoding)
        for _try in range(_TRIES):
            try:
                data = data[os.write(self._descriptor, data) :]
            except BlockingIOError:
                time.sleep(_TICK / 10)
            if not data:
                return


class _Above:
    """A stream whose text goes above the area; all else of it is as it is."""

    def __init__(self, stream: TextIO, live: Live) -> None:
        self._stream = stream
        self._live = live

    def write(self, text: str) -> int:
        return self._live.write(self._stream, text)

    def writelines(self, lines: Sequence[str]) -> None:
        self.write("".join(lines))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _readable(text: str, encoding: str) -> bytes:
    try:
        return text.encode(encoding)
    except (UnicodeError, LookupError):
        return text.translate({ord("━"): "=", ord("─"): "-", ord("…"): "~"}).encode("ascii", "replace")


def _is_on_terminal(stream: Any) -> bool:
    try:
        return os.isatty(cast("TextIO", stream).fileno())
    except (AttributeError, OSError, ValueError):
        return False
