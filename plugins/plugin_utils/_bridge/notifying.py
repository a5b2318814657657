# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Notifies whom the options name, once an attempt has ended; the process may end meanwhile, and waits a little."""

from __future__ import annotations

from ansible.utils.display import Display

from .._engine.errors import EngineError
from .._engine.notify import Notice, document, occasion
from .._engine.report import as_data
from .._engine.run import Attempt
from .settings import Settings
from .telling import next_command, waiting_of

display = Display()


class Notifying:
    """At most one notice of an attempt."""

    def __init__(self, chosen: Settings) -> None:
        self._chosen = chosen
        self._notice: Notice | None = None

    def start(self, attempt: Attempt, reason: str) -> None:
        """Send off what is to be told of the run as it is now, if anybody wants to hear it."""
        run, address = attempt.run, self._chosen.notify
        if address is None or occasion(run.state) not in self._chosen.notify_on:
            return
        asked = waiting_of(attempt)
        told = document(
            run, reason=reason, command=next_command(attempt), questions=[as_data(question) for question in asked]
        )
        self._notice = Notice(address, told).start()

    def wait(self) -> None:
        """Let the notice get through, as long as the user chose; say so when it did not."""
        if self._notice is not None and (trouble := self._notice.ended()):
            display.warning(f"saga: {trouble}")
        self._notice = None


def in_short(error: BaseException) -> str:
    """Return what may be told to others of an error: its text may hold a value, its kind does not."""
    if isinstance(error, EngineError) and type(error).__doc__:
        return str(type(error).__doc__).splitlines()[0].rstrip(".")
    return f"ended by {type(error).__name__}"
