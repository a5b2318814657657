# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Write docs/rules.md from the rules of `saga check`: `python tools/rules.py`."""

from pathlib import Path

from ansible_collections.saga.ops.plugins.plugin_utils._engine.rules import RULES, Rule
from ansible_collections.saga.ops.plugins.plugin_utils._engine.rules.catalogue import SUBJECT, TASK

PAGE = Path(__file__).resolve().parent.parent / "docs" / "rules.md"

_SUBJECTS = {
    "SAGA004": "Install the configuration",
    "SAGA005": "Is the account open",
    "SAGA008": "Is the account open",
    "SAGA010": "lb1",
    "SAGA011": "Move",
    "SAGA012": "Move",
    "SAGA013": "Do the rest",
}
"""What stands in a snippet besides the task, where it is no handler that undoes it."""

HEAD = """\
<!--
SPDX-License-Identifier: GPL-3.0-or-later
Copyright (c) 2026, the saga.ops contributors

tools/rules.py writes this page from the rules' data.
-->

# The rules

[`saga check`](check.md) finds these. Each has a playbook that it finds fault with, and the same one mended.
"""


def page() -> str:
    """Return the whole page."""
    return HEAD + "".join(_section(rule) for rule in RULES.values())


def _section(rule: Rule) -> str:
    fails, passes = (f"[{how}](rules/{rule.id}-{how}.yml)" for how in ("fails", "passes"))
    return (
        f"\n## {rule.id} {rule.name}\n\n"
        f"**{rule.severity}.** {rule.summary} {rule.why}\n\n"
        f"{rule.mend} Example: {fails}, {passes}.\n\n"
        f"```text\n{_written(rule)}\n```\n"
    )


def _written(rule: Rule) -> str:
    return rule.snippet.replace(TASK, "Open the account").replace(SUBJECT, _SUBJECTS.get(rule.id, "Close the account"))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
