# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``saga check``: what is wrong with the contracts of a playbook, before anything runs.

It takes the playbooks and options of ansible-playbook as they are; only its own options are not passed on.

``--format json`` prints one document: ``{"schema": 1, "findings": [...], "counts": {...}}``. A finding has ``rule``,
``name`` (the rule's), ``severity``, ``file``, ``line`` (0: the whole file), ``task`` (empty: a play, a file),
``message``, ``mend`` (YAML), ``is_contradiction``, and ``suppressed``: null, or ``{"reason": ...}`` of the comment that
excuses it.
``counts`` has a number for each severity, and one for ``suppressed``, which the others leave out.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .._engine.plan.outline import Outline
from .._engine.rules import RULES, Finding, Severity, check, counted, read
from .._screen.screen import Screen
from . import facts, sarif
from .exits import Exit
from .planned import outline
from .release import version

HELP = "find what is wrong with the contracts of a playbook, before it runs"
USAGE = "saga check [--format {text,json,sarif}] [--strict] [--rules] PLAYBOOK ... [options of ansible-playbook]"
HAS_JOURNAL = False

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}


def add_arguments(parser: ArgumentParser) -> None:
    """Add what only this command takes."""
    parser.add_argument("--format", choices=["text", "json", "sarif"], default="text", help="how to print the findings")
    parser.add_argument("--strict", action="store_true", help="refuse warnings, too")
    parser.add_argument("--rules", action="store_true", help="list the rules, and check nothing")


def do(arguments: Namespace) -> Exit:
    """Print what the rules find in the playbooks, or the rules."""
    if arguments.rules:
        return _list_the_rules(arguments.format)
    return judge(outline(arguments), form=arguments.format, is_strict=arguments.strict)


def judge(found: Outline, *, form: str, is_strict: bool) -> Exit:
    """Print what the rules find in a workflow, and say whether it is fine."""
    findings = check(found, read)
    if form == "sarif":
        print(json.dumps(sarif.document(findings, version=version(), root=Path.cwd()), indent=2))
    elif form == "json":
        print(facts.document(findings=[_facts(finding) for finding in findings], counts=_counts(findings)))
    else:
        _draw(findings)
    refused = {Severity.ERROR, Severity.WARNING} if is_strict else {Severity.ERROR}
    return Exit.REFUSED if any(not each.is_excused and each.severity in refused for each in findings) else Exit.FINE


def _list_the_rules(form: str) -> Exit:
    if form == "text":
        heads = ("rule", "severity", "name", "finds")
        rows = [(rule.id, str(rule.severity), rule.name, rule.summary) for rule in RULES.values()]
        Screen().table(heads, rows, folding=("finds",))
    else:
        told = [
            {
                "id": rule.id,
                "name": rule.name,
                "severity": rule.severity,
                "summary": rule.summary,
                "why": rule.why,
                "mend": rule.mend,
            }
            for rule in RULES.values()
        ]
        print(facts.document(rules=told))
    return Exit.FINE


def _draw(findings: Sequence[Finding]) -> None:
    screen = Screen()
    for finding in findings:
        if not finding.is_excused:
            screen.line(
                f"{finding.where}: {finding.rule} {finding.severity}: {finding.message}",
                style=_STYLES[finding.severity],
            )
            for line in finding.mend.splitlines():
                screen.line(f"    {line}")
    screen.line(counted(findings))


def _facts(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "name": RULES[finding.rule].name,
        "severity": finding.severity,
        "file": finding.file,
        "line": finding.line,
        "task": finding.task,
        "message": finding.message,
        "mend": finding.mend,
        "is_contradiction": finding.is_contradiction,
        "suppressed": {"reason": finding.excuse} if finding.is_excused else None,
    }


def _counts(findings: Sequence[Finding]) -> dict[str, int]:
    those = [finding.severity for finding in findings if not finding.is_excused]
    return {**{str(each): those.count(each) for each in Severity}, "suppressed": len(findings) - len(those)}
