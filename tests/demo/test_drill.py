# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The drill of the demo, on a copy of its playbook with contracts that do not hold."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

DEMO = Path(__file__).resolve().parents[2] / "demo"
CADDY = Path(sys.executable).parent / "caddy"
TABLES = "idempotent: false, compensate: Drop the new tables"
BACKUP = 'ansible.builtin.file: {path: "{{ home }}/backups/before-{{ release }}.db", state: absent}'

pytestmark = [
    pytest.mark.sweep,
    pytest.mark.skipif(not CADDY.exists(), reason="the demo is not tried: make demo installs its proxy"),
]


def test_in_the_demo_the_steps_with_planted_wrong_contracts_are_named(tmp_path):
    text = (DEMO / "move.yml").read_text()
    assert (text.count(TABLES), text.count(BACKUP)) == (1, 1)
    text = text.replace(TABLES, TABLES.replace("false", "true")).replace(BACKUP, BACKUP.replace("before", "after"))
    playbook = tmp_path / "move.yml"
    playbook.write_text(text)
    done = drilled(playbook, "Back up the data", "Make the new tables")
    assert done.returncode == 5, done.stdout + done.stderr
    # A resumed run that does not complete is told, and the state that it leaves, too: each names the same step.
    assert {(blame["step"], blame["what"].partition(",")[0]) for blame in json.loads(done.stdout)["blamed"]} == {
        ("Back up the data", "it says undone by 'Remove the backup'"),
        ("Make the new tables", "it says idempotent"),
    }


def drilled(playbook, *steps):
    named = [word for step in steps for word in ("--steps", step)]
    command = [sys.executable, DEMO / "drill.py", "--playbook", playbook, "--targets", "2", "--json", *named]
    return subprocess.run([*command, "--moments", "unsaid,fails"], capture_output=True, text=True)
