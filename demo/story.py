# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What the reader sees."""

import textwrap
import time
from pathlib import Path


class Story:
    """Acts, sentences, and checks that are counted."""

    def __init__(self, *, is_verbose: bool) -> None:
        """Begin; a verbose story quotes logs."""
        self.is_verbose = is_verbose
        self.started = time.monotonic()
        self.held = 0
        self.broken = 0

    def act(self, title: str) -> None:
        """Open an act."""
        print(f"\n[{time.monotonic() - self.started:3.0f} s] {title}", flush=True)

    def say(self, text: str) -> None:
        """Tell what happens."""
        print(textwrap.indent(text.rstrip(), " " * 8), flush=True)

    def quote(self, log: Path) -> None:
        """Show what saga.ops said in a log of ansible-playbook; in a verbose story, all of it."""
        lines = [line for line in log.read_text().splitlines() if self.is_verbose or line.startswith("saga: ")]
        self.say("\n".join(f"| {line}" for line in lines))

    def check(self, sentence: str, *objections: object) -> None:
        """Tell whether a sentence is true: it is, when there is no objection."""
        found = [textwrap.indent(str(objection)[:2000], "  ") for objection in objections if objection]
        self.held += not found
        self.broken += bool(found)
        self.say("\n".join([f"{'[BROKEN]' if found else '[ok]'} {sentence}", *found]))

    def ends_well(self) -> bool:
        """Tell how many checks held; return whether all did."""
        seconds = time.monotonic() - self.started
        verdict = (
            f"{self.broken} checks are broken, {self.held} held" if self.broken else f"All {self.held} checks held"
        )
        print(f"\n{verdict}, in {seconds:.0f} s.", flush=True)
        return not self.broken
