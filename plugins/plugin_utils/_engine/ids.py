# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Identifiers: ULIDs (https://github.com/ulid/spec), 26 characters that sort by time of birth."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from functools import lru_cache

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CHARACTERS = bytes(ord(_ALPHABET[byte & 31]) for byte in range(256))  # of each byte, by its last five bits


def ulid(moment: float) -> str:
    """Return a new ULID: 48 bits of milliseconds since the epoch, then 80 random bits."""
    born = int(moment * 1000) & ((1 << 48) - 1)
    rest = os.urandom(16).translate(_CHARACTERS).decode("ascii")
    return f"{_second(born >> 10)}{_ALPHABET[born >> 5 & 31]}{_ALPHABET[born & 31]}{rest}"


@lru_cache(maxsize=16)
def _second(born: int) -> str:
    """Return the characters that identifiers of one second, of 1024 milliseconds, have in common."""
    return "".join(_ALPHABET[(born >> shift) & 31] for shift in range(35, -1, -5))


def digest(*parts: str, length: int = 64) -> str:
    """Return a SHA-256 in hexadecimal over the parts, cut to `length`; no two lists of parts collide by joining."""
    pieces: list[bytes] = []
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        pieces += (len(data).to_bytes(8, "big"), data)
    return hashlib.sha256(b"".join(pieces)).hexdigest()[:length]


def mark(key: bytes, *parts: str) -> str:
    """Return a digest that tells nothing without the key; what is before the dot tells which key it was."""
    return f"{_keyed(key, 'key')[:8]}.{_keyed(key, 'value', *parts)[:32]}"


def _keyed(key: bytes, *parts: str) -> str:
    return hmac.new(key, digest(*parts).encode("ascii"), hashlib.sha256).hexdigest()


def may_be_name(text: str) -> bool:
    """Tell whether a text may name a folder as it is: it leads to no other."""
    return re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}", text) is not None


def folder_name(text: str) -> str:
    """Return the name of a folder for a text, which is a journal's, and may be anybody's: itself, or else a digest."""
    return text if may_be_name(text) else f"_{digest(text, length=40)}"
