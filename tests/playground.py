# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A project in a folder of its own: an inventory of local hosts, playbooks, a journal, and what its tasks did.

A task leaves an effect by writing a line: ``{{ effect }} WORD`` in a raw task. raw is used because it has an effect,
is not idempotent by the catalogue, and needs no module on the target, which keeps hundreds of them quick.
"""

import contextlib
import os
import re
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import yaml
from ansible_collections.saga.ops.plugins.plugin_utils._engine import owners
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit import Kept
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit.verifying import verify
from ansible_collections.saga.ops.plugins.plugin_utils._engine.clock import SystemClock
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.opening import open_journal

from documented import must_be_documented

CALLBACKS = Path(__file__).parent / "crash" / "callback_plugins"
BIN = Path(sys.executable).parent
IS_SECOND_DOOR = os.environ.get("SAGA_TEST_DOOR") == "callback"
"""All tests of whole plays can go through the callback: plays then name the built-in strategies."""


@dataclass(frozen=True)
class Done:
    """An ended process: its exit code (negative: killed by that signal) and all that it printed."""

    code: int
    output: str


class Project:
    """A folder with everything that a run needs, and nothing else of this machine's."""

    def __init__(self, folder, hosts=("h1", "h2", "h3"), *, journal="", effects=None):
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.bin = BIN
        self.effects_file = effects or folder / "effects"
        self.journal_file = folder / "state" / "journal.db"
        self.journal = journal or f"sqlite://{self.journal_file}"
        self.playbook = "site.yml"
        variables = {
            "ansible_connection": "local",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "effect": f">>{self.effects_file} echo {{{{ inventory_hostname }}}}",
        }
        inventory = {
            "all": {
                "vars": variables,
                "children": {"db": {"hosts": hosts if isinstance(hosts, dict) else dict.fromkeys(hosts)}},
            }
        }
        self.write("inventory.yml", inventory)
        (folder / "ansible.cfg").write_text("[defaults]\ninventory = inventory.yml\n")

    def write(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            _through_the_door(content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False))
        )
        return path

    def play(self, tasks, handlers="", head=""):
        """Write site.yml with one play over the group db; tasks and handlers are YAML text."""
        indented = [f"  {key}:\n{_indented(text)}" for key, text in (("tasks", tasks), ("handlers", handlers)) if text]
        lines = ["- name: Move", "  hosts: db", "  gather_facts: false", "  strategy: saga.ops.linear", head.rstrip()]
        return self.write("site.yml", "\n".join([line for line in lines if line] + indented) + "\n")

    def name_strategy(self, strategy):
        """Let the play in site.yml name another strategy than linear."""
        site = self.folder / "site.yml"
        site.write_text(site.read_text().replace(_through_the_door("saga.ops.linear"), _through_the_door(strategy)))

    def environment(self, **more):
        found = {
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            "LC_ALL": "C.UTF-8",
            "HOME": str(self.folder),
            "SAGA_JOURNAL": self.journal,
            "ANSIBLE_DEPRECATION_WARNINGS": "false",
            "ANSIBLE_NOCOLOR": "true",
            "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
            "ANSIBLE_CALLBACKS_ENABLED": "crash,saga.ops.durable" if IS_SECOND_DOOR else "crash",
        }
        return found | {name: _through_the_door(str(value)) for name, value in more.items()}

    def start(self, *arguments, playbook=None, answers="", before=(), **environment):
        """Start ansible-playbook as a process of its own; what it prints goes to a file, answers come by a terminal.

        `before` is a command that starts it.
        """
        command = [*before, self.bin / "ansible-playbook", playbook or self.playbook, *arguments]
        with (self.folder / "output").open("w") as output, _standard_input(answers) as typed:
            return subprocess.Popen(
                command,
                cwd=self.folder,
                env=self.environment(**environment),
                stdin=typed,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait(self, process, timeout=120):
        """Wait for a process that start() made."""
        process.wait(timeout)
        return Done(process.returncode, (self.folder / "output").read_text())

    def run(self, *arguments, **keywords):
        return self.wait(self.start(*arguments, **keywords))

    def resume(self, *arguments, **keywords):
        """Run the same command again and expect it to end well."""
        done = self.run(*arguments, **keywords)
        assert done.code == 0, done.output
        return done

    def saga(self, *arguments):
        done = subprocess.run(
            [self.bin / "saga", *arguments], cwd=self.folder, env=self.environment(), capture_output=True, text=True
        )
        return Done(done.returncode, done.stdout + done.stderr)

    def effects(self):
        """Return every effect in the order in which it happened, as "host word"."""
        return self.effects_file.read_text().splitlines() if self.effects_file.exists() else []

    def counted(self):
        return Counter(self.effects())

    def until(self, condition, timeout=60):
        """Wait until a condition holds."""
        deadline = time.monotonic() + timeout
        while not condition():
            assert time.monotonic() < deadline, (self.folder / "output").read_text()
            time.sleep(0.02)

    def asked(self, question):
        """Return the answer that a question gets of the journal, which is opened for it."""
        journal = open_journal(self.journal, clock=SystemClock())
        try:
            return question(journal)
        finally:
            journal.close()

    def last_run(self):
        return self.asked(lambda journal: journal.runs()[0])

    def states(self):
        """Return the last run's forward steps as {(host, name): state}."""
        return {(step.doer, step.name): str(step.state) for step in self.steps() if not step.undoes}

    def steps(self, run=""):
        return self.asked(lambda journal: journal.steps(run or journal.runs()[0].id))

    def events(self):
        return self.asked(lambda journal: list(journal.events(journal.runs()[0].id)))

    def held_targets(self):
        return {lease.name for lease in self.asked(lambda journal: journal.leases())}

    def audit_findings(self):
        def verified(journal):
            run = journal.runs()[0]
            count, head = journal.head(run.id)
            events = list(journal.events(run.id))
            must_be_documented(events)
            steps = journal.steps(run.id)
            kept = Kept.of(steps, journal.slices(run.id), lambda step: journal.results(step.run, step.host, step.key))
            return list(verify(run, steps, events, kept, count=count, head=head))

        return self.asked(verified)


def _through_the_door(text):
    return re.sub(r"saga\.ops\.(linear|free|host_pinned)", r"\1", text) if IS_SECOND_DOOR else text


def kill_tree(process):
    """Kill a controller, its workers and their modules at once, as a power switch or a container's end would."""
    owners.end(process.pid)
    process.wait(30)


@contextlib.contextmanager
def _standard_input(answers):
    if not answers:
        yield subprocess.DEVNULL
        return
    ours, theirs = os.openpty()  # ours stays open until this process ends: closed, it would hang up
    os.write(ours, answers.encode())
    try:
        yield theirs
    finally:
        os.close(theirs)


def _indented(text):
    lines = text.strip("\n").splitlines()
    margin = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    return "\n".join("    " + line[margin:] for line in lines)
