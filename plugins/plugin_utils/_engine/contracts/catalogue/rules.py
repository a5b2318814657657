# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The records of the catalogue: what is asked of it, what it holds, what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...promises import Effect
from ...slotted import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What the catalogue may look at: the module's full name and the task's untemplated arguments."""

    module: str
    args: Mapping[str, Any] = field(default_factory=dict)
    is_never_changed: bool = False  # changed_when: false
    is_check_only: bool = False  # check_mode: true


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the catalogue says of one task."""

    effect: Effect
    is_idempotent: bool
    is_known: bool
    why: str
    """Which line said so, in a few words: ``ansible.builtin.uri with method GET``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a module does when all of its conditions hold; the last case of a rule has none."""

    effect: Effect = Effect.SIDE_EFFECT
    is_idempotent: bool = False
    is_known: bool = True
    when: tuple[tuple[str, frozenset[str]], ...] = ()
    """Arguments, each with the values it may have, as `plain` returns them."""
    given: tuple[str, ...] = ()
    """At least one of these arguments has a value."""
    missing: tuple[str, ...] = ()
    """None of these arguments has a value."""
    is_never_changed: bool = False
    """The task says ``changed_when: false``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What the catalogue holds of one module: its cases in the order in which they are tried."""

    cases: tuple[Case, ...]
    aliases: Mapping[str, tuple[str, ...]]
    defaults: Mapping[str, str]
    where: str = ""
    """file:line of a rule that a user wrote."""


_BOOLEANS = dict.fromkeys(("yes", "on", "y", "t", "1", "1.0"), "true") | dict.fromkeys(
    ("no", "off", "n", "f", "0", "0.0"), "false"
)


def plain(value: object) -> str:
    """Return an argument's value as it is compared: without case, and all spellings of true and false alike."""
    word = str(value).strip().lower()
    return _BOOLEANS.get(word, word)
