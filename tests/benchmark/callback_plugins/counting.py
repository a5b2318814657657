# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Count what a play asks of its journal: commits, and the seconds that its main thread spends on them."""

import json
import os
import threading
import time
from pathlib import Path

from ansible.plugins.callback import CallbackBase
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal import sqlite
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.redis import store

_main = threading.main_thread()
counted = {"commits": 0, "seconds": 0.0, "cpu": 0.0}


def _counting(kind):
    plain = kind.commit

    def commit(self, *arguments, **keywords):
        began, used = time.perf_counter(), time.thread_time()
        try:
            return plain(self, *arguments, **keywords)
        finally:
            if threading.current_thread() is _main:
                counted["commits"] += 1
                counted["seconds"] += time.perf_counter() - began
                counted["cpu"] += time.thread_time() - used

    kind.commit = commit


_counting(sqlite.SqliteJournal)
_counting(store.RedisJournal)


class CallbackModule(CallbackBase):
    """Writes the figures down when the last playbook has ended."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "counting"
    CALLBACK_NEEDS_ENABLED = True

    def v2_playbook_on_stats(self, stats):
        Path(os.environ["BENCH_COUNTED"]).write_text(json.dumps(counted))
