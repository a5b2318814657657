# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one door to the OpenTelemetry libraries: what the environment says of them, and our records as theirs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from .._engine.slotted import dataclass
from .telemetry_metrics import BOUNDARIES, INSTRUMENTS
from .telemetry_records import Facts, Measurement, Place, Span

_SCOPE = "saga.ops"
_PROTOCOLS = {"http/protobuf": "http", "grpc": "grpc"}


class TelemetryUnusableError(Exception):
    """Nothing can be sent: a library is missing, or the environment asks for what is not known."""


def wanted(environment: Mapping[str, str]) -> frozenset[str]:
    """Return which of "traces" and "metrics" are to be sent. Raise TelemetryUnusableError."""
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return frozenset()
    return frozenset(signal for signal in ("traces", "metrics") if _is_wanted(signal, environment))


def parent(environment: Mapping[str, str]) -> Place | None:
    """Return the span that started this process, as TRACEPARENT names it; None if none did, or none that is kept."""
    parts = environment.get("TRACEPARENT", "").strip().split("-")
    try:
        _version, trace, span, flags = parts[:4]
        found = Place(trace=int(trace, 16), span=int(span, 16))
        is_sampled = bool(int(flags, 16) & 1)
    except ValueError:
        return None
    is_whole = (len(trace), len(span)) == (32, 16) and found.trace and found.span
    return found if is_whole and is_sampled else None


def interval(environment: Mapping[str, str], name: str, default: float) -> float:
    """Return a time that the environment gives in milliseconds, in seconds; the default for what is none."""
    try:
        return max(float(environment[name]) / 1000, 0.1)
    except (KeyError, ValueError):
        return default


@dataclass(frozen=True, slots=True)
class Libraries:
    """What is used of OpenTelemetry; loaded at once, in the main thread, before workers are forked."""

    trace: Any
    sdk: Any
    metrics: Any
    export: Any
    resources: Any
    spans_out: Any  # the class of the exporter of spans, and of metrics; None: they are not wanted
    metrics_out: Any


def loaded(environment: Mapping[str, str], signals: frozenset[str]) -> Libraries:
    """Load the libraries. Raise TelemetryUnusableError."""
    # Workers are forked from a process that has sent something; they send nothing, so nothing has to be set up in them.
    os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "false")
    try:
        from opentelemetry import trace  # noqa: PLC0415  an optional package
        from opentelemetry.sdk import metrics, resources  # noqa: PLC0415
        from opentelemetry.sdk import trace as sdk  # noqa: PLC0415
        from opentelemetry.sdk.metrics import export  # noqa: PLC0415
    except ImportError as error:
        raise TelemetryUnusableError(
            f"the Python package opentelemetry-sdk is missing ({error}): pip install 'ansible-saga[otel]', into the "
            f"environment of ansible-core"
        ) from error
    return Libraries(
        trace=trace,
        sdk=sdk,
        metrics=metrics,
        export=export,
        resources=resources,
        spans_out=_exporter("traces", environment) if "traces" in signals else None,
        metrics_out=_exporter("metrics", environment) if "metrics" in signals else None,
    )


class Spans:
    """Our spans as the SDK's, sent by its exporter; used in one thread."""

    def __init__(self, libraries: Libraries, run: str, parent: Place | None) -> None:
        self._libraries = libraries
        self._run = run
        self._resources: dict[int, Any] = {}  # by attempt: one that died has sent as what it was, and so do we for it
        self._scope = libraries.sdk.util.instrumentation.InstrumentationScope(_SCOPE)
        self._sampler = libraries.sdk.TracerProvider(shutdown_on_exit=False).sampler
        self._sampled = {parent.trace: True} if parent else {}  # of that trace, somebody else has decided
        self._exporter = libraries.spans_out()

    def send(self, spans: Sequence[Span]) -> bool:
        """Send spans; tell whether they were taken."""
        chosen = [self._made(span) for span in spans if self._is_sampled(span.place.trace)]
        return not chosen or bool(self._exporter.export(chosen).name == "SUCCESS")

    def _is_sampled(self, trace: int) -> bool:
        """Tell whether the sampler wants a trace, all of it: it is asked once, as for the trace's root."""
        if trace not in self._sampled:
            self._sampled[trace] = self._sampler.should_sample(None, trace, "saga attempt").decision.is_sampled()
        return self._sampled[trace]

    def _made(self, span: Span) -> Any:
        theirs, library = self._libraries.trace, self._libraries.sdk
        code = theirs.StatusCode.ERROR if span.trouble else theirs.StatusCode.UNSET
        return library.ReadableSpan(
            name=span.name,
            context=self._context(span.place),
            parent=self._context(span.parent) if span.parent else None,
            resource=self._resource(int(span.facts["saga.attempt"])),
            attributes=dict(span.facts),
            events=[library.Event(each.name, dict(each.facts), _nanoseconds(each.time)) for each in span.happenings],
            links=[theirs.Link(self._context(link.to), dict(link.facts)) for link in span.links],
            status=theirs.Status(code, span.trouble or None),
            start_time=_nanoseconds(span.start),
            end_time=_nanoseconds(span.end),
            instrumentation_scope=self._scope,
        )

    def _resource(self, attempt: int) -> Any:
        if attempt not in self._resources:
            self._resources[attempt] = _resource(self._libraries, self._run, attempt)
        return self._resources[attempt]

    def _context(self, place: Place) -> Any:
        theirs = self._libraries.trace
        return theirs.SpanContext(place.trace, place.span, is_remote=False, trace_flags=theirs.TraceFlags(1))


class Metrics:
    """Instruments of the SDK, and what they measured, sent by its exporter; used in one thread."""

    def __init__(self, libraries: Libraries, run: str, attempt: int) -> None:
        self._exporter = out = libraries.metrics_out()
        # What the SDK's own reader, which has a thread and hooks into forks, would ask of it, too.
        self._reader = libraries.export.InMemoryMetricReader(
            preferred_temporality=out._preferred_temporality, preferred_aggregation=out._preferred_aggregation
        )
        provider = libraries.metrics.MeterProvider(
            metric_readers=[self._reader], resource=_resource(libraries, run, attempt), shutdown_on_exit=False
        )
        meter = provider.get_meter(_SCOPE)
        self._take: dict[str, Any] = {}
        for name, told in INSTRUMENTS.items():
            if told.is_histogram:
                made = meter.create_histogram(
                    name, told.unit, told.description, explicit_bucket_boundaries_advisory=list(BOUNDARIES)
                )
                self._take[name] = made.record
            else:
                self._take[name] = meter.create_counter(name, told.unit, told.description).add

    def measure(self, measurement: Measurement) -> None:
        """Take a measurement."""
        self._take[measurement.instrument](measurement.value, dict(measurement.facts))

    def send(self) -> bool:
        """Send what was measured; tell whether it was taken."""
        data = self._reader.get_metrics_data()
        return data is None or bool(self._exporter.export(data).name == "SUCCESS")


def _is_wanted(signal: str, environment: Mapping[str, str]) -> bool:
    name = f"OTEL_{signal.upper()}_EXPORTER"
    chosen = environment.get(name, "").strip() or "otlp"
    if chosen not in {"otlp", "none"}:
        raise TelemetryUnusableError(f"{name}={chosen} is not known; say otlp or none")
    return chosen == "otlp"


def _exporter(signal: str, environment: Mapping[str, str]) -> Any:
    """Return the class of a signal's exporter."""
    names = (f"OTEL_EXPORTER_OTLP_{signal.upper()}_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
    protocol = next((found for name in names if (found := environment.get(name, "").strip())), "http/protobuf")
    if protocol not in _PROTOCOLS:
        raise TelemetryUnusableError(f"{names[1]}={protocol} is not known; say {' or '.join(_PROTOCOLS)}")
    kind = _PROTOCOLS[protocol]
    package = f"opentelemetry-exporter-otlp-proto-{kind}"
    try:
        if kind == "http" and signal == "traces":
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415

            return OTLPSpanExporter
        if kind == "http":
            from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter  # noqa: PLC0415

            return OTLPMetricExporter
        if signal == "traces":
            from opentelemetry.exporter.otlp.proto.grpc import trace_exporter as grpc_traces  # noqa: PLC0415

            return grpc_traces.OTLPSpanExporter
        from opentelemetry.exporter.otlp.proto.grpc import metric_exporter as grpc_metrics  # noqa: PLC0415
    except ImportError as error:
        raise TelemetryUnusableError(
            f"the Python package {package} is missing ({error}): pip install it into the environment of ansible-core"
        ) from error
    return grpc_metrics.OTLPMetricExporter


def _resource(libraries: Libraries, run: str, attempt: int) -> Any:
    """Return what sends: as the environment says; else by our own name, and one that is the same the next time."""
    given = {pair.partition("=")[0].strip() for pair in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "").split(",")}
    given |= {"service.name"} if os.environ.get("OTEL_SERVICE_NAME") else set()
    own: Facts = {"service.name": _SCOPE, "service.instance.id": f"{run}/{attempt}"}
    mine = libraries.resources.Resource({name: value for name, value in own.items() if name not in given})
    return libraries.resources.Resource.create({}).merge(mine)


def _nanoseconds(moment: float) -> int:
    return int(moment * 1_000_000_000)
