# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Write docs/options.md from the documented options: `python tools/options.py`."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.saga.ops.plugins.doc_fragments import _audit, _parts, _redis, _saga, _secrets

PAGE = Path(__file__).resolve().parent.parent / "docs" / "options.md"

HEAD = """\
<!--
SPDX-License-Identifier: GPL-3.0-or-later
Copyright (c) 2026, the saga.ops contributors

tools/options.py writes this page from plugins/doc_fragments/_saga.py, and _parts.py, _secrets.py, _audit.py and
_redis.py beside it.
-->

# Options

They are read once, when the first durable play of a process starts. Where one is given more than once, the variable
comes before the environment, and that before `ansible.cfg`. A variable may stand among the play's `vars` or come with
`-e`; variables of hosts and groups are not looked at. `ansible-doc -t strategy saga.ops.linear` shows the same.

| variable | environment | `ansible.cfg` | default | what it does |
|---|---|---|---|---|
"""

FOOT = """
```ini
[saga]
journal = /var/lib/saga/journal.db
lock_wait = 10m
```

Times are a number of seconds, or like `30s`, `5m`, `1h`.
"""


def page() -> str:
    """Return the whole page."""
    fragments = [
        yaml.safe_load(room.ModuleDocFragment.DOCUMENTATION) for room in (_saga, _parts, _secrets, _audit, _redis)
    ]
    return HEAD + "".join(_row(option) for found in fragments for option in found["options"].values()) + FOOT


def _row(option: Mapping[str, Any]) -> str:
    ini = ", ".join(f"`[{entry['section']}] {entry['key']}`" for entry in option.get("ini", ()))
    default = f"`{option['default']}`" if option.get("default") not in {None, ""} else ""
    told = " ".join(_marked(sentence) for sentence in option["description"])
    return f"| {_named(option.get('vars', ()))} | {_named(option['env'])} | {ini} | {default} | {told} |\n"


def _named(entries: Iterable[Mapping[str, str]]) -> str:
    return ", ".join(f"`{entry['name']}`" for entry in entries)


def _marked(sentence: str) -> str:
    """Turn Ansible's markup, V(value) and C(code), into Markdown's."""
    return re.sub(r"\b[CV]\(([^)]*)\)", r"`\1`", sentence)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
