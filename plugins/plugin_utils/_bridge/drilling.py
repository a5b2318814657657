# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drills inside of ansible-playbook: strikes at the engine's named points; and what a drill has to know of a playbook.

A process that no drill has started is not touched: the order is in a folder that the environment names, and has the
secret that the environment has.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from ansible import constants as C  # noqa: N812  its name all over Ansible
from ansible import context
from ansible.errors import AnsibleError

from .._engine import points
from .._engine.drill.orders import Act, Mark, Order
from .._engine.slotted import dataclass
from . import planning, results
from .core import core
from .survey import hosts_of, loaded

FOLDER, NONCE = "SAGA_DRILL", "SAGA_DRILL_NONCE"
ORDER, MARKS, STATE = "order.json", "marks.jsonl", "state.jsonl"
PLUGIN = "saga.ops.drill"
_TIMED_OUT = "drill: the step failed to execute in the expected time frame, as at a time limit"
_FAILED = "drill: the step is made to fail before it begins"


def begin() -> Drill | None:
    """Take up the order of the drill that has started this process; None: none has."""
    folder, nonce = os.environ.get(FOLDER, ""), os.environ.get(NONCE, "")
    try:
        order = Order.decoded((Path(folder) / ORDER).read_text(encoding="utf-8"), nonce) if folder else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if order is None:
        return None
    drill = Drill(Path(folder), order, nonce)
    points.observe(drill.reached)
    return drill


class Drill:
    """The order that a process has; its forks have it, too."""

    def __init__(self, folder: Path, order: Order, nonce: str) -> None:
        self._folder = folder
        self._order = order
        self._nonce = nonce
        self._controller = os.getpid()

    def reached(self, point: str, _detail: str, places: Sequence[points.Place]) -> None:
        """Note down what work begins and ends, and carry the order out where it is due."""
        if point in {points.WORK_BEGUN, points.AFTER_EFFECT}:
            for place in places:
                self._note("begun" if point == points.WORK_BEGUN else "ended", place)
        order = self._order
        if order.place not in places:
            return
        if point == order.point and not order.after:
            self._strike()
        elif point == order.point:
            threading.Timer(order.after, self._strike).start()
        elif order.after and point == points.AFTER_EFFECT:
            self._strike()  # it was quicker than it was before

    def keep(self, result: Any) -> None:
        """Keep what a command of the drill has said on a target."""
        nonce, _space, number = str(core.task_of(result).get_name()).rpartition(" ")
        if nonce.rpartition(" ")[2] == self._nonce:
            said = results.shown(core.look(result))
            code = f"\n(exit code {said['rc']})" if said.get("rc") else ""
            text = str(said.get("stdout", "")).replace("\r\n", "\n").strip("\n") + code
            self._write(
                STATE, json.dumps({"host": core.host_of(result).name, "number": int(number), "text": text}) + "\n"
            )

    def _strike(self) -> None:
        order = self._order
        if not order.act:
            return
        self._note("struck", order.place)
        if order.act is Act.FAIL:
            raise AnsibleError(_FAILED)
        if order.act is Act.CUT_OFF:
            raise AnsibleError(_TIMED_OUT)
        if order.act is Act.KILL:
            os.kill(self._controller, signal.SIGKILL)
        else:
            self._wait_for_the_end()

    def _wait_for_the_end(self) -> NoReturn:
        """Stand still: whoever has started the controller has read the note, and ends it with all its processes."""
        if os.getpid() != self._controller:
            os.kill(self._controller, signal.SIGSTOP)
        while True:
            time.sleep(1)

    def _note(self, fact: str, place: points.Place) -> None:
        self._write(MARKS, Mark(fact=fact, host=place[0], key=place[1], at=time.time()).encoded())

    def _write(self, name: str, line: str) -> None:
        """Add a line; forks write to the file, too, so it is written at once."""
        file = os.open(self._folder / name, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, line.encode())
        finally:
            os.close(file)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Where a playbook would be drilled."""

    playbooks: tuple[str, ...]
    hosts: tuple[str, ...]
    not_disposable: tuple[str, ...]  # hosts of which nobody has said that they may be broken
    callbacks: tuple[str, ...]  # that are enabled anyway


def ground(arguments: Sequence[str]) -> Ground:
    """Return where ansible-playbook with these arguments would work; raise EngineError when it cannot be loaded."""

    def read(site: Any) -> Ground:
        hosts: dict[str, Any] = {}
        for _book, play in loaded(site, site.names):
            hosts.update({host.name: host for host in hosts_of(site, play) or ()})
        spared = [name for name, host in hosts.items() if not _is_disposable(site.manager.get_vars(host=host))]
        return Ground(
            playbooks=tuple(map(str, context.CLIARGS["args"])),
            hosts=tuple(hosts),
            not_disposable=tuple(spared),
            callbacks=tuple(C.CALLBACKS_ENABLED or ()),
        )

    return planning.on_site(arguments, read)


def _is_disposable(variables: Any) -> bool:
    return str(variables.get("saga_disposable", "")).lower() in {"true", "yes", "1"}
