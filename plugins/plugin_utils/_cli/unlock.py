# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``saga unlock``: free one target, whoever holds it; the holder can write no more."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from .._engine.operator import unlock
from .._screen.screen import Screen
from .exits import Exit
from .opening import opened
from .reasons import add_reason
from .wording import typed, when

HELP = "free one target, whoever holds it"


def add_arguments(parser: ArgumentParser) -> None:
    """Add what only this command takes."""
    parser.add_argument(
        "target", metavar="TARGET", help="the name of the lease: the host, unless saga_lock_key says else"
    )
    add_reason(parser)


def do(arguments: Namespace) -> Exit:
    """Free the target and say who held it."""
    with opened(arguments) as means:
        freed = unlock(means, arguments.target, why=arguments.why)
        since = when(freed.lease.acquired, now=means.clock.now())
    run, screen = freed.run, Screen()
    screen.line(
        f"{freed.lease.name} is free; run {run.id} of {run.workflow} held it since {since} ({freed.lease.owner})."
    )
    if not freed.at_work.is_free:
        screen.alarm(
            f"That run was at work: {freed.at_work.who}. It can write no more and starts no further step once it "
            f"notices; a step in hand goes on until it ends, on {freed.lease.name} too."
        )
    if run.state.is_resumable:
        screen.line("That run is unfinished. When it is resumed it wants the target again:")
        screen.heading("  " + typed(("saga", "status", run.id), journal=arguments.journal))
    return Exit.FINE
