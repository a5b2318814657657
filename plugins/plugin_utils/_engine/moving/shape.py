# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records as data of JSON and back, by the types of their fields.

On the way back nothing is taken on trust: a field that is missing and has no default, that nobody knows, or that has
another type is a ShapeError, and so is text or a number that not every store can hold.
"""

from __future__ import annotations

import math
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

Record = TypeVar("Record")

_MOST = 2**52  # what every store counts with, and goes on counting from

_AS_THEY_ARE = frozenset({str, int, float, bool})

_LONGEST = 80  # characters of a name in a message


class ShapeError(ValueError):
    """Data has another shape than the record that it should be."""


def of(record: Any, *, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return a record's fields as data of JSON."""
    kind: Any = type(record)
    return {name: _plain(getattr(record, name)) for name in names(kind) if name not in without}


@lru_cache
def names(kind: Any) -> tuple[str, ...]:
    """Return the names of a record's fields."""
    return tuple(item.name for item in fields(kind))


def to(kind: type[Record], described: Mapping[str, Any], /, **known: Any) -> Record:
    """Return the record that is described; `known` are fields that are not in that."""
    return cast("Record", _record(kind, described, "", known))


def text(value: Any, where: str) -> str:
    """Return text that every store can hold."""
    if not isinstance(value, str):
        raise ShapeError(f"{where} must be text, not {_shown(value)}")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ShapeError(f"{where} is no text that can be stored: half a character") from error
    return value


def whole(value: Any, where: str) -> int:
    """Return a whole number that every store can hold."""
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > _MOST:
        raise ShapeError(f"{where} must be a whole number, not {_shown(value)}")
    return value


def _plain(value: Any) -> Any:
    if value is None or type(value) in _AS_THEY_ARE:  # nearly all of them
        return value
    if is_dataclass(value):
        return of(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, StrEnum) else value


def _record(kind: Any, data: Any, where: str, known: Mapping[str, Any]) -> Any:
    if not isinstance(data, dict):
        raise ShapeError(f"{where} must be a record, not {_shown(data)}")
    kinds = _kinds(kind)
    if unknown := sorted(data.keys() - (kinds.keys() - known.keys())):
        raise ShapeError(f"{_at(where, unknown[0])} is unknown; did a newer saga.ops write it?")
    values = {name: _value(kinds[name], value, _at(where, name)) for name, value in data.items()}
    for item in fields(kind):
        is_needed = item.default is MISSING and item.default_factory is MISSING
        if is_needed and item.name not in {*values, *known}:
            raise ShapeError(f"{_at(where, item.name)} is missing")
    return kind(**values, **known)


def _value(kind: Any, value: Any, where: str) -> Any:  # noqa: PLR0911  a line for each kind
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in {types.UnionType, Union}:
        [other] = [one for one in arguments if one is not types.NoneType]
        return None if value is None else _value(other, value, where)
    if origin is tuple:
        return _tuple(arguments, value, where)
    if origin is not None:  # a mapping from text to text
        return _mapping(value, where)
    if is_dataclass(kind):
        return _record(kind, value, where, {})
    if issubclass(kind, StrEnum):
        return _word(kind, value, where)
    if kind is str:
        return text(value, where)
    if kind is bool:
        if not isinstance(value, bool):
            raise ShapeError(f"{where} must be true or false, not {_shown(value)}")
        return value
    return whole(value, where) if kind is int else _number(value, where)


def _tuple(kinds: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise ShapeError(f"{where} must be a list, not {_shown(value)}")
    each = [kinds[0]] * len(value) if kinds[-1] is Ellipsis else list(kinds)
    if len(each) != len(value):
        raise ShapeError(f"{where} must have {len(each)} items, not {len(value)}")
    return tuple(_value(kind, item, f"an item of {where}") for kind, item in zip(each, value, strict=True))


def _mapping(value: Any, where: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ShapeError(f"{where} must be a dictionary, not {_shown(value)}")
    return {text(key, f"a key of {where}"): text(item, f"a value of {where}") for key, item in value.items()}


def _word(kind: type[StrEnum], value: Any, where: str) -> StrEnum:
    try:
        return kind(value)
    except ValueError as error:
        raise ShapeError(f"{where} must be one of {', '.join(map(repr, kind))}, not {_shown(value)}") from error


def _number(value: Any, where: str) -> float:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not abs(value) < _MOST or not math.isfinite(value):
        raise ShapeError(f"{where} must be a number, not {_shown(value)}")
    return float(value)


def _at(where: str, name: str) -> str:
    name = name[:_LONGEST]  # somebody else's words, in a message
    return f"{name!r} of {where}" if where else repr(name)


def _shown(value: Any) -> str:
    if value is None or isinstance(value, (bool, float)):
        return repr(value)
    return {str: "text", int: "a number", list: "a list", dict: "a dictionary"}.get(type(value), "something else")


@lru_cache
def _kinds(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)
