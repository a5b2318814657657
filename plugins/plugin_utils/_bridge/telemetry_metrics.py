# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an attempt's events count for: instruments, and a pure mapping.

A fact of a measurement has few values, so that series stay few: no hosts, no steps.
"""

from __future__ import annotations

from collections.abc import Iterator

from .._engine.records import Event
from .._engine.slotted import dataclass
from .telemetry_records import Measurement
from .telemetry_spans import DIED, ENDS, kind_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """What is measured, and in which unit; a histogram if it has seconds, else a counter."""

    unit: str
    description: str

    @property
    def is_histogram(self) -> bool:
        return self.unit == "s"


INSTRUMENTS = {
    "saga.attempt.duration": Instrument(unit="s", description="How long attempts took"),
    "saga.compensations": Instrument(unit="{step}", description="Steps that were undone, or could not be"),
    "saga.decisions": Instrument(unit="{decision}", description="What operators decided"),
    "saga.in_doubt": Instrument(unit="{step}", description="Steps whose outcome an attempt could not tell"),
    "saga.retries": Instrument(unit="{retry}", description="Failures after which a step is tried again"),
    "saga.runs": Instrument(unit="{run}", description="Where attempts left their runs"),
    "saga.step.duration": Instrument(unit="s", description="How long steps took"),
    "saga.steps": Instrument(unit="{step}", description="Steps that ended"),
    "saga.steps.restored": Instrument(unit="{step}", description="Steps that were answered from the journal"),
    "saga.waits": Instrument(unit="{step}", description="Steps that began to wait for an operator"),
}
BOUNDARIES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 14400.0)
"""Of both histograms, in seconds: a step takes a moment or an hour."""


_COUNTED = {
    "decision.made": ("saga.decisions", "saga.answer", "answer"),
    "step.retrying": ("saga.retries", "saga.step.state", "failed"),
    "step.waiting": ("saga.waits", "saga.asks", "asks"),
}
"""Events that count one each: for which instrument, and the fact that goes with it, by its name in the event's data."""


def measured(event: Event, workflow: str, *, began: float) -> Iterator[Measurement]:
    """Yield what an event counts for; `began` is when its attempt did."""
    told, known = event.data, {"saga.workflow": workflow}
    match event.type:
        case "step.outcome" | "step.found_ended":
            known |= {"saga.step.kind": kind_of(event.step), "saga.step.state": str(told["state"])}
            yield Measurement(instrument="saga.steps", facts=known)
            if "began" in told:  # of one that a worker ended after its attempt had died, nobody knows when
                took = max(event.time - float(told["began"]), 0.0)
                yield Measurement(instrument="saga.step.duration", value=took, facts=known)
        case "step.in_doubt":
            yield Measurement(instrument="saga.in_doubt", facts=known)
        case "compensation.done" | "compensation.failed":
            known["saga.compensation.outcome"] = event.type.partition(".")[2]
            yield Measurement(instrument="saga.compensations", facts=known)
        case kind if kind in _COUNTED:
            instrument, name, word = _COUNTED[kind]
            yield Measurement(instrument=instrument, facts={**known, name: str(told[word])})
        case kind if kind in ENDS:
            restored = int(told.get("restored", 0))
            if restored:
                yield Measurement(instrument="saga.steps.restored", value=restored, facts=dict(known))
            known["saga.run.state"] = str(told["state"])
            yield Measurement(instrument="saga.runs", facts=known)
            yield Measurement(instrument="saga.attempt.duration", value=max(event.time - began, 0.0), facts=known)


def dead(workflow: str) -> Measurement:
    """Return what an attempt counts for that died."""
    return Measurement(instrument="saga.runs", facts={"saga.workflow": workflow, "saga.run.state": DIED})
