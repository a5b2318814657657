# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The corpus: playbooks that between them use all of Ansible's language, and what running one of them leaves.

A case is a folder in tests/corpus with a site.yml, whatever that needs, and a case.yml, which says how it is run. No
playbook names a strategy that it does not want to be run under; the environment chooses (see DOORS).
"""

import json
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


@dataclass(frozen=True, kw_only=True)
class Door:
    """A way to make an unmodified playbook durable: what the environment says."""

    environment: dict


DOORS = {
    "linear": Door(environment={"ANSIBLE_STRATEGY": "saga.ops.linear"}),
    "free": Door(environment={"ANSIBLE_STRATEGY": "saga.ops.free"}),
    "callback": Door(
        environment={"ANSIBLE_STRATEGY": "linear", "ANSIBLE_CALLBACKS_ENABLED": "crash,variables,saga.ops.durable"},
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
    again: tuple[str, ...] = ()  # words of effects that a resume may bring about once more
    anew: tuple[str, ...] = ()  # keys of results that a resume counts anew

    @property
    def is_known_to_this_core(self):
        return tuple(int(part) for part in self.minimum.split(".")) <= CORE

    def project(self, folder):
        """Return a project with the case's files in it."""
        folder.mkdir(parents=True, exist_ok=True)
        project = Project(folder, hosts=self.hosts)
        self.fill(project)
        return project

    def fill(self, project):
        shutil.copytree(CORPUS / self.name, project.folder, dirs_exist_ok=True)

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

    def killed(self, folder, number, kill=None, **environment):
        """Return a project whose run was killed at its number-th point, by `kill` if it is not to be its controller.

        Results that come together make fewer points than results that don't, so a late one may have to come earlier.
        """
        while True:
            project = self.project(folder / str(number))
            by = "STOP" if kill else "KILL"
            process = self.start(project, **environment, SAGA_TEST_KILL=f"::{number}", SAGA_TEST_SIGNAL=by)
            if kill:
                kill(process)
            if project.wait(process).code == -9:
                return project
            assert number > 1, (project.folder / "output").read_text()
            number = number * 3 // 4


def points(project):
    """Return how many points a run reached that was to be killed at one it never came to."""
    return sum(path.stat().st_size for path in project.folder.glob("count-*"))


NEVER = {"SAGA_TEST_KILL": "::1000000"}


def load(name):
    """Return the case of a folder."""
    told = yaml.safe_load((CORPUS / name / "case.yml").read_text())
    return Case(name=name, **{key: tuple(value) if isinstance(value, list) else value for key, value in told.items()})


CASES = {path.parent.name: load(path.parent.name) for path in sorted(CORPUS.glob("*/case.yml"))}


@dataclass(frozen=True)
class Outcome:
    """What a run left, without what no two runs share (the folder, times, numbers of jobs)."""

    code: int
    variables: dict[str, str]
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


def without_ours(output):
    """What the default callback printed, without the custom stats that every durable run leaves."""

    def mended(match):
        told = json.loads(match[1])
        told.pop("saga_run", None)
        return f"\n\tRUN: {json.dumps(told, sort_keys=True)}\n" if told else ""

    return re.sub(r"\nCUSTOM STATS: \*+\n\n", "", re.sub(r"\n\tRUN: (\{.*\})\n", mended, output))


def outcome(project: Project, done: Done) -> Outcome:
    """Return what a run left behind."""

    def anonymous(text):
        told = text.replace(str(project.folder), "/project")
        for pattern, word in VOLATILE.items():
            told = re.sub(pattern, word, told)
        return told

    told = project.folder / "variables.jsonl"
    # An attempt that is killed tells nothing, so the last line is the last attempt's.
    variables = json.loads(anonymous(told.read_text()).splitlines()[-1]) if told.exists() else {}
    lines = anonymous(without_ours(done.output)).splitlines()
    return Outcome(
        code=done.code,
        variables={
            f"{whose}: {name}": yaml.safe_dump(value)
            for whose, found in variables.items()
            for name, value in found.items()
        },
        effects=[anonymous(line) for line in project.effects()],
        files={path.name: anonymous(path.read_text()) for path in sorted(project.folder.glob("left-*"))},
        recap=[re.sub(r"\s+", " ", line) for line in lines if "unreachable=" in line],
        output=sorted(line for line in lines if not line.startswith("saga: ")),
    )
