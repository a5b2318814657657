# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends traces and metrics of durable runs to an OpenTelemetry collector."""

from __future__ import annotations

DOCUMENTATION = r"""
name: otel
type: notification
short_description: Sends traces and metrics of durable runs to OpenTelemetry
version_added: 0.1.0
author:
  - saga.ops contributors (@saga-ops)
description:
  - Each attempt at a run becomes a trace, with a span for each step on each host; spans of a resumed run are linked to
    those of its earlier attempts, spans of compensations to what they undo. Steps, retries, compensations, doubts and
    ends of runs are counted. See docs/telemetry.md.
  - Where it is sent, and by which protocol, is said by the environment variables of OpenTelemetry, for instance
    E(OTEL_EXPORTER_OTLP_ENDPOINT). It is sent beside the run, which neither waits for it nor fails because of it.
  - Names of hosts, plays and steps are sent, and states; no variable, argument, result or message.
requirements:
  - enabled in the configuration, C(callbacks_enabled = saga.ops.otel)
  - plays that are durable
  - "the Python packages C(opentelemetry-sdk) and C(opentelemetry-exporter-otlp-proto-http): C(pip install
    'ansible-saga[otel]')"
options:
  otel_flush:
    description:
      - How many seconds the end of an attempt waits for what is left to be sent.
    type: float
    default: 5.0
    env:
      - name: SAGA_OTEL_FLUSH
    ini:
      - section: saga
        key: otel_flush
"""

EXAMPLES = r"""
ansible.cfg: |
  [defaults]
  callbacks_enabled = saga.ops.otel

  [saga]
  otel_flush = 2
"""

from ansible.plugins.callback import CallbackBase

from ..plugin_utils._bridge.telemetry import Telemetry
from ..plugin_utils._bridge.watchers import Watch


class CallbackModule(CallbackBase):
    """Watches the run of this process."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "saga.ops.otel"
    CALLBACK_NEEDS_ENABLED = True

    def saga_began(self, watch: Watch) -> None:
        """Begin to tell of an attempt."""
        self._telemetry = Telemetry(watch, flush=self.get_option("otel_flush"))

    def saga_written(self) -> None:
        """Tell of what was written."""
        self._telemetry.look()

    def saga_ended(self) -> None:
        """Send what is left."""
        self._telemetry.end()
