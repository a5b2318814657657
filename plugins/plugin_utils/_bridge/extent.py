# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a failing run goes back, by the option scope; and how that is put in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .._engine.records import Step, WayBack
from .session import Session


def extent(session: Session, iterator: Any) -> WayBack:
    """Return how far the run would go back if it turned around now, at this play."""
    play = iterator._play
    if session.scope == "run":
        return WayBack()
    hosts: Sequence[str] = ()
    if session.scope == "host":
        hosts = session.failed_hosts(iterator)
    elif session.scope == "batch" and play.serial:
        hosts = list(iterator.host_states)
    return WayBack(play=session.plays.ordinal_of(play), hosts=tuple(hosts), is_forward_after=True)


def undone_words(back: WayBack, steps: Sequence[Step]) -> str:
    """Return what was undone, and that it can be done again."""
    if back.after:
        name = next((step.name for step in steps if step.seq == back.after and not step.is_unit), "the step")
        return f"undone back to after {name!r}; the same command goes forward again"
    play = next((step.path.partition("/")[0].partition(" ")[2] for step in steps if step.play == back.play), "")
    on = f" on {', '.join(back.hosts)}" if back.hosts else ""
    return f"what the play {play!r} did{on} is undone; the same command does it again"
