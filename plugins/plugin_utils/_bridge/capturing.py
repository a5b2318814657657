# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that a step's compensation will need, kept as they are right after the step: the contract's ``capture``.

The expressions are the playbook's, so they may be templated; what they yield is data, stored without any mark of trust.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible.errors import AnsibleError
from ansible.template import Templar
from ansible.utils.display import Display

from .._engine import codec
from .._engine.errors import ContractError
from .._engine.meeting import Captured, Reference
from .._engine.promises import Contract
from .._engine.sealing import CAPTURED, Place
from . import results
from .core import text
from .sealing import Cover

_YES = frozenset({"true", "yes", "on", "1"})
display = Display()

Complain = Callable[[str], None]


def closed(contract: Contract, what: str, no_log: Any, where: str) -> ContractError | None:
    """Return the error of something whose captured values may not be stored in the clear; None: they may."""
    if not contract.capture or str(no_log).lower() not in _YES:
        return None
    return ContractError(
        f"{what!r} has 'capture' and no_log: what is captured is stored, so leave one of them away, or name in "
        f"saga_vault_id the vault id that encrypts it",
        where=where,
    )


def withheld(reference: Reference) -> Captured:
    """Return what a step captures whose result must not be shown: nothing, and that is told."""
    if not reference.contract.capture:
        return Captured()
    display.warning(
        f"saga: {reference.where}: {reference.name!r} on {reference.on} captures nothing, because of no_log"
    )
    return Captured(own=codec.encode({}))


def captured(reference: Reference, known: Mapping[str, Any], cover: Cover, *, loader: Any) -> Captured:
    """Return what a step that has ended captures, for itself and for the blocks that it is a part of.

    `known` are the variables as they are now, with its result among them.
    """
    own = reference.contract.capture
    wholes = [whole for whole in reference.wholes if whole.unit.contract.capture]
    if not own and not wholes:
        return Captured()
    text.watch()
    templar = Templar(loader=loader, variables=dict(known))

    def complain(problem: str) -> None:
        display.warning(f"saga: {reference.where}: {reference.name!r} on {reference.on}: {problem}")

    def kept(wanted: Iterable[tuple[str, str]], host: str, key: str, say: Complain) -> str:
        place = Place(cover.place.run, host, key, CAPTURED)
        return _kept(templar, wanted, place, cover, complain=say)

    return Captured(
        own=kept(own, reference.host, reference.key, complain) if own else "",
        # In a block most steps come before, or after, the one that an expression is about.
        of_units=tuple(
            (whole.key, kept(whole.unit.contract.capture, reference.on, whole.key, lambda _problem: None))
            for whole in wholes
        ),
    )


def seen_by(told: str, *, is_secret: bool) -> Mapping[str, Any]:
    """Return what a compensation sees of captured values; of secret ones it stores nothing in the clear either."""
    found = codec.decode(told) if told else {}
    found = found if isinstance(found, dict) else {}
    return dict(text.secret(found)) if is_secret else found


def _kept(
    templar: Templar, wanted: Iterable[tuple[str, str]], place: Place, cover: Cover, *, complain: Complain
) -> str:
    """Return captured values as they are stored: sealed if one of them, or what they are taken from, is secret."""
    found = _values(templar, wanted, complain, may_be_secret=cover.key is not None)
    told = codec.encode(found)
    return cover.key.seal(told, place) if cover.key and (cover.is_wanted or results.has_vaulted(found)) else told


def _values(
    templar: Templar, wanted: Iterable[tuple[str, str]], complain: Complain, *, may_be_secret: bool
) -> dict[str, Any]:
    found = {}
    for name, expression in wanted:
        template = expression if "{{" in expression or "{%" in expression else f"{{{{ {expression} }}}}"
        try:
            value = templar.template(text.trusted(template))
            is_secret = results.has_vaulted(value)
            if is_secret and not may_be_secret:
                complain(f"capture of {name!r}: it comes from a vault, so it is not stored")
                continue
            plain = codec.decode(codec.encode(value))
            found[name] = text.secret(plain) if is_secret else plain
        except AnsibleError as error:
            complain(f"capture of {name!r}: {error}")
    return found
