# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who says what of a step: its own words, the blocks around it, the sidecar file, the catalogue; the nearest wins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..errors import ContractError
from ..promises import Contract, Effect, Unit
from ..slotted import dataclass, field
from .parse import Declaration, resolve

_KEYS = {"is_idempotent": "idempotent"}  # fields that are written otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A declaration, and who made it, in the words of plans: task, tag, block 'Move', sidecar."""

    source: str
    said: Declaration


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """A step's contract, where each of its words comes from, and the units that the step is a part of, inner first."""

    contract: Contract
    sources: Mapping[str, str] = field(default_factory=dict)  # by key as it is written
    units: tuple[Unit, ...] = ()
    is_known: bool = True  # False: neither declared, nor in the catalogue


def layered(layers: Sequence[Layer], default: Contract, *, why: str, where: str, is_known: bool = True) -> Promised:
    """Return what all layers, the nearest first, and the catalogue promise together; `why` is the catalogue's."""
    said = Declaration()
    sources = {"effect": why, "idempotent": why}
    for layer in layers:
        said = said.over(layer.said)
    for layer in reversed(layers):
        sources.update({_KEYS.get(name, name): layer.source for name in layer.said.said})
    if said.effect is Effect.NONE and said.is_idempotent is None:
        sources["idempotent"] = sources["effect"]
    return Promised(
        contract=resolve(_bearable(layers, said), default, where=where),
        sources=sources,
        is_known=is_known or said.effect is not None,
    )


def with_units(promised: Promised, units: Sequence[Unit]) -> Promised:
    """Return what is promised of a step that is a part of these units, inner first."""
    return replace(promised, units=tuple(units)) if units else promised


def unit(declaration: Declaration, *, path: str, name: str, where: str) -> Unit | None:
    """Return the unit that a block is, if it says of itself what a unit can say; raise ContractError."""
    said = declaration.of_the_unit
    if said.is_empty:
        return None
    if said.compensate and declaration.effect in {Effect.NONE, Effect.IRREVERSIBLE}:
        raise ContractError(f"what is {_words(declaration.effect)} cannot be compensated as a whole", where=where)
    contract = resolve(said, Contract(effect=Effect.SIDE_EFFECT), where=where)
    return Unit(path=path, name=name, where=where, contract=contract)


def _bearable(layers: Sequence[Layer], said: Declaration) -> Declaration:
    """Leave out an inherited on_in_doubt: verify where the step has no verify: that is the block's, not its tasks'."""
    own = Declaration()
    for layer in layers:
        if layer.source in {"task", "tag"}:
            own = own.over(layer.said)
    if said.on_in_doubt is None or own.on_in_doubt is not None or said.on_in_doubt != "verify" or said.verify:
        return said
    return Declaration(**{name: getattr(said, name) for name in said.said if name != "on_in_doubt"})


def _words(effect: Effect | None) -> str:
    return "irreversible" if effect is Effect.IRREVERSIBLE else "without effect"
