# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of ``saga check`` inside of ansible-lint: ``ansible-lint -R -r THIS_FOLDER``.

One rule of ansible-lint for each of ours, under the same id, so that its lists and ours mean the same. ansible-lint
asks each of them about each playbook; a playbook is judged once, by a process of its own, because ansible-core keeps
what it has loaded for the rest of a process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

import ansible_collections
from ansiblelint.errors import MatchError
from ansiblelint.file_utils import Lintable
from ansiblelint.rules import AnsibleLintRule

_COLLECTIONS = Path(__file__).absolute().parents[4]

if find_spec("ansible_collections.saga") is None:  # in a folder of collections that ansible-lint does not know of yet
    ansible_collections.__path__.append(str(_COLLECTIONS))

from ansible_collections.saga.ops.plugins.plugin_utils._engine.rules import RULES, Rule, Severity

_PAGE = Path(__file__).absolute().parents[2] / "docs" / "rules.md"
_SEVERITIES = {Severity.ERROR: "HIGH", Severity.WARNING: "MEDIUM", Severity.NOTE: "INFO"}
_CHECK = "import sys; from ansible_collections.saga.ops.plugins.plugin_utils._cli.main import main; sys.exit(main())"


@cache
def judged(playbook: str) -> tuple[Sequence[dict[str, Any]], str]:
    """Return what is found in a playbook, or why it cannot be judged."""
    path = os.pathsep.join([*filter(None, [os.environ.get("PYTHONPATH")]), str(_COLLECTIONS.parent)])
    command = [sys.executable, "-c", _CHECK, "check", "--format", "json", playbook]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": path}, check=False, capture_output=True, text=True, encoding="utf-8"
    )
    try:
        return json.loads(done.stdout)["findings"], ""
    except ValueError:
        return (), done.stderr.strip().rpartition("saga: ")[2] or f"saga check ended with {done.returncode}"


class SagaUnreadable(AnsibleLintRule):
    """The playbook cannot be judged by saga check."""

    id = "saga-unreadable"
    description = "Its contracts are not judged. The message says why it cannot be read."
    severity = "VERY_HIGH"
    tags: ClassVar[list[str]] = ["saga", "syntax"]
    version_changed = "0.1.0"

    def matchyaml(self, file: Lintable) -> list[MatchError]:
        """Say why a playbook cannot be judged."""
        why = judged(str(file.path))[1] if file.kind == "playbook" else ""
        return [self.create_matcherror(message=why, filename=file)] if why else []


class SagaRule(AnsibleLintRule):
    """One of our rules; those that follow fill it in."""

    id = ""
    version_changed = "0.1.0"

    @property
    def url(self) -> str:
        """Where the rule is explained, in the collection as it is installed."""
        name = RULES[self.id].name
        return f"{_PAGE.as_uri()}#{self.id.lower()}-{name}"

    def matchyaml(self, file: Lintable) -> list[MatchError]:
        """Return what this rule finds in a playbook, in whichever file it is."""
        return [*self._matches(file)] if file.kind == "playbook" else []

    def _matches(self, file: Lintable) -> Iterator[MatchError]:
        for finding in judged(str(file.path))[0]:
            if finding["rule"] == self.id and not finding["suppressed"]:
                where = file if Path(finding["file"]) == file.path else Lintable(finding["file"])
                yield self.create_matcherror(
                    message=finding["message"],
                    lineno=max(finding["line"], 1),
                    details=finding["mend"],
                    filename=where,
                )


def _made(rule: Rule) -> type[SagaRule]:
    """Return ansible-lint's rule for one of ours; "experimental" is its word for what only warns."""
    facts = {
        "__doc__": rule.summary,
        "__module__": __name__,
        "id": rule.id,
        "description": f"{rule.why} {rule.mend}",
        "severity": _SEVERITIES[rule.severity],
        "tags": ["saga", rule.name, "unpredictability"] + ([] if rule.severity is Severity.ERROR else ["experimental"]),
        "_help": f"# {rule.id} {rule.name}\n\n{rule.why}\n\n{rule.mend}\n\n```yaml\n{rule.snippet}\n```\n",
    }
    return type(rule.id, (SagaRule,), facts)


_OURS = tuple(_made(rule) for rule in RULES.values())
