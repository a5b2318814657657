# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values as an author writes them, read with a type in mind; what is wrong is a ContractError that names its place."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, TypeVar

from ..errors import ContractError

_UNITS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_TYPES = {bool: "a boolean", int: "a number", float: "a number", str: "the text", list: "a list", type(None): "null"}

Word = TypeVar("Word", bound=StrEnum)


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word that is most like `word`, or nothing."""
    return next(iter(get_close_matches(word, list(known), n=1, cutoff=0.6)), "")


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
        raise ContractError(
            f"{key!r} must be a dictionary of {', '.join(keys)}, not {type_of(value)} {value!r}", where=where
        )
    for name in value:
        if name not in keys:
            raise ContractError(
                f"unknown key {name!r} in {key!r}; known keys are {', '.join(keys)}",
                where=where,
                nearest=nearest(str(name), keys),
            )
    return value


def word(value: Any, key: str, kind: type[Word], where: str) -> Word:
    """Read one of the words of an enumeration."""
    known = [str(member) for member in kind]
    if isinstance(value, str) and value in known:
        return kind(str(value))
    raise ContractError(
        f"{key!r} must be one of {', '.join(known)}, not {value!r}", where=where, nearest=nearest(str(value), known)
    )


def boolean(value: Any, key: str, where: str) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise ContractError(f"{key!r} must be true or false, not {type_of(value)} {value!r}", where=where)
    return value


def name(value: Any, key: str, where: str) -> str:
    """Read a text that is not blank."""
    if not isinstance(value, str) or not value.strip():
        raise ContractError(f"{key!r} must be a name, not {type_of(value)} {value!r}", where=where)
    return str.__str__(value)


def names(value: Any, key: str, what: str, where: str) -> tuple[str, ...]:
    """Read a name or a list of them; `what` says what they are names of."""
    listed = value if isinstance(value, list) else [value]
    if not listed:
        raise ContractError(f"{key!r} names no {what}", where=where)
    return tuple(name(item, key, where) for item in listed)


def number(value: Any, key: str, where: str, *, least: float, most: float | None = None) -> float:
    """Read a number between two others."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if not is_number or value < least or (most is not None and value > most):
        span = f"of at least {least:g}" if most is None else f"from {least:g} to {most:g}"
        raise ContractError(f"{key!r} must be a number {span}, not {value!r}", where=where)
    return float(value)


def duration(value: Any, key: str, where: str) -> float:
    """Read a time like 30, 500ms, 30s, 5m, 1h or 1d; in seconds."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(ms|[smhd]?)\s*", str(value))
    if not match or isinstance(value, bool):
        raise ContractError(f"{key!r} must be a time like 30, 500ms, 30s, 5m, 1h or 1d, not {value!r}", where=where)
    return float(match[1]) * _UNITS[match[2]]
