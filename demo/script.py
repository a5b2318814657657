# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What a move has to do on the targets, in which order, and what undoes it: the checks compare with this."""

import difflib
import pprint
from collections import Counter
from collections.abc import Iterable, Iterator

from evidence import Effect
from stage import TARGETS

ADDED = "POST /id/pool/upstreams"


def done(old: str, new: str) -> list[Effect]:
    """Return the commands of a whole move, target after target."""
    commands = [
        f"{old} stop",
        f"{old} backup before-{new}.db",
        f"{new} schema up",
        f"{new} rows up",
        f"{new} start",
        f"{new} switch",
    ]
    return [Effect(target, command) for target in TARGETS for command in commands]


def undone(effects: Iterable[Effect], old: str, new: str, ports: dict[str, str]) -> Iterator[Effect]:
    """Yield the commands that undo these, in reverse; a backup is undone without a command."""
    commands = {
        f"{new} switch": f"{old} switch",
        f"{new} start": f"{new} stop",
        f"{new} rows up": f"{new} rows down",
        f"{new} schema up": f"{new} schema down",
        f"{old} stop": f"{old} start",
    }
    for target, command in reversed(list(effects)):
        if undo := commands.get(command):
            yield Effect(target, f"{undo} {ports[target]}" if undo == f"{old} start" else undo)


def asked(*, drained: Iterable[str], added: int) -> Counter[str]:
    """Return what the proxy is asked for when these targets are drained, and so many are added."""
    return Counter(f"DELETE /id/{target}" for target in drained) + Counter({ADDED: added})


def difference(found: object, expected: object) -> str:
    """Show what was found and not expected (+), expected and not found (-); nothing if they are equal."""
    before, after = (pprint.pformat(side, width=100).splitlines() for side in (expected, found))
    return "" if found == expected else "\n".join(difflib.unified_diff(before, after, lineterm="", n=1))
