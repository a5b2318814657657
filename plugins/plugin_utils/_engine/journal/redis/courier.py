# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings commands to the server and replies back, over connections that may break and servers that may change.

A command that was sent and not answered is sent again: every command of ours may be. The heartbeat's thread has a
connection of its own, because nothing is held while another thread waits.
"""

from __future__ import annotations

import os
import random
import re
import time
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from ...backoff import Backoff
from ...errors import JournalUnusableError
from ...slotted import dataclass
from ..access import Access
from . import library
from .address import Address, Kind, Place
from .library import Broken, Distrusted, Refusal, Reply, Unwelcome
from .routes import Route
from .scripts import Call, Command
from .words import REASONS, denied, is_passing

_BACKOFF = Backoff(first=0.05, factor=2.0, ceiling=2.0, jitter=0.5)
_REDIRECTIONS = 5
_LITTLE = 1.0  # seconds
_WAIT = 2.0  # seconds for replicas, then the write is repeated: one that has just come back acknowledges none before it
_NEVER_HANG = 10.0  # seconds for a single reply, if patience allows for more


class Passing(Exception):  # noqa: N818  a signal, as Broken
    """Something is wrong that passes by itself, or with another connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Durability:
    """What a write waits for: the server's own disk, and so many replicas."""

    word: str  # WAITAOF or WAIT
    replicas: int

    @property
    def is_asked_apart(self) -> bool:
        """Whether the wait is asked for in a round trip of its own.

        A replica that is asked in one breath with the write answers before its disk has it, and again a second later.
        """
        return self.word == "WAITAOF" and self.replicas > 0

    def command(self, milliseconds: int) -> Command:
        """Return the command that waits."""
        own_disk = (1,) if self.word == "WAITAOF" else ()
        return (self.word, *own_disk, self.replicas, milliseconds)

    def missing(self, reply: Reply) -> str:
        """Return what the reply says is not durable yet; nothing: it is."""
        if self.word == "WAITAOF":
            disk, replicas = reply
            if not disk:
                return "what was written is not on the server's disk"
        else:
            replicas = reply
        return f"{replicas} of {self.replicas} replicas have it" if replicas < self.replicas else ""


class Courier:
    """Speaks to the server for one journal; from any thread, never from a forked child."""

    def __init__(self, address: Address, access: Access, *, key: str) -> None:
        self._address = address
        self._timeout = max(1.0, min(_NEVER_HANG, access.patience / 3))
        self._route = Route(address, access, key=key, timeout=self._timeout)
        self._patience = access.patience
        self._idle: list[Any] = []
        self._known: set[str] = set()  # names of scripts that the server was told
        self._process = os.getpid()
        self._is_cluster = address.kind is Kind.CLUSTER
        self._gave_up: float | None = None  # when somebody last lost patience, if nobody has been answered since
        self.durability: Durability | None = None
        self.is_closed = False

    def ask(
        self,
        *commands: Command | Call,
        is_write: bool = False,
        may_be_denied: bool = False,
        patience: float | None = None,
    ) -> list[Reply]:
        """Return the replies to commands that are written at once; raise JournalUnusableError.

        Replies of a write come when it is as durable as was asked for. A Refusal is a reply only if it may be denied.
        """
        began, tries = time.monotonic(), 0
        patience = self._patience if patience is None else patience
        while True:
            deadline = self._deadline(began, patience)
            try:
                replies = self._once(commands, deadline if is_write else 0.0, may_be_denied=may_be_denied)
            except (Broken, Passing) as trouble:
                tries += 1
                self._route.turn_away()
                left = self._deadline(began, patience) - time.monotonic()
                if left <= 0:
                    self._gave_up = time.monotonic()
                    self._forget()
                    raise self._unusable(f"{trouble} (tried for {self._gave_up - began:.0f} s)") from None
            except Unwelcome as error:
                raise self._refused(error.refusal, commands) from None
            except Distrusted as error:
                raise self._unusable(f"TLS fails: {error}") from None
            else:
                self._gave_up = None
                return replies
            time.sleep(min(_BACKOFF.after(tries, random.random), left))  # the last try is at the very end

    @property
    def longest_wait(self) -> float:
        """How many seconds a command may let the server wait before it answers."""
        return self._timeout / 2

    def close(self) -> None:
        """Let go of all connections."""
        self.is_closed = True
        self._forget()

    def _deadline(self, began: float, patience: float) -> float:
        """Return when to give up; where another thread has, or an earlier call, there is little left to wait for."""
        if self._gave_up is None:
            return began + patience
        return min(began + patience, max(began, self._gave_up) + _LITTLE)

    def _once(self, commands: Sequence[Command | Call], deadline: float, *, may_be_denied: bool) -> list[Reply]:
        durability = self.durability if deadline else None
        link = self._taken()
        try:
            replies = self._exchanged(link, commands, durability, deadline)
            for _redirection in range(_REDIRECTIONS):
                if not (elsewhere := self._elsewhere(replies)):
                    break
                code, place = elsewhere
                if code == "ASK":
                    replies = self._asked_elsewhere(place, commands, durability, deadline)
                    break
                self._route.turn_to(place)
                library.close(link)
                link = self._connected()
                replies = self._exchanged(link, commands, durability, deadline)
            if not (may_be_denied and any(_is_denied(reply) for reply in replies)):
                self._must_be_fine(replies, commands)
        except BaseException:
            library.close(link)
            self._forget()  # others to the same server will be no better
            raise
        self._idle.append(link)
        if durability and (missing := durability.missing(replies[-1])):
            raise Passing(missing)
        return replies[: len(commands)]

    def _taken(self) -> Any:
        if os.getpid() != self._process:
            raise self._unusable("it was opened by another process")
        if self.is_closed:
            raise self._unusable("it was closed")
        try:
            return self._idle.pop()
        except IndexError:
            return self._connected()

    def _connected(self) -> Any:
        try:
            return self._route.connect()
        except Unwelcome as error:
            if is_passing(error.refusal):
                raise Passing(error.refusal.text) from None
            raise

    def _exchanged(
        self, link: Any, commands: Sequence[Command | Call], durability: Durability | None, deadline: float
    ) -> list[Reply]:
        waits = [durability.command(self._left(deadline))] if durability else []
        later = [waits.pop()] if durability and durability.is_asked_apart else []
        replies = library.exchange(link, [*_plain(commands, self._known), *waits])
        if any(isinstance(reply, Refusal) and reply.code == "NOSCRIPT" for reply in replies):
            self._known.clear()  # another server, or it was told to forget them
            replies = library.exchange(link, [*_plain(commands), *waits])
        self._known |= {command.name for command in commands if isinstance(command, Call)}
        if later and not any(isinstance(reply, Refusal) for reply in replies):
            replies += library.exchange(link, later)
        return replies

    def _asked_elsewhere(
        self, place: Place, commands: Sequence[Command | Call], durability: Durability | None, deadline: float
    ) -> list[Reply]:
        """Ask the node to which our slot is just moving; it answers only who says that another one sent him."""
        link = self._route.visit(place)
        try:
            waits = [durability.command(self._left(deadline))] if durability else []
            known = [word for command in _plain(commands) for word in (("ASKING",), command)]
            replies = library.exchange(link, [*known, *waits])
        finally:
            library.close(link)
        return [*replies[1 : len(known) : 2], *replies[len(known) :]]

    def _left(self, deadline: float) -> int:
        return max(1, int(1000 * min(self._timeout * 0.8, _WAIT, deadline - time.monotonic())))

    def _elsewhere(self, replies: list[Reply]) -> tuple[str, Place] | None:
        if not self._is_cluster:
            return None
        for reply in replies:
            if isinstance(reply, Refusal) and reply.code in {"MOVED", "ASK"}:
                host, _colon, port = reply.text.rpartition(" ")[2].rpartition(":")
                return reply.code, Place(host, int(port))
        return None

    def _must_be_fine(self, replies: list[Reply], commands: Sequence[Command | Call]) -> None:
        refusals = [reply for reply in replies if isinstance(reply, Refusal)]
        for refused in refusals:
            if is_passing(refused) or (self._is_cluster and refused.code == "MOVED"):
                raise Passing(refused.text)
        if refusals:
            raise self._refused(refusals[0], commands)

    def _refused(self, refused: Refusal, commands: Sequence[Command | Call]) -> JournalUnusableError:
        if refused.code == "NOPERM":
            command = str(_plain(commands)[0][0]).lower() if commands else ""
            return self._unusable(denied(command, refused.text))
        for pattern, reason in REASONS.items():
            if refused.code == pattern or re.search(rf"-{pattern}\b", refused.text):
                return self._unusable(f"{reason} ({refused.text})")
        return self._unusable(f"the server says: {refused.text}")

    def _unusable(self, why: str) -> JournalUnusableError:
        return JournalUnusableError(self._address.text, why)

    def _forget(self) -> None:
        while self._idle:
            library.close(self._idle.pop())


def _plain(commands: Sequence[Command | Call], known: AbstractSet[str] = frozenset()) -> list[Command]:
    return [
        command.command(is_known=command.name in known) if isinstance(command, Call) else command
        for command in commands
    ]


def _is_denied(reply: Reply) -> bool:
    """Return whether the reply says that the command may not be given, or is not there at all."""
    return isinstance(reply, Refusal) and (reply.code == "NOPERM" or "unknown command" in reply.text.lower())
