# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What findings mean for a run that is about to begin."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum

from ..slotted import dataclass
from .catalogue import RULES
from .finding import Finding, Severity


class Enforce(StrEnum):
    """How strict a run is with findings, as the option ``saga_enforce`` says it."""

    ERROR = "error"  # errors refuse it, warnings warn
    WARN = "warn"  # errors and warnings warn
    OFF = "off"  # only a contradiction matters


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The findings for which a run may not begin, and those that it begins with a warning about."""

    refused: tuple[Finding, ...] = ()
    warned: tuple[Finding, ...] = ()


def verdict(findings: Iterable[Finding], enforce: str) -> Verdict:
    """Decide about findings; what an author contradicts in his own words is refused whatever is enforced."""
    wanted = Enforce(enforce)
    refused, warned = [], []
    for finding in findings:
        if finding.is_excused:
            continue
        if finding.is_contradiction or (wanted is Enforce.ERROR and finding.severity is Severity.ERROR):
            refused.append(finding)
        elif wanted is not Enforce.OFF and finding.severity is not Severity.NOTE:
            warned.append(finding)
    return Verdict(refused=tuple(refused), warned=tuple(warned))


def summary(findings: Sequence[Finding], playbooks: Sequence[str] = ("PLAYBOOK",)) -> str:
    """Return a line for the start of a run: how many of each rule, and how to see them; of no findings, nothing."""
    those = [finding for finding in findings if not finding.is_excused]
    if not those:
        return ""
    of_each = Counter(finding.rule for finding in those)
    listed = ", ".join(f"{rule} {RULES[rule].name} ({of_each[rule]})" for rule in sorted(of_each))
    return f"{counted(findings)} in the contracts: {listed}; see them with: saga check {shlex.join(playbooks)}"


def counted(findings: Iterable[Finding]) -> str:
    """Return how many findings there are of each severity, and how many are excused, in words."""
    those = [*findings]
    numbers = Counter(finding.severity for finding in those if not finding.is_excused)
    told = [
        f"{numbers[severity]} {severity}{'s' * (numbers[severity] > 1)}" for severity in Severity if numbers[severity]
    ]
    excused = sum(finding.is_excused for finding in those)
    return ", ".join(told or ["no findings"]) + (f" ({excused} excused by noqa)" if excused else "")
