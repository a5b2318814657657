# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line, started by a play: there may be no command ``saga`` where the collection is installed alone.

A process of its own: what reads a playbook, or becomes ansible-playbook, cannot do so inside of another one.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from .._engine.slotted import dataclass

_PROGRAM = f"import sys; from {__package__}.main import main; sys.exit(main())"
_HOME = Path(__file__).parents[6]  # of ansible_collections


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """How a command ended, and all that it printed."""

    code: int
    lines: tuple[str, ...]

    @property
    def reason(self) -> str:
        """Why it failed: its last sentence of ours, else its code."""
        ours = [line for line in self.lines if line.startswith("saga: ")]
        return ours[-1].removeprefix("saga: ") if ours else f"it ended with code {self.code}"


def called(words: Sequence[str], *, environment: Mapping[str, str], tell: Callable[[str], None]) -> Called:
    """Run a command line of ``saga``; `tell` gets each line as it comes, and `environment` comes on top of this one's.

    A SIGTERM ends the command too, before this process.
    """
    paths = [str(_HOME), *filter(None, [os.environ.get("PYTHONPATH")])]
    around = {**os.environ, "PYTHONUNBUFFERED": "1", **environment, "PYTHONPATH": os.pathsep.join(paths)}
    lines = []
    with (
        subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, *words],
            env=around,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="backslashreplace",
        ) as child,
        _ending_with_us(child),
    ):
        for line in child.stdout or ():
            lines.append(line.rstrip("\n"))
            tell(lines[-1])
    return Called(code=child.returncode, lines=tuple(lines))


@contextmanager
def _ending_with_us(child: subprocess.Popen[str]) -> Iterator[None]:
    def end(number: int, _frame: FrameType | None) -> NoReturn:
        child.send_signal(number)  # a durable run ends in good order by it
        while child.stdout and os.read(child.stdout.fileno(), 65536):
            pass  # nobody may have to wait until it is read
        child.wait()
        raise SystemExit(128 + number)

    if threading.current_thread() is not threading.main_thread():  # where signals are nobody's to take
        yield
        return
    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
