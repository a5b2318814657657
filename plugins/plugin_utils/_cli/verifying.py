# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a record holds: ``saga audit --verify``, of a journal or of a file of events.

``--json`` prints one document:

=============  =======================================================================================================
schema         1
run            the run's id
state          the run's state; of a file: empty
events         how many events there are, up to the first that cannot be read
hash           of the last of them
anchors        how many anchors were looked for
holds          whether all of it holds
findings       a list: seq, what, fault, and sound: up to which event they follow from one another
=============  =======================================================================================================

Of a file: ``{"schema": 1, "file": ..., "runs": [...]}``, with that for each run in it.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Sequence
from typing import Any

from .._engine import inspection
from .._engine.audit import End, Fault, Finding, anchors
from .._engine.audit.anchors import Anchor
from .._engine.audit.breaks import Chain, told
from .._engine.audit.lines import runs_in
from .._engine.audit.refusals import AnchorAbsentError, EventsUnreadableError
from .._engine.audit.verifying import examine_alone
from .._engine.finding import find_run
from .._engine.request import Means
from .._engine.slotted import dataclass
from .._screen.screen import Screen
from . import facts
from .exits import Exit


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verdict:
    """What was found about one run."""

    run: str
    end: End
    findings: Sequence[Finding]
    anchors: Sequence[Anchor]
    is_cut_short: bool = False
    state: str = ""

    @property
    def facts(self) -> dict[str, Any]:
        return {
            "run": self.run,
            "state": self.state,
            "events": self.end.count,
            "hash": self.end.head,
            "anchors": len(self.anchors),
            "holds": not self.findings,
            "findings": [
                {"seq": each.seq, "what": each.what, "fault": str(each.fault), "sound": each.sound}
                for each in self.findings
            ],
        }


def verify(means: Means, arguments: Namespace) -> Exit:
    """Verify a run's record in the journal."""
    run = find_run(means.journal, arguments.run)
    known = _anchors(arguments.anchors, run.id)
    found = inspection.verify(means, run.id, known)
    verdict = _Verdict(
        run=run.id,
        end=found.end,
        findings=found.findings,
        anchors=known,
        is_cut_short=found.is_cut_short,
        state=str(found.run.state),
    )
    if arguments.json:
        print(facts.document(**verdict.facts))
    else:
        said = f"{found.end.count} events verified, and they account for every state"
        _draw(Screen(), verdict, holds=f"The audit of run {run.id} holds: {said}.", broken=f"The audit of run {run.id}")
    return _exit(verdict)


def verify_file(arguments: Namespace) -> Exit:
    """Verify the events of a file, without a journal: each run's from the first one on."""
    path = arguments.file
    verdicts, ends = [], []
    for run, events in runs_in(path).items():
        if run.startswith((arguments.run, arguments.run.upper())):
            chain, known = Chain.of(run, events), _anchors(arguments.anchors, run)
            found = tuple(examine_alone(chain, known))
            is_cut_short = bool(chain.trouble)
            verdicts.append(_Verdict(run=run, end=chain.end, findings=found, anchors=known, is_cut_short=is_cut_short))
            ends.append(f"{told(chain.events[-1])}, hash {chain.end.head}" if chain.events else "")
    if not verdicts:
        raise EventsUnreadableError(path, f"it has none of a run {arguments.run}")
    if arguments.json:
        print(facts.document(file=path, runs=[verdict.facts for verdict in verdicts]))
        return _exit(*verdicts)
    screen = Screen()
    for verdict, end in zip(verdicts, ends, strict=True):
        where = f"of run {verdict.run} in {path}"
        holds = f"The record {where} is whole from event 1 to its end, {end}."
        _draw(screen, verdict, holds=holds, broken=f"The record {where}")
    return _exit(*verdicts)


def _anchors(path: str, run: str) -> list[Anchor]:
    known = anchors.read(path, run) if path else []
    if path and not known:
        raise AnchorAbsentError(path, run)
    return known


def _exit(*verdicts: _Verdict) -> Exit:
    return Exit.BROKEN_CHAIN if any(verdict.findings for verdict in verdicts) else Exit.FINE


def _draw(screen: Screen, verdict: _Verdict, *, holds: str, broken: str) -> None:
    if not verdict.findings:
        screen.line(holds)
        if verdict.anchors:
            many, last = len(verdict.anchors), max(anchor.events for anchor in verdict.anchors)
            words = f"{many} anchors are at their places" if many > 1 else "anchor is at its place"
            screen.line(f"Its {words}, up to event {last}.")
        return
    screen.alarm(f"{broken} does not hold:")
    for finding in verdict.findings:
        screen.line(f"  {finding.what}")
    for sentence in _left(verdict):
        screen.line(f"  {sentence}")


def _left(verdict: _Verdict) -> Iterator[str]:
    """Yield what may still be relied on: of a whole chain with other states all of it."""
    first = verdict.findings[0]
    lost = {finding.seq for finding in verdict.findings if finding.fault is Fault.ANCHOR}
    held = [anchor.events for anchor in verdict.anchors if anchor.events not in lost and anchor.events <= first.sound]
    if first.fault is not Fault.ANCHOR and first.sound:
        yield f"Events 1 to {first.sound} follow from one another."
    if any(held):
        yield f"Events 1 to {max(held)} are as they were anchored."
    if first.fault is Fault.ANCHOR or verdict.is_cut_short or first.sound < verdict.end.count:
        yield f"Nothing from event {first.sound + 1} on can be relied on, nor can the states that they tell."
