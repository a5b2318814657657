# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a result says, in few words: how a step ended on a host, and why it failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from .._engine.slotted import dataclass, field
from .._screen.text import printable
from .core import core
from .showing import is_restoring

_WORDS = ("ok", "changed", "restored", "skipped", "ignored", "failed", "unreachable")
_SPOKEN = ("module_stderr", "stderr", "module_stdout", "stdout")


@dataclass(slots=True)
class Tally:
    """A task over all hosts: how many it was given to, and how it ended on them."""

    name: str
    where: str
    started: set[str] = field(default_factory=set)
    ended: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        """Return the counts in words."""
        return ", ".join(f"{self.ended[word]} {word}" for word in _WORDS if self.ended[word]) or "no host"

    @property
    def is_bad(self) -> bool:
        return bool(self.ended["failed"] or self.ended["unreachable"])

    @property
    def is_over(self) -> bool:
        """Tell whether it has ended wherever it was started."""
        return self.ended.total() >= len(self.started)


def data_of(result: Any) -> Mapping[str, Any]:
    """Return what a callback is told of a step's end, with what is secret taken out."""
    data = result._result
    return data if isinstance(data, Mapping) else {}


def word_of(result: Any, word: str) -> str:
    """Return how a step ended; `word` says it as the callback's method does."""
    if is_restoring():
        return "restored"
    return "changed" if word == "ok" and data_of(result).get("changed") else word


def host_of(result: Any) -> str:
    """Return the name of the host that a result is of."""
    return str(core.host_of(result).get_name())


def why(result: Any) -> str:
    """Return in one line why a step has failed."""
    data = data_of(result)
    said = _message(data) or _spoken(data)
    return printable(said.splitlines()[0]) if said else "it does not say why"


def told_failure(result: Any) -> Iterator[str]:
    """Yield the lines of a failure: the message in full, and what the command or the module has said."""
    data = data_of(result)
    message = _message(data)
    yield from _lines(message)
    rc = data.get("rc")
    if rc is not None and str(rc) not in message:
        yield f"rc: {printable(str(rc))}"
    told = {message}
    for name in _SPOKEN:
        text = str(data.get(name) or "").strip()
        if text and text not in told:
            told.add(text)
            first, *more = _lines(text)
            yield f"{name.removeprefix('module_')}: {first}"
            yield from (f"  {line}" for line in more)


def _message(data: Mapping[str, Any]) -> str:
    return str(data.get("msg") or data.get("censored") or "").strip()


def _spoken(data: Mapping[str, Any]) -> str:
    return next((text for name in _SPOKEN if (text := str(data.get(name) or "").strip())), "")


def _lines(text: str) -> list[str]:
    return [printable(line.expandtabs()) for line in text.splitlines()]
