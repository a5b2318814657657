# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The smoke role and playbook, by which a user finds out whether the collection works on a controller."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.core

STRATEGY = Path(__file__).resolve().parents[2] / "plugins" / "strategy" / "linear.py"
STOCK_PLAY = {
    "hosts": "localhost",
    "connection": "local",
    "gather_facts": False,
    "strategy": "ansible.builtin.linear",
    "roles": ["saga.ops.smoke"],
}


@pytest.fixture
def play(tmp_path):
    """Run a playbook, with variables, in a HOME and a smoke directory of its own."""

    def run(playbook, **variables):
        variables = {"smoke_directory": str(tmp_path / "smoke")} | variables
        ansible_playbook = Path(sys.executable).with_name("ansible-playbook")
        command = [ansible_playbook, playbook, "--extra-vars", json.dumps(variables)]
        surroundings = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(tmp_path)}
        return subprocess.run(command, cwd=tmp_path, env=surroundings, capture_output=True, text=True)

    return run


@pytest.fixture
def stock_playbook(tmp_path):
    """The role in a play of Ansible's own strategy."""
    (tmp_path / "stock.yml").write_text(json.dumps([STOCK_PLAY]))
    return "stock.yml"


def test_the_smoke_role_leaves_its_files_and_names_the_run(play, stock_playbook, tmp_path):
    finished = play(stock_playbook, saga_run_id="01JTEST")
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "Journaled as run 01JTEST" in finished.stdout
    assert (tmp_path / "smoke" / "run").read_text() == "01JTEST\n"
    assert (tmp_path / "smoke" / "marker").is_file()


def test_the_smoke_role_fails_where_no_durable_strategy_runs_it(play, stock_playbook):
    finished = play(stock_playbook)
    assert finished.returncode != 0
    assert "run it with 'ansible-playbook saga.ops.smoke'" in finished.stdout + finished.stderr


@pytest.mark.sweep
@pytest.mark.skipif(not STRATEGY.exists(), reason="the strategy saga.ops.linear is not there yet")
def test_the_smoke_playbook_is_journaled(play, tmp_path):
    finished = play("saga.ops.smoke")
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert f"Journaled as run {(tmp_path / 'smoke' / 'run').read_text().strip()}" in finished.stdout
