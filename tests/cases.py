# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The corpus: playbooks that between them use all of Ansible's language, and what running one of them leaves.

A case is a folder in tests/corpus with a site.yml, whatever that needs, and a case.yml, which says how it is run. No
playbook names a strategy that it does not want to be run under; the environment chooses (see DOORS).
"""

import re
import shutil
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from ansible.release import __version__ as core_version

from playground import CALLBACKS, Done, Project

CORPUS = Path(__file__).parent / "corpus"
ROOT = CORPUS.parent.parent
CORE = tuple(int(part) for part in core_version.split(".")[:2])

# Each way to make an unmodified playbook durable: the stock strategy it stands for, what the environment says, and
# the plugin that must be there.
DOORS = {
    "linear": ("linear", {"ANSIBLE_STRATEGY": "saga.ops.linear"}, "strategy/linear.py"),
    "free": ("free", {"ANSIBLE_STRATEGY": "saga.ops.free"}, "strategy/free.py"),
    "callback": (
        "linear",
        {"ANSIBLE_STRATEGY": "linear", "ANSIBLE_CALLBACKS_ENABLED": "crash,variables,saga.ops.durable"},
        "callback/durable.py",
    ),
}

# Told anew by every execution: when it was, under which number it ran, and which file it made.
VOLATILE = {
    r'"(start|end|delta|[acm]time|inode|version)": (?:"[^"]*"|[0-9.]+)': r'"\1": "..."',
    r"ansible-tmp-[\d.-]+": "ansible-tmp",
    r"\bj\d{6,}\.\d+\b": "a job",
    r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b": "a uuid",
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """A playbook of the corpus, as its case.yml tells it."""

    name: str
    says: str
    hosts: tuple[str, ...] = ("h1", "h2", "h3")
    arguments: tuple[str, ...] = ()
    environment: dict = field(default_factory=dict)
    minimum: str = "2.16"
    code: int = 0
    answers: str = ""  # typed at a terminal
    core: bool = False  # run again on every supported ansible-core
    doors: tuple[str, ...] = tuple(DOORS)
    is_idempotent: bool = False  # each effect may happen twice: whole trees are killed
    again: tuple[str, ...] = ()  # words of effects that a resume may bring about once more, with the reason above them
    unordered: tuple[str, ...] = ()  # words of effects whose order stock Ansible leaves open

    @property
    def is_known_to_this_core(self):
        return tuple(int(part) for part in self.minimum.split(".")) <= CORE

    def project(self, folder):
        """Return a project with the case's files in it."""
        folder.mkdir(parents=True, exist_ok=True)
        project = Project(folder, hosts=self.hosts)
        shutil.copytree(CORPUS / self.name, folder, dirs_exist_ok=True)
        return project

    def start(self, project, **environment):
        """Start the case's playbook as a process of its own."""
        chosen = {
            "ANSIBLE_CALLBACK_PLUGINS": f"{CALLBACKS}:{CORPUS.parent / 'callback_plugins'}",
            "ANSIBLE_CALLBACKS_ENABLED": "crash,variables",
            "ANSIBLE_SHOW_CUSTOM_STATS": "true",
            **self.environment,
            **environment,
        }
        return project.start(*self.arguments, answers=self.answers, **chosen)

    def run(self, project, **environment):
        return project.wait(self.start(project, **environment))


def load(name):
    """Return the case of a folder."""
    told = yaml.safe_load((CORPUS / name / "case.yml").read_text())
    return Case(name=name, **{key: tuple(value) if isinstance(value, list) else value for key, value in told.items()})


CASES = {path.parent.name: load(path.parent.name) for path in sorted(CORPUS.glob("*/case.yml"))}


@dataclass(frozen=True)
class Outcome:
    """What a run left, without what no two runs share (the folder, times, numbers of jobs)."""

    code: int
    variables: list[str]
    effects: list[str]
    files: dict[str, str]
    recap: list[str]
    output: list[str]

    def by_host(self):
        """Return what happened, in order, for each host."""
        hosts = sorted({line.split()[0] for line in self.effects})
        return {host: [line for line in self.effects if line.split()[0] == host] for host in hosts}

    def counted(self):
        return Counter(self.effects)


def outcome(project: Project, done: Done) -> Outcome:
    """Return what a run left behind."""

    def anonymous(text):
        told = text.replace(str(project.folder), "/project")
        for pattern, word in VOLATILE.items():
            told = re.sub(pattern, word, told)
        return told

    told = project.folder / "variables.jsonl"
    variables = anonymous(told.read_text()).splitlines() if told.exists() else []
    # An attempt that is killed tells nothing, so the last line is the last attempt's.
    lines = anonymous(done.output).splitlines()
    return Outcome(
        code=done.code,
        variables=[yaml.safe_dump(yaml.safe_load(line)) for line in variables[-1:]],
        effects=[anonymous(line) for line in project.effects()],
        files={path.name: anonymous(path.read_text()) for path in sorted(project.folder.glob("left-*"))},
        recap=[re.sub(r"\s+", " ", line) for line in lines if "unreachable=" in line],
        output=sorted(line for line in lines if not line.startswith("saga: ")),
    )
