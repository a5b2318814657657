# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The failures of an attempt that nothing has handled, and what their contracts want to follow them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .._engine.meeting import Reference
from .._engine.promises import Then

_MOST_TOLD = 5
_MOST_CAREFUL_FIRST = (Then.ESCALATE, Then.STOP, Then.COMPENSATE)


class Failure(NamedTuple):
    """A failure that nothing handled, of a host, in words."""

    host: str
    words: str
    then: Then | None = None  # what the author said shall follow it


class Failures:
    """Failures of the play in hand, and of those before it; `outer` are those of the play whose handlers run."""

    def __init__(self, outer: Failures | None = None) -> None:
        self.outer = outer
        self.of_play: list[Failure] = []
        self._earlier: list[Failure] = []
        self._failed_before: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._earlier or self.of_play)

    def enter(self, failed: set[str]) -> None:
        """Begin a play, or its next batch; `failed` are hosts that have failed before."""
        self._earlier += self.of_play
        self.of_play = []
        self._failed_before = failed

    def note(self, reference: Reference, *, word: str, then: Then | None) -> None:
        """Remember a step's failure."""
        self.of_play.append(Failure(reference.on, f"{reference.name!r} {word} on {reference.on}", then))

    def note_hosts(self, failed: set[str]) -> None:
        """Remember hosts that failed in this play without a step's failure: by an include that could not be read."""
        if not self.of_play:
            self.of_play = [
                Failure(name, f"the play failed on {name}") for name in sorted(failed - self._failed_before)
            ]

    def policy(self) -> Then | None:
        """Return what shall follow the failures so far, the most careful word first; None: nobody said anything."""
        said = {failure.then for failure in (*self._earlier, *self.of_play)}
        return next((then for then in _MOST_CAREFUL_FIRST if then in said), None)

    def forgive(self, hosts: set[str]) -> None:
        """Forget the failures of hosts whose errors the play has cleared."""
        self.of_play = [failure for failure in self.of_play if failure.host not in hosts]
        self._earlier = [failure for failure in self._earlier if failure.host not in hosts]

    def hosts(self) -> list[str]:
        """Return the hosts that failed in the play in hand."""
        return list(dict.fromkeys(failure.host for failure in self.of_play))

    def hosts_now(self, failed: set[str]) -> list[str]:
        """Return those of the failed hosts that have failed in the play in hand, for a step's reason or another's."""
        return sorted({*self.hosts(), *(failed - self._failed_before)})

    def why(self) -> str:
        """Return the first failures as a run's reason."""
        return _told((*self._earlier, *self.of_play))

    def why_now(self) -> str:
        """Return the first failures of the play in hand as a run's reason."""
        return _told(self.of_play)


def _told(failures: Sequence[Failure] | Iterable[Failure]) -> str:
    return "; ".join(failure.words for failure in [*failures][:_MOST_TOLD])
