# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Jobs as AWX starts them: through ansible-runner, each in a folder made for it, with AWX's environment."""

import contextlib
import itertools
import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import yaml

from playground import BIN, Done, kill_tree


class Template:
    """A job template: a project's playbook, launched again and again. `facts` are what AWX says of a job."""

    def __init__(self, project, name="Move orders", *, user="ann"):
        self.project = project
        self.name = name
        self.user = user
        self._numbers = itertools.count(101)

    def facts(self, number, **more):
        """What AWX adds to the extra vars of a job; under two names each."""
        told = {
            "job_id": number,
            "job_launch_type": "manual",
            "job_template_id": 7,
            "job_template_name": self.name,
            "project_revision": f"{number:040x}",
            "project_scm_branch": "main",
            "inventory_id": 2,
            "inventory_name": "Fleet",
            "execution_node": f"node-{number}",
            "user_id": 3,
            "user_name": self.user,
            "user_email": f"{self.user}@example.org",
            **more,
        }
        return {f"{word}_{name}": value for word in ("awx", "tower") for name, value in told.items() if value}

    def environment(self, number, folder):
        """What AWX sets in the environment of a job."""
        return {
            **{name: value for name, value in self.project.environment().items() if name != "ANSIBLE_NOCOLOR"},
            "ANSIBLE_CONFIG": str(folder / "project" / "ansible.cfg"),
            "ANSIBLE_FORCE_COLOR": "True",
            "ANSIBLE_HOST_KEY_CHECKING": "False",
            "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
            "ANSIBLE_RETRY_FILES_ENABLED": "False",
            "AWX_HOST": "https://awx.example.org",
            "AWX_PRIVATE_DATA_DIR": str(folder),
            "INVENTORY_HOSTVARS": "True",
            "INVENTORY_ID": "2",
            "JOB_ID": str(number),
            "MAX_EVENT_RES": "700000",
            "PROJECT_REVISION": f"{number:040x}",
        }

    def job(self, *, facts=None, limit="", settings=None, **variables):
        """Lay out a job as AWX does: a fresh copy of the project, beside what ansible-runner is to know."""
        number = next(self._numbers)
        folder = self.project.folder.parent / f"awx_{number}_{os.urandom(4).hex()}"
        shutil.copytree(
            self.project.folder, folder / "project", ignore=shutil.ignore_patterns("state", "output", "effects")
        )
        given = variables | self.facts(number, **(facts or {}))
        for name, content in {
            "env/envvars": self.environment(number, folder),
            "env/extravars": given,
            "env/settings": settings or {},
            "env/cmdline": f"--limit {limit}" if limit else "",
        }.items():
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
        (folder / "inventory").mkdir()
        shutil.move(folder / "project" / "inventory.yml", folder / "inventory" / "hosts.yml")
        (folder / "project" / "ansible.cfg").write_text("[defaults]\n")
        return Job(folder, number)


class Job:
    """One launch of a template."""

    def __init__(self, folder, number):
        self.folder = folder
        self.number = number
        self.process = None

    def start(self):
        """Start the process that AWX has started on an execution node."""
        with (self.folder / "output").open("w") as output:
            self.process = subprocess.Popen(
                [BIN / "ansible-runner", "run", self.folder, "-p", "site.yml", "--ident", str(self.number)],
                env=surroundings(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        return self

    def wait(self, timeout=120):
        self.process.wait(timeout)
        return Done(self.process.returncode, (self.folder / "output").read_text())

    def run(self):
        return self.start().wait()

    @property
    def artifacts(self):
        return self.folder / "artifacts" / str(self.number)

    def events(self):
        return events_in(self.artifacts)

    def status(self):
        """What became of it, in runner's words; nothing when runner was killed itself."""
        path = self.artifacts / "status"
        return path.read_text() if path.exists() else ""

    def left(self):
        """What AWX shows as the job's artifacts."""
        stats = [event["event_data"] for event in self.events() if event["event"] == "playbook_on_stats"]
        return stats[-1]["artifact_data"]["saga_run"]

    def processes(self):
        """What works for this job, in whatever group of processes: it has the job's folder in its environment."""
        return [pid for pid in _processes() if f"AWX_PRIVATE_DATA_DIR={self.folder}" in _environment_of(pid)]

    def remove(self):
        """End all that is left of it, as the end of its container would, and its folder."""
        if self.process is not None and self.process.poll() is None:
            kill_tree(self.process)
        while found := self.processes():
            for pid in found:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)
        shutil.rmtree(self.folder)


def surroundings():
    """The environment of ansible-runner itself."""
    return {"PATH": f"{BIN}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8", "HOME": os.environ.get("HOME", "/")}


def events_in(artifacts):
    """Return runner's events in their order, from a job's artifacts."""
    found = [json.loads(path.read_text()) for path in (artifacts / "job_events").glob("*.json")]
    return sorted(found, key=lambda event: event["counter"])


def _processes():
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _environment_of(pid):
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace")
    except OSError:
        return ""
