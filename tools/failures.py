# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Write docs/failures.md from what tests/crash/test_failures.py has seen: `python tools/failures.py`."""

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "failures.md"
SEEN = ROOT / "tests" / "crash" / "failures.yml"

KINDS = {
    "failed": "The module says that it failed, and has done nothing.",
    "unreachable": "The target cannot be reached when the step starts.",
    "timeout": "*Act* has had its effect, and hangs then until Ansible's `timeout` ends it.",
    "killed worker": "*Act* has had its effect when its worker is killed, by SIGKILL or the kernel's OOM killer.",
    "killed controller": "*Act* has had its effect when `ansible-playbook` is killed; its worker lives on.",
    "killed with all its workers": "*Act* has had its effect when all is killed at once: the power fails, say.",
    "lost lease": "*Act* has had its effect when somebody frees its target with `saga unlock`.",
    "lost journal": "*Act* has had its effect when the journal goes away; it is back before the next start.",
    "SIGTERM": "*Act* has had its effect and is still at work when `ansible-playbook` is told to end.",
    "worker out of memory": "*Act* has had its effect when its worker gets no more memory (`ulimit -v`, say).",
    "target rebooted by the step": "*Act* has had its effect, and breaks its own connection as a reboot does.",
}

EFFECTS = {
    "none": "none",
    "idempotent": "side effect, idempotent",
    "with verify": "side effect, `verify`",
    "without verify": "side effect, no `verify`",
    "irreversible": "irreversible",
}

HEAD = """\
<!--
SPDX-License-Identifier: GPL-3.0-or-later
Copyright (c) 2026, the saga.ops contributors

tools/failures.py writes this page from what tests/crash/test_failures.py has seen.
-->

# What follows a failure

Every way in which a step can go wrong, for every kind of effect. Each row is a real run: a play of three steps on one
host. *Make* can be undone. *Act* goes wrong in the way that the heading names; its contract has the effect in the
first column. *After* comes last. No policy is written down, so the run goes back if there is anything to undo; where
there is nothing, it stops instead. With `on_failure` and `on_in_doubt` you choose otherwise, see
[contracts](contract.md).

- **The run is** what `saga runs` says after the first command.
- **Act is** what `saga status` says of the step, and what it says a resume does with it.
- **Type next** is the last line of `saga status`.
- **Then** is how it ends when you do that. Whoever is asked looks at the target first, and answers *done* or *retry*.
- **At the target** are the effects in their order: *unmade* and *unacted* are the compensations of *made* and *acted*.
"""

_TABLE = """
| effect | the run is | Act is | type next | then | at the target |
|---|---|---|---|---|---|
"""


def page() -> str:
    """Return the whole page."""
    seen = yaml.safe_load(SEEN.read_text(encoding="utf-8"))
    return HEAD + "".join(_section(kind, why, seen[kind]) for kind, why in KINDS.items())


def _section(kind: str, why: str, seen: dict[str, Any]) -> str:
    rows = "\n".join(_row(words, seen[effect]) for effect, words in EFFECTS.items())
    return f"\n## {kind[:1].upper()}{kind[1:]}\n\n{why}\n{_TABLE}{rows}\n"


def _row(effect: str, seen: dict[str, Any]) -> str:
    step = seen["step"] if seen["resume"] == "nothing" else f"{seen['step']}: {seen['resume']}"
    command = seen["next"] if seen["next"] in {"nothing", "the same command"} else f"`{seen['next']}`"
    happened = ", ".join(seen["effects"])
    return f"| {effect} | {seen['run']} | {step} | {command} | {seen['then']} | {happened} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
