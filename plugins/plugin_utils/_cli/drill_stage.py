# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The processes of a drill: plays of the user's own, in a folder that is thrown away."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from .._engine import owners
from .._engine.clock import SystemClock
from .._engine.drill.judging import State
from .._engine.drill.orders import Mark, Order, marks
from .._engine.drill.refusals import DrillError
from .._engine.journal.opening import open_journal, spool_path
from .._engine.request import Means
from .._engine.slotted import dataclass
from .._engine.spool import Spool
from .rerun import TYPED, ansible_playbook

_QUIET = {"SAGA_RUN_ID", "SAGA_RESUME", "SAGA_SLICES", "SAGA_DECISION", "SAGA_NOTIFY", "SAGA_JSONL_PATH"}
_LOOK = 0.01  # seconds between two looks at what a controller has noted down
_NOT_FOR_OTHERS = ("--tags", "--skip-tags", "--start-at-task", "-t")
_NOR = ("--step", "--force-handlers", "--flush-cache")
_MOST_SAID = 15  # lines of an output in a message


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A process that has ended: its exit code, what it printed, and what the callback noted down."""

    code: int
    output: str
    marks: tuple[Mark, ...]

    @property
    def is_struck(self) -> bool:
        return any(mark.fact == "struck" for mark in self.marks)

    @property
    def last_words(self) -> str:
        return "\n".join(self.output.rstrip().splitlines()[-_MOST_SAID:])


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What the user gave: the command line, its playbooks, what to compare, and how to reset and verify."""

    arguments: tuple[str, ...]
    playbooks: tuple[str, ...]
    hosts: tuple[str, ...]
    reset: str
    verify: str
    state: tuple[str, ...]
    effects: tuple[str, ...]

    @property
    def for_others(self) -> tuple[str, ...]:
        """The options that hold for reset, verify and looking, too: not the ones that choose tasks."""
        kept, is_value = [], False
        for word in self.arguments:
            if is_value or word in self.playbooks or word in _NOR or word.startswith(_short_or_long(word)):
                is_value = word in _NOT_FOR_OTHERS
                continue
            kept.append(word)
        return tuple(kept)

    def only(self, host: str) -> Script:
        """Return the same for one host alone."""
        return replace(self, arguments=(*self.arguments, "--limit", host), hosts=(host,))


def _short_or_long(word: str) -> tuple[str, ...]:
    return tuple(name if not name.startswith("--") or word == name else f"{name}=" for name in _NOT_FOR_OTHERS)


class StoppedError(Exception):
    """The drill is over: another lane has called it off, or whoever typed it."""


class Stage:
    """Where a drill plays: a private folder, with a journal for each case."""

    def __init__(self, folder: Path, script: Script, *, callbacks: Sequence[str], strategy: str) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        self._folder = folder
        self._script = script
        self._is_over = threading.Event()
        self._nonce = secrets.token_hex(16)
        self._count = 0
        kept = {name: value for name, value in os.environ.items() if name not in _QUIET}
        enabled = [name for name in callbacks if name != "saga.ops.jsonl"]
        self._environment = {
            **kept,
            "ANSIBLE_CALLBACKS_ENABLED": ",".join([*enabled, "saga.ops.drill"]),
            "ANSIBLE_RETRY_FILES_ENABLED": "false",
            "SAGA_DRILL_NONCE": self._nonce,
        }
        self._of_runs = {"ANSIBLE_STRATEGY": strategy, TYPED: "saga run"}
        self._look = self._write_look()

    def stop(self) -> None:
        """End what plays in another thread, and let nothing begin any more."""
        self._is_over.set()

    # The playbook itself

    def journal(self, case: str) -> str:
        """Return the journal of a case."""
        folder = self._folder / case
        folder.mkdir(mode=0o700, exist_ok=True)
        return f"sqlite://{folder / 'journal.db'}"

    def run(self, case: str, order: Order, *, run: str = "") -> Played:
        """Run the playbook, on the journal of the case; with `run`, that run and no other."""
        more = {**self._of_runs, "SAGA_JOURNAL": self.journal(case), **({"SAGA_RUN_ID": run} if run else {})}
        return self._play(self._script.arguments, order, more)[0]

    @contextmanager
    def opened(self, case: str) -> Iterator[Means]:
        """Open the journal of a case."""
        url, clock = self.journal(case), SystemClock()
        journal = open_journal(url, clock=clock)
        try:
            yield Means(journal=journal, spool=Spool(spool_path(url)), clock=clock, tell=lambda _text: None)
        finally:
            journal.close()

    # The user's other playbooks

    def reset(self) -> State:
        """Make the targets as they were before; return their state. Raise DrillError when that fails."""
        played, said = self._others([self._script.reset, self._look])
        if played.code:
            raise DrillError(f"{self._script.reset} does not reset the targets:\n{played.last_words}")
        return self._parted(said)[0]

    def look(self) -> tuple[State, State, str]:
        """Return the targets' state, their effects, and what the verify playbook objects to."""
        verify = [self._script.verify] if self._script.verify else []
        played, said = self._others([self._look, *verify])
        return *self._parted(said), played.last_words if played.code else ""

    def _others(self, playbooks: Sequence[str]) -> tuple[Played, Mapping[str, dict[int, str]]]:
        self._count += 1
        more = {"SAGA_JOURNAL": self.journal(f"others-{self._count}")}
        played, folder = self._play([*playbooks, *self._script.for_others], Order(), more)
        found: dict[str, dict[int, str]] = {host: {} for host in self._script.hosts}
        if (file := folder / "state.jsonl").exists():
            for line in file.read_text(encoding="utf-8").splitlines():
                said = json.loads(line)
                found.setdefault(said["host"], {})[said["number"]] = said["text"]
        return played, found

    def _parted(self, said: Mapping[str, dict[int, str]]) -> tuple[State, State]:
        count = len(self._script.state)
        numbers = range(count + len(self._script.effects))
        texts = {host: tuple(found.get(number, "(no answer)") for number in numbers) for host, found in said.items()}
        return {host: all_[:count] for host, all_ in texts.items()}, {
            host: all_[count:] for host, all_ in texts.items()
        }

    def _write_look(self) -> str:
        """Write the playbook that runs the user's commands."""
        path = self._folder / "look.yml"
        tasks = [
            {
                "name": f"{self._nonce} {number}",
                "ansible.builtin.raw": command,
                "changed_when": False,
                "failed_when": False,
            }
            for number, command in enumerate((*self._script.state, *self._script.effects))
        ]
        play = {
            "name": "Look at what a drill compares",
            "hosts": list(self._script.hosts),
            "gather_facts": False,
            "strategy": "ansible.builtin.linear",
            "tasks": tasks,
        }
        path.write_text(json.dumps([play], indent=2), encoding="utf-8")  # JSON is YAML
        return str(path)

    # Any of them

    def _play(self, arguments: Sequence[str], order: Order, more: Mapping[str, str]) -> tuple[Played, Path]:
        self._count += 1
        folder = self._folder / f"play-{self._count}"
        folder.mkdir(mode=0o700)
        (folder / "order.json").write_text(order.encoded(self._nonce), encoding="utf-8")
        noted = folder / "marks.jsonl"
        noted.touch(mode=0o600)
        with (folder / "output").open("w") as output:
            process = subprocess.Popen(
                [ansible_playbook(), *arguments],
                env={**self._environment, **more, "SAGA_DRILL": str(folder)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                self._attend(process, noted if order.act == "kill all" else None)
            except BaseException:
                owners.end(process.pid)
                process.wait()
                raise
        found = marks(noted.read_text(encoding="utf-8").splitlines(keepends=True))
        output_text = (folder / "output").read_text(encoding="utf-8", errors="replace")
        return Played(code=process.returncode, output=output_text, marks=tuple(found)), folder

    def _attend(self, process: subprocess.Popen[bytes], noted: Path | None) -> None:
        """Wait until a process has ended; end it, with all that it has started, once it has noted that it is struck."""
        while process.poll() is None:
            if self._is_over.is_set():
                raise StoppedError
            if noted is not None and "struck" in noted.read_text(encoding="utf-8"):
                owners.end(process.pid)
                process.wait()
            time.sleep(_LOOK)
