# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a command ends, as a number for scripts."""

from __future__ import annotations

from enum import IntEnum
from typing import Self

from .._engine.errors import EngineError, JournalError


class Exit(IntEnum):
    """The exit codes of ``saga``; `meaning` is what the help says of each."""

    meaning: str

    def __new__(cls, code: int, meaning: str) -> Self:
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    FINE = 0, "fine"
    REFUSED = 1, "refused, or what was asked for is not there"
    USAGE = 2, "the command line cannot be understood"
    BROKEN_CHAIN = 3, "the audit does not hold"
    NO_JOURNAL = 4, "the journal cannot be used, or there is none"
    WRONG = 5, "a drill has found that a contract does not hold"
    HUNG_UP = 129, "ended by SIGHUP"
    INTERRUPTED = 130, "interrupted by Ctrl-C"
    CLOSED = 141, "whoever read the output went away"
    TERMINATED = 143, "ended by SIGTERM"


def of(error: EngineError) -> Exit:
    """Return how a command ends that the engine refused."""
    return Exit.NO_JOURNAL if isinstance(error, JournalError) else Exit.REFUSED
