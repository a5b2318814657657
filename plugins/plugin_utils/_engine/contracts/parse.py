# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what a playbook declares to a contract; every mistake is an error that names its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from ..errors import ContractError
from ..records import Contract, Effect

_TAG = "saga:"
_KEYS = ("effect", "idempotent", "compensate", "id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What the author said of a step; None and empty where nothing was said."""

    effect: Effect | None = None
    is_idempotent: bool | None = None
    compensate: tuple[str, ...] = ()
    id: str = ""

    def over(self, other: Declaration) -> Declaration:
        """Return this declaration, completed by a more distant one."""
        return Declaration(
            effect=other.effect if self.effect is None else self.effect,
            is_idempotent=other.is_idempotent if self.is_idempotent is None else self.is_idempotent,
            compensate=self.compensate or other.compensate,
            id=self.id or other.id,
        )

    @property
    def is_empty(self) -> bool:
        return self == Declaration()


_TAGS = {
    "read_only": Declaration(effect=Effect.NONE),
    "idempotent": Declaration(is_idempotent=True),
    "side_effect": Declaration(effect=Effect.SIDE_EFFECT),
    "irreversible": Declaration(effect=Effect.IRREVERSIBLE),
}


def declared_by_vars(value: Any, *, where: str) -> Declaration:
    """Read ``vars: saga:``; `where` is file:line for errors."""
    if value is None:
        return Declaration()
    if not isinstance(value, Mapping):
        raise ContractError(
            f"'saga' must be a dictionary of {', '.join(_KEYS)}, not {_type(value)} {value!r}", where=where
        )
    for key in value:
        if key not in _KEYS:
            raise ContractError(
                f"unknown key {key!r} in 'saga'; known keys are {', '.join(_KEYS)}",
                where=where,
                nearest=nearest(str(key), _KEYS),
            )
    return Declaration(
        effect=_effect(value["effect"], where) if "effect" in value else None,
        is_idempotent=_boolean(value["idempotent"], "idempotent", where) if "idempotent" in value else None,
        compensate=_names(value["compensate"], where) if "compensate" in value else (),
        id=_name(value["id"], "id", where) if "id" in value else "",
    )


def declared_by_tags(tags: Iterable[Any], *, where: str) -> Declaration:
    """Read the tags that begin with ``saga:``; other tags are none of our business."""
    declaration = Declaration()
    for tag in tags:
        if not isinstance(tag, str) or not tag.startswith(_TAG):
            continue
        word, argument = [*tag.removeprefix(_TAG).split("=", 1), ""][:2]
        if word == "compensate" and argument:
            said = Declaration(compensate=(argument,))
        elif word in _TAGS and not argument:
            said = _TAGS[word]
        else:
            known = [*_TAGS, "compensate=NAME"]
            raise ContractError(
                f"unknown tag {tag!r}; known tags are {', '.join(_TAG + name for name in known)}",
                where=where,
                nearest=nearest(tag, [_TAG + name for name in known]),
            )
        declaration = _joined(declaration, said, tag, where)
    return declaration


def resolve(declaration: Declaration, default: Contract, *, where: str) -> Contract:
    """Complete a declaration from the catalogue's default and refuse contradictions."""
    effect = default.effect if declaration.effect is None else declaration.effect
    is_idempotent = declaration.is_idempotent
    if is_idempotent is None:
        # An effect that the author corrected says nothing about idempotence, unless there is no effect at all.
        is_idempotent = default.is_idempotent or effect is Effect.NONE
    if declaration.compensate and effect is Effect.NONE:
        raise ContractError("a step whose effect is 'none' has nothing to compensate", where=where)
    if declaration.compensate and effect is Effect.IRREVERSIBLE:
        raise ContractError("a step that is irreversible cannot have a compensation", where=where)
    return Contract(
        effect=effect,
        is_idempotent=is_idempotent,
        compensate=declaration.compensate,
        id=declaration.id,
        is_declared=not declaration.is_empty,
    )


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word that is most like `word`, or nothing."""
    return next(iter(get_close_matches(word, list(known), n=1, cutoff=0.6)), "")


def _joined(first: Declaration, second: Declaration, tag: str, where: str) -> Declaration:
    if second.effect is not None and first.effect not in {None, second.effect}:
        raise ContractError(f"tag {tag!r} contradicts the other saga: tags of the step", where=where)
    joined = first.over(second)
    if second.compensate and first.compensate:
        return Declaration(
            effect=joined.effect,
            is_idempotent=joined.is_idempotent,
            compensate=(*first.compensate, *second.compensate),
            id=joined.id,
        )
    return joined


def _effect(value: Any, where: str) -> Effect:
    known = [str(effect) for effect in Effect]
    if value in known:
        return Effect(str(value))
    raise ContractError(
        f"'effect' must be one of {', '.join(known)}, not {value!r}", where=where, nearest=nearest(str(value), known)
    )


def _boolean(value: Any, key: str, where: str) -> bool:
    if not isinstance(value, bool):
        raise ContractError(f"{key!r} must be true or false, not {_type(value)} {value!r}", where=where)
    return value


def _names(value: Any, where: str) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value]
    if not listed:
        raise ContractError("'compensate' names no handler", where=where)
    return tuple(_name(item, "compensate", where) for item in listed)


def _name(value: Any, key: str, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ContractError(f"{key!r} must be a name, not {_type(value)} {value!r}", where=where)
    return str.__str__(value)


def _type(value: Any) -> str:
    names = {bool: "a boolean", int: "a number", float: "a number", str: "the text", list: "a list", type(None): "null"}
    for kind, name in names.items():
        if isinstance(value, kind):
            return name
    return "a dictionary" if isinstance(value, Mapping) else f"a {type(value).__name__}"
