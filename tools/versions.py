# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The versions of ansible-core that saga.ops is tested on, for whoever needs them.

    python3 tools/versions.py                # write README's table of them
    python3 tools/versions.py all            # 2.16 2.17 ...
    python3 tools/versions.py pythons 2.16   # the Pythons that can run it

It needs nothing that is not in Python, for the Makefile asks it before there is any environment.
"""

import re
import runpy
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
LIST = ROOT / "plugins" / "plugin_utils" / "_bridge" / "core" / "versions.py"

TESTED = runpy.run_path(str(LIST))["TESTED"]
TABLE = re.compile(r"(?<=<!-- tools/versions\.py writes this table -->\n\n).*?\n(?=\n)", re.DOTALL)


def written(readme: str) -> str:
    """Return the README with its table as it has to be."""
    rows = [f"| {core} | {', '.join(pythons)} |\n" for core, pythons in TESTED.items()]
    return TABLE.sub("".join(["| ansible-core | Python on the controller |\n", "|---|---|\n", *rows]), readme)


def main(question: str = "", *about: str) -> None:
    """Answer what the arguments ask."""
    if question == "all":
        print(*TESTED)
    elif question == "pythons":
        print(*TESTED[about[0]])
    else:
        README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
