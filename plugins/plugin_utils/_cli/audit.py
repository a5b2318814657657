# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``saga audit``: what happened to a run, in order, and whether that record holds.

``--json`` prints JSON Lines, an event each, as docs/event.schema.json describes them: ``schema`` (1) and the event's
own fields. The hash covers the other fields and the hash of the event before, so that the chain can be verified from
these lines alone. What ``--verify --json`` prints is described by :mod:`verifying`, an anchor by the engine's
``audit.anchors``.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from .._engine import clock
from .._engine.audit import End
from .._engine.audit.anchors import Anchor, Haven
from .._engine.audit.breaks import moment
from .._engine.audit.filtering import Filter
from .._engine.audit.lines import line
from .._engine.audit.refusals import AnchorLostError
from .._engine.finding import find_run
from .._engine.following import Following
from .._engine.records import Event, Run, RunState
from .._engine.request import Means
from .._screen.screen import Screen
from .._screen.text import complain
from .exits import Exit
from .filters import add_filters, must_be_known, wanted
from .opening import opened
from .verifying import verify, verify_file

HELP = "tell what happened to a run, or verify that record"

_HEADS = ("#", "time", "attempt", "event", "host", "step", "who", "data")
_AT_WORK = frozenset({RunState.RUNNING, RunState.COMPENSATING})
_APART = 0.5  # seconds between two looks at what is new
_STDOUT = "-"


def add_arguments(parser: ArgumentParser) -> None:
    """Add what only this command takes."""
    parser.add_argument("run", metavar="RUN", nargs="?", default="", help="how the run's id begins (default: newest)")
    add_filters(parser)
    parser.add_argument("--json", action="store_true", help="print JSON Lines (a JSON document with --verify)")
    way = parser.add_mutually_exclusive_group()
    way.add_argument(
        "-f", "--follow", action="store_true", help="go on with what is written, until nobody works on the run any more"
    )
    way.add_argument("--verify", action="store_true", help="verify the chain of events instead of printing it")
    way.add_argument(
        "--anchor",
        metavar="FILE|URL",
        nargs="?",
        const=_STDOUT,
        help="print where the chain ends now, or append that to a file, or post it to a web hook",
    )
    parser.add_argument(
        "--anchors", metavar="FILE", default="", help="with --verify: the chain must have these anchors"
    )
    parser.add_argument(
        "--file", metavar="FILE", default="", help="with --verify: what is in this file, of --json or saga.ops.jsonl"
    )


def do(arguments: Namespace) -> Exit:
    """Print the run's events, whether they hold, or where they end."""
    if problem := _problem(arguments):
        complain(f"saga: {problem}; see 'saga audit --help'")
        raise SystemExit(Exit.USAGE)
    if arguments.file:
        return verify_file(arguments)
    with opened(arguments) as means:
        if arguments.verify:
            return verify(means, arguments)
        run = find_run(means.journal, arguments.run)
        if arguments.anchor is not None:
            return _anchor(means, run, arguments.anchor)
        return (_follow if arguments.follow else _list)(means, run, arguments)


def _problem(arguments: Namespace) -> str:
    if not arguments.verify and (arguments.anchors or arguments.file):
        return "--anchors and --file go with --verify"
    is_chosen = wanted(arguments) != Filter()
    if is_chosen and (arguments.verify or arguments.anchor is not None):
        return "a record is verified and anchored as a whole: --verify and --anchor select no events"
    return ""


def _list(means: Means, run: Run, arguments: Namespace) -> Exit:
    asked = wanted(arguments)
    steps = means.journal.steps(run.id) if asked.steps else ()
    must_be_known(run, steps, asked)
    count, found = _chosen(means.journal.events(run.id), asked.of(steps))
    if arguments.json:
        told = _print(found)
    else:
        rows = [_row(event) for event in found]  # not the events: what is shown of one is a part of it
        told = len(rows)
        if rows or not count():
            Screen().table(_HEADS, rows, folding=("step", "data"))
    if count() and not told:
        complain(f"saga: none of the {count()} events of run {run.id} is like that")
    return Exit.FINE


def _chosen(events: Iterable[Event], asked: Filter) -> tuple[Callable[[], int], Iterator[Event]]:
    """Return the events that are asked for, as they are read, and how many have been read."""
    read = 0

    def chosen() -> Iterator[Event]:
        nonlocal read
        is_all = asked == Filter()
        for event in events:
            read += 1
            if is_all or asked.passes(event):
                yield event

    return lambda: read, chosen()


def _follow(means: Means, run: Run, arguments: Namespace) -> Exit:
    """Print what is there, and what is written from now on; its columns have the width of what is in them."""
    journal, asked, screen = means.journal, wanted(arguments), Screen()
    following = Following(journal, run.id)
    while True:
        # Looked at before its events: an end is written together with the event that tells of it.
        is_over = find_run(journal, run.id).state not in _AT_WORK
        news = list(following.news())
        chosen = asked.of(journal.steps(run.id)) if news and asked.steps else asked
        found = [event for event in news if chosen.passes(event)]
        if arguments.json:
            _print(found)
        else:
            for event in found:
                screen.line("  ".join(word for word in _row(event) if word))
        sys.stdout.flush()
        if is_over:
            return Exit.FINE
        clock.sleep(_APART)


def _anchor(means: Means, run: Run, target: str) -> Exit:
    count, head = means.journal.head(run.id)
    anchor = Anchor.of(run.id, End(count=count, head=head), clock.text(means.clock.now()))
    if target == _STDOUT:
        print(anchor.line)
        return Exit.FINE
    try:
        haven = Haven(target)
    except ValueError as error:  # what was typed may hold a secret
        complain(f"saga: --anchor must be a file, or the URL of a web hook: {error}")
        return Exit.USAGE
    if trouble := haven.keep(anchor):
        raise AnchorLostError(run.id, trouble)
    Screen().line(f"Run {run.id} is anchored at event {count}: {haven.shown}")
    return Exit.FINE


def _print(events: Iterable[Event]) -> int:
    """Print events as lines; return how many they were."""
    count = 0
    for count, event in enumerate(events, 1):  # noqa: B007  the last number is what is wanted
        print(line(event))
    return count


def _row(event: Event) -> Sequence[str]:
    return (
        str(event.seq),
        moment(event.time),
        str(event.attempt),
        event.type,
        event.host,
        event.step,
        event.actor,
        _told(event.data),
    )


def _told(data: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}: {_plain(name, value)}" for name, value in data.items() if _is_shown(name, value))


def _is_shown(name: str, value: Any) -> bool:
    return name != "digests" and value not in ("", [], ())


def _plain(name: str, value: Any) -> str:
    if name == "began":
        return moment(value)
    return " ".join(str(item) for item in value) if isinstance(value, (list, tuple)) else str(value)
