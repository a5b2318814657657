# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A controller dies, and its run goes on elsewhere: with another home, another folder and another journal."""

import hashlib
import os
import subprocess

import pytest

import servers
from playground import Project, kill_tree

STORES = {
    "sqlite": lambda folder: f"sqlite://{folder}/state/journal.db",
    "redis": lambda folder: on_server("redis", folder),
}

SELDOM = {"redis": [pytest.mark.sweep]}

TASKS = """
- name: Copy
  ansible.builtin.raw: "{{ effect }} copy; echo from {{ inventory_hostname }}"
  register: copied
- name: Wait
  ansible.builtin.raw: "test -e {{ done }} || sleep 300"
  vars: {saga: {idempotent: true}}
- name: Switch
  ansible.builtin.raw: "{{ effect }} switch {{ copied.stdout | trim }}"
"""


def on_server(kind, folder):
    """Return the URL of a journal on a server, in a namespace that belongs to a folder."""
    if (url := servers.shared(kind)) is None:
        pytest.skip("this machine has no such server")
    return f"{url}?namespace={hashlib.sha256(bytes(folder)).hexdigest()[:16]}"


@pytest.mark.parametrize(
    "store",
    [pytest.param(name, marks=[pytest.mark.xdist_group(name), *SELDOM.get(name, [])]) for name in sorted(STORES)],
)
def test_a_run_that_was_killed_goes_on_elsewhere_and_nothing_is_done_twice(project, tmp_path, store):
    done = tmp_path / "done"
    project.play(TASKS.replace("{{ done }}", str(done)))
    process = project.start()
    project.until(lambda: len(project.effects()) == 3 and set(project.states().values()) == {"ok", "started"})
    kill_tree(process)
    done.touch()
    run, export = project.last_run().id, tmp_path / "export.jsonl"
    moved = project.saga("export", run, "--move", "-o", export)
    assert moved.code == 0, moved.output

    folder = tmp_path / "elsewhere" / project.folder.name  # by which the workflow is known
    folder.mkdir(parents=True)
    elsewhere = Project(folder)
    elsewhere.effects_file = project.effects_file
    for name in ("site.yml", "inventory.yml"):
        elsewhere.write(name, (project.folder / name).read_text())
    url = STORES[store](elsewhere.folder)
    saga(elsewhere, url, "import", export)
    saga(elsewhere, url, "resume", run, "site.yml")

    assert project.counted() == {
        **{f"{host} copy": 1 for host in ("h1", "h2", "h3")},
        **{f"{host} switch from {host}": 1 for host in ("h1", "h2", "h3")},
    }
    assert "completed" in saga(elsewhere, url, "status", run)
    assert "holds" in saga(elsewhere, url, "audit", run, "--verify")
    assert project.saga("audit", run, "--verify").code == 0
    project.play(TASKS.replace("{{ done }}", str(done)))
    assert "abandoned" in project.run(SAGA_RUN_ID=run).output


def saga(project, url, *words):
    """Call the command line with a home of the project's own."""
    environment = {**project.environment(), "SAGA_JOURNAL": url, "HOME": str(project.folder)}
    command = [project.bin / "saga", *map(os.fspath, words)]
    done = subprocess.run(
        command, cwd=project.folder, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
