# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule held against a task. What is known only when the task runs is answered with care."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from typing import Any

from ...promises import Effect
from ...slotted import dataclass
from .rules import Case, Entry, Rule, Task, plain

_TEMPLATE = re.compile(r"\{\{|\{%")
_OMIT = re.compile(r"\bomit\b")


class Fit(IntEnum):
    """Whether a condition holds; of several, the smallest counts."""

    NO = 0
    MAYBE = 1
    YES = 2


def answer(rule: Rule, task: Task) -> Entry:
    """Return what a rule says of a task: its first case that holds, or the most careful of those that may."""
    look = _Look(rule, task)
    possible: list[Case] = []
    for case in rule.cases:
        fit = look.fit(case)
        if fit is not Fit.NO:
            possible.append(case)
        if fit is Fit.YES:
            break
    place = f" ({rule.where})" if rule.where else ""
    return _entry(possible, look.told(possible) + place)


def _entry(possible: Sequence[Case], why: str) -> Entry:
    effects = {case.effect for case in possible}
    is_certain = len(effects) == 1
    # A pivot stops the way back, so a step is none until that is certain; until then it is not repeated unasked either.
    return Entry(
        effect=possible[0].effect if is_certain else Effect.SIDE_EFFECT,
        is_idempotent=all(case.is_idempotent for case in possible)
        and (is_certain or Effect.IRREVERSIBLE not in effects),
        is_known=all(case.is_known for case in possible),
        why=why,
    )


@dataclass(frozen=True, slots=True)
class _Look:
    """A task's arguments, seen through a rule's aliases and defaults."""

    rule: Rule
    task: Task

    def fit(self, case: Case) -> Fit:
        """Tell whether all conditions of a case hold."""
        return min(self._conditions(case), default=Fit.YES)

    def told(self, possible: Sequence[Case]) -> str:
        """Tell which line of the rule it was."""
        name = self.task.module
        if not all(case.is_known for case in possible):
            return f"{name} may do anything"
        if len(possible) > 1:
            unsaid = list(dict.fromkeys(arg for case in possible for arg in self._unsaid(case)))
            return f"{name}, whose {' and '.join(unsaid)} {'is' if len(unsaid) == 1 else 'are'} known only when it runs"
        case = possible[0]
        holds = [*self._values(case), *self._given(case), *["changed_when: false"] * case.is_never_changed]
        has = f" with {' and '.join(holds)}" if holds else ""
        lacks = f", without {' or '.join(case.missing)}" if case.missing else ""
        return f"{name}{has}{lacks}"

    def _conditions(self, case: Case) -> Iterator[Fit]:
        if case.is_never_changed:
            yield Fit.YES if self.task.is_never_changed else Fit.NO
        for name, values in case.when:
            yield self._has(name, values)
        if case.given:
            yield max(self._is_given(name) for name in case.given)
        for name in case.missing:
            yield Fit(Fit.YES - self._is_given(name))

    def _has(self, name: str, values: frozenset[str]) -> Fit:
        if not (found := self._found(name)):
            if self._is_all_unsaid:
                return Fit.MAYBE
            return Fit.YES if plain(self.rule.defaults.get(name, "")) in values else Fit.NO
        value = found[0]
        if not _is_literal(value):
            return Fit.MAYBE
        return Fit.YES if plain(value) in values else Fit.NO

    def _is_given(self, name: str) -> Fit:
        values = [value for value in self._found(name) if value not in (None, "", [], {})]
        if any(not _is_templated(value) or not _OMIT.search(value) for value in values):
            return Fit.YES
        return Fit.MAYBE if values or self._is_all_unsaid else Fit.NO

    def _found(self, name: str) -> list[Any]:
        names = (name, *self.rule.aliases.get(name, ()))
        return [self.task.args[key] for key in names if key in self.task.args]

    @property
    def _is_all_unsaid(self) -> bool:
        """Tell whether the arguments come from a variable, so that any of them may be there."""
        free = str(self.task.args.get("_raw_params") or "").strip()
        return "_variable_params" in self.task.args or (free.startswith("{{") and free.endswith("}}"))

    def _unsaid(self, case: Case) -> Iterator[str]:
        for name, values in case.when:
            if self._has(name, values) is Fit.MAYBE:
                yield name
        for name in (*case.given, *case.missing):
            if self._is_given(name) is Fit.MAYBE:
                yield name

    def _values(self, case: Case) -> Iterator[str]:
        asked: Iterable[str] = [name for name, _values in case.when]
        if case is self.rule.cases[-1]:  # what it has is what no other case asks for
            asked = dict.fromkeys(name for other in self.rule.cases for name, _values in other.when)
        for name in asked:
            value = next(iter(self._found(name)), self.rule.defaults.get(name, ""))
            if value != "" and _is_literal(value):
                yield f"{name} {value}"

    def _given(self, case: Case) -> Iterator[str]:
        return (name for name in case.given if self._is_given(name) is Fit.YES)


def _is_templated(value: Any) -> bool:
    return isinstance(value, str) and _TEMPLATE.search(value) is not None


def _is_literal(value: Any) -> bool:
    """Tell whether a value can be read before the task runs; one that is encrypted or has parts cannot."""
    return isinstance(value, (str, bool, int, float)) and not _is_templated(value)
