# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How restored steps are shown: to every callback, as restored, never as work done now.

Callbacks get the same events as when the step was done, with results that say where they are from and that changed
nothing. Those that print a line for a person begin it with a word like "changed"; that word is put right on its way to
the screen, so that it works for the default callback and for those that wrap it (ansible-runner's).
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

from ansible.utils.display import Display

from .core import core

_RESULTS = frozenset({"v2_runner_on_ok", "v2_runner_on_failed", "v2_runner_on_skipped", "v2_runner_on_unreachable"})
_DIFF = "v2_on_file_diff"  # what a step was to change was shown when it did
_RETOLD = _RESULTS | {_DIFF}
_STATUS = re.compile(r"(?P<word>ok|changed|skipping|failed|fatal): (?P<host>\[[^\]]*\])(?P<rest>.*)", re.DOTALL)
_NOTES = {"skipping": " (skipped)", "failed": " (failed)", "fatal": " (failed)"}

display = Display()
_now = threading.local()  # results of loop items are shown by another thread


def is_restoring() -> bool:
    """Tell a callback whether what it is told of right now comes from the journal.

    The result itself cannot say so for sure: of a no_log one Ansible lets nothing through, and others are a target's.
    """
    return getattr(_now, "is_restored", False)


class Showing:
    """Stands before a task queue manager's send_callback; counts restored steps by host."""

    def __init__(self, send: Callable[..., None]) -> None:
        self.restored: Counter[str] = Counter()
        self._send = send

    def install(self) -> None:
        """Stand before the screen, too; undone by :meth:`remove`."""
        display.display = self._display

    def remove(self) -> None:
        """Give the screen back."""
        vars(display).pop("display", None)

    def send(self, method: str, *arguments: Any, **keywords: Any) -> None:
        """Pass an event on to all callbacks."""
        result = arguments[0] if arguments else None
        if core.is_told(result):  # a loop's item that a worker answered from the journal
            self._send_restored(method, result, keywords)
        elif method in _RETOLD and getattr(core.task_of(result), "_saga_restored", False):
            if method in _RESULTS:
                self.restored[core.host_of(result).get_name()] += 1
            for item_method, item in core.told_items(result):
                self._send_restored(item_method, item, {})
            self._send_restored(method, core.told(result), keywords)
        else:
            self._send(method, *(core.veiled(argument) for argument in arguments), **keywords)

    def _send_restored(self, method: str, result: Any, keywords: dict[str, Any]) -> None:
        if method == _DIFF:
            return
        _now.is_restored = True
        try:
            self._send(method, result, **keywords)
        finally:
            _now.is_restored = False

    def _display(self, msg: str, *arguments: Any, **keywords: Any) -> None:
        if is_restoring() and (line := restored_line(msg)):
            msg = line
            keywords.pop("color", None)
            arguments = ("cyan", *arguments[1:])  # the colour stands first, if anything does
        type(display).display(display, msg, *arguments, **keywords)


def restored_line(line: str) -> str:
    """Return a callback's line on a result as it is for a restored one; empty if it is no such line."""
    match = _STATUS.fullmatch(line)
    if match is None:
        return ""
    rest = match["rest"]
    if match["word"] == "failed":
        rest = rest.partition(" => ")[0]  # why it failed was told when it did
    elif match["word"] == "fatal":
        rest = ""
    return f"restored: {match['host']}{_NOTES.get(match['word'], '')}{rest.rstrip()}"
