# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The callback `progress`: one calm picture of a run, or a line per step where there is no terminal.

What fails scrolls by above the picture, with whatever else is said. With ``-v`` it is the default callback, with the
picture below. Whatever goes wrong with the picture ends the picture, not the run.
"""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ansible import constants as C  # noqa: N812  its name all over Ansible
from ansible import context
from ansible.plugins.callback.default import CallbackModule as Default

from .._engine.clock import SystemClock
from .._engine.report.progress import Picture, Progress, Standing, pace
from .._screen.layout import Line, plain
from .._screen.live import Live
from .._screen.progress import drawn
from .._screen.terminal import may_be_coloured, may_be_live, painted
from .._screen.text import printable
from . import naming, progress_words
from .core import core
from .progress_words import Tally, host_of
from .showing import is_restoring
from .watchers import Watch

NAME = "saga.ops.progress"
_EARLIER = 3  # completed runs, to measure by
_NARROWEST = 20  # columns; what is narrower is no width
_LONG = 10_000  # lines, for a picture that is printed once
_IN_LOCKSTEP = frozenset({"linear", "ansible.builtin.linear", "saga.ops.linear", "debug", "ansible.builtin.debug"})
_PAUSES = frozenset({"pause", "ansible.builtin.pause", "ansible.legacy.pause"})


class ProgressCallback(Default):
    """Shows where a run is, and scrolls by what somebody has to read."""

    def __init__(self) -> None:
        super().__init__()
        self._clock = SystemClock()
        self._progress = Progress(began=self._clock.now())
        self._model = threading.Lock()  # of the progress: the picture is made by the thread that draws it
        self._watch: Watch | None = None
        self._live: Live | None = None
        self._tallies: dict[str, Tally] = {}  # of tasks whose line is not written yet, by their ids
        self._failures: dict[str, tuple[str, str, str]] = {}  # of each host the last one: step, place, why
        self._is_in_lockstep = True
        self._most = 1  # hosts that have a line

    # What a durable run tells

    def saga_began(self, watch: Watch) -> None:
        """Take a recorded run: what it has done before, and how long it took others."""
        self._watch = watch
        # Looking into a journal may take its time, and have something to say: never while the picture waits for us.
        plan, news, steps = watch.plan(), watch.news(), watch.steps()
        before = pace(watch.earlier(_EARLIER), hosts=len(watch.run.targets))
        with self._model:
            self._progress.adopt(watch.run, plan)
            self._progress.pace = before
            self._progress.see(news)
            self._progress.learn(watch.run, steps)

    def saga_written(self) -> None:
        """Take what was written to the journal."""
        if self._watch is not None:
            news = self._watch.news()
            if any(event.type.endswith(".compensating") for event in news):
                self._flush()  # what failed comes before what undoes it
            with self._model:
                self._progress.see(news)
            self._touch()

    def saga_ended(self) -> None:
        """Take the end of the attempt; what is said after it stays the last that is seen."""
        self.saga_written()
        self._learn()
        self._hold(is_held=True)

    # What Ansible tells

    def v2_playbook_on_start(self, playbook: Any) -> None:
        super().v2_playbook_on_start(playbook)
        with self._model:
            self._progress.workflow = self._progress.workflow or Path(playbook._file_name).name
        if context.CLIARGS.get("check"):
            self._progress.remark("check mode: nothing is changed, nothing is recorded")

    def v2_playbook_on_vars_prompt(self, *arguments: Any, **keywords: Any) -> None:
        self._hold(is_held=True)
        super().v2_playbook_on_vars_prompt(*arguments, **keywords)

    def v2_playbook_on_play_start(self, play: Any) -> None:
        self._flush()
        self._play = play
        self._is_in_lockstep = str(play.strategy) in _IN_LOCKSTEP
        hosts = self._hosts_of(play)
        with self._model:
            self._progress.meet(hosts)
        self._start()
        if self._is_verbose:
            super().v2_playbook_on_play_start(play)
        elif not self._is_live:
            self._say(f"play {printable(play.get_name().strip())}: {len(hosts)} host{'' if len(hosts) == 1 else 's'}")

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:  # noqa: FBT001  Ansible's
        self._begin(task)
        if self._is_verbose:
            super().v2_playbook_on_task_start(task, is_conditional)

    def v2_playbook_on_handler_task_start(self, task: Any) -> None:
        self._begin(task)
        if self._is_verbose:
            super().v2_playbook_on_handler_task_start(task)

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        super().v2_runner_on_start(host, task)
        tally = self._tally(task)
        tally.started.add(host.get_name())
        self._learn()
        with self._model:
            self._progress.begin(host.get_name(), tally.name, tally.where, at=self._clock.now())
        self._touch()

    def v2_runner_on_ok(self, result: Any) -> None:
        self._end(result, "ok")
        if self._is_verbose:
            super().v2_runner_on_ok(result)
        else:
            self._warn(result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._end(result, "skipped")
        if self._is_verbose:
            super().v2_runner_on_skipped(result)
        else:
            self._warn(result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:  # noqa: FBT001, FBT002  Ansible's
        self._end(result, "ignored" if ignore_errors else "failed")
        if self._is_verbose:
            super().v2_runner_on_failed(result, ignore_errors)
        else:
            self._tell_failure(result, "failed", is_ignored=ignore_errors)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        is_ignored = bool(core.task_of(result).ignore_unreachable)
        self._end(result, "ignored" if is_ignored else "unreachable")
        if self._is_verbose:
            super().v2_runner_on_unreachable(result)
        else:
            self._tell_failure(result, "unreachable", is_ignored=is_ignored)

    def v2_runner_item_on_ok(self, result: Any) -> None:
        if self._is_verbose:
            super().v2_runner_item_on_ok(result)

    def v2_runner_item_on_skipped(self, result: Any) -> None:
        if self._is_verbose:
            super().v2_runner_item_on_skipped(result)

    def v2_runner_item_on_failed(self, result: Any) -> None:
        if self._is_verbose:
            super().v2_runner_item_on_failed(result)
        elif not is_restoring():
            label = printable(str(self._get_item_label(progress_words.data_of(result))))
            self._tell_failure(result, "failed", item=f" (item={label})")

    def v2_runner_retry(self, result: Any) -> None:
        if self._is_verbose:
            super().v2_runner_retry(result)

    def v2_playbook_on_include(self, included_file: Any) -> None:
        if self._is_verbose:
            super().v2_playbook_on_include(included_file)

    def v2_playbook_on_no_hosts_remaining(self) -> None:
        if self._is_verbose:
            super().v2_playbook_on_no_hosts_remaining()

    def v2_playbook_on_stats(self, stats: Any) -> None:
        self._flush()
        self._learn()
        self._stop()
        with self._model:
            self._progress.finish(at=self._clock.now())
            picture = self._progress.picture(self._clock.now())
        if self._is_verbose or self.get_option("show_custom_stats"):
            super().v2_playbook_on_stats(stats)
        self._tell_end(picture)

    # The picture

    @property
    def _is_verbose(self) -> bool:
        return bool(self._display.verbosity > 0)

    @property
    def _is_live(self) -> bool:
        return self._live is not None

    def _start(self) -> None:
        if self._live is None and self._may_be_live():
            self._most = int(self.get_option("hosts") or 1)
            self._live = Live(self._drawn, self._display._lock)
        if self._live is not None:
            self._live.hold(is_held=False)
            self._live.start()

    def _may_be_live(self) -> bool:
        # Whoever wraps this callback (ansible-runner does, on a terminal of its own) reads what it says, line by line.
        is_wrapped = type(self).CALLBACK_NAME != NAME
        try:
            return not is_wrapped and bool(self.get_option("live")) and may_be_live(sys.stdout.fileno())
        except (KeyError, OSError, ValueError):
            return False

    def _drawn(self, width: int, height: int) -> list[Line]:
        now = self._clock.now()
        with self._model:
            picture = self._progress.picture(now)
        # An empty line keeps it apart from what has scrolled by.
        return [(), *drawn(picture, width=width, height=height - 1, now=now, most=self._most)]

    def _stop(self) -> None:
        if self._live is not None:
            self._live.stop()
            if self._live.failure is not None:
                self._display.warning(f"saga: the picture of the run ended early: {self._live.failure!r}")

    def _touch(self) -> None:
        if self._live is not None:
            self._live.touch()

    def _hold(self, *, is_held: bool) -> None:
        if self._live is not None:
            self._live.hold(is_held=is_held)

    def _learn(self) -> None:
        """Take what only the records tell; in the main thread."""
        if self._watch is not None and self._progress.wants_steps:
            steps = self._watch.steps()
            with self._model:
                self._progress.learn(self._watch.run, steps)

    # Steps

    def _hosts_of(self, play: Any) -> list[str]:
        inventory = play.get_variable_manager()._inventory
        return [host.get_name() for host in inventory.get_hosts(play.hosts)] if inventory is not None else []

    def _begin(self, task: Any) -> None:
        if self._is_in_lockstep:
            self._flush()
        self._hold(is_held=task.action in _PAUSES)
        self._last_task_name = None  # what the default callback's banner of a diff asks for
        self._tally(task)

    def _tally(self, task: Any) -> Tally:
        found = self._tallies.get(task._uuid)
        if found is None:
            title = task.get_name().strip() or naming.title(task)
            found = self._tallies[task._uuid] = Tally(name=title, where=naming.where(task))
        return found

    def _end(self, result: Any, word: str) -> None:
        task, host = core.task_of(result), host_of(result)
        tally = self._tally(task)
        tally.ended[progress_words.word_of(result, word)] += 1
        standing = {"failed": Standing.FAILED, "unreachable": Standing.UNREACHABLE}.get(word, Standing.BETWEEN)
        is_told = is_restoring()
        with self._model:
            self._progress.end(host, standing, at=self._clock.now(), is_restored=is_told)
            if word == "ignored":
                self._progress.handle(host)
        if standing.is_bad and not is_told:
            self._failures[host] = (tally.name, tally.where, progress_words.why(result))
        self._learn()
        self._touch()
        if not self._is_in_lockstep and tally.is_over and len(tally.started) >= self._expected():
            self._write(self._tallies.pop(task._uuid))

    def _expected(self) -> int:
        """Return how many hosts a task may still come to, where each host goes at its own pace."""
        return max((len(tally.started) for tally in self._tallies.values()), default=0)

    def _flush(self) -> None:
        """Write the lines of steps that are over."""
        tallies, self._tallies = list(self._tallies.values()), {}
        for tally in tallies:
            if tally.ended:
                self._write(tally)

    def _write(self, tally: Tally) -> None:
        if self._is_live or self._is_verbose:
            return
        with self._model:
            number, total = self._progress.numbered(tally.name, tally.where)
        place = f"[{number}/{total}] " if number and total else f"[{number}] " if number else ""
        self._say(f"{place}{printable(tally.name)}: {tally}", color=C.COLOR_ERROR if tally.is_bad else None)

    # Words

    def _say(self, text: str, color: str | None = None, *, is_failure: bool = False) -> None:
        """Say a line; where the width is known, and nobody's terminal breaks it, it is broken here."""
        given = os.environ.get("COLUMNS", "")
        width = int(given) if given.isdecimal() and not self._is_live else 0
        is_fine = len(text) <= width or width < _NARROWEST
        for line in [text] if is_fine else textwrap.wrap(text, width, subsequent_indent="    "):
            self._display.display(line, color=color, stderr=is_failure and self.get_option("display_failed_stderr"))

    def _tell_failure(self, result: Any, word: str, *, is_ignored: bool = False, item: str = "") -> None:
        task, data = core.task_of(result), progress_words.data_of(result)
        if is_restoring():
            return  # it was told when it happened
        self._warn(result)
        color = C.COLOR_WARN if is_ignored else C.COLOR_UNREACHABLE if word == "unreachable" else C.COLOR_ERROR
        where, name = naming.where(task), self._tally(task).name
        host = printable(str(self.host_label(result)))
        head = f"{word}{', ignored' if is_ignored else ''}: [{host}] {printable(name)}{item}"
        self._say(f"{head}  {where}".rstrip(), color=color, is_failure=True)
        if task.loop and "results" in data and not item:
            return  # each item has told its own
        for line in progress_words.told_failure(result):
            self._say(f"    {line}", color=color, is_failure=True)

    def _warn(self, result: Any) -> None:
        """Show the warnings that came with a result; what failed is told in our own words."""
        if not is_restoring():
            self._handle_warnings(result._result)

    def _tell_end(self, picture: Picture) -> None:
        width = shutil.get_terminal_size((100, 24)).columns - 1
        lines = drawn(picture, width=width, height=_LONG, now=picture.at, most=0)
        is_coloured = self._is_live and may_be_coloured()
        self._display.display("", screen_only=True)
        for line in lines:
            self._display.display(painted(line, is_coloured=is_coloured), screen_only=True)
            self._display.display(plain(line), log_only=True)
        for text in _recap(self._failures, picture):
            self._say(text, color=C.COLOR_ERROR)


def _recap(failures: dict[str, tuple[str, str, str]], picture: Picture) -> Iterable[str]:
    """Yield a line for each host that did not come to its end."""
    for host in picture.hosts:
        if host.standing.is_bad:
            step, _where, why = failures.get(host.host, ("", "", ""))
            told = f"{host.standing}: [{printable(host.host)}] {printable(host.step)}  {host.where}".rstrip()
            if host.standing is Standing.COMPENSATION_FAILED and why:
                yield f"{told}: {printable(step)}: {why}"
            else:
                yield f"{told}: {why}" if step == host.step and why else told
