# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The rulebook that docs/eda.md shows, run by ansible-rulebook while a play parks."""

import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

import servers

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "eda.md").read_text()
[RULEBOOK] = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)

pytestmark = [
    pytest.mark.skipif(shutil.which("java") is None, reason="ansible-rulebook needs a Java, which is not here"),
]

PARKS = """
    - name: Switch
      ansible.builtin.raw: "{{ effect }} switched"
      vars: {saga: {effect: irreversible, approval: required}}
"""
CALL = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Note it down
      ansible.builtin.lineinfile:
        path: "{{ lookup('env', 'HOME') }}/called"
        line: "{{ workflow }} {{ run }} {{ reason }}"
        create: true
        mode: "0600"
      delegate_to: localhost
      run_once: true
"""


@pytest.fixture(params=["sqlite", "redis"])
def journal(request, project):
    """The URL of a journal: in a file, and on a server of its own."""
    if request.param == "sqlite":
        yield project.journal
        return
    if servers.REDIS is None:
        pytest.skip("this machine has no redis-server")
    with servers.Server(servers.REDIS, **servers.SAFE) as server:
        yield server.url


@pytest.fixture
def rulebook(project, journal):
    """Run the page's rulebook in the project's folder until the test ends; give what it prints."""
    project.journal = journal
    project.write("runs.yml", RULEBOOK)
    project.write("call.yml", CALL)
    said = project.folder / "rulebook.log"
    command = [project.bin / "ansible-rulebook", "--rulebook", "runs.yml", "--inventory", "inventory.yml"]
    command += ["--env-vars", "SAGA_MARK", "--verbose"]
    environment = project.environment(SAGA_MARK=project.folder / "mark")
    environment.pop("ANSIBLE_CALLBACKS_ENABLED")
    with said.open("w") as log:
        process = subprocess.Popen(
            command, cwd=project.folder, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
    project.until((project.folder / "mark").exists, 90)
    yield said
    process.send_signal(signal.SIGINT)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(20)


def test_a_rulebook_acts_on_a_run_that_parks(project, rulebook):
    project.play(PARKS)
    done = project.run()
    assert "is parked" in done.output
    called = project.folder / "called"
    project.until(lambda: called.exists() or "Traceback" in rulebook.read_text(), 90)
    assert called.exists(), rulebook.read_text()
    run = project.last_run()
    assert called.read_text() == f"{run.workflow} {run.id} {run.reason}\n"
    project.until(lambda: run.id in (project.folder / "mark").read_text(), 20)
