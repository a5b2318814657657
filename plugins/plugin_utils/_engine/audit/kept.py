# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether what a journal keeps beside its events is what they tell of: results, captured values, commands, targets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..records import Event, Run, Slice, Step
from ..slotted import dataclass, field
from .chain import Fault, Finding
from .digests import of_run, of_slice, of_text
from .refusals import ResultAlteredError

_Stored = Mapping[str, str]
"""A step's results: digests, or texts, the whole under "", loop items under their keys."""
_Word = tuple[str, int]
"""A digest, and the number of the event that tells it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a journal keeps of a run beside its events and its states."""

    results: Mapping[tuple[str, str], _Stored]  # digests, by host and key
    slices: Sequence[Slice]

    @classmethod
    def of(cls, steps: Iterable[Step], slices: Iterable[Slice], read: Callable[[Step], _Stored]) -> Kept:
        """Return it; `read` gives the results of a step."""
        results = {(step.host, step.key): {item: of_text(text) for item, text in read(step).items()} for step in steps}
        return cls(results=results, slices=tuple(slices))


@dataclass(slots=True)
class Told:
    """What events tell, each word over the one before."""

    results: dict[tuple[str, str], dict[str, _Word]] = field(default_factory=dict)
    captured: dict[tuple[str, str], _Word] = field(default_factory=dict)
    run: dict[str, _Word] = field(default_factory=dict)
    slices: dict[str, _Word] = field(default_factory=dict)
    is_from_the_start: bool = False  # False: a saga.ops that told no digests has begun the run
    last: int = 0

    def hear(self, events: Iterable[Event]) -> None:
        """Take in what further events tell."""
        for event in events:
            found, self.last = event.data.get("digests"), event.seq
            told: Mapping[str, Any] = found if isinstance(found, Mapping) else {}
            self.is_from_the_start = self.is_from_the_start or (event.type == "run.started" and bool(told))
            if event.step:
                place = (event.host, event.step)
                self.results.setdefault(place, {}).update(_pairs(told.get("results"), event))
                if self.is_from_the_start or "captured" in told:
                    self.captured[place] = (str(told.get("captured", "")), event.seq)
            known = {name: told[name] for name in ("command", "targets") if name in told}
            self.run.update(_pairs(known, event))
            self.slices.update(_pairs(told.get("slices"), event))


class Witness:
    """Tells whether results are those that the events of a run tell of; reads them when it is first asked."""

    def __init__(self, run: str, events: Callable[[int], Iterable[Event]]) -> None:
        self._run = run
        self._events = events
        self._told = Told()

    def must_know(self, step: Step, stored: _Stored) -> None:
        """Raise ResultAlteredError unless a step's results are as they were written."""
        # What was written since it last looked may be just what it is asked about.
        if self._what(step, stored):
            self._told.hear(self._events(self._told.last))
            if what := self._what(step, stored):
                raise ResultAlteredError(self._run, what)

    def _what(self, step: Step, stored: _Stored) -> str:
        if not self._told.last:
            return "nothing has been read yet"
        digests = {item: of_text(text) for item, text in stored.items()}
        known = self._told.results.get((step.host, step.key), {})
        if {item: digest for item, (digest, _seq) in known.items()} == digests:
            return ""
        return next((what for _seq, what in _of_results(step, digests, self._told)), "")


def altered(run: Run, steps: Iterable[Step], kept: Kept, events: Sequence[Event]) -> Iterator[Finding]:
    """Yield what is kept otherwise than events tell that it was written; the events are a chain that holds."""
    told = Told()
    told.hear(events)
    slices = {str(part.attempt): of_slice(part) for part in kept.slices}
    found = [
        *_differences(of_run(run), told.run, "the recorded {} of the run".format, is_all=False),
        *_differences(slices, told.slices, "the record of attempt {}".format, is_all=told.is_from_the_start),
    ]
    for step in steps:
        place = (step.host, step.key)
        found += _of_results(step, kept.results.get(place, {}), told)
        captured = {place[1]: of_text(step.captured)}
        said = {place[1]: told.captured[place]} if place in told.captured else {}
        found += _differences(captured, said, f"what {{}} on {step.host} has captured".format, is_all=False)
    for seq, what in found:
        yield Finding(seq=seq, what=what, fault=Fault.KEPT, sound=len(events))


def _of_results(step: Step, digests: _Stored, told: Told) -> Iterator[tuple[int, str]]:
    def words(item: str) -> str:
        return f"the result {f'of item {item} ' if item else ''}of {step.key} on {step.host}"

    known = told.results.get((step.host, step.key), {})
    for seq, what in _differences(digests, known, words, is_all=told.is_from_the_start):
        yield seq, what + _whose(digests, step, told)


def _differences(
    there: _Stored, told: Mapping[str, _Word], words: Callable[[str], str], *, is_all: bool
) -> Iterator[tuple[int, str]]:
    """Yield the event and the words for each name whose digest is not what was told of it.

    `is_all` says that what nothing was told of is not to be there.
    """
    for name in dict.fromkeys((*told, *there)):
        said, seq = told.get(name, ("", 0))
        found = there.get(name, "")
        if found == said or (name not in told and not is_all):
            continue
        if not said:
            yield seq, f"{words(name)} is one that no event tells of"
        else:
            yield seq, f"{words(name)} is {'not the one' if found else 'gone,'} that event {seq} tells of"


def _whose(digests: _Stored, step: Step, told: Told) -> str:
    """Return words for other steps whose results stand here."""
    own = {digest for digest, _seq in told.results.get((step.host, step.key), {}).values()}
    strange = {digest for digest in digests.values() if digest} - own
    others = (
        f"; it is the one of {key} on {host}, of event {seq}"
        for (host, key), items in told.results.items()
        for digest, seq in items.values()
        if digest in strange
    )
    return next(others, "")


def _pairs(told: Any, event: Event) -> list[tuple[str, _Word]]:
    """Return digests with the number of the event that tells them; of what is no table of digests nothing."""
    found = told.items() if isinstance(told, Mapping) else ()
    return [(str(name), (str(digest), event.seq)) for name, digest in found]
