# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a word about a step means to whoever looks at a hundred of them: one of few tones, each with a colour."""

from __future__ import annotations

from enum import StrEnum


class Tone(StrEnum):
    """How a step stands on a host, in the order in which somebody wants to know of it."""

    FAILED = "failed"
    DOUBT = "in doubt"
    WAITING = "waiting"
    AT_WORK = "at work"
    UNDONE = "undone"
    HANDLED = "handled"
    DONE = "done"
    SKIPPED = "skipped"
    TO_COME = "to come"

    @property
    def is_bad(self) -> bool:
        """True of what somebody has to look at."""
        return self in {Tone.FAILED, Tone.DOUBT}


_TONES = {
    "failed": Tone.FAILED,
    "unreachable": Tone.FAILED,
    "compensation failed": Tone.FAILED,
    "in doubt": Tone.DOUBT,
    "done in part": Tone.DOUBT,
    "not begun": Tone.WAITING,
    "broken off": Tone.WAITING,
    "waiting": Tone.WAITING,
    "pending": Tone.WAITING,
    "retrying": Tone.WAITING,
    "void": Tone.WAITING,
    "at work": Tone.AT_WORK,
    "compensated": Tone.UNDONE,
    "left as it is": Tone.HANDLED,
    "failed, handled": Tone.HANDLED,
    "ok": Tone.DONE,
    "begun": Tone.DONE,
    "skipped": Tone.SKIPPED,
}


def tone(word: str) -> Tone:
    """Return the tone of a step's state, or of how a try of it ended."""
    known = _TONES.get(word) or _TONES.get(word.partition(",")[0])
    return known or Tone.WAITING
