# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plays of one process, by their place in the playbooks: those that have started, and those to come."""

from __future__ import annotations

from typing import Any

from ansible.executor.play_iterator import IteratingStates
from ansible.template import Templar

from .survey import Survey


class Plays:
    """Knows each play's number, from 1, and which hosts came to its end."""

    def __init__(self, tqm: Any, survey: Survey) -> None:
        self._tqm = tqm
        self._survey = survey
        self._started: dict[int, Any] = {}
        self._ordinals: dict[str, int] = {}
        self._ended: dict[int, set[str]] = {}

    def __bool__(self) -> bool:
        return bool(self._started)

    def enter(self, play: Any) -> int:
        """Note a play that starts, or its next batch; return its number."""
        number = self.number(play)
        self._started[number] = play
        return number

    def number(self, play: Any) -> int:
        """Return the number of a play that Ansible has come to, whether it starts or not."""
        if play._uuid not in self._ordinals:
            last = max(self._ordinals.values(), default=0)
            self._ordinals[play._uuid] = self._survey.ordinal(play, after=last)
        return self._ordinals[play._uuid]

    def ordinal_of(self, play: Any) -> int:
        """Return a play's number."""
        return self._ordinals[play._uuid]

    def of(self, ordinal: int) -> Any:
        """Return the play with this number, made ready as Ansible makes it if it has not started; None: there is none.

        The copy that undoing makes of it has its number, too.
        """
        if ordinal in self._started:
            return self._started[ordinal]
        if not 0 < ordinal <= len(self._survey.plays):
            return None
        play = self._survey.plays[ordinal - 1].copy()
        variables = self._tqm.get_variable_manager().get_vars(play=play)
        play.post_validate(Templar(loader=self._tqm.get_loader(), variables=variables))
        play.handlers = play.compile_roles_handlers() + play.handlers
        self._ordinals[play._uuid] = ordinal
        return play

    def note_ended(self, iterator: Any, failed: set[str]) -> None:
        """Remember the hosts that have come to the end of a play."""
        hosts = {name for name in iterator.host_states if name not in failed and _has_come_to_the_end(iterator, name)}
        self._ended.setdefault(self.ordinal_of(iterator._play), set()).update(hosts)

    def finished(self) -> set[str]:
        """Return the hosts that have come to the end of all that the playbooks have for them."""
        return set(self._survey.are_finished(self._ended))


def _has_come_to_the_end(iterator: Any, host: str) -> bool:
    return iterator.get_state_for_host(host).run_state == IteratingStates.COMPLETE
