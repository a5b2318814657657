# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A process on a terminal of its own, and what somebody in front of it would see."""

import contextlib
import fcntl
import os
import select
import struct
import subprocess
import termios
import time

import pyte

_DARK = 1000  # lines that have scrolled by and are kept


class Terminal:
    """A terminal of so many columns and lines, with one process on it."""

    def __init__(self, command, *, cwd, env, columns=100, lines=30):
        self.screen = pyte.HistoryScreen(columns, lines, history=_DARK, ratio=0.5)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.pictures = []  # texts of the screen, whenever it was another
        self._ours, theirs = os.openpty()
        self._size(columns, lines)
        self.process = subprocess.Popen(
            ["setsid", "--ctty", *command], cwd=cwd, env=env, stdin=theirs, stdout=theirs, stderr=theirs
        )
        os.close(theirs)

    def resize(self, columns, lines):
        self._size(columns, lines)
        self.screen.resize(lines, columns)

    def type(self, text):
        os.write(self._ours, text.encode())

    def text(self):
        """Return what is on the screen now."""
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    def all(self):
        """Return what has scrolled by, and what is on the screen."""
        width = self.screen.columns
        gone = ["".join(line[x].data for x in range(width)).rstrip() for line in self.screen.history.top]
        return "\n".join([*gone, self.text()])

    def read(self, seconds):
        """Let the process go on for so long, at most to its end."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if not select.select([self._ours], [], [], left)[0]:
                return
            if not self._take():
                return

    def until(self, condition, timeout=60):
        """Read until what is seen fulfils a condition."""
        deadline = time.monotonic() + timeout
        while not condition(self.text()):
            assert time.monotonic() < deadline, self.all()
            if select.select([self._ours], [], [], 0.2)[0] and not self._take():
                assert condition(self.text()), self.all()

    def end(self, timeout=60):
        """Read to the end of the process; return its exit code."""
        deadline = time.monotonic() + timeout
        while self.process.poll() is None or select.select([self._ours], [], [], 0.2)[0]:
            assert time.monotonic() < deadline, self.all()
            if select.select([self._ours], [], [], 0.2)[0] and not self._take():
                break
        self.process.wait(timeout)
        return self.process.returncode

    def close(self):
        with contextlib.suppress(OSError):
            os.close(self._ours)

    def _take(self):
        try:
            data = os.read(self._ours, 65536)
        except OSError:  # the process is gone, and with it the other end
            return False
        self.raw += data
        self._stream.feed(data)
        if (text := self.text()) not in self.pictures[-1:]:
            self.pictures.append(text)
        return bool(data)

    def _size(self, columns, lines):
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
