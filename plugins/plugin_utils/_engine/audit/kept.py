# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether what a journal keeps beside its events is what they tell of: results, captured values, commands, targets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..records import Event, Result, Run, Slice, Step
from ..slotted import dataclass, field
from .chain import Fault, Finding
from .digests import of_run, of_slice, of_text
from .refusals import ResultAlteredError

_Stored = Mapping[str, str]
"""A step's results: digests, or texts, the whole under "", loop items under their keys."""
_Word = tuple[str, int]
"""A digest, and the number of the event that tells it."""
_Unlike = tuple[int, str]
"""The number of an event, and what is otherwise than it tells, in words."""


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

    @classmethod
    def stored(cls, results: Iterable[Result], slices: Iterable[Slice]) -> Kept:
        """Return it of all that is stored; of each result nothing stays but its digest."""
        found: dict[tuple[str, str], dict[str, str]] = {}
        for result in results:
            found.setdefault((result.host, result.key), {})[result.item] = of_text(result.payload)
        return cls(results=found, slices=tuple(slices))


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
        for _event in self.heard(events):
            pass

    def heard(self, events: Iterable[Event]) -> Iterator[Event]:
        """Take in what further events tell; yield each of them."""
        for event in events:
            found, self.last = event.data.get("digests"), event.seq
            told: Mapping[str, Any] = found if isinstance(found, Mapping) else {}
            if event.step:
                place = (event.host, event.step)
                if "results" in told:
                    self.results.setdefault(place, {}).update(_pairs(told["results"], event))
                if self.is_from_the_start or "captured" in told:
                    self.captured[place] = (str(told.get("captured", "")), event.seq)
            if told:
                self.is_from_the_start = self.is_from_the_start or event.type == "run.started"
                known = {name: told[name] for name in ("command", "targets") if name in told}
                self.run.update(_pairs(known, event))
                self.slices.update(_pairs(told.get("slices"), event))
            yield event


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


def altered(run: Run, steps: Iterable[Step], kept: Kept, told: Told) -> Iterator[Finding]:
    """Yield what is kept otherwise than events tell that it was written; the events are a chain that holds."""
    slices = {str(part.attempt): of_slice(part) for part in kept.slices}
    found = [
        *_differences(of_run(run), told.run, "the recorded {} of the run".format, is_all=False),
        *_differences(slices, told.slices, "the record of attempt {}".format, is_all=told.is_from_the_start),
    ]
    for step in steps:
        found += unlike(step, kept.results.get((step.host, step.key), {}), told)
    for seq, what in found:
        yield Finding(seq=seq, what=what, fault=Fault.KEPT, sound=told.last)


def unlike(step: Step, digests: _Stored, told: Told) -> Iterator[_Unlike]:
    """Yield what is stored of a step otherwise than events tell."""
    place = (step.host, step.key)
    if not _is_as_told(digests, told.results.get(place, {})):
        yield from _of_results(step, digests, told)
    word = told.captured.get(place)
    if word is not None and word[0] != (captured := of_text(step.captured)):
        words = f"what {{}} on {step.host} has captured".format
        yield from _differences({step.key: captured}, {step.key: word}, words, is_all=False)


def doubt(step: Step, stored: _Stored, told: Told) -> str:
    """Return what of a step's results (texts), or of its captured values, events tell otherwise; nothing: all is so."""
    digests = {item: of_text(text) for item, text in stored.items()}
    return next((what for _seq, what in unlike(step, digests, told)), "")


def _is_as_told(digests: _Stored, told: Mapping[str, _Word]) -> bool:
    return len(digests) == len(told) and all(
        name in digests and digests[name] == digest for name, (digest, _seq) in told.items()
    )


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
