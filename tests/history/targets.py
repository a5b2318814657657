# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Two hundred targets: what is done to one is a line in its file when it begins, and a line when it ends.

A target with a fence looks at the mark of whoever does something, as a machine of its own: it takes no smaller one than
it has seen. Such targets live in a room of their own, behind a socket.
"""

import json
import socket

from history.chronicle import append, lag, moment, read

NAMES = tuple(f"t{number:03}" for number in range(200))


class RefusedError(Exception):
    """A target has seen a larger mark."""


class Targets:
    """The targets as a controller reaches them."""

    def __init__(self, folder, *, is_fenced):
        self._folder = folder
        self.is_fenced = is_fenced

    def do(self, what, target, **facts):
        """Let a target see the beginning or the end of an effect; raise RefusedError."""
        fact = {"what": what, "target": target, "at": moment(), **facts}
        if not self.is_fenced:
            append(self._folder / f"{target}.log", fact)
        elif not asked(self._folder / "room", fact):
            raise RefusedError(target)

    def has_ended(self, target, run, key):
        """Look whether an effect is there."""
        done = read(self._folder / f"{target}.log")
        return any((fact["what"], fact["run"], fact["key"]) == ("end", run, key) for fact in done)


def asked(path, fact):
    """Ask the room to take a fact; return whether it has."""
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(60)
        link.connect(str(path))
        link.sendall(json.dumps(fact).encode("ascii") + b"\n")
        return link.makefile("rb").readline() == b"yes\n"


class Effect:
    """One effect on one target, by one attempt: where `checked` is when the attempt last looked at its lease."""

    def __init__(self, targets, target, *, checked, lag_then, **facts):
        self._targets = targets
        self._target = target
        self._facts = {"checked": checked, **facts}
        self._lag = lag_then

    def begin(self, before=0.0):
        self._targets.do("begin", self._target, lag=before + lag() - self._lag, **self._facts)

    def end(self, before=0.0):
        self._targets.do("end", self._target, lag=before + lag() - self._lag, **self._facts)
