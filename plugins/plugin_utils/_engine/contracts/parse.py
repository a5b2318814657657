# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what a playbook declares to a contract; every mistake is an error that names its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

from ..errors import ContractError
from ..promises import Approval, Contract, Effect, OnDoubt, OnFailure
from ..slotted import dataclass
from . import policies, values
from .values import nearest

__all__ = ["KEYS", "Declaration", "declared_by_tags", "declared_by_vars", "nearest", "resolve"]

_TAG = "saga:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What the author said of a step; None and empty where nothing was said."""

    effect: Effect | None = None
    is_idempotent: bool | None = None
    compensate: tuple[str, ...] = ()
    id: str = ""
    verify: tuple[str, ...] = ()
    on_failure: OnFailure | None = None
    on_in_doubt: OnDoubt | None = None
    approval: Approval | None = None
    locks: tuple[str, ...] = ()
    capture: tuple[tuple[str, str], ...] = ()

    def over(self, other: Declaration) -> Declaration:
        """Return this declaration, completed by a more distant one."""
        return replace(self, **{name: getattr(other, name) for name in other.said if name not in self.said})

    @property
    def said(self) -> tuple[str, ...]:
        """The names of the fields that say something."""
        return tuple(item.name for item in fields(self) if getattr(self, item.name) not in (None, (), ""))

    @property
    def is_empty(self) -> bool:
        return self == _NOTHING

    @property
    def inherited(self) -> Declaration:
        """What the tasks inside a block have of its declaration."""
        return replace(self, **{name: getattr(_NOTHING, name) for name in OF_THE_UNIT})

    @property
    def of_the_unit(self) -> Declaration:
        """What belongs to the block as a whole."""
        return replace(_NOTHING, **{name: getattr(self, name) for name in OF_THE_UNIT})


_NOTHING = Declaration()
OF_THE_UNIT = ("compensate", "verify", "id", "capture")
"""What a block keeps for itself; the rest of its contract is its tasks'."""

_READERS: Mapping[str, tuple[str, Callable[[Any, str], Any]]] = {
    "effect": ("effect", lambda value, where: values.word(value, "effect", Effect, where)),
    "idempotent": ("is_idempotent", lambda value, where: values.boolean(value, "idempotent", where)),
    "compensate": ("compensate", lambda value, where: values.names(value, "compensate", "handler", where)),
    "id": ("id", lambda value, where: values.name(value, "id", where)),
    "verify": ("verify", lambda value, where: values.names(value, "verify", "handler", where)),
    "on_failure": ("on_failure", policies.on_failure),
    "on_in_doubt": ("on_in_doubt", lambda value, where: values.word(value, "on_in_doubt", OnDoubt, where)),
    "approval": ("approval", policies.approval),
    "locks": ("locks", lambda value, where: values.names(value, "locks", "lock", where)),
    "capture": ("capture", policies.capture),
}
KEYS = tuple(_READERS)

_TAGS = {
    "read_only": Declaration(effect=Effect.NONE),
    "idempotent": Declaration(is_idempotent=True),
    "side_effect": Declaration(effect=Effect.SIDE_EFFECT),
    "irreversible": Declaration(effect=Effect.IRREVERSIBLE),
}


def declared_by_vars(value: Any, *, where: str) -> Declaration:
    """Read ``vars: saga:``; `where` is file:line for errors."""
    if value is None:
        return _NOTHING
    told = values.dictionary(value, "saga", KEYS, where)
    readers = {key: _READERS[key] for key in told}
    return Declaration(**{name: read(told[key], where) for key, (name, read) in readers.items()})


def declared_by_tags(tags: Iterable[Any], *, where: str) -> Declaration:
    """Read the tags that begin with ``saga:``; other tags are none of our business."""
    declaration = _NOTHING
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
    if declaration.on_in_doubt is OnDoubt.VERIFY and not declaration.verify:
        raise ContractError("'on_in_doubt' is verify, and no 'verify' names a handler", where=where)
    if declaration.on_in_doubt is OnDoubt.COMPENSATE and effect is Effect.IRREVERSIBLE:
        raise ContractError("a doubt about an irreversible step cannot be compensated", where=where)
    said = {name: getattr(declaration, name) for name in declaration.said if name not in {"effect", "is_idempotent"}}
    return Contract(effect=effect, is_idempotent=is_idempotent, is_declared=not declaration.is_empty, **said)


def _joined(first: Declaration, second: Declaration, tag: str, where: str) -> Declaration:
    if second.effect is not None and first.effect not in {None, second.effect}:
        raise ContractError(f"tag {tag!r} contradicts the other saga: tags of the step", where=where)
    joined = first.over(second)
    if second.compensate and first.compensate:
        return replace(joined, compensate=(*first.compensate, *second.compensate))
    return joined
