# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command that began a run, as it may be written down: an operator knows it again, a thief learns nothing."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from .._engine.journal.opening import without_password

_LONG = "--extra-vars"
_SHORT = re.compile(r"-[bCDhJKkv]*e")  # it may be bundled with options that take no value
_MASK = "***"


def told(arguments: Sequence[str]) -> tuple[str, ...]:
    """Return a command line in which the values of extra variables are masked, but for files and our own options."""
    masked, is_value = [], False
    for argument in arguments:
        name, separator, value = argument.partition("=")
        short = _SHORT.match(argument)
        if is_value:
            masked.append(_masked(argument))
        elif separator and _is_long(name):
            masked.append(f"{name}={_masked(value)}")
        elif short and short.end() < len(argument):
            masked.append(short[0] + _masked(argument[short.end() :]))
        else:
            masked.append(argument)
        is_value = not is_value and (_is_long(argument) or (short is not None and short.end() == len(argument)))
    return tuple(masked)


def typed(arguments: Sequence[str], command: str) -> tuple[str, ...]:
    """Return what was typed, masked, with the command that stood for ansible-playbook, if one did."""
    words = told(arguments)
    return (*command.split(), *words[1:]) if command else words


def _is_long(name: str) -> bool:
    return len(name) > len("--") and _LONG.startswith(name)  # argparse takes abbreviations


def _masked(value: str) -> str:
    if value.startswith("@"):
        return value
    try:
        pairs = [part.partition("=") for part in shlex.split(value)]
    except ValueError:
        return _MASK
    if value.lstrip()[:1] in {"{", "["} or not all(re.fullmatch(r"\w+", name) and sign for name, sign, _told in pairs):
        return _MASK
    return " ".join(
        shlex.quote(f"{name}={without_password(told)[0]}") if name.startswith("saga_") else f"{name}={_MASK}"
        for name, _sign, told in pairs
    )
