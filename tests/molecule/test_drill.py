# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The scenarios for users, copied into a repository and played as docs/molecule.md says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "molecule.md").read_text()
[SITE] = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = [line[2:] for line in re.findall(r"^\$ .*$", PAGE, re.MULTILINE)]


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """A user's repository with the page's playbook, and what the page types first."""
    folder = tmp_path_factory.mktemp("repository")
    (folder / "site.yml").write_text(SITE)
    assert typed(folder, COMMANDS[0]).returncode == 0
    return folder


def typed(folder, command):
    environment = os.environ | {
        "HOME": str(folder),
        "NO_COLOR": "1",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    return subprocess.run(command.split(), cwd=folder, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("command", COMMANDS[1:])
def test_a_copied_scenario_runs_as_printed(repository, command):
    done = typed(repository, command)
    assert done.returncode == 0, done.stdout[-10_000:] + done.stderr[-10_000:]
    assert "cases ended as the contracts promise" in done.stdout


def test_a_copied_scenario_fails_where_a_compensation_undoes_something_else(repository):
    (repository / "site.yml").write_text(SITE.replace("rm -rf {{ home }}/releases", "rm -rf {{ home }}/release"))
    done = typed(repository, COMMANDS[-1])
    assert done.returncode != 0
    assert "it says undone by 'Remove the release'" in done.stdout
