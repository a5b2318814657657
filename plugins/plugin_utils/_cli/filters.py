# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that select events."""

from __future__ import annotations

import math
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Sequence

from .._engine.audit.filtering import Filter
from .._engine.errors import NotStartedError
from .._engine.records import Run, Step
from .moments import add_moments


def add_filters(parser: ArgumentParser) -> None:
    """Add the options; each may be given several words, with commas or by being repeated."""
    options: tuple[tuple[str, str, Callable[[str], object], str], ...] = (
        ("--type", "TYPE", _words, "of these types; wildcards will do: 'lease.*'"),
        ("--host", "HOST", _words, "about these hosts: their steps, and decisions and leases that name them"),
        ("--by", "WHO", _words, "written by these"),
        ("--attempt", "N", _numbers, "of these attempts"),
    )
    for name, metavar, read, help_ in options:
        parser.add_argument(
            name, metavar=f"{metavar}[,{metavar}]", action="extend", type=read, default=[], help=f"only events {help_}"
        )
    # Names of steps have commas in them.
    parser.add_argument(
        "--step", metavar="STEP", action="append", default=[], help="only events about this step: its name, path or key"
    )
    add_moments(parser)


def wanted(arguments: Namespace) -> Filter:
    """Return what was asked for; steps as they were typed."""
    return Filter(
        types=tuple(arguments.type),
        hosts=tuple(arguments.host),
        steps=tuple(arguments.step),
        actors=tuple(arguments.by),
        attempts=tuple(arguments.attempt),
        since=-math.inf if arguments.since is None else arguments.since,
        until=math.inf if arguments.until is None else arguments.until,
    )


def must_be_known(run: Run, steps: Sequence[Step], wanted: Filter) -> None:
    """Raise NotStartedError if something is asked about a step that the run does not have."""
    for word in wanted.steps:
        if not any(word in {step.name, step.path, step.key} for step in steps):
            names = list(dict.fromkeys(step.name for step in steps))
            raise NotStartedError(run.id, step=word, candidates=names, is_ambiguous=False)


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _numbers(text: str) -> list[int]:
    try:
        return [int(word) for word in _words(text)]
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no number of an attempt") from error
