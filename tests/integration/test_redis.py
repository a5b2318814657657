# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The password of a server that has the journal: given once, shown nowhere. tests/crash has what runs do there."""

import os
import signal
import subprocess

import pytest

import servers

PASSWORD = "correct-horse"
TASKS = """
        - name: First
          ansible.builtin.raw: "{{ effect }} first"
        - name: Second
          ansible.builtin.raw: "{{ effect }} second; while test -e {{ playbook_dir }}/held; do sleep 0.1; done"
        - name: Third
          ansible.builtin.raw: "{{ effect }} third"
"""


@pytest.fixture
def server():
    if servers.REDIS is None:
        pytest.skip("this machine has no redis-server")
    with servers.Server(servers.REDIS, requirepass=PASSWORD, **servers.SAFE) as server:
        yield server


@pytest.fixture
def held(project):
    """A play whose second step goes on while the file held is there."""
    project.play(TASKS)
    return project.write("held", "")


def journal(server):
    """Return where the journal is, in the way that shows most of it."""
    return {"SAGA_JOURNAL": f"redis://:{PASSWORD}@127.0.0.1:{server.port}?namespace=plays"}


def saga(project, server, *arguments):
    command = [project.bin / "saga", *arguments]
    environment = project.environment(**journal(server))
    return subprocess.run(command, cwd=project.folder, env=environment, capture_output=True, text=True)


def test_the_password_of_a_server_is_shown_nowhere(project, server, held):
    held.unlink()
    url = journal(server)["SAGA_JOURNAL"]
    shown = [
        project.resume("-vvvv", **journal(server)).output,
        project.resume("-e", f"saga_journal={url}").output,  # -vvvv would show any extra var
    ]
    run = saga(project, server, "runs", "--journal", url, "--json").stdout.partition('"id": "')[2].partition('"')[0]
    assert run
    for command in ("runs", "status", "audit", "pending"):
        for asked in ((command,), (command, "--json"), (command, "--journal", url)):
            answer = saga(project, server, *asked)
            shown += [answer.stdout, answer.stderr]
    answer = saga(project, server, "resume", "nothing", "--journal", f"{url}&x=y")
    shown += [answer.stdout, answer.stderr]
    with server.client(password=PASSWORD) as client:
        record = f"{{saga:plays}}:run:{run}"
        assert f"saga_journal=redis://127.0.0.1:{server.port}" in client.hget(record, "record")
        shown += [*client.hgetall(record).values(), *map(str, client.xrange(f"{{saga:plays}}:events:{run}"))]
    assert not [line for text in shown for line in text.splitlines() if PASSWORD in line]


@pytest.mark.sweep
def test_whoever_resumes_by_command_line_needs_the_password_once(project, server, held):
    """`saga resume` becomes ansible-playbook, which is given what the command line was."""
    process = project.start(**journal(server))
    project.until(lambda: len(project.effects()) == 6)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    held.unlink()
    url = journal(server)["SAGA_JOURNAL"]
    [run] = [line.split()[0] for line in saga(project, server, "runs").stdout.splitlines()[1:]]
    command = [project.bin / "saga", "resume", "--journal", url, run]
    environment = {**project.environment(), "SAGA_JOURNAL": "/proc/nowhere/journal.db"}
    done = subprocess.run(command, cwd="/", env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert PASSWORD not in done.stdout + done.stderr
    assert len(project.effects()) == 9
