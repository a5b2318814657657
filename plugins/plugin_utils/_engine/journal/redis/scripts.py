# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scripts that a server runs: each is one change, whole or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from ...slotted import dataclass

Command = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A script with the keys that it touches and its arguments."""

    name: str
    keys: Sequence[str]
    arguments: Sequence[Any] = ()

    def command(self, *, is_known: bool) -> Command:
        """Return the command: by the script's digest, or with its text for a server that does not know it."""
        text, digest = _script(self.name)
        how = ("EVALSHA", digest) if is_known else ("EVAL", text)
        return (*how, len(self.keys), *self.keys, *self.arguments)


@cache
def _script(name: str) -> tuple[str, str]:
    text = files(__package__.rpartition(".")[0]).joinpath("scripts", f"{name}.lua").read_text(encoding="utf-8")
    return text, hashlib.sha1(text.encode("utf-8")).hexdigest()  # noqa: S324  how Redis names scripts
