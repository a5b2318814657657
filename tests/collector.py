# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A collector of OpenTelemetry on loopback: what it is sent by OTLP/HTTP it understands, and keeps."""

import contextlib
import gzip
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Status


@dataclass(frozen=True)
class Received:
    """One span as it came."""

    name: str
    trace: str
    id: str
    parent: str
    facts: dict
    start: int
    end: int
    is_error: bool
    words: str
    links: tuple  # of trace, span and what the link says
    happenings: tuple  # of name and facts
    resource: dict = field(default_factory=dict)


class Collector:
    """Listens on loopback until it is closed; `is_hanging` lets it answer nothing, `status` refuse."""

    def __init__(self):
        self.bodies = []
        self.headers = []
        self.spans = []
        self.metrics = []  # of resource, and the metrics of one export
        self.status = 200
        self.released = threading.Event()
        self.released.set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_port}"

    def hang(self):
        """Answer nothing from now on."""
        self.released.clear()

    def named(self, name):
        return [span for span in self.spans if span.name == name]

    def one(self, name, **facts):
        """Return the only span of a name and with these facts, whose names are given without "saga."."""
        wanted = {f"saga.{key.replace('__', '.')}": value for key, value in facts.items()}
        found = [span for span in self.named(name) if wanted.items() <= span.facts.items()]
        assert len(found) == 1, (name, facts, [(span.name, span.facts) for span in self.spans])
        return found[0]

    def sums(self):
        """Return what was counted in all: {name: {facts, as sorted pairs: value}}; of histograms the count."""
        last = {}
        for resource, metrics in self.metrics:  # they are cumulative: the last one of each process counts
            for metric in metrics:
                points = metric.sum.data_points if metric.HasField("sum") else metric.histogram.data_points
                for point in points:
                    facts = tuple(sorted(_facts(point.attributes).items()))
                    value = point.as_int or point.as_double if metric.HasField("sum") else point.count
                    last[resource["service.instance.id"], metric.name, facts] = value
        told = {}
        for (_instance, name, facts), value in last.items():
            per = told.setdefault(name, {})
            per[facts] = per.get(facts, 0) + value
        return told

    def counted(self, name, **facts):
        """Return a counter's value over all facts that hold these, whose names are given without "saga."."""
        wanted = {f"saga.{key.replace('__', '.')}": value for key, value in facts.items()}
        return sum(value for has, value in self.sums().get(name, {}).items() if wanted.items() <= dict(has).items())

    def _handler(self):
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector.released.wait()
                collector.headers.append(dict(self.headers))
                if collector.status == 200:
                    is_packed = self.headers.get("Content-Encoding") == "gzip"
                    collector._take(self.path, gzip.decompress(body) if is_packed else body)
                with contextlib.suppress(OSError):  # whoever sent it may have gone
                    self.send_response(collector.status)
                    self.send_header("Content-Type", "application/x-protobuf")
                    self.send_header("Content-Length", "0")
                    self.end_headers()

            def log_message(self, *_words):
                pass

        return Handler

    def _take(self, path, body):
        self.bodies.append(body)
        if path == "/v1/traces":
            for group in ExportTraceServiceRequest.FromString(body).resource_spans:
                resource = _facts(group.resource.attributes)
                self.spans += [_received(span, resource) for scope in group.scope_spans for span in scope.spans]
        elif path == "/v1/metrics":
            for group in ExportMetricsServiceRequest.FromString(body).resource_metrics:
                resource = _facts(group.resource.attributes)
                self.metrics.append((resource, [each for scope in group.scope_metrics for each in scope.metrics]))
        else:
            raise AssertionError(path)


def _received(span, resource):
    return Received(
        name=span.name,
        trace=span.trace_id.hex(),
        id=span.span_id.hex(),
        parent=span.parent_span_id.hex(),
        facts=_facts(span.attributes),
        start=span.start_time_unix_nano,
        end=span.end_time_unix_nano,
        is_error=span.status.code == Status.STATUS_CODE_ERROR,
        words=span.status.message,
        links=tuple((link.trace_id.hex(), link.span_id.hex(), _facts(link.attributes)) for link in span.links),
        happenings=tuple((event.name, _facts(event.attributes)) for event in span.events),
        resource=resource,
    )


def _facts(attributes):
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}
