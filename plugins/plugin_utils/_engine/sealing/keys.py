# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run's data key: AES-256-GCM, a random nonce for each text, bound to the place that the text is for."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import astuple
from typing import NoReturn

from ..slotted import dataclass
from .refusals import SealBrokenError

CAPTURED = "captured"
"""Stands for an item where a text is what a step captures for its compensation; keys of items have a dot."""

_FORM = "$saga-sealed;1;AES-256-GCM;"
_FAMILY = "$saga-sealed;"
_KEY = 32
_NONCE = 12


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed text belongs, and nowhere else; `item` is empty for a whole step."""

    run: str
    host: str
    key: str
    item: str = ""


class DataKey:
    """The key that seals a run's texts. It shows itself to nobody, and goes to no other process but by a fork."""

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        if len(secret) != _KEY:
            raise ValueError(f"a data key has {_KEY} bytes, not {len(secret)}")
        self._secret = secret

    @classmethod
    def fresh(cls) -> DataKey:
        """Return a new key."""
        return cls(os.urandom(_KEY))

    @classmethod
    def of(cls, told: str) -> DataKey:
        """Return the key that was told; raise ValueError if that is none."""
        return cls(base64.b64decode(told.strip(), validate=True))

    def told(self) -> str:
        """Return the key in the clear, for the vault that seals it, and for nobody else."""
        return base64.b64encode(self._secret).decode("ascii")

    def seal(self, text: str, place: Place) -> str:
        """Return a text sealed for a place."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415  most runs need none of it

        # Random, not counted: several processes seal with one key, and none of them knows where the others are.
        # A run would have to seal four thousand million texts before two nonces were likely to be equal.
        nonce = os.urandom(_NONCE)
        sealed = AESGCM(self._secret).encrypt(nonce, text.encode("utf-8", "surrogatepass"), _bound(place))
        return _FORM + base64.b64encode(nonce + sealed).decode("ascii")

    def open(self, sealed: str, place: Place) -> str:
        """Return a text that was sealed for this place, as it was; raise SealBrokenError for any other."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

        if not sealed.startswith(_FORM):
            raise SealBrokenError(place.run, host=place.host, key=place.key, why="it is of a form that is not known")
        try:
            data = base64.b64decode(sealed.removeprefix(_FORM), validate=True)
            text = AESGCM(self._secret).decrypt(data[:_NONCE], data[_NONCE:], _bound(place))
        except (InvalidTag, ValueError):
            why = "somebody has changed it, or it is of another step, or of another run"
            raise SealBrokenError(place.run, host=place.host, key=place.key, why=why) from None
        return text.decode("utf-8", "surrogatepass")

    def __repr__(self) -> str:
        return "DataKey(...)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a data key is not written down")


def is_sealed(text: str) -> bool:
    """Tell whether a text is sealed, in whichever form: what is stored in the clear is JSON and begins otherwise."""
    return text.startswith(_FAMILY)


def unsealed(text: str, place: Place, key: DataKey | None) -> str:
    """Return a text that may be sealed in the clear; raise SealBrokenError if it does not open, or without a key."""
    if not is_sealed(text):
        return text
    if key is None:
        raise SealBrokenError(place.run, host=place.host, key=place.key, why="the run has no key")
    return key.open(text, place)


def _bound(place: Place) -> bytes:
    return json.dumps(["saga.ops", 1, *astuple(place)]).encode("ascii")
