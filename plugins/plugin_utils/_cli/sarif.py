# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings as SARIF 2.1.0, the format that code hosts and editors read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from .._engine.rules import RULES, Finding, Rule

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ORDER = [*RULES]


def document(findings: Iterable[Finding], *, version: str, root: Path) -> dict[str, Any]:
    """Return a log of one run; files below `root` are named from there."""
    driver = {"name": "saga check", "version": version, "rules": [_rule(rule) for rule in RULES.values()]}
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "results": [_result(finding, root) for finding in findings],
            }
        ],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    words = "".join(part.title() for part in rule.name.split("-"))
    return {
        "id": rule.id,
        "name": words,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": f"{rule.summary} {rule.why}"},
        "help": {
            "text": f"{rule.why}\n\n{rule.mend}\n\n{rule.snippet}",
            "markdown": f"{rule.why}\n\n{rule.mend}\n\n```yaml\n{rule.snippet}\n```",
        },
        "defaultConfiguration": {"level": str(rule.severity)},
    }


def _result(finding: Finding, root: Path) -> dict[str, Any]:
    region = {"region": {"startLine": finding.line}} if finding.line else {}
    place = {"physicalLocation": {"artifactLocation": {"uri": _uri(finding.file, root)}, **region}}
    logical = {"logicalLocations": [{"name": finding.task, "kind": "member"}]} if finding.task else {}
    excused = {"suppressions": [{"kind": "inSource", "justification": finding.excuse}]} if finding.is_excused else {}
    return {
        "ruleId": finding.rule,
        "ruleIndex": _ORDER.index(finding.rule),
        "level": str(finding.severity),
        "message": {"text": finding.message},
        "locations": [{**place, **logical}],
        "partialFingerprints": {"sagaTask/v1": _fingerprint(finding)},
        **excused,
    }


def _uri(file: str, root: Path) -> str:
    path = Path(file)
    if path.is_absolute() and path.is_relative_to(root):
        path = path.relative_to(root)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


def _fingerprint(finding: Finding) -> str:
    """Return a mark that stays when lines move: the rule, the file and what the finding is about."""
    about = finding.task or finding.message
    return hashlib.sha256(f"{finding.rule}\0{finding.file}\0{about}".encode()).hexdigest()[:32]
