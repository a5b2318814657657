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
from . import results
from .core import text

_YES = frozenset({"true", "yes", "on", "1"})
display = Display()

Complain = Callable[[str], None]


def must_be_open(contract: Contract, what: str, no_log: Any, where: str) -> None:
    """Raise ContractError if what is captured would be stored, and may not be shown."""
    if contract.capture and str(no_log).lower() in _YES:
        raise ContractError(
            f"{what!r} has 'capture' and no_log: what is captured is stored, so leave one of them away", where=where
        )


def withheld(reference: Reference) -> Captured:
    """Return what a step captures whose result must not be shown: nothing, and that is told."""
    if not reference.contract.capture:
        return Captured()
    display.warning(
        f"saga: {reference.where}: {reference.name!r} on {reference.on} captures nothing, because of no_log"
    )
    return Captured(own=codec.encode({}))


def captured(
    reference: Reference, variables: Mapping[str, Any], result: Mapping[str, Any], *, register: str, loader: Any
) -> Captured:
    """Return what a step that has ended captures, for itself and for the blocks that it is a part of."""
    own = reference.contract.capture
    wholes = [whole for whole in reference.wholes if whole.unit.contract.capture]
    if not own and not wholes:
        return Captured()
    text.watch()
    seen = text.untrusted(dict(result))
    known = {**variables, "saga_result": seen, **({register: seen} if register else {})}
    templar = Templar(loader=loader, variables=known)

    def complain(problem: str) -> None:
        display.warning(f"saga: {reference.where}: {reference.name!r} on {reference.on}: {problem}")

    return Captured(
        own=codec.encode(_values(templar, own, complain)) if own else "",
        # In a block most steps come before, or after, the one that an expression is about.
        of_units=tuple(
            (whole.key, codec.encode(_values(templar, whole.unit.contract.capture, lambda _problem: None)))
            for whole in wholes
        ),
    )


def seen_by(payload: str) -> Mapping[str, Any]:
    """Return what a compensation sees of captured values."""
    found = codec.decode(payload) if payload else {}
    return found if isinstance(found, dict) else {}


def _values(templar: Templar, wanted: Iterable[tuple[str, str]], complain: Complain) -> dict[str, Any]:
    found = {}
    for name, expression in wanted:
        template = expression if "{{" in expression or "{%" in expression else f"{{{{ {expression} }}}}"
        try:
            value = templar.template(text.trusted(template))
            if results.has_vaulted(value):
                complain(f"capture of {name!r}: it comes from a vault, so it is not stored")
                continue
            found[name] = codec.decode(codec.encode(value))
        except AnsibleError as error:
            complain(f"capture of {name!r}: {error}")
    return found
