# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A journal that has gone back to an older state is told by what this machine has seen of it."""

import contextlib
import shutil
import sqlite3
import stat
from dataclasses import replace

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.sqlite import SqliteJournal
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import RunState
from ansible_collections.saga.ops.plugins.plugin_utils._engine.sightings import JournalWentBackError, Sightings

from scene import Scene


class Place(Scene):
    """A scene whose journal is a file that somebody can copy, and put back."""

    def __init__(self, folder):
        super().__init__(folder, "sqlite")
        self.folder = folder
        self.warned = []
        self.means = replace(self.means, seen=Sightings(folder / "seen", tell=self.warned.append))

    def copy(self):
        self.journal.close()
        shutil.copy(self.folder / "journal.db", self.folder / "backup")
        self.reopen()

    def restore(self):
        self.journal.close()
        for path in self.folder.glob("journal.db*"):
            path.unlink()
        if (self.folder / "backup").exists():
            shutil.copy(self.folder / "backup", self.folder / "journal.db")
        self.reopen()

    def reopen(self):
        self.journal = SqliteJournal(self.folder / "journal.db", clock=self.clock)
        self.means = replace(self.means, journal=self.journal)


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


def stopped(place, *tasks, **wish):
    attempt = place.begin(**wish)
    for task in tasks:
        place.do(attempt, task)
    attempt.end(RunState.STOPPED)
    return attempt.run.id


def test_a_backup_from_before_the_last_steps_of_an_attempt_is_refused(place):
    attempt = place.begin()
    place.do(attempt, "Copy")
    backup = sqlite3.connect(place.folder / "backup")
    with contextlib.closing(sqlite3.connect(place.folder / "journal.db")) as journal, contextlib.closing(backup):
        journal.backup(backup)
    place.clock.wait(2)
    place.do(attempt, "Move")
    place.restore()
    place.crash(attempt)
    with pytest.raises(JournalWentBackError, match=r"event \d+ of run \w+ is another one than it was"):
        place.begin()


def test_a_backup_from_before_another_attempt_is_refused(place):
    stopped(place, "Copy")
    place.copy()
    stopped(place)
    place.restore()
    with pytest.raises(JournalWentBackError, match=r"it gave out token 2, and token 2 was drawn before.*remove .*seen"):
        place.begin()
    assert place.run().state is RunState.STOPPED


def test_a_backup_from_the_middle_of_an_attempt_is_refused(place):
    attempt = place.begin()
    place.do(attempt, "Copy")
    place.crash(attempt)
    place.copy()
    place.begin().end(RunState.STOPPED)
    (place.folder / "seen" / "token").unlink()  # another controller may have drawn it
    place.restore()
    with pytest.raises(JournalWentBackError, match=r"run \w+ had \d+ events, and has fewer"):
        place.begin()


def test_a_run_that_went_another_way_is_refused(place):
    run = stopped(place, "Copy")
    seen = place.folder / "seen" / run
    count, _head = seen.read_text().split()
    seen.write_text(f"{count} {'0' * 64}")
    with pytest.raises(JournalWentBackError, match="is another one than it was"):
        place.begin()


def test_whoever_has_looked_removes_what_was_seen_and_goes_on(place):
    stopped(place, "Copy")
    place.copy()
    stopped(place)
    place.restore()
    shutil.rmtree(place.folder / "seen")
    place.begin().end(RunState.COMPLETED)


def test_a_journal_that_was_emptied_begins_anew_with_a_warning(place):
    stopped(place, "Copy")
    place.restore()
    place.begin().end(RunState.COMPLETED)
    assert place.warned == ["the journal is empty, and this machine has seen it with 1 tokens drawn"]


def test_a_journal_that_goes_on_is_none_that_went_back(place):
    stopped(place, "Copy")
    place.begin().end(RunState.COMPLETED)
    place.begin().end(RunState.COMPLETED)
    seen = place.folder / "seen"
    assert len(list(seen.iterdir())) == 2  # the token, and the last run: what is over is forgotten
    assert {stat.S_IMODE(path.stat().st_mode) for path in seen.iterdir()} == {0o600}


@pytest.mark.parametrize("what", ["", "many", "\x00", "-5 " + "0" * 64])
def test_what_a_crash_has_left_of_a_sighting_is_none(place, what):
    run = stopped(place, "Copy")
    for name in ("token", run):
        (place.folder / "seen" / name).write_text(what)
    place.begin().end(RunState.COMPLETED)


def test_where_nothing_can_be_written_nothing_is_remembered(place):
    (place.folder / "seen").write_text("somebody else's")
    stopped(place, "Copy")
    place.begin().end(RunState.COMPLETED)
