# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Following what is written to a journal, by whatever process: a look now and again finds the events since the last.

Every store can be followed so, without being told anything by whoever writes.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping

from .journal import Records
from .records import Event


class Following:
    """The events of one run, or of all runs for an empty `run`, each returned once.

    `after` names the last event that is known already, by run: those after it are news. Whoever wants to hear only of
    what is yet to come gives the journal's heads.
    """

    def __init__(self, journal: Records, run: str = "", after: Mapping[str, int] | None = None) -> None:
        self._journal = journal
        self._run = run
        self._after = dict(after or {})

    @property
    def after(self) -> dict[str, int]:
        """The seq of the last event that was returned, by run: where another one may go on."""
        return dict(self._after)

    def news(self) -> Iterator[Event]:
        """Return what was written since the last call: in order for each run, and by time among runs.

        Whoever stops in the middle gets the rest at the next call. Raise JournalError as the journal does.
        """
        found = [self._journal.events(run, after=self._after.get(run, 0)) for run in self._grown()]
        for event in heapq.merge(*found, key=lambda event: event.time):
            self._after[event.run] = event.seq
            yield event

    def _grown(self) -> list[str]:
        if self._run:
            return [self._run]
        return [run for run, count in self._journal.heads().items() if count > self._after.get(run, 0)]
