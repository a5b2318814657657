# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Several controllers of one run: each with a home, a project path and an inventory of its own, and one journal."""

import os
import re
import string
import subprocess
from collections import Counter, defaultdict
from pathlib import Path

from playground import Project

APART = ["unshare", "--net", "--pid", "--fork", "--mount-proc"]
"""Starts a process without a network, and where no other process of the machine is to be seen."""


def may_stand_apart():
    return os.geteuid() == 0 and subprocess.run([*APART, "true"], capture_output=True).returncode == 0


class Fleet:
    """Controllers 1, 2, ... with hosts h1a, h1b, ... each; what they do on their hosts they write to one file.

    A task waits with ``{{ wait }} NAME`` until its controller is let go, where :meth:`hold` has told it to.
    """

    def __init__(self, folder, journal="", *, controllers=4, each=3):
        self.folder = folder
        self.effects_file = folder / "effects"
        self.journal = journal or f"sqlite://{folder}/state/journal.db"
        names = {
            number: [f"h{number}{place}" for place in string.ascii_letters[:each]]
            for number in range(1, controllers + 1)
        }
        self.hosts = [host for mine in names.values() for host in mine]
        self.controllers = {
            number: Project(
                folder / f"controller{number}" / "move",
                {host: {"controller": number} for host in mine},
                journal=self.journal,
                effects=self.effects_file,
            )
            for number, mine in names.items()
        }
        self.processes = {}

    def __getitem__(self, number):
        return self.controllers[number]

    def play(self, tasks, handlers=""):
        """Write the same playbook for each of them."""
        held = rf"while test -e {self.folder}/hold-\1-{{{{ controller }}}}; do sleep 0.05; done"
        text = re.sub(r"{{ wait }} (\w+)", held, tasks).replace(
            "{{ broken }}", f"{self.folder}/broken-{{{{ controller }}}}"
        )
        for project in self.controllers.values():
            project.play(text, handlers)

    def break_down(self, *numbers):
        """Let the task that looks for ``{{ broken }}`` fail at controllers."""
        for number in numbers:
            (self.folder / f"broken-{number}").touch()

    def mend(self, *numbers):
        for number in numbers:
            (self.folder / f"broken-{number}").unlink()

    def hold(self, name, *numbers):
        """Let controllers wait where their tasks do so."""
        for number in numbers:
            (self.folder / f"hold-{name}-{number}").touch()

    def let_go(self, name, *numbers):
        for number in numbers:
            (self.folder / f"hold-{name}-{number}").unlink()

    def start(self, *numbers, slices=True, run="R1", before=(), **environment):
        """Start controllers, each at its slice of one run."""
        more = {"SAGA_SLICES": len(self.controllers)} if slices else {}
        for number in numbers:
            project = self[number]
            self.processes[number] = project.start(SAGA_RUN_ID=run, before=before, **more, **environment)

    def wait(self, *numbers, timeout=180):
        """Wait for controllers; return how each has ended."""
        return [self[number].wait(self.processes[number], timeout) for number in numbers]

    def run(self, *numbers, **keywords):
        self.start(*numbers, **keywords)
        return self.wait(*numbers)

    def end(self):
        """Leave no process behind."""
        for hold in self.folder.glob("hold-*"):
            hold.unlink()
        for process in self.processes.values():
            if process.poll() is None:
                process.kill()
                process.wait(30)

    def effects(self):
        return self.effects_file.read_text().splitlines() if self.effects_file.exists() else []

    def counted(self):
        """Return how often each word was written on each host that it was written on."""
        found = defaultdict(Counter)
        for host, word in (line.split() for line in self.effects()):
            found[word][host] += 1
        return {word: dict(hosts) for word, hosts in found.items()}

    def until(self, condition, *, timeout=90):
        self[1].until(condition, timeout)

    def all_of(self, *numbers):
        return [host for host in self.hosts if int(host[1]) in numbers]

    def output(self, number):
        return Path(self[number].folder / "output").read_text()
