# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values as an author writes them, read with a type in mind; what is wrong is a ContractError that names its place."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, TypeVar

from ..errors import ContractError

_UNITS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_MOST = 1e15  # what no author means to exceed
_TYPES = {bool: "a boolean", int: "a number", float: "a number", str: "the text", list: "a list", type(None): "null"}

_LONGEST = 80  # characters of a value in a message
_BRIEF = reprlib.Repr()
_BRIEF.maxstring = _BRIEF.maxother = _BRIEF.maxlong = _LONGEST

Word = TypeVar("Word", bound=StrEnum)


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word that is most like `word`, or nothing."""
    return next(iter(get_close_matches(word[:_LONGEST], list(known), n=1, cutoff=0.6)), "")


def shown(value: Any) -> str:
    """Return a value as it may stand in a message: what somebody wrote, not all of what that may stand for in YAML."""
    try:
        return _BRIEF.repr(value)
    except ValueError:  # Python writes no number of so many digits
        return "a number of many digits"


def told(value: Any) -> str:
    """Return a value with what kind of thing it is."""
    return f"{type_of(value)} {shown(value)}"


def type_of(value: Any) -> str:
    """Return what kind of thing a value is, as people say it."""
    for kind, name in _TYPES.items():
        if isinstance(value, kind):
            return name
    return "a dictionary" if isinstance(value, Mapping) else f"a {type(value).__name__}"


def dictionary(value: Any, key: str, known: Iterable[str], where: str) -> Mapping[str, Any]:
    """Read a dictionary of known keys."""
    keys = tuple(known)
    if not isinstance(value, Mapping):
        raise ContractError(f"{key!r} must be a dictionary of {', '.join(keys)}, not {told(value)}", where=where)
    for name in value:
        if name not in keys:
            raise ContractError(
                f"unknown key {shown(name)} in {key!r}; known keys are {', '.join(keys)}",
                where=where,
                nearest=nearest(name, keys) if isinstance(name, str) else "",
            )
    return value


def word(value: Any, key: str, kind: type[Word], where: str) -> Word:
    """Read one of the words of an enumeration."""
    known = [str(member) for member in kind]
    if isinstance(value, str) and value in known:
        return kind(str(value))
    raise ContractError(
        f"{key!r} must be one of {', '.join(known)}, not {shown(value)}",
        where=where,
        nearest=nearest(value, known) if isinstance(value, str) else "",
    )


def boolean(value: Any, key: str, where: str) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise ContractError(f"{key!r} must be true or false, not {told(value)}", where=where)
    return value


def name(value: Any, key: str, where: str) -> str:
    """Read a text that is not blank."""
    if not isinstance(value, str) or not value.strip():
        raise ContractError(f"{key!r} must be a name, not {told(value)}", where=where)
    return str.__str__(value)


def names(value: Any, key: str, what: str, where: str) -> tuple[str, ...]:
    """Read a name or a list of them; `what` says what they are names of."""
    listed = value if isinstance(value, list) else [value]
    if not listed:
        raise ContractError(f"{key!r} names no {what}", where=where)
    return tuple(name(item, key, where) for item in listed)


def number(value: Any, key: str, where: str, *, least: float, most: float | None = None) -> float:
    """Read a number between two others."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= _MOST
    if not is_number or value < least or (most is not None and value > most):
        span = f"of at least {least:g}" if most is None else f"from {least:g} to {most:g}"
        raise ContractError(f"{key!r} must be a number {span}, not {shown(value)}", where=where)
    return float(value)


def duration(value: Any, key: str, where: str) -> float:
    """Read a time like 30, 500ms, 30s, 5m, 1h or 1d; in seconds."""
    text = value if isinstance(value, str) else shown(value)
    match = re.fullmatch(r"\s*([0-9]{1,15}(?:\.[0-9]{1,15})?)\s*(ms|[smhd]?)\s*", text)
    if not match or isinstance(value, bool):
        raise ContractError(
            f"{key!r} must be a time like 30, 500ms, 30s, 5m, 1h or 1d, not {shown(value)}", where=where
        )
    return float(match[1]) * _UNITS[match[2]]
