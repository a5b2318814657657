# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The area at the foot of a terminal, as somebody in front of it sees it."""

import os
import sys
import threading
import time

import pyte
import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._screen.layout import Span
from ansible_collections.saga.ops.plugins.plugin_utils._screen.live import Live
from ansible_collections.saga.ops.plugins.plugin_utils._screen.terminal import (
    Area,
    may_be_coloured,
    may_be_live,
    painted,
)

LINES = [(Span("first", "bad"),), (Span("second"),)]


class Watched:
    """A terminal that is fed with what was drawn."""

    def __init__(self, columns=20, lines=6):
        self.screen = pyte.Screen(columns, lines)
        self.stream = pyte.Stream(self.screen)

    def feed(self, text):
        self.stream.feed(text.replace("\n", "\r\n").replace("\r\r\n", "\r\n"))

    def lines(self):
        return [line.rstrip() for line in self.screen.display]


def test_an_area_is_drawn_over_itself():
    seen, area = Watched(), Area(is_coloured=True)
    seen.feed("above\n")
    seen.feed(area.draw(LINES, width=20))
    seen.feed(area.draw([(Span("only"),)], width=20))
    assert seen.lines() == ["above", "only", "", "", "", ""]
    assert (seen.screen.cursor.y, seen.screen.cursor.x) == (2, 0)


def test_an_area_makes_room_for_what_is_written_above_it():
    seen, area = Watched(lines=4), Area(is_coloured=True)
    for number in range(5):
        seen.feed(area.erase(width=20))
        seen.feed(f"line {number}\n")
        seen.feed(area.draw(LINES, width=20))
    assert seen.lines() == ["line 4", "first", "second", ""]


def test_a_terminal_that_became_narrower_has_broken_the_lines():
    seen, area = Watched(columns=5, lines=8), Area(is_coloured=False)
    seen.feed("top\n")
    area.draw([(Span("a" * 9),), (Span("b"),)], width=10)
    seen.feed(f"{'a' * 5}\n{'a' * 4}\nb\n")  # as the terminal shows them now
    seen.feed(area.draw([(Span("new"),)], width=5))
    assert seen.lines()[:3] == ["top", "new", ""]


def test_a_line_has_colours_by_meaning_or_none():
    line = (Span("bad", "bad"), Span(" and "), Span("quiet", "quiet"))
    assert painted(line, is_coloured=False) == "bad and quiet"
    assert painted(line, is_coloured=True) == "\x1b[1;31mbad\x1b[0m and \x1b[2mquiet\x1b[0m"


@pytest.mark.parametrize(
    ("environment", "is_coloured"),
    [
        ({}, True),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, True),
        ({"ANSIBLE_NOCOLOR": "yes"}, False),
        ({"ANSIBLE_NOCOLOR": "false"}, True),
        ({"ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORCE_COLOR": "1"}, True),
    ],
)
def test_colours_are_as_they_are_asked_for(environment, is_coloured):
    assert may_be_coloured(environment) == is_coloured


def test_only_a_terminal_that_moves_its_cursor_is_drawn_on_again(tmp_path):
    ours, theirs = os.openpty()
    assert may_be_live(theirs, {"TERM": "xterm"})
    assert not may_be_live(theirs, {"TERM": "dumb"})
    assert not may_be_live(theirs, {})
    with (tmp_path / "file").open("w") as file:
        assert not may_be_live(file.fileno(), {"TERM": "xterm"})
    os.close(ours)
    os.close(theirs)


@pytest.fixture
def terminal(monkeypatch):
    """Let this process have a terminal as its standard output; return how to read from it."""
    ours, theirs = os.openpty()
    out = os.fdopen(theirs, "w")
    os.set_blocking(ours, False)
    seen = Watched(columns=80, lines=10)

    def read():
        """Return the lines that are on it."""
        while True:
            try:
                seen.feed(os.read(ours, 65536).decode())
            except BlockingIOError:
                return [line for line in seen.lines() if line]

    def start(draw=lambda _width, _height: LINES, lock=None):
        """Start an area on it."""
        monkeypatch.setattr(sys, "stdout", out)
        live = Live(draw, lock or threading.RLock())
        live.start()
        return live

    read.start = start
    yield read
    monkeypatch.undo()
    out.close()
    os.close(ours)


def until(terminal, expected):
    deadline = time.monotonic() + 5
    while terminal() != expected:
        assert time.monotonic() < deadline, terminal()
        time.sleep(0.02)


def test_what_is_printed_scrolls_above_a_live_area_and_it_goes_at_the_end(terminal):
    live = terminal.start()
    print("one")  # noqa: T201  it is what is tested
    until(terminal, ["one", "first", "second"])
    print("two")  # noqa: T201
    until(terminal, ["one", "two", "first", "second"])
    live.stop()
    assert terminal() == ["one", "two"]
    assert sys.stdout.write("") == 0


def test_half_a_line_and_a_held_lock_keep_the_area_away(terminal):
    lock = threading.RLock()
    live = terminal.start(lock=lock)
    sys.stdout.write("Your word: ")
    time.sleep(0.5)
    assert terminal() == ["Your word:"]
    with lock:
        print("yes")  # noqa: T201
        time.sleep(0.5)
        assert terminal() == ["Your word: yes"]
    until(terminal, ["Your word: yes", "first", "second"])
    live.hold(is_held=True)
    time.sleep(0.3)
    assert terminal() == ["Your word: yes"]
    live.stop()


def test_a_picture_that_fails_ends_the_area_and_nothing_else(terminal):
    def broken(_width, _height):
        raise ValueError("no picture")

    live = terminal.start(broken)
    print("one")  # noqa: T201
    time.sleep(0.5)
    print("two")  # noqa: T201
    live.stop()
    assert terminal() == ["one", "two"]
    assert str(live.failure) == "no picture"


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_child_writes_as_if_there_were_no_area_whatever_its_parent_held(terminal):
    lock = threading.RLock()
    live = terminal.start(lock=lock)
    until(terminal, ["first", "second"])
    with lock:
        pid = os.fork()
        if pid == 0:
            sys.stdout.write("child\r\n")
            sys.stdout.flush()
            live.stop()
            os._exit(7)
    deadline = time.monotonic() + 5
    while (ended := os.waitpid(pid, os.WNOHANG)) == (0, 0):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert os.waitstatus_to_exitcode(ended[1]) == 7
    assert "child" in terminal()
    live.stop()
