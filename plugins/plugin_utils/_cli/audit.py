# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``saga audit``: what happened to a run, in order, and whether that record holds.

``--json`` prints JSON Lines, an event each: ``schema`` (1) and the event's own fields: seq, id, time (seconds since the
epoch), run, attempt, type, host, step (its key), actor, data, hash. The hash covers the other fields and the hash of
the event before, so that the chain can be verified from these lines alone.

``--verify --json`` prints one document: schema, run, state, events (how many), holds, findings: [{seq, what}].
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from .._engine import clock, codec
from .._engine.begin import Means, find_run
from .._engine.inspection import verify
from .._engine.records import Event
from .._screen import Screen
from . import facts
from .exits import Exit
from .opening import opened

HELP = "tell what happened to a run, or verify that record"

_HEADS = ("#", "time", "attempt", "event", "host", "step", "who", "data")


def add_arguments(parser: ArgumentParser) -> None:
    """Add what only this command takes."""
    parser.add_argument("run", metavar="RUN", nargs="?", default="", help="how the run's id begins (default: newest)")
    parser.add_argument("--verify", action="store_true", help="verify the chain of events instead of printing it")
    parser.add_argument("--json", action="store_true", help="print JSON Lines (a JSON document with --verify)")


def do(arguments: Namespace) -> Exit:
    """Print the run's events, or whether they hold."""
    with opened(arguments) as means:
        if arguments.verify:
            return _verify(means, arguments)
        run = find_run(means.journal, arguments.run)
        events = means.journal.events(run.id)
        if arguments.json:
            for event in events:
                print(facts.line(**{item.name: codec.pack(getattr(event, item.name)) for item in fields(Event)}))
        else:
            Screen().table(_HEADS, [_row(event) for event in events], folding=("step", "data"))
    return Exit.FINE


def _verify(means: Means, arguments: Namespace) -> Exit:
    verified = verify(means, arguments.run)
    run, findings = verified.run, verified.findings
    if arguments.json:
        told = [{"seq": finding.seq, "what": finding.what} for finding in findings]
        count, holds = verified.events, not findings
        print(facts.document(run=run.id, state=str(run.state), events=count, holds=holds, findings=told))
    else:
        _draw(Screen(), run.id, verified.events, [finding.what for finding in findings])
    return Exit.BROKEN_CHAIN if findings else Exit.FINE


def _draw(screen: Screen, run: str, count: int, findings: list[str]) -> None:
    if not findings:
        screen.line(f"The audit of run {run} holds: {count} events verified, and they account for every state.")
        return
    screen.alarm(f"The audit of run {run} does not hold:")
    for what in findings:
        screen.line(f"  {what}")


def _row(event: Event) -> tuple[str, ...]:
    return (
        str(event.seq),
        clock.text(event.time),
        str(event.attempt),
        event.type,
        event.host,
        event.step,
        event.actor,
        _told(event.data),
    )


def _told(data: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}: {_plain(value)}" for name, value in data.items() if value not in ("", [], ()))


def _plain(value: Any) -> str:
    return " ".join(str(item) for item in value) if isinstance(value, (list, tuple)) else str(value)
