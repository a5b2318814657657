# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an attempt's events count for: instruments, and a pure mapping. Facts have few values each: no hosts, no steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .._engine.records import Event
from .telemetry_records import Facts, Measurement, Value
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


def measured(event: Event, workflow: str, *, began: float) -> Iterator[Measurement]:
    """Yield what an event counts for; `began` is when its attempt did."""

    def facts(**more: Value) -> Facts:
        return {"saga.workflow": workflow, **{f"saga.{name.replace('_', '.')}": value for name, value in more.items()}}

    told = event.data
    match event.type:
        case "step.outcome":
            known = facts(step_kind=kind_of(event.step), step_state=str(told["state"]))
            yield Measurement(instrument="saga.steps", facts=known)
            took = max(event.time - float(told.get("began", event.time)), 0.0)
            yield Measurement(instrument="saga.step.duration", value=took, facts=known)
        case "step.retrying":
            yield Measurement(instrument="saga.retries", facts=facts(step_state=str(told["failed"])))
        case "step.in_doubt":
            yield Measurement(instrument="saga.in_doubt", facts=facts())
        case "step.waiting":
            yield Measurement(instrument="saga.waits", facts=facts(asks=str(told["asks"])))
        case "decision.made":
            yield Measurement(instrument="saga.decisions", facts=facts(answer=str(told["answer"])))
        case "compensation.done" | "compensation.failed":
            outcome = event.type.partition(".")[2]
            yield Measurement(instrument="saga.compensations", facts=facts(compensation_outcome=outcome))
        case kind if kind in ENDS:
            known = facts(run_state=str(told["state"]))
            yield Measurement(instrument="saga.runs", facts=known)
            yield Measurement(instrument="saga.attempt.duration", value=max(event.time - began, 0.0), facts=known)
            if restored := int(told.get("restored", 0)):
                yield Measurement(instrument="saga.steps.restored", value=restored, facts=facts())


def dead(workflow: str) -> Measurement:
    """Return what an attempt counts for that died."""
    return Measurement(instrument="saga.runs", facts={"saga.workflow": workflow, "saga.run.state": DIED})
