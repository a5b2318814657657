# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Anchors: where a chain ended at some moment, kept where whoever changes the journal does not come to.

A chain that is made anew from end to end, with the run's record, holds by itself; it does not have the anchored hash
at the anchored place. An anchor is one line of JSON:

========  ========================================================
schema    1
run       the run's id
events    how many events the run had
hash      the hash of the last of them
time      when that was looked at, UTC, ``2026-01-31T23:59:59Z``
========  ========================================================
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..slotted import dataclass
from .breaks import Chain, told
from .chain import End, Fault, Finding
from .refusals import AnchorsUnreadableError

if TYPE_CHECKING:
    from ..notify import Address

SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """Where the chain of a run ended at some time."""

    run: str
    events: int
    hash: str
    time: str

    @classmethod
    def of(cls, run: str, end: End, time: str) -> Anchor:
        return cls(run=run, events=end.count, hash=end.head, time=time)

    @property
    def content(self) -> dict[str, object]:
        """What is written of it."""
        return {"schema": SCHEMA, **asdict(self)}

    @property
    def line(self) -> str:
        """It as a line of JSON, without the line's end."""
        return json.dumps(self.content)


class Haven:
    """Where anchors are kept: a file, or whatever a web hook does with them. Raise ValueError for what is neither."""

    def __init__(self, target: str, *, timeout: float = 10.0) -> None:
        is_url = "://" in target
        if is_url and not target.lower().startswith(("http://", "https://")):
            raise ValueError("only http and https URLs can be called")
        if not target.strip():
            raise ValueError("it is empty")
        self._address = _address(target, timeout) if is_url else None
        self._path = Path(target).expanduser()

    @property
    def shown(self) -> str:
        """What may be shown of it."""
        return self._address.shown if self._address else str(self._path)

    def keep(self, anchor: Anchor) -> str:
        """Keep an anchor, and wait until it is kept; return what went wrong, as a sentence without secrets."""
        if self._address is not None:
            from ..notify import Notice  # noqa: PLC0415  see _address

            return Notice(self._address, anchor.content, failure="the anchor was not kept:").start().ended()
        try:
            _append(self._path, anchor.line)
        except OSError as error:
            return f"the anchor was not kept: {self._path} cannot be written ({error.strerror or error})"
        return ""


def read(path: str, run: str) -> list[Anchor]:
    """Return the anchors of a run that are in a file; raise AnchorsUnreadableError."""
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise AnchorsUnreadableError(path, error.strerror or str(error)) from error
    except ValueError as error:
        raise AnchorsUnreadableError(path, "it is no text") from error
    found = [_anchor(line, path=path, number=number) for number, line in enumerate(lines, 1) if line.strip()]
    return [anchor for anchor in found if anchor.run == run]


def unheld(chain: Chain, anchors: Iterable[Anchor]) -> Iterator[Finding]:
    """Yield the anchors that a chain does not have at their places; what is before one that it has is as it was."""
    sound = 0
    for anchor in sorted(anchors, key=lambda anchor: anchor.events):
        if what := _lost(chain, anchor):
            yield Finding(seq=anchor.events, what=what, fault=Fault.ANCHOR, sound=sound)
        else:
            sound = anchor.events


def _lost(chain: Chain, anchor: Anchor) -> str:
    """Return what is wrong where an anchor was, in words; nothing, if it is there."""
    count = len(chain.events)
    if anchor.events > count:
        return f"the chain ends with event {count}, and it was anchored at event {anchor.events} at {anchor.time}"
    if chain.before(anchor.events + 1) == anchor.hash:
        return ""
    which = told(chain.events[anchor.events - 1]) if anchor.events else "its beginning"
    return f"{which} has another hash than when it was anchored at {anchor.time}: the chain up to there was made anew"


def _address(target: str, timeout: float) -> Address:
    from ..notify import Address  # noqa: PLC0415  it loads what speaks HTTP, and few have such a haven

    return Address(target=target, timeout=timeout)


def _anchor(line: str, *, path: str, number: int) -> Anchor:
    try:
        content: dict[str, Any] = json.loads(line)
        schema = content.pop("schema")
        anchor = Anchor(**content)
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        raise AnchorsUnreadableError(path, "it is no anchor", line=number) from error
    count: Any = content.pop("events")
    is_counted = isinstance(count, int) and not isinstance(count, bool) and count >= 0
    if schema != SCHEMA or not is_counted or not all(isinstance(word, str) for word in content.values()):
        raise AnchorsUnreadableError(path, "it is no anchor that this saga.ops knows", line=number)
    return anchor


def _append(path: Path, line: str) -> None:
    """Append a line durably, beneath what is there: also where what is there was cut off in the middle of a line."""
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        is_torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        data = f"{chr(10) if is_torn else ''}{line}\n".encode()
        if os.write(descriptor, data) != len(data):
            raise OSError(0, "it took a part of the line only")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
