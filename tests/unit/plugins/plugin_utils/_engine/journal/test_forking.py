# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A process is forked while a thread writes to a SQLite journal; the child opens the journal, too."""

import os
import threading

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.clock import SystemClock
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.sqlite import SqliteJournal

from samples import a_run, an_entry


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_child_can_write_although_its_parent_was_writing_when_it_was_forked(tmp_path):
    journal = SqliteJournal(tmp_path / "journal.db", clock=SystemClock())
    is_writing, may_end = threading.Event(), threading.Event()

    def write():
        with journal._transaction():
            is_writing.set()
            may_end.wait(60)

    writer, ender = threading.Thread(target=write), threading.Timer(0.3, may_end.set)
    writer.start()
    assert is_writing.wait(60)
    ender.start()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            SqliteJournal(tmp_path / "journal.db", clock=SystemClock()).commit([an_entry(a_run())])
            code = 0
        finally:
            os._exit(code)
    writer.join(60)
    assert os.waitpid(pid, 0)[1] == 0
    assert [run.id for run in journal.runs()] == ["R1"]
    journal.close()
