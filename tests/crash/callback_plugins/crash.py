# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Kills the controller at a named point: SAGA_TEST_KILL=POINT:WORDS:N, at the N-th time that WORDS are in its detail.

Any point will do if none is named. A worker that reaches the point kills its parent, so that it lives on as an orphan;
with SAGA_TEST_KILL_TREE it dies too, and what it has in hand. Counting is over all processes. SAGA_TEST_SIGNAL names
another signal than KILL: after STOP, the starter does the rest.
"""

import fcntl
import os
import signal
from pathlib import Path

from ansible.plugins.callback import CallbackBase
from ansible_collections.saga.ops.plugins.plugin_utils._engine import points

DOCUMENTATION = """
name: crash
type: aggregate
short_description: Kills the controller at a named point
description: For tests.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "crash"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self):
        super().__init__()
        if spec := os.environ.get("SAGA_TEST_KILL"):
            point, words, number = spec.split(":")
            points.observe(_Killer(point, words, int(number), os.getpid()))


class _Killer:
    def __init__(self, point, words, number, victim):
        self.point, self.words, self.number, self.victim = point, words, number, victim
        self.signal = signal.Signals[f"SIG{os.environ.get('SAGA_TEST_SIGNAL', 'KILL')}"]
        self.counter = Path(os.environ["HOME"]) / f"count-{victim}"

    def __call__(self, point, detail, _places):
        if self.point in {point, ""} and self.words in detail and self._count() == self.number:
            os.kill(self.victim, self.signal)
            if "SAGA_TEST_KILL_TREE" in os.environ:
                os.killpg(0, signal.SIGKILL)

    def _count(self):
        with self.counter.open("a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write("x")
            file.flush()
            return file.tell()
