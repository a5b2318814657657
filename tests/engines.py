# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The playbook of docs/engines, and a world for it: `orders`, a program that writes down what it was asked to do."""

import contextlib
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from planned_exports import exported

EXAMPLES = Path(__file__).resolve().parents[1] / "docs" / "engines"
ORDERS = """#!/bin/sh
[ ! -e "$0.$1.fails" ] || exit 1
[ ! -e "$0.$1.hangs" ] || { rm "$0.$1.hangs"; touch "$0.hanging"; exec sleep 120; }
echo "$1" >>"$0.did"
"""


@dataclass(frozen=True)
class Ended:
    code: int
    word: str
    output: str


class Engine:
    """Starts nodes of one execution, as an engine does: a process for each, and the word that it leaves."""

    def __init__(self, project, run="wf-1"):
        self.project = project
        self.run = run
        self.tools = project.folder / "tools"
        self.tools.mkdir()
        self.orders = self.tools / "orders"
        self.orders.write_text(ORDERS)
        self.orders.chmod(0o755)
        project.write("move.yml", (EXAMPLES / "move.yml").read_text())
        self.script = project.folder / "play.sh"
        self.script.write_text(exported(project, "move.yml", "script"))

    def did(self):
        """Return what was done, in order."""
        with contextlib.suppress(FileNotFoundError):
            return (self.tools / "orders.did").read_text().split()
        return []

    def let(self, what):
        """Let an order fail or hang from now on, as in "switch.fails"."""
        (self.tools / f"orders.{what}").touch()

    def mend(self, what):
        (self.tools / f"orders.{what}").unlink()

    def environment(self, **more):
        path = f"{self.tools}:{self.project.bin}:{os.environ['PATH']}"
        known = {"PATH": path, "RUN": self.run, "INVENTORY": "inventory.yml"}
        return self.project.environment(**(known | {"RESULT": str(self.project.folder / "result")} | more))

    def start(self, **node):
        with (self.project.folder / "output").open("w") as output:
            return subprocess.Popen(
                ["sh", self.script],
                cwd=self.project.folder,
                env=self.environment(**node),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def play(self, last_play, answer=""):
        return self.wait(self.start(LAST_PLAY=last_play, ANSWER=answer))

    def wait(self, process):
        process.wait(120)
        result = self.project.folder / "result"
        word = result.read_text().strip() if result.exists() else ""
        result.unlink(missing_ok=True)
        return Ended(process.returncode, word, (self.project.folder / "output").read_text())

    def hangs(self):
        return (self.tools / "orders.hanging").exists()
