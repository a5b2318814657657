# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a run that was read is one that a journal may have: whole, at one with itself, its audit holding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any

from ..audit import Kept
from ..audit.verifying import verify
from ..records import Bundle


def faults(bundle: Bundle, closing: Mapping[str, Any], digest: str) -> Iterator[str]:
    """Yield what does not hold of a run, given the line that closes it and the digest of its lines."""
    yield from _of_closing(bundle, closing, digest)
    yield from _of_records(bundle)
    yield from broken(bundle)


def broken(bundle: Bundle) -> Iterator[str]:
    """Yield what does not hold of a run's audit."""
    count, head = len(bundle.events), bundle.events[-1].hash if bundle.events else ""
    kept = Kept.stored(bundle.results, bundle.slices)
    for finding in verify(bundle.run, bundle.steps, bundle.events, kept, count=count, head=head):
        yield finding.what


def _of_closing(bundle: Bundle, closing: Mapping[str, Any], digest: str) -> Iterator[str]:
    counted = {
        "run": bundle.run.id,
        "slices": len(bundle.slices),
        "steps": len(bundle.steps),
        "results": len(bundle.results),
        "events": len(bundle.events),
        "head": bundle.events[-1].hash if bundle.events else "",
    }
    for name, count in counted.items():
        if closing.get(name) != count:
            yield f"the line that closes it has another {name!r}"
    if closing.keys() != {*counted, "digest"} or closing["digest"] != digest:
        yield "its lines are not those that were written"


def _of_records(bundle: Bundle) -> Iterator[str]:
    run = bundle.run
    if run.version < 1 or not bundle.slices or not bundle.events:
        yield "no run is like that: it has a version, a slice and events"
    if any(not 0 < part.attempt <= run.attempt or part.token < 0 for part in bundle.slices):
        yield "a slice is of an attempt that there was not"
    typed = [run.directory, *run.command, *(word for part in bundle.slices for word in (part.directory, *part.command))]
    if any("\0" in word for word in typed):
        yield "its command or folder cannot be typed"
    steps = {(step.host, step.key) for step in bundle.steps}
    if any((result.host, result.key) not in steps for result in bundle.results):
        yield "a result is of a step that there was not"
    yield from _twice("a slice", (part.attempt for part in bundle.slices))
    yield from _twice("a step", ((step.host, step.key) for step in bundle.steps))
    yield from _twice("a result", ((result.host, result.key, result.item) for result in bundle.results))


def _twice(what: str, keys: Iterable[Hashable]) -> Iterator[str]:
    if any(count > 1 for count in Counter(keys).values()):
        yield f"{what} is there twice"
