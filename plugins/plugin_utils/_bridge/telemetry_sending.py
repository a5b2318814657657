# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends telemetry beside the run: a thread of its own, a queue with an end, and an end that waits a bounded time.

The SDK's own batches are not used: their threads start again in every forked worker, and would send from there, too.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, Self

from .telemetry_records import Measurement, Span

_MOST = 20_000  # spans that wait to be sent; the oldest make room for what comes
_BATCH = 512


class SpansOut(Protocol):
    """Where spans go."""

    def send(self, spans: Sequence[Span]) -> bool:
        """Send spans; tell whether they were taken."""


class MetricsOut(Protocol):
    """Where measurements go."""

    def measure(self, measurement: Measurement) -> None:
        """Take a measurement."""

    def send(self) -> bool:
        """Send what was measured; tell whether it was taken."""


class Sender:
    """Takes what is told and sends it on; `every` and `metrics_every` are seconds."""

    def __init__(
        self, spans: SpansOut | None, metrics: MetricsOut | None, *, every: float, metrics_every: float
    ) -> None:
        self._spans_out = spans
        self._metrics_out = metrics
        self._every = every
        self._metrics_every = metrics_every
        self._spans: deque[Span] = deque()
        self._measurements: deque[Measurement] = deque()
        self._lost = 0
        self._are_metrics_unsent = False
        self._is_ending = threading.Event()
        self._words = Words()
        self._thread = threading.Thread(target=self._work, name="saga telemetry", daemon=True)
        self._thread.start()

    def take(self, told: Iterable[Span | Measurement]) -> None:
        """Take what is to be sent; costs nothing but memory."""
        for each in told:
            if isinstance(each, Measurement):
                if self._metrics_out is not None:
                    self._measurements.append(each)
            elif self._spans_out is not None:
                if len(self._spans) >= _MOST:
                    self._spans.popleft()
                    self._lost += 1
                self._spans.append(each)

    def end(self, seconds: float) -> str:
        """Send what is left, in so many seconds at most; return what went wrong, empty if nothing did."""
        self._is_ending.set()
        self._thread.join(seconds)
        left = len(self._spans) + self._lost
        what = [f"{left} spans"] if left else []
        what += ["metrics"] if self._measurements or self._are_metrics_unsent else []
        if not what:
            return ""
        slow = f"the collector did not take them within {seconds:g} s" if self._thread.is_alive() else ""
        why = "; ".join(word for word in (slow, self._words.last) if word)
        return f"{' and '.join(what)} were not sent" + (f": {why}" if why else "")

    # In the thread

    def _work(self) -> None:
        with self._words:
            passed = 0.0
            while not self._is_ending.wait(self._every):
                passed += self._every
                self._try(self._send_spans)
                if passed >= self._metrics_every:
                    passed = 0.0
                    self._try(self._send_metrics)
            self._try(self._send_spans)
            self._try(self._send_metrics)

    def _try(self, send: Callable[[], None]) -> None:
        try:
            send()
        except Exception as error:  # noqa: BLE001  a library's, in a thread that nobody listens to
            self._words.last = f"{type(error).__name__}: {error}"

    def _send_spans(self) -> None:
        """Send until nothing is left, or something is not taken: that is tried again later."""
        while self._spans and self._spans_out is not None:
            batch = [self._spans[place] for place in range(min(len(self._spans), _BATCH))]
            if not self._spans_out.send(batch):
                return
            for span in batch:
                if self._spans and self._spans[0] is span:  # it may have made room meanwhile
                    self._spans.popleft()

    def _send_metrics(self) -> None:
        if self._metrics_out is None:
            return
        self._are_metrics_unsent = True
        while self._measurements:
            self._metrics_out.measure(self._measurements.popleft())
        self._are_metrics_unsent = not self._metrics_out.send()


class Words(logging.Handler):
    """Keeps to itself what the libraries log meanwhile, and knows what they said last."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.last = ""
        self._logger = logging.getLogger("opentelemetry")

    def emit(self, record: logging.LogRecord) -> None:
        """Remember a warning."""
        self.last = record.getMessage()[:300]

    def __enter__(self) -> Self:
        self._logger.addHandler(self)
        self._logger.propagate = False
        return self

    def __exit__(self, *_error: object) -> None:
        self._logger.removeHandler(self)
