# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells OpenTelemetry of a durable run: what the callback saga.ops.otel does."""

from __future__ import annotations

import os
import time

from ansible.utils.display import Display

from . import telemetry_library as library
from .telemetry_sending import Sender
from .telemetry_telling import Telling
from .watchers import Watch

_REST = 9.0  # times as long as a look took, the next one waits: looking takes a tenth of a busy run's time at most
_EVERY = 5.0  # seconds between two batches of spans, unless the environment says otherwise
_METRICS_EVERY = 60.0

display = Display()


class Telemetry:
    """What becomes of one attempt as telemetry."""

    def __init__(self, watch: Watch, *, flush: float) -> None:
        self._watch = watch
        self._flush = flush
        self._next = 0.0
        self._sender = _opened(watch)
        if self._sender is None:
            return
        run = watch.run
        self._telling = Telling(run.id, run.workflow, run.attempt, watch.step, parent=library.parent(os.environ))
        self.look()

    def look(self, *, is_last: bool = False) -> None:
        """Take in what was written; not each time, where much is: an event knows itself when it happened."""
        began = time.monotonic()
        if self._sender is not None and (is_last or began >= self._next):
            self._sender.take(self._telling.take(self._watch.news()))
            ended = time.monotonic()
            self._next = ended + _REST * (ended - began)

    def end(self) -> None:
        """Send what is left; a collector that does not take it costs so much time as was chosen, and a warning."""
        if self._sender is None:
            return
        self.look(is_last=True)
        if trouble := self._sender.end(self._flush):
            display.warning(f"saga telemetry: {trouble}")


def _opened(watch: Watch) -> Sender | None:
    """Return what sends; None where nothing is wanted, or nothing can be, which is told then."""
    environment, run = os.environ, watch.run
    try:
        signals = library.wanted(environment)
        if not signals:
            return None
        libraries = library.loaded(environment, signals)
    except library.TelemetryUnusableError as error:
        display.warning(f"saga telemetry: nothing is sent: {error}")
        return None
    return Sender(
        library.Spans(libraries, run.id, library.parent(environment)) if "traces" in signals else None,
        library.Metrics(libraries, run.id, run.attempt) if "metrics" in signals else None,
        every=library.interval(environment, "OTEL_BSP_SCHEDULE_DELAY", _EVERY),
        metrics_every=library.interval(environment, "OTEL_METRIC_EXPORT_INTERVAL", _METRICS_EVERY),
    )
