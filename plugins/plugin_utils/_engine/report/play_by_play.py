# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that an engine starts play by play: where it stands between two starts, and what the next one is."""

from __future__ import annotations

import re

from ..records import Run, RunState

_REASON = "it has come to the last play that saga_last_play asks for, and play {} follows"
_FOLLOWS = re.compile(_REASON.format(r"(\d+)"))
_ASKED = re.compile(r"(?:(?<!\w)|(?<=-e))saga_last_play=[^\s'\"]+")


def put_off(play: int) -> str:
    """Return why a run parks whose next play, with this number, is left to a later start."""
    return _REASON.format(play)


def next_command(run: Run) -> tuple[str, ...]:
    """Return the run's command, asking for the play that was put off too; nothing if none was.

    What is said by `-e` comes before what the environment or a file says of the last play, and the last `-e` counts.
    """
    found = _FOLLOWS.fullmatch(run.reason)
    if found is None or run.state is not RunState.PARKED or run.is_going_back:
        return ()
    asked = f"saga_last_play={found[1]}"
    words = tuple(_ASKED.sub(asked, word) for word in run.command)
    return words if any(asked in word for word in words) else (*words, "-e", asked)
