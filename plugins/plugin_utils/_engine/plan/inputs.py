# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Extra vars by the marks of their values: which of them are not what they were when a step was done."""

from __future__ import annotations

from collections.abc import Mapping

from ..records import Inputs
from ..slotted import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The extra vars that a command line gives, and the names of those that are not as the last attempt had them."""

    marks: Mapping[str, str] = field(default_factory=dict)
    changed: frozenset[str] = frozenset()


def given(before: Mapping[str, str] | None, now: Mapping[str, str]) -> Given:
    """Return what is given now, against what was before; None: nobody knows."""
    names = {*before, *now} if before is not None else set()
    changed = frozenset(name for name in names if is_other((before or {}).get(name), now.get(name)))
    return Given(marks=now, changed=changed)


def others(done_with: Inputs | None, named: Inputs, given: Given) -> set[str]:
    """Return the extra vars that a step names, or named, and that are not what it was done with.

    `done_with` is None where nobody knows. A name that is only `named` now has come into the text by way of another
    variable, unless it is given since: that alone is no change of an extra var.
    """
    if done_with is None:
        return set()
    known = dict(done_with)
    changed = {name for name, mark in known.items() if is_other(mark, given.marks.get(name))}
    return changed | {name for name, _mark in named if name not in known and name in given.changed}


def is_other(was: str | None, now: str | None) -> bool:
    """Tell whether two marks are of different values; those of different keys cannot be compared."""
    if was is None or now is None:
        return was is not now
    return was != now and is_comparable(was, now)


def is_comparable(was: str, now: str) -> bool:
    """Tell whether two marks were made with one key, which stands before the dot."""
    return was.partition(".")[0] == now.partition(".")[0]
