# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain data to canonical JSON and back.

What a target returns is data, never code: no marker in it is honoured on the way back, so a target cannot forge a
trusted template or a vaulted value. Values that JSON lacks are wrapped in a dictionary with one key that starts with
``$``; a dictionary of the data's own that looks like that is escaped with ``$dict``.

NaN and the infinities are written as Python's JSON writes them, and half a character as its escape, so that both come
back. What is nested deeper than some 2,000 levels is refused, and so is text that is no such JSON: UnfitError.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from typing import Any, TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")

_MARKS = frozenset({"$bytes", "$date", "$datetime", "$time", "$set", "$frozenset", "$tuple", "$dict", "$pairs"})

_PLAIN = frozenset({str, int, float, bool, type(None)})  # what JSON has, and nothing is attached to
_TEXT = frozenset({str})
_PAIRS = '"$pairs"'  # without it there is nothing to put in order but keys

_AS_IT_IS = json.JSONEncoder(separators=(",", ":"))
_SORTED = json.JSONEncoder(separators=(",", ":"), sort_keys=True)

_ROOM = 8_000
"""Calls within calls that data may take which is nested deeper than Python's own limit allows; its stack bears that."""


LARGEST = 64 * 1024 * 1024
"""Characters of a result that a journal stores: less than any store, and a line of an export, can hold."""


class UnfitError(ValueError):
    """Data cannot be kept, or text is none that was made of data."""


def encode(value: Any) -> str:
    """Return canonical JSON: sorted keys where order carries no meaning, no spaces, surrogates kept; or UnfitError."""
    return _with_room(_encode, value)


def kept(make: Callable[[], Any]) -> str:
    """Return what is made as the text that a journal stores; raise UnfitError if it is nested too deeply, or too large.

    `make` may call itself as deeply as the data is nested.
    """
    text = _with_room(lambda given: _encode(given()), make)
    if len(text) > LARGEST:
        raise UnfitError(f"it has {len(text)} characters, and {LARGEST} are stored at most")
    return text


def decode(text: str) -> Any:
    """Return the data that :func:`encode` was given, as plain Python types; raise UnfitError for anything else."""
    try:
        return _with_room(_decode, text)
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        raise error if isinstance(error, UnfitError) else UnfitError("it is not what was written") from error


def canonical(value: Any) -> str:
    """Return JSON that is equal for equal data, whatever the order of dictionary keys: for digests; or UnfitError."""
    return _with_room(_canonical, value)


def both(value: Any) -> tuple[str, str]:
    """Return the text of :func:`encode` and that of :func:`canonical`, with what they share done once."""
    return _with_room(_both, value)


def _encode(value: Any) -> str:
    return _AS_IT_IS.encode(pack(value))


def _decode(text: str) -> Any:
    found = json.loads(text)
    return unpack(found) if '"$' in text else found  # most has no mark, and is what it says


def _canonical(value: Any) -> str:
    return _in_order(pack(value))


def _both(value: Any) -> tuple[str, str]:
    packed = pack(value)
    return _AS_IT_IS.encode(packed), _in_order(packed)


def _in_order(packed: Any) -> str:
    text = _SORTED.encode(packed)
    return _SORTED.encode(_ordered(packed)) if _PAIRS in text else text


def _with_room(make: Callable[[Given], Made], given: Given) -> Made:
    """Make something that may be nested deeply; most is not, and pays nothing for it."""
    try:
        return make(given)
    except RecursionError:
        pass
    try:
        with _room():
            return make(given)
    except RecursionError as error:
        raise UnfitError("it is nested too deeply") from error


@contextmanager
def _room() -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(before + _ROOM)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def pack(value: Any) -> Any:  # noqa: PLR0911  a line for each type of JSON
    """Return `value` in JSON's own types; unknown objects become their text."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, (dict, Mapping)):
        return _pack_mapping(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"$bytes": base64.b64encode(bytes(value)).decode("ascii")}
    if isinstance(value, tuple):
        return {"$tuple": [pack(item) for item in value]}
    if isinstance(value, AbstractSet):
        # A set that is in a set, or is a key, has to be hashable when it comes back.
        return {"$frozenset" if isinstance(value, frozenset) else "$set": sorted(map(pack, value), key=_order)}
    if isinstance(value, Sequence):
        return [item if type(item) in _PLAIN else pack(item) for item in value]
    return _pack_moment(value)


def _pack_mapping(value: Mapping[Any, Any]) -> Any:
    if _TEXT.issuperset(map(type, value)):
        packed = {key: item if type(item) in _PLAIN else pack(item) for key, item in value.items()}
    elif all(isinstance(key, str) for key in value):
        packed = {str.__str__(key): pack(item) for key, item in value.items()}
    else:
        return {"$pairs": [[pack(key), pack(item)] for key, item in value.items()]}
    return {"$dict": packed} if len(packed) == 1 and next(iter(packed)) in _MARKS else packed


def _pack_moment(value: Any) -> Any:
    for kind, mark in ((dt.datetime, "$datetime"), (dt.date, "$date"), (dt.time, "$time")):
        if isinstance(value, kind):
            return {mark: value.isoformat()}
    return str(value)


def _ordered(packed: Any) -> Any:
    """Return packed data with its pairs in order; json.dumps sorts the keys that are text."""
    if isinstance(packed, list):
        return [_ordered(item) for item in packed]
    if not isinstance(packed, dict):
        return packed
    if packed.keys() == {"$dict"}:  # the data's own keys, whatever they look like
        return {"$dict": {key: _ordered(item) for key, item in packed["$dict"].items()}}
    if packed.keys() == {"$pairs"}:
        return {"$pairs": sorted(_ordered(packed["$pairs"]), key=_order)}
    return {key: _ordered(item) for key, item in packed.items()}


def _order(packed: Any) -> str:
    return json.dumps(packed, sort_keys=True)


def unpack(value: Any) -> Any:
    """Return what :func:`pack` was given."""
    if isinstance(value, list):
        return [unpack(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        mark, inner = next(iter(value.items()))
        if mark in _MARKS:
            return _unpack_marked(mark, inner)
    return {key: unpack(item) for key, item in value.items()}


def _unpack_marked(mark: str, inner: Any) -> Any:  # noqa: PLR0911  a line for each mark
    match mark:
        case "$bytes":
            return base64.b64decode(inner)
        case "$tuple":
            return tuple(unpack(item) for item in inner)
        case "$set":
            return {unpack(item) for item in inner}
        case "$frozenset":
            return frozenset(unpack(item) for item in inner)
        case "$pairs":
            return {unpack(key): unpack(item) for key, item in inner}
        case "$datetime":
            return dt.datetime.fromisoformat(inner)
        case "$date":
            return dt.date.fromisoformat(inner)
        case "$time":
            return dt.time.fromisoformat(inner)
        case _:
            return {key: unpack(item) for key, item in inner.items()}
