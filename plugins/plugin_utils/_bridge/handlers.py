# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs handlers of a play on some hosts, here and now, as Ansible runs handlers: to undo a step, or to look for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ansible.executor.play_iterator import HostState, IteratingStates, PlayIterator
from ansible.playbook.block import Block
from ansible.playbook.play_context import PlayContext
from ansible.utils.vars import get_unique_id

from .failures import Failures


def run_handlers(strategy: Any, play: Any, names: Sequence[str], hosts: Sequence[str]) -> set[str] | None:
    """Run the handlers that go by these names; return the hosts on which that failed. None: there are no such."""
    handlers = _copies(strategy, play, names, hosts)
    if not handlers:
        return None
    with _inside(strategy):
        context, iterator = _iterator(strategy, _play(play, hosts), handlers)
        strategy.run_plain(iterator, context)
        tqm = strategy._tqm
        # A host that has left the inventory has not run them; of an include that could not be read no step tells.
        bad = {*iterator.get_failed_hosts(), *tqm._failed_hosts, *tqm._unreachable_hosts}
        bad |= {*strategy._saga.failures.hosts(), *(set(hosts) - set(iterator.host_states))}
    return bad


@contextmanager
def _inside(strategy: Any) -> Iterator[None]:
    """Let another iterator run within the one in hand, whose hosts are out of its reach."""
    tqm, session = strategy._tqm, strategy._saga
    failures, failed, unreachable = session.failures, tqm._failed_hosts, tqm._unreachable_hosts
    blocked, pending = strategy._blocked_hosts, strategy._pending_results
    # Failed and unreachable hosts are tried as well: what they did is to be undone, too.
    session.failures, tqm._failed_hosts, tqm._unreachable_hosts = Failures(outer=failures), {}, {}
    strategy._blocked_hosts, strategy._pending_results = {}, 0
    try:
        yield
    finally:
        session.failures, tqm._failed_hosts, tqm._unreachable_hosts = failures, failed, unreachable
        strategy._blocked_hosts, strategy._pending_results = blocked, pending


def _copies(strategy: Any, play: Any, names: Sequence[str], hosts: Sequence[str]) -> list[Any]:
    """Return copies of the handlers, notified for the hosts."""
    holder = _Play(play)
    found = [host for name in hosts if (host := strategy._inventory.get_host(name)) is not None]
    copies = []
    for name in names:
        for handler in strategy.search_handlers_by_notification(name, holder):
            copy = handler.copy(exclude_parent=True)
            copy._parent = handler._parent
            copy._uuid = get_unique_id()
            copy.notified_hosts = list(found)
            copies.append(copy)
    return copies


class _Play:
    """Stands for an iterator where only its play is asked for."""

    def __init__(self, play: Any) -> None:
        self._play = play


def _play(origin: Any, hosts: Sequence[str]) -> Any:
    play = origin.copy()
    play.hosts = list(dict.fromkeys(hosts))
    play.order = None
    play.max_fail_percentage = None
    play.any_errors_fatal = False
    play._removed_hosts = []
    return play


def _iterator(strategy: Any, play: Any, handlers: list[Any]) -> tuple[PlayContext, PlayIterator]:
    """Return an iterator whose hosts stand in their handlers, with its context.

    In that state included tasks work, and a role that has already run is not skipped.
    """
    manager, tqm = strategy._variable_manager, strategy._tqm
    context = PlayContext(play, tqm.passwords, tqm._connection_lockfile.fileno())
    iterator = PlayIterator(
        inventory=strategy._inventory,
        play=play,
        play_context=context,
        variable_manager=manager,
        all_vars=manager.get_vars(play=play),
        start_at_done=True,
    )
    for name in list(iterator.host_states):
        state = HostState(blocks=[Block(play=play)])
        state.run_state = IteratingStates.HANDLERS
        state.pre_flushing_run_state = IteratingStates.COMPLETE
        state.update_handlers = False
        state.handlers = list(handlers)
        iterator.set_state_for_host(name, state)
    iterator.handlers = list(handlers)
    iterator.all_tasks = list(handlers)
    iterator.cur_task = 0
    return context, iterator
